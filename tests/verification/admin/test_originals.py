"""Originals leave on the record, as attachments that do nothing; the web process decodes nothing."""

from __future__ import annotations

from typing import Any

import av
import exifread
import pytest
from django.test import Client
from PIL import Image

from claims.models import CustodyEvent, Role
from tests.builders import checked, make_evidence
from tests.doorways import FOR_FILES, TAKEN, World
from tests.media_checks import samples
from tests.staff import EVERYBODY, address, signed_in, somebody
from tests.volunteering import photo

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("store")]

NAME = "<script>alert(1)</script>.html"
PHOTO, FILM = samples.photo(samples.scene(11)), samples.film([samples.scene(12)])
FILES = {"jpg": PHOTO, "png": samples.saved(samples.scene(), "PNG"), "mp4": FILM}


def body(answer: Any) -> bytes:
    """The bytes of an answer, whole."""
    return b"".join(answer)


def handed_out() -> int:
    """How many downloads the record shows."""
    return CustodyEvent.objects.filter(action="original.handed_out").count()


@pytest.mark.parametrize("extension", FILES)
def test_an_original_is_an_attachment_with_a_neutral_name_and_does_nothing(desk, case, claim, extension):
    content = FILES[extension]
    evidence = make_evidence(case, claim, content=content, name=NAME)
    answer = desk.post(address("original", evidence.pk))
    assert body(answer) == content
    assert (
        answer["Content-Disposition"] == f'attachment; filename="{evidence.media_file_id[:12]}.{extension}"'
    )
    assert answer["Content-Type"] == "application/octet-stream"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert answer["Cross-Origin-Resource-Policy"] == "same-origin"
    assert {"private", "no-store"} <= set(answer["Cache-Control"].split(", "))
    assert "script" not in str(answer.headers)


def test_each_download_is_a_line_of_the_record_and_none_is_made_by_looking(desk, case, claim, investigator):
    evidence = make_evidence(case, claim)
    for _each in range(2):
        desk.post(address("original", evidence.pk))
    event = CustodyEvent.objects.filter(action="original.handed_out").last()
    assert handed_out() == 2
    assert (event.actor, event.subject) == (f"user:{investigator.pk}", f"evidence:{evidence.pk}")
    assert event.details == {"sha256": evidence.media_file_id}
    assert desk.get(address("original", evidence.pk)).status_code == 405
    assert handed_out() == 2


@pytest.mark.parametrize("who", EVERYBODY)
def test_only_who_reviews_in_the_case_gets_an_original(case, claim, who):
    evidence = make_evidence(case, claim)
    answer = signed_in(somebody(who, case)).post(address("original", evidence.pk))
    may = who in (Role.INVESTIGATOR, Role.LEAD)
    assert (answer.status_code == 200) == may, answer.status_code
    assert handed_out() == may
    assert may or evidence.media_file_id not in answer.content.decode()


def test_whoever_is_not_signed_in_gets_none(case, claim):
    answer = Client().post(address("original", make_evidence(case, claim).pk))
    assert answer["Location"].startswith("/admin/login/")
    assert handed_out() == 0


@pytest.mark.parametrize("wanted", ["bytes=0-1", "bytes=-1", "bytes=5-1", "bytes=0-0,2-2", "lines=1-2"])
def test_an_original_comes_whole_whatever_part_is_asked_for(desk, case, claim, wanted):
    content = samples.photo()
    evidence = make_evidence(case, claim, content=content)
    answer = desk.post(address("original", evidence.pk), headers={"range": wanted})
    assert (answer.status_code, body(answer)) == (200, content)
    assert "Accept-Ranges" not in answer
    assert answer["Content-Length"] == str(len(content))


def test_an_address_has_no_original(desk, case, claim):
    link = make_evidence(case, claim, content=b"", source_url="https://example.org/1")
    assert desk.post(address("original", link.pk)).status_code == 409
    assert handed_out() == 0


def test_a_working_copy_is_a_picture_in_a_sandbox(desk, case, claim):
    evidence = checked(make_evidence(case, claim))
    answer = desk.get(address("media", evidence.pk, "320"))
    assert answer["Content-Type"] == "image/jpeg"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert {"private", "no-store"} <= set(answer["Cache-Control"].split(", "))
    for name in ("0", "99999", "320-7", "321"):
        assert desk.get(f"/admin/media/{evidence.pk}/{name}.jpg").status_code == 404


def test_the_web_process_decodes_nothing_that_it_received(store, monkeypatch):
    world = World()
    item = checked(make_evidence(world.case, world.claim))

    def decode(*given: Any, **more: Any) -> None:
        raise AssertionError("The web process decoded a file.")

    for module, name in ((Image, "open"), (av, "open"), (exifread, "process_file")):
        monkeypatch.setattr(module, name, decode)
    for door, send in FOR_FILES.items():
        for content in (PHOTO, b"\xff\xd8\xff not one", FILM):
            assert send(world, photo(content=content)).status_code == TAKEN[door]
    for name, path in world.desk().items():
        answer = world.browser.get(path)
        assert answer.status_code in (200, 302, 405) or name == "media", name
    assert world.browser.get(address("media", item.pk, "320")).status_code == 200
    assert b"JFIF" in body(world.browser.post(address("original", item.pk)))
