"""Bad input at each door through which evidence comes: a clear answer, and nothing half written.

Read it as lists of what is sent. The doors to what is there already stand in test_doors_within.py,
``manage.py inspect`` in verification/test_inspect.py, a broker that is away in faults/test_broker_away.py.
"""

from __future__ import annotations

import socket
from base64 import b64encode

import pytest
from django.core.cache import cache

from claims.models import Evidence
from claims.receipts import new_form_token
from tests import builders
from tests.doorways import FOR_FILES, NO_ID, TAKEN, World, parts, raw, where
from tests.kept import files, nothing_changed
from tests.media_checks import samples
from tests.servers import wait_until
from tests.staff import address, text_of
from tests.volunteering import photo
from verification.models import Review
from verification.volunteers import pace, views

pytestmark = pytest.mark.django_db

at_each_door = pytest.mark.parametrize("door", FOR_FILES)


@pytest.fixture
def world(db, settings, tmp_path, monkeypatch):
    settings.STORAGE_FOLDER = tmp_path / "media"
    monkeypatch.setattr(views, "LOOKUPS", pace.Pace(per_second=20, burst=40))
    cache.clear()
    return World()


NOT_MEDIA = "This is not a photo or video that we can check."
NO_EVIDENCE = {
    "0 bytes": (b"", 400, "The file is empty."),
    "too large": (b"\xff\xd8\xff" + bytes(30_000), 413, "The file is too large."),
    "a JPEG cut after two bytes": (b"\xff\xd8", 415, NOT_MEDIA),
    "an MP4 cut in its first box": (b"\0\0\0\x20ft", 415, NOT_MEDIA),
    "a PDF": (b"%PDF-1.7\n", 415, NOT_MEDIA),
    "HTML": (b"<!doctype html><script>alert(1)</script>", 415, NOT_MEDIA),
    "SVG": (b"\xef\xbb\xbf<svg xmlns='http://www.w3.org/2000/svg'/>", 415, NOT_MEDIA),
    "EPS": (b"%!PS-Adobe-3.0 EPSF-3.0\n", 415, NOT_MEDIA),
    "a playlist": (b"#EXTM3U\nhttp://127.0.0.1/\n", 415, NOT_MEDIA),
    "a list of files to join": (b"ffconcat version 1.0\nfile /etc/passwd\n", 415, NOT_MEDIA),
    "an archive": (b"PK\3\4" + bytes(60), 415, NOT_MEDIA),
    "a sound": (b"RIFF$\0\0\0WAVEfmt " + bytes(40), 415, NOT_MEDIA),
}


@at_each_door
@pytest.mark.parametrize("wrong", NO_EVIDENCE)
def test_a_file_that_cannot_be_evidence_is_refused_with_its_reason(world, settings, door, wrong):
    settings.MAX_UPLOAD_BYTES = 20_000
    content, status, words = NO_EVIDENCE[wrong]
    with nothing_changed():
        answer = FOR_FILES[door](world, photo("IMG_1.jpg", content), where="Near the bridge")
    assert answer.status_code == (400 if door == "member" else status)
    assert words in text_of(answer)
    assert "Near the bridge" in text_of(answer)


CANNOT_BE_READ = {
    "a cut JPEG": (lambda: samples.EVERY_KIND["truncated"](), "the picture is cut off: bytes are missing"),
    "a JPEG cut after three bytes": (lambda: samples.photo()[:3], "not what its first bytes promise"),
    "a cut MP4": (lambda: samples.EVERY_KIND["truncated film"](), "container is damaged or cut off"),
    "an MP4 cut after its first box": (lambda: samples.film([samples.scene()])[:12], "damaged or cut off"),
    "a PNG of 900 million pixels": (samples.png_bomb, "its header asks for 900 million pixels"),
    "a WebP that reserves 1.4 GB": (samples.webp_bomb, "its header asks for 268 million pixels"),
}


@at_each_door
@pytest.mark.parametrize("broken", CANNOT_BE_READ)
def test_a_file_that_cannot_be_read_is_evidence_with_a_reason_before_a_person(world, door, broken):
    make, reason = CANNOT_BE_READ[broken]
    before = set(Evidence.objects.values_list("pk", flat=True))
    assert FOR_FILES[door](world, photo(content=make())).status_code == TAKEN[door]
    item = builders.checked(Evidence.objects.exclude(pk__in=before).get())
    assert set(item.check_runs.values_list("state", flat=True)) == {"finished"}
    assert item.check_runs.get(check_slug="perceptual_hash").verdict == "inconclusive"
    page = text_of(world.browser.get(address("review", Review.objects.live().get(evidence=item).pk)))
    assert reason in page


