"""What an identical file, known by our receipt of it, says of when the content was there."""

from dataclasses import replace
from datetime import datetime

import pytest

from media_checks.context import EarlierCopy, Weight
from media_checks.contract import CheckVerdict, perform
from media_checks.reverse_date import CHECK
from tests.media_checks.dated_files import THAT_DAY, copy, examined, photo, slugs_for, utc


def twin(received_at: datetime) -> EarlierCopy:
    """The same bytes in another submission, known by our receipt of it."""
    return EarlierCopy("evidence 9", "exact", True, 0, received_at, Weight.B, "receipt")


def test_an_identical_file_received_before_the_claimed_time_contradicts_and_is_named():
    context = replace(THAT_DAY, received_at=utc(2016, 11, 20), earlier_copies=(twin(utc(2016, 11, 10, 9)),))
    verdict, findings = examined(photo(captured="2016:11:18 14:02:00"), context)
    assert verdict is CheckVerdict.CONTRADICTED
    assert findings["dates.earlier_copy"].summary == (
        "The content already existed on 2016-11-10 09:00 UTC, before the claimed time began on"
        " 2016-11-18 00:00 UTC: exact copy evidence 9 (same bytes, receipt)."
    )
    assert findings["dates.earlier_copy"].details["reference"] == "evidence 9"
    assert findings["dates.envelope"].details["earliest_appearance"] == "2016-11-10T09:00:00Z"


@pytest.mark.parametrize(
    ("received_at", "contradicts"),
    [
        (utc(2016, 11, 17, 23, 54, 59), True),
        (utc(2016, 11, 17, 23, 55), False),
        (utc(2016, 11, 18, 6), False),
    ],
)
def test_a_receipt_contradicts_only_where_it_lies_more_than_five_minutes_before(received_at, contradicts):
    context = replace(THAT_DAY, earlier_copies=(twin(received_at),))
    assert ("dates.earlier_copy" in slugs_for(photo(), context)) is contradicts


def test_an_identical_file_received_at_the_same_time_or_later_adds_nothing():
    alone = replace(THAT_DAY, received_at=utc(2016, 11, 19, 10))
    file = photo(captured="2016:11:18 14:02:00")
    for moment in (utc(2016, 11, 19, 10), utc(2016, 11, 19, 11), utc(2026, 1, 1)):
        beside = replace(alone, earlier_copies=(twin(moment), copy(moment, confirmed=False)))
        assert perform(CHECK, file, beside) == perform(CHECK, file, alone)


def test_an_identical_file_received_earlier_but_after_the_claimed_time_bounds_the_capture():
    context = replace(THAT_DAY, received_at=utc(2016, 12, 1), earlier_copies=(twin(utc(2016, 11, 18, 20)),))
    verdict, findings = examined(photo(captured="2016:11:18 14:02:00"), context)
    assert verdict is CheckVerdict.CORROBORATED
    assert "exact copy evidence 9" in findings["dates.second_signal"].summary
    assert findings["dates.envelope"].details["earliest_appearance"] == "2016-11-18T20:00:00Z"


def test_both_proofs_of_one_copy_are_shown():
    both = (twin(utc(2016, 11, 10)), replace(twin(utc(2014, 6, 1)), source="X"))
    result = perform(CHECK, photo(), replace(THAT_DAY, earlier_copies=both))
    shown = [each for each in result.findings if each.code.slug == "dates.earlier_copy"]
    assert [each.details["note"] for each in shown] == ["same bytes, receipt", "same bytes, X"]
