"""What files say of whoever made them: canaries in every place of every format, and none in what leaves.

The files are examined by the locked child, decided on and published. Then every call of the partners' API,
every page that needs no account, the exported case and every working copy are fetched and searched. The
originals alone go into an export for a court as they are, by design: what is beside them must be clean.
"""

from __future__ import annotations

import json
import re
from io import BytesIO, StringIO
from pathlib import Path

import pytest
from django.conf import settings
from django.core.cache import cache
from django.core.management import call_command
from django.test import Client
from django.urls import URLPattern
from PIL import Image

from claims.models import Case, Claim, Evidence, Role
from claims.receipts import generate
from tests import builders
from tests.sources.canaries import Search
from tests.sources.marked_files import FILES, LATITUDE, LONGITUDE, THUMBNAIL_COLOUR, Marks, opened
from tests.staff import address, signed_in, staff, text_of
from verification.api import urls as api
from verification.models import Review, Scope
from verification.volunteers import urls as volunteers

# The second of the capture, and positions to four digits and more: ten metres.
EXACT = re.compile(rb"09:14:37|0?9h14|36\.208[67]\d|37\.154[23]\d|36\.20\d{3,}|37\.15\d{3,}")
NAME = "IMG_20161118_091437_{}.jpg"


# JFIF, tables, frame, scan and the interval of restarts: no other APPn, no comment (ITU-T T.81, B.1.1.3).
PLAIN = {0xE0, 0xDB, 0xC0, 0xC2, 0xC4, 0xDD, 0xDA, 0xD9}


def segments(jpeg: bytes) -> set[int]:
    """The markers of a JPEG's segments; its last bytes are the end of the picture."""
    at, found = 2, set()
    while jpeg[at + 1] != 0xDA:
        found.add(jpeg[at + 1])
        at += 2 + int.from_bytes(jpeg[at + 2 : at + 4], "big")
    assert jpeg.startswith(b"\xff\xd8\xff\xe0\0\x10JFIF\0")
    assert jpeg.find(b"\xff\xd9", at) == len(jpeg) - 2
    return found


def files() -> tuple[dict[str, bytes], dict[str, str]]:
    """Every file by its format, and every canary by its place."""
    marks = Marks()
    return {name: make(marks) for name, make in FILES.items()}, marks


class Published:
    """A case in which each file is evidence, was decided on, and stands in a published verdict."""

    def __init__(self, **fields: object) -> None:
        self.contents, self.marks = files()
        self.case: Case = builders.make_case(**fields)
        self.claim: Claim = builders.make_claim(
            self.case, latitude=36.0, longitude=37.0, precision_m=90_000.0
        )
        self.custodian = staff(self.case, *Role)
        self.items: dict[str, Evidence] = {}
        for name, content in self.contents.items():
            named = NAME.format(self.marks(f"file name of the {name}"))
            contact = f"{self.marks(f'contact for the {name}')}@example.org"
            self.items[name] = builders.make_evidence(
                self.case, self.claim, content=content, name=named, contact=contact
            )
            builders.decided(self.items[name])
        self.verdict = builders.publish(self.claim)
        self.key = builders.make_key(self.case, scopes=tuple(Scope))[1]

    def ids(self) -> dict[str, list[str]]:
        """What an address of the API can be about, by its name there."""
        pages = [str(each.pk) for each in self.items.values()]
        verdict = [str(self.verdict.pk)]
        return {"verdict": verdict, "versions": verdict, "claim": [str(self.claim.pk)], "evidence": pages}

    def of_the_api(self) -> dict[str, bytes]:
        """Every call's answer, by its address."""
        cache.clear()
        client, found = Client(headers={"Authorization": f"Bearer {self.key}"}), {}
        for pattern in api.urlpatterns:
            assert isinstance(pattern, URLPattern)
            route = str(pattern.pattern)
            for each in self.ids()[pattern.name] if "<uuid:id>" in route else [""]:
                path = f"/api/v1/{route.replace('<uuid:id>', each)}"
                answer = client.get(path)
                assert answer.status_code == 200, path
                found[path] = b"".join(answer) + str(answer.headers).encode()
        return found

    def of_the_public(self) -> dict[str, bytes]:
        """Every page without an account, with the code of a receipt where one is asked for."""
        code, found = self._receipt(), {"/healthz": Client().get("/healthz").content}
        for pattern in volunteers.urlpatterns:
            path = f"/en/{str(pattern.pattern).replace('<slug:slug>', self.case.slug)}"
            found[path] = Client().get(path).content
            found[f"{path}, sent"] = Client().post(path, {"code": code}).content
        assert b'class="stage stage-decided"' in found["/en/receipt/, sent"]
        return found

    def _receipt(self) -> str:
        code = generate()
        submission = self.items["jpeg"].submission
        type(submission).objects.filter(pk=submission.pk).update(receipt_hash=builders.receipts.hash_of(code))
        return code

    def of_the_export(self, folder: Path) -> dict[str, bytes]:
        """Every file of the bag but the originals."""
        given = ["--by", self.custodian.username, "--reason", "The court asked."]
        call_command("export_case", self.case.slug, str(folder), *given, stdout=StringIO())
        assert {each.name for each in (folder / "data/originals").iterdir()} == {
            each.media_file_id for each in self.items.values()
        }
        return {
            str(each.relative_to(folder)): each.read_bytes()
            for each in folder.rglob("*")
            if each.is_file() and each.parent.name != "originals"
        }

    def copies(self) -> dict[str, bytes]:
        """Every working copy, as staff fetch it and as it lies in the store."""
        browser, found = signed_in(self.custodian), {}
        for name, item in self.items.items():
            sha256 = item.media_file_id
            assert sha256
            for path in sorted((settings.STORAGE_FOLDER / "copies").rglob(f"{sha256}-*.jpg")):
                size = path.name.removeprefix(f"{sha256}-").removesuffix(".jpg")
                answer = browser.get(address("media", item.pk, size))
                assert answer.status_code == 200
                found[f"{name} {size}"] = b"".join(answer)
                assert found[f"{name} {size}"] == path.read_bytes()
        return found

    def on_the_desk(self, name: str) -> str:
        """The page on which an investigator looks at the item."""
        review = Review.objects.get(evidence=self.items[name])
        return text_of(signed_in(self.custodian).get(address("review", review.pk)))