TYPED = {
    "a claim of another case": lambda world: {"claim": world.elsewhere.pk},
    "a claim that was withdrawn": lambda world: {"claim": world.withdrawn.pk},
    "a claim that is none": lambda world: {"claim": NO_ID},
    "a claim that is no id": lambda world: {"claim": "' OR 1=1 --"},
    "a stance that is none": lambda world: {"stance": "neutral"},
    "no stance": lambda world: {"stance": ""},
    "an address that runs code": lambda world: {"source_url": "javascript:alert(1)"},
    "an address of nothing": lambda world: {"source_url": "https://"},
    "an address that is too long": lambda world: {"source_url": f"https://example.org/{'x' * 2000}"},
    "a place with a NUL": lambda world: {"where": "Alep\0po"},
    "a place that is too long": lambda world: {"where": "x" * 501},
    "a story with a NUL": lambda world: {"how": "\0"},
    "a day that is none": lambda world: {"day": "2016-11-31"},
    "a day before photography": lambda world: {"day": "0001-01-01"},
    "a day to come": lambda world: {"day": "9999-12-31"},
    "a time that is none": lambda world: {"day": "2016-11-18", "time_from": "25:00"},
    "an end before its start": lambda world: {"day": "2016-11-18", "last_day": "2016-11-17"},
}


@at_each_door
@pytest.mark.parametrize("wrong", TYPED)
def test_what_does_not_fit_is_said_beside_its_field_and_the_file_goes_too(world, door, wrong):
    typed = TYPED[wrong](world)
    with nothing_changed():
        answer = FOR_FILES[door](world, photo(), **typed)
    assert answer.status_code == 400
    assert set(answer.context["form"].errors) <= set(typed)
    assert answer.context["form"].errors


FORM = "multipart/form-data; boundary=x"
END = b"--x--\r\n"
BASE64 = b'--x\r\nContent-Disposition: form-data; name="files"; filename="b.jpg"\r\n'
BASE64 += b"Content-Transfer-Encoding: base64\r\n\r\n" + b64encode(builders.picture(seed=1)) + b"A\r\n"
BROKEN = {
    "nothing": (FORM, lambda whole: b"", 400),
    "JSON": ("application/json", lambda whole: b"{}", 400),
    "XML": ("text/xml", lambda whole: b"<x/>", 400),
    "a form without its boundary": ("multipart/form-data", lambda whole: whole + END, 400),
    "a boundary of 500 letters": (FORM + "x" * 500, lambda whole: whole + END, 400),
    "a form that ends in its file": (FORM, lambda whole: whole[:-2000], 400),
    "a second file in broken base64": (FORM, lambda whole: whole + BASE64 + END, 400),
    "1,100 fields": (FORM, lambda whole: whole + parts(where="x") * 1100 + END, 413),
    "a text of 3 MB": (FORM, lambda whole: whole + parts(where="x" * 3_000_000) + END, 413),
}


@at_each_door
@pytest.mark.parametrize("broken", BROKEN)
def test_a_request_that_cannot_be_read_says_so_and_leaves_nothing(world, door, broken):
    content_type, make, status = BROKEN[broken]
    whole = parts(code=world.code, consent="findings", stance="context", files=builders.picture())
    with nothing_changed():
        answer = raw(world, door, content_type, make(whole))
    assert answer.status_code == (400 if door == "member" else status)
    assert "<h1" in answer.content.decode()
    assert "Bad Request" not in answer.content.decode()


@at_each_door
@pytest.mark.parametrize("encoding", ["rot13", "idna", "utf-16", "no-such"])
def test_forms_are_read_as_utf_8_whatever_else_they_call_themselves(world, door, encoding):
    given = {"code": world.code, "consent": "findings", "stance": "context", "where": "حلب"}
    body = parts(**given, form_token=new_form_token(), files=builders.picture()) + END
    answer = raw(world, door, f"{FORM}; charset={encoding}", body)
    assert answer.status_code == TAKEN[door]
    assert Evidence.objects.filter(said_where="حلب").count() == 1


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("door", ["form", "receipt"])
def test_a_connection_that_breaks_in_a_file_leaves_nothing(world, live_server, door):
    body = parts(code=world.code, files=builders.picture() + bytes(1 << 20)) + END
    head = (
        f"POST {where(world, door)} HTTP/1.0\r\nContent-Length: {len(body)}\r\nContent-Type: {FORM}\r\n\r\n"
    )
    there = files()
    with nothing_changed():
        with socket.create_connection((live_server.thread.host, live_server.thread.port)) as line:
            line.sendall(head.encode() + body[: len(body) // 2])
            wait_until(lambda: files() != there, 10, "The file begins to arrive")
        wait_until(lambda: files() == there, 10, "What arrived of it is gone")


CODES = {"no code": ("", 400), "a code of nobody": ("AAAAA-AAAAA-AAAAA-AAAAA", 404), "a NUL": ("\0", 400)}
CODES |= {"a code that is too long": ("A" * 61, 400), "something else": ("' OR 1=1 --", 404)}


@pytest.mark.parametrize("wrong", CODES)
def test_nothing_is_added_without_the_code_of_a_submission(world, wrong):
    code, status = CODES[wrong]
    with nothing_changed():
        assert world.volunteer.look(code).status_code == status
        answer = world.volunteer.add(code, photo())
    assert answer.status_code == status
    assert answer.context["form"].errors["code"]
