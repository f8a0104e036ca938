"""What an archive's capture of the address says of when the content was there."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from media_checks.context import ArchiveCapture, Context
from media_checks.contract import CheckVerdict
from tests.media_checks.dated_files import THAT_DAY, examined, photo, slugs_for, utc

LONG_BEFORE = utc(2014, 6, 12, 9, 30)
THAT_EVENING = utc(2016, 11, 18, 20)
ADDRESS = "https://photos.example/street.jpg"
HINTS = {
    "a page": ("text/html; charset=utf-8", False),
    "a page without a digest": ("text/html", None),
    "another file": ("image/jpeg", False),
    "a file without a digest": ("image/jpeg", None),
    "a type that nobody named": ("", False),
}


def archived(at, media_type="image/jpeg", same_bytes: bool | None = True, **more) -> Context:
    capture = ArchiveCapture(at, media_type, same_bytes)
    return replace(THAT_DAY, source_url=ADDRESS, archived=capture, **more)


def signal(findings):
    (found,) = [
        each for each in findings["dates.envelope"].details["signals"] if each["source"].startswith("archive")
    ]
    return found


def test_the_same_bytes_captured_before_the_claimed_time_contradict():
    verdict, findings = examined(photo(captured="2016:11:18 14:02:00"), archived(LONG_BEFORE))
    assert verdict is CheckVerdict.CONTRADICTED
    assert findings["dates.earlier_copy"].summary == (
        "The content already existed on 2014-06-12 09:30 UTC, before the claimed time began on 2016-11-18"
        " 00:00 UTC: archive capture of the same bytes (its digest is that of the received file)."
    )
    assert findings["dates.earlier_copy"].details["weight"] == "B"
    assert findings["dates.envelope"].details["earliest_appearance"] == "2014-06-12T09:30:00Z"
    assert "dates.captured_after_copy" in findings


@pytest.mark.parametrize("media_type", ["text/html", "application/octet-stream", "warc/revisit", ""])
def test_the_same_bytes_are_a_proof_whatever_type_the_archive_names(media_type):
    verdict, findings = examined(photo(), archived(LONG_BEFORE, media_type))
    assert verdict is CheckVerdict.CONTRADICTED
    assert signal(findings)["weight"] == "B"


def test_the_same_bytes_captured_soon_after_agree_with_what_the_camera_says():
    verdict, findings = examined(photo(captured="2016:11:18 14:02:00"), archived(THAT_EVENING))
    assert verdict is CheckVerdict.CORROBORATED
    assert {"dates.existed_soon_after", "dates.second_signal"} <= set(findings)


def test_alone_they_make_a_file_consistent_if_soon_and_nothing_if_late():
    assert examined(photo(), archived(THAT_EVENING))[0] is CheckVerdict.CONSISTENT
    verdict, findings = examined(photo(), archived(utc(2018, 1, 1)))
    assert verdict is CheckVerdict.INCONCLUSIVE
    assert "dates.known_only_later" in findings


@pytest.mark.parametrize("hint", HINTS)
def test_anything_else_from_before_the_claimed_time_disputes_and_says_why(hint):
    verdict, findings = examined(photo(), archived(LONG_BEFORE, *HINTS[hint]))
    assert verdict is CheckVerdict.DISPUTED
    assert signal(findings)["weight"] == "D"
    assert findings["dates.outside_claim"].details["note"] in (
        "whether the page showed this content is not known",
        "it names no digest that can be compared",
        "its digest is not that of the received file",
    )
    assert findings["dates.envelope"].details["earliest_appearance"] is None
    assert findings["dates.envelope"].details["latest"] is None


@pytest.mark.parametrize("at", [THAT_EVENING, utc(2018, 1, 1)])
@pytest.mark.parametrize("hint", HINTS)
def test_and_never_speaks_for_a_claim(hint, at):
    context = archived(at, *HINTS[hint])
    verdict, findings = examined(photo(), context)
    assert verdict is CheckVerdict.INCONCLUSIVE
    assert {"dates.none", "dates.envelope"} == set(findings)
    dated = photo(captured="2016:11:18 14:02:00")
    assert slugs_for(dated, context) == slugs_for(dated, replace(THAT_DAY, source_url=ADDRESS))


def test_an_archive_that_was_not_asked_is_told_and_changes_no_verdict():
    silent = replace(THAT_DAY, archive_not_asked="it took longer than 10 seconds")
    dated = photo(captured="2016:11:18 14:02:00")
    verdict, findings = examined(dated, silent)
    assert verdict is examined(dated)[0] is CheckVerdict.CONSISTENT
    assert set(findings) == slugs_for(dated) | {"dates.archive_not_asked"}
    assert findings["dates.archive_not_asked"].summary == (
        "The archive gave no answer about the address: it took longer than 10 seconds. Whether it was"
        " archived is not known."
    )


def test_a_capture_reaches_the_locked_child_as_it_was():
    for context in (
        archived(LONG_BEFORE),
        archived(THAT_EVENING, "", None, archive_not_asked="x"),
        Context(),
    ):
        assert Context.from_json(json.loads(json.dumps(context.as_json()))) == context