@pytest.mark.parametrize("name", FILES)
def test_every_canary_is_in_the_bytes_of_its_file(name):
    marks = Marks()
    content = FILES[name](marks)
    assert {hit.canary for hit in Search(marks).through(name, opened(content))} == set(marks)


@pytest.mark.django_db
@pytest.mark.usefixtures("store")
@pytest.mark.timeout(300)
def test_nothing_that_a_file_says_of_its_maker_leaves_the_desk(tmp_path):
    there = Published()
    assert len(there.marks) > 120
    leaves = {
        **there.of_the_api(),
        **there.of_the_public(),
        **there.of_the_export(tmp_path / "bag"),
        **(copies := there.copies()),
    }
    assert len(leaves) > 60
    assert Search(there.marks).over(leaves.items()) == []
    assert {place: found[0] for place, each in leaves.items() if (found := EXACT.findall(each))} == {}

    # Of each file there are two sizes, and of each film its frames.
    assert {each.split()[0] for each in copies} == set(FILES)
    for name in FILES:
        assert {f"{name} 320", f"{name} 1280"} <= set(copies)
    assert all(f"{name} 320-0" in copies for name in ("mp4", "mov", "gopro_film", "matroska", "avi"))
    for content in copies.values():
        assert segments(content) <= PLAIN
        assert Image.open(BytesIO(content)).resize((1, 1)).getpixel((0, 0)) != THUMBNAIL_COLOUR

    # The desk itself sees what it has to see.
    for place in ("EXIF Make", "EXIF Model", "EXIF Software", "EXIF BodySerialNumber"):
        assert there.marks[place] in there.on_the_desk("jpeg"), place
    assert str(LATITUDE)[:7] in there.on_the_desk("jpeg")
    assert str(LATITUDE)[:7] in there.on_the_desk("gopro_film")


@pytest.mark.django_db
@pytest.mark.usefixtures("store")
def test_a_case_that_publishes_exact_places_lets_out_the_position_and_nothing_else(monkeypatch):
    for name in set(FILES) - {"jpeg", "gopro_film"}:
        monkeypatch.delitem(FILES, name)
    there = Published(publishes_exact_places=True)
    leaves = there.of_the_api()
    assert Search(there.marks).over(leaves.items()) == []
    page = json.loads(leaves[f"/api/v1/evidence/{there.items['jpeg'].pk}/"].split(b"{'")[0])
    exact = [
        (finding["code"], finding["details"])
        for run in page["checks"]
        for finding in run["findings"]
        if EXACT.search(json.dumps(finding).encode())
    ]
    assert [code for code, _details in exact] == ["metadata.position"]
    assert exact[0][1] == pytest.approx({"latitude": LATITUDE, "longitude": LONGITUDE}, abs=1e-5)
