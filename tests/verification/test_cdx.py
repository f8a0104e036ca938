"""The CDX protocol against answers that are right, and against everything else that a server may send."""

from __future__ import annotations

import json
import time
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from tests.servers import free_port
from tests.strangers import HTTP, stranger
from verification.cdx import MOST_BYTES, Capture, NoAnswer, earliest, read
from verification.phrases import phrase_of

ADDRESS = "https://photos.example/street.jpg"
STAMP = "20140612093000"
DIGEST = "ZFKGMMQOVLTNDHXDCSXE6E23CLKFZ3M2"
CAPTURE = Capture(datetime(2014, 6, 12, 9, 30, tzinfo=UTC), "image/jpeg", DIGEST)
NAMES = ["urlkey", "timestamp", "original", "mimetype", "statuscode", "digest", "length"]
ROW = ["example,photos)/street.jpg", STAMP, ADDRESS, "image/jpeg", "200", DIGEST, "335"]
OBJECT = {
    "urlkey": ROW[0],
    "timestamp": STAMP,
    "url": ADDRESS,
    "mime": "image/jpeg",
    "status": "200",
    "digest": DIGEST,
}


def rows(**changed) -> bytes:
    return json.dumps(
        [NAMES, [changed.get(name, value) for name, value in zip(NAMES, ROW, strict=True)]]
    ).encode()


def line(**changed) -> bytes:
    return json.dumps(OBJECT | changed).encode()


def without(*names: str) -> bytes:
    return json.dumps({name: value for name, value in OBJECT.items() if name not in names}).encode()


@pytest.mark.parametrize(
    "answer", [rows(), line(), line() + b"\n" + line(timestamp="20150101000000") + b"\n"]
)
def test_both_dialects_are_read(answer):
    assert read(answer, ADDRESS) == CAPTURE


@pytest.mark.parametrize("answer", [b"", b" \n", b"[]", b"[]\n", json.dumps([NAMES]).encode()])
def test_no_row_is_no_capture(answer):
    assert read(answer, ADDRESS) is None


@pytest.mark.parametrize(
    "original",
    [
        "http://photos.example/street.jpg",
        "https://www.photos.example:443/Street.jpg",
        "photos.example/street.jpg/",
    ],
)
def test_an_address_is_the_same_as_archives_compare_it(original):
    assert read(rows(original=original), ADDRESS) == CAPTURE


def test_the_order_of_a_query_and_how_it_is_written_do_not_matter():
    asked = "https://photos.example/%D8%AD.jpg?b=2&a=1"
    assert read(rows(original="https://photos.example/ح.jpg?a=1&b=2"), asked) == CAPTURE


@pytest.mark.parametrize(
    "original",
    [
        "https://photos.example/other.jpg",
        "https://other.example/street.jpg",
        f"{ADDRESS}?x=1",
        "",
        "http://[",
    ],
)
def test_an_answer_about_another_address_is_none(original):
    with pytest.raises(NoAnswer, match="another address"):
        read(line(url=original), ADDRESS)


HOSTILE = {
    "a page": b"<!DOCTYPE html><title>Sign in</title>",
    "half an array": rows()[:-5],
    "half an object": line()[:-5],
    "a number": b"7",
    "a long number": b"7" * 6000,
    "null": b"null",
    "a string": b'"20140612093000"',
    "an array of objects": b'[{"timestamp": "20140612093000"}]',
    "an array of numbers": b"[1, 2]",
    "names that are numbers": b"[[1, 2], [3, 4]]",
    "a row too short": json.dumps([NAMES, ROW[:3]]).encode(),
    "no time": without("timestamp"),
    "a time that is a number": line(timestamp=20140612093000),
    "a time that is none": line(timestamp="20141399093000"),
    "a day alone": line(timestamp="20140612"),
    "digits of another script": line(timestamp="٢٠١٤٠٦١٢٠٩٣٠٠٠"),
    "before the web": line(timestamp="19700101000000"),
    "the year 0": line(timestamp="00000101000000"),
    "next week": line(timestamp=f"{timezone.now() + timedelta(days=7):%Y%m%d%H%M%S}"),
    "a status that was not asked for": line(status="404"),
    "nested beyond measure": b"[" * 60000,
    "objects beyond measure": b'{"a":' * 10000,
    "no UTF-8": b"\xff\xfe[[",
    "zeros": b"\0" * 100,
}


@pytest.mark.parametrize("answer", HOSTILE)
def test_what_is_not_the_protocol_is_no_answer_and_never_no_capture(answer):
    with pytest.raises(NoAnswer, match="CDX protocol"):
        read(HOSTILE[answer], ADDRESS)


@pytest.mark.parametrize(
    "value", ["\0", "text/html\0", "\ud800", "ح", "\u202egnp", "x" * 101, 7, None, [], {}]
)
def test_a_word_that_no_database_or_screen_should_meet_is_dropped(value):
    found = read(line(mime=value, digest=value), ADDRESS)
    assert found == Capture(CAPTURE.at, "", "")


