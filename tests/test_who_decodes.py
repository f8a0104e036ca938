"""Only the locked child decodes: not the web process, not the worker, whatever goes through them."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from io import BytesIO
from pathlib import Path

import pillow_heif
import pytest
import requests
from PIL import Image

from media_checks.sandbox import warmth
from tests import desks, hostile_files, servers
from tests.desks import ROOT, Desk
from tests.media_checks.samples import film, photo, saved, scene
from verification.access import factors

WATCHED = ROOT / "tests" / "decoders_watched"
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
SOMEBODY = f"""
from tests import builders, staff
from verification.access import factors
user = staff.staff(builders.make_case(slug="{hostile_files.CASE}"), "lead")
user.set_password("a long password of a lead")
user.save()
factors.give_app(user, "{SECRET}")
print(user.username)
"""
REVIEWED = """
from django.urls import reverse
from verification.models import Review
for each in Review.objects.all():
    print(reverse("admin:review", args=[each.pk]), reverse("admin:evidence", args=[each.evidence_id]))
"""


def decoded(environment: dict[str, str]) -> list[str]:
    told = Path(environment["DECODED"])
    return told.read_text().split() if told.exists() else []


def watched(folder: Path) -> dict[str, str]:
    return {"PYTHONPATH": str(WATCHED), "DECODED": str(folder / "decoded")}


def heif(picture: Image.Image) -> bytes:
    content = BytesIO()
    pillow_heif.from_pillow(picture).save(content)
    return content.getvalue()


def samples(folder: Path) -> list[Path]:
    contents = {
        "a.jpg": photo(make="Cam"),
        "b.heic": heif(scene(3)),
        "e.jpg": warmth._with_credentials(),
        "c.mp4": film([scene(seed) for seed in range(3)]),
        "d.tif": saved(scene(4), "TIFF"),
    }
    for name, content in contents.items():
        (folder / name).write_bytes(content)
    return [folder / name for name in contents]


def test_whoever_decodes_while_watched_is_told_of(tmp_path: Path):
    """Or the test below would show nothing."""
    script = (
        "import sys\n"
        "from media_checks.contract import perform\n"
        "from media_checks.context import Context\n"
        "from media_checks.files import media_of\n"
        "from media_checks.registry import CHECKS\n"
        "for path in sys.argv[1:]:\n"
        "    with open(path, 'rb') as stream:\n"
        "        media = media_of(stream, stream.seek(0, 2))\n"
        "        for check in CHECKS: perform(check, media, Context())\n"
    )
    environment = os.environ | watched(tmp_path)
    environment["PYTHONPATH"] += f":{ROOT}"
    subprocess.run([sys.executable, "-c", script, *samples(tmp_path)], env=environment, check=True)
    assert set(decoded(environment)) == {"Pillow", "libheif", "FFmpeg", "exifread", "c2pa"}


def shell(desk: Desk, code: str) -> list[str]:
    return desk.manage("shell", "--verbosity", "0", "-c", code).split()


def typed_in(browser: requests.Session, page: requests.Response, **given: str) -> requests.Response:
    """The answer to the form on a page."""
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page.text)
    assert token, page.text
    form = given | {"csrfmiddlewaretoken": token[1]}
    return browser.post(page.url, form, headers={"Referer": page.url}, timeout=30)


def signed_in(desk: Desk, name: str) -> requests.Session:
    browser = requests.Session()
    login = browser.get(f"{desk.url}/admin/login/?next=/admin/", timeout=30)
    asked = typed_in(browser, login, username=name, password="a long password of a lead")
    front = typed_in(browser, asked, code=factors.code_now(SECRET)[0])
    assert front.url == f"{desk.url}/admin/", front.text
    return browser


@pytest.mark.desk
def test_neither_the_web_process_nor_the_worker_decodes_what_comes_in(tmp_path: Path):
    environment = watched(tmp_path)
    with desks.embedded(tmp_path / "var", demo=False, **environment) as desk:
        name = shell(desk, SOMEBODY)[-1]
        sent = hostile_files.send(desk, samples(tmp_path))
        assert [each.status for each in sent] == [200] * 5
        checked = ["shell", "--verbosity", "0", "-c", hostile_files.WAITING]
        servers.wait_until(lambda: desk.manage(*checked).split()[-1] == "0", 150, "Everything is checked")
        browser, shown = signed_in(desk, name), 0
        for address in shell(desk, REVIEWED):
            page = browser.get(desk.url + address, timeout=30)
            page.raise_for_status()
            for picture in set(re.findall(r'<img[^>]* src="(/admin/[^"]+)"', page.text)):
                answer = browser.get(desk.url + picture, timeout=30)
                shown += answer.content.startswith(b"\xff\xd8")
        assert shown >= 4
        time.sleep(1)
    assert decoded(environment) == []
