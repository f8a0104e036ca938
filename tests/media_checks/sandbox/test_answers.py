"""Answers forged by a child that a file has taken over: none is believed."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from media_checks.context import Kind
from media_checks.contract import Check, CheckVerdict, Code, Result, Unreadable
from media_checks.sandbox.answers import DidNotRun, Ending, grey, jpeg, results, settled
from media_checks.sandbox.locks import Limits
from tests.media_checks.samples import photo, saved, scene

PIXELS = base64.b64encode(bytes(128 * 128)).decode()

SEEN = Code("planted.seen", CheckVerdict.CONSISTENT, "It was seen at {place}, {times:d} times.")
CHECK = Check("planted", 1, frozenset({Kind.PHOTO}), (SEEN,), lambda media, context: ())
GOOD = {"code": "planted.seen", "details": {"place": "Aleppo", "times": 2}}


def answer(*findings: Any) -> bytes:
    return json.dumps({"results": [{"findings": list(findings)}]}).encode()


def outcome(check: Check, forged: bytes) -> Result:
    (told,) = results((check,), forged)
    if isinstance(told, DidNotRun):
        raise told
    return told


def test_a_true_answer_is_rebuilt_with_its_own_sentence_and_verdict():
    forged = GOOD | {"summary": "All is well.", "bearing": "supports", "verdict": "corroborated"}

    rebuilt = outcome(CHECK, answer(forged))

    assert rebuilt.findings[0].summary == "It was seen at Aleppo, 2 times."
    assert rebuilt.verdict is CheckVerdict.CONSISTENT


@pytest.mark.parametrize(
    "forged",
    [
        b"",
        b"null",
        b"[]",
        b"\xff\xfe",
        b"{" * 100_000,
        b'{"results": ' + b"[" * 50_000,
        b'{"results": {}}',
        b'{"results": []}',
        b'{"results": [1]}',
        b'{"results": [{}]}',
        b'{"results": [{"findings": []}]}',
        b'{"results": [{"findings": {}}]}',
        b'{"results": [{"findings": [1]}]}',
        answer(GOOD).replace(b"2}", b"NaN}"),
        answer(GOOD)[:-2] + b', {"findings": []}]}',
        b'{"unreadable": "x"}',
        answer(GOOD | {"code": "planted.unheard_of"}),
        answer(GOOD | {"code": ["planted.seen"]}),
        answer(GOOD | {"details": []}),
        answer(GOOD | {"details": {"place": "Aleppo"}}),
        answer(GOOD | {"details": {"place": "Aleppo", "times": "two"}}),
        answer(GOOD | {"details": {"place": "a\0b", "times": 1}}),
        answer(GOOD | {"details": {"place": "\ud800", "times": 1}}),
        answer(*[GOOD] * 1000),
        answer(GOOD | {"details": GOOD["details"] | {"deep": json.loads("[" * 40 + "]" * 40)}}),
        b'{"failed": {"not": "a text"}}',
        b'{"failed": "it has a defect"}',
        b'{"results": [{"failed": 7}]}',
    ],
    ids=range(28),
)
def test_a_forged_answer_did_not_run(forged: bytes):
    with pytest.raises(DidNotRun) as refused:
        outcome(CHECK, forged)

    assert refused.value.reason


def test_a_check_that_failed_leaves_the_others_their_results():
    told = json.dumps({"results": [{"failed": "it has a defect"}, {"findings": [GOOD]}]}).encode()

    failed, seen = results((CHECK, CHECK), told)

    assert isinstance(failed, DidNotRun)
    assert failed.reason == "it has a defect"
    assert isinstance(seen, Result)


@pytest.mark.parametrize(
    "forged",
    [
        b"",
        b"<html><script>alert(1)</script>",
        b"\xff\xd8\xff\xe0" + b"<script>" * 9,
        photo(make="Cam"),
        saved(scene(), comment=b"a canary"),
        saved(scene(), "PNG"),
    ],
    ids=["nothing", "html", "polyglot", "with EXIF", "with a comment", "PNG"],
)
def test_only_a_plain_jpeg_is_a_working_copy(forged: bytes):
    with pytest.raises(DidNotRun):
        jpeg(forged)


def test_a_plain_jpeg_is_a_working_copy():
    assert jpeg(saved(scene())) == saved(scene())


def test_a_file_with_nothing_to_show_is_unreadable():
    with pytest.raises(Unreadable, match="cut off"):
        jpeg(b'{"unreadable": "it is cut off"}')


@pytest.mark.parametrize(
    ("last_word", "reason"),
    [
        (b"", "lost"),
        (b"no json", "lost"),
        (b'{"exit": 1}', "without an answer"),
        (b'{"signal": 24}', "more than 20 seconds of processor time"),
        (b'{"signal": 11}', r"crashed \(SIGSEGV\)"),
        (b'{"signal": 9}', "killed from outside"),
        (b'{"signal": 9, "timed_out": true}', "longer than 120 seconds"),
        (b'{"not_started": "no processes left"}', "no processes left"),
    ],
)
def test_how_a_child_ended_is_said_in_plain_words(last_word: bytes, reason: str):
    with pytest.raises(DidNotRun, match=reason):
        settled(answer(GOOD), Ending.read(last_word), Limits(), 65536)


def test_an_answer_that_is_too_long_is_refused():
    with pytest.raises(DidNotRun, match="more than it may"):
        settled(b"{" * 70_000, Ending(known=True, exit=0), Limits(), 65536)


def test_nobody_can_ask_for_more_than_the_usual_limits():
    assert Limits.from_json({"memory": 1 << 40, "cpu": 5, "wall": 9999}) == Limits(cpu=5)


@pytest.mark.parametrize(
    "forged",
    [
        {"inside": [0, 0, 1, 1]},
        {"pixels": PIXELS},
        {"pixels": PIXELS[:400], "inside": [0, 0, 1, 1]},
        {"pixels": "no base64!", "inside": [0, 0, 1, 1]},
        {"pixels": 7, "inside": [0, 0, 1, 1]},
        {"pixels": PIXELS, "inside": [0, 0, 1]},
        {"pixels": PIXELS, "inside": [0.5, 0, 0.5, 1]},
        {"pixels": PIXELS, "inside": [0, 0, 1, 40]},
        {"failed": "the check has a defect"},
    ],
    ids=range(9),
)
def test_only_a_whole_picture_and_a_box_in_it_can_be_compared(forged: dict[str, Any]):
    with pytest.raises(DidNotRun):
        grey(json.dumps(forged).encode())