@given(st.binary(max_size=300) | st.text(alphabet='[]{},:"0123456789 \\n', max_size=200).map(str.encode))
def test_nothing_that_a_server_sends_breaks_the_desk(answer):
    with suppress(NoAnswer):
        assert read(answer, ADDRESS) is None


def test_the_desk_says_nothing_of_itself():
    with stranger(HTTP + b"[]") as server:
        assert earliest(server.url, f"{ADDRESS}?a=1&b=ح *", seconds=5) is None
    (request,) = server.requests
    first, *headers = request.split("\r\n")
    assert first.startswith(
        "GET /cdx?url=https%3A%2F%2Fphotos.example%2Fstreet.jpg%3Fa%3D1%26b%3D%D8%AD+%2A&"
    )
    assert {each.split(":")[0].lower() for each in headers if each} == {
        "host",
        "user-agent",
        "accept",
        "accept-encoding",
    }
    assert "corroborate" not in request.lower()
    assert "python" not in request.lower()


def answered(answer: bytes, **options) -> NoAnswer:
    """Why this answer is none; it took no longer than it may."""
    started = time.monotonic()
    with stranger(answer, **options) as server, pytest.raises(NoAnswer) as raised:
        earliest(server.url, ADDRESS, seconds=1)
    assert time.monotonic() - started < 3
    assert phrase_of(raised.value.reason)
    assert len(server.requests) == 1
    return raised.value


def status(line: str, *headers: str) -> bytes:
    return "\r\n".join([f"HTTP/1.1 {line}", *headers, "Content-Length: 0", "", ""]).encode()


@pytest.mark.parametrize(
    ("answer", "reason", "is_away"),
    [
        (status("429 Too Many Requests"), "it answered with status 429", True),
        (status("503 Service Unavailable"), "it answered with status 503", True),
        (status("403 Forbidden"), "it answered with status 403", False),
        (status("404 Not Found"), "it answered with status 404", False),
        (status("204 No Content"), "it answered with status 204", False),
        (HTTP + b" " * (MOST_BYTES + 1), "it answered more than it may", False),
        (HTTP + b"<html>", "its answer is not one of the CDX protocol", False),
        (b"SSH-2.0-OpenSSH_9.2\r\n", "its answer is not one of HTTP", True),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n[", "its answer is not one of HTTP", True),
        (b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 200, "its answer is not one of HTTP", True),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n", "its answer is not one of HTTP", True),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", "its answer is not one of HTTP", True),
        (
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\n[]",
            "its answer is not one of HTTP",
            True,
        ),
        (HTTP, "its answer is not one of HTTP", True),
        (b"", "it cannot be reached (RemoteDisconnected)", True),
    ],
)
def test_a_strange_answer_has_its_reason(answer, reason, is_away):
    problem = answered(answer)
    assert (problem.reason, problem.is_away) == (reason, is_away)


def test_no_redirect_is_followed():
    with stranger(HTTP + rows()) as elsewhere:
        problem = answered(status("302 Found", f"Location: {elsewhere.url}"))
    assert problem.reason == "it answered with status 302"
    assert elsewhere.requests == []


@pytest.mark.parametrize("answer", [b"", b"HTTP/1.1 200 OK\r\nX: ", HTTP])
def test_neither_silence_nor_drops_hold_anybody_up(answer):
    problem = answered(answer, every=0.2)
    assert (problem.reason, problem.is_away) == ("it took longer than 1 seconds", True)


def test_a_server_that_is_not_there_is_away():
    with pytest.raises(NoAnswer) as raised:
        earliest(f"http://127.0.0.1:{free_port()}/cdx", ADDRESS, seconds=5)
    assert (raised.value.reason, raised.value.is_away) == (
        "it cannot be reached (ConnectionRefusedError)",
        True,
    )


def test_a_name_that_nobody_has_is_away():
    with pytest.raises(NoAnswer) as raised:
        earliest("https://archive.invalid/cdx", ADDRESS, seconds=5)
    assert raised.value.is_away


def test_who_does_not_speak_tls_is_not_asked_without_it():
    with stranger(HTTP + rows()) as server, pytest.raises(NoAnswer, match="cannot be reached"):
        earliest(server.url.replace("http:", "https:"), ADDRESS, seconds=5)


def test_no_proxy_of_the_environment_learns_of_it(monkeypatch):
    with stranger(HTTP + b"[]") as proxy, stranger(HTTP + rows()) as server:
        monkeypatch.setenv("http_proxy", proxy.url)
        assert earliest(server.url, ADDRESS, seconds=5) == CAPTURE
    assert proxy.requests == []


def test_the_locked_child_and_the_checks_know_nothing_of_it():
    checks = Path(__file__).parents[2] / "media_checks"
    assert not [path for path in checks.rglob("*.py") if "cdx" in path.read_text().lower()]
