"""What volunteers type, and what is understood."""

from __future__ import annotations

import datetime as dt

import pytest
from django.core.exceptions import ValidationError

from claims.forms.fields import ClockField, DayField, ascii_digits, said_interval

DAY, NEXT = dt.date(2016, 11, 18), dt.date(2016, 11, 19)
NOON, ONE = dt.time(12), dt.time(13)


def utc(*parts: int) -> dt.datetime:
    return dt.datetime(*parts, tzinfo=dt.UTC)


@pytest.mark.parametrize(
    ("typed", "start", "end"),
    [
        ((DAY, None, None, None), utc(2016, 11, 17, 10), utc(2016, 11, 19, 12)),
        ((DAY, NEXT, None, None), utc(2016, 11, 17, 10), utc(2016, 11, 20, 12)),
        ((DAY, None, NOON, ONE), utc(2016, 11, 17, 22), utc(2016, 11, 19, 1)),
        ((DAY, None, NOON, None), utc(2016, 11, 17, 22), utc(2016, 11, 19, 12)),
        ((DAY, None, None, ONE), utc(2016, 11, 17, 10), utc(2016, 11, 19, 1)),
        ((DAY, NEXT, NOON, ONE), utc(2016, 11, 17, 22), utc(2016, 11, 20, 1)),
    ],
)
def test_days_and_times_mean_every_moment_that_they_can_mean_somewhere(typed, start, end):
    assert said_interval(*typed) == (start, end)


@pytest.mark.parametrize("hours", [14, 3, 2, 0, -12])
def test_the_moment_is_inside_whatever_zone_the_place_has(hours):
    start, end = said_interval(DAY, None, NOON, NOON)
    assert start <= dt.datetime.combine(DAY, NOON, dt.timezone(dt.timedelta(hours=hours))) <= end


def test_what_was_typed_can_be_read_back():
    start, end = said_interval(DAY, None, NOON, ONE)
    assert (start + dt.timedelta(hours=14)).replace(tzinfo=None) == dt.datetime.combine(DAY, NOON)
    assert (end - dt.timedelta(hours=12)).replace(tzinfo=None) == dt.datetime.combine(DAY, ONE)


@pytest.mark.parametrize(
    "typed", ["2016-11-18", "18/11/2016", "18.11.2016", "١٨/١١/٢٠١٦", "۱۸-۱۱-۲۰۱۶", " 2016-11-18 "]
)
def test_a_day_is_read_as_people_type_it(typed):
    assert DayField().clean(typed) == DAY


@pytest.mark.parametrize("typed", ["0001-01-01", "1899-12-31", "9999-12-31", "2016-02-30", "18 Nov", "٪"])
def test_no_day_is_not_taken_for_one(typed):
    with pytest.raises(ValidationError):
        DayField().clean(typed)


def test_a_clock_is_read_as_people_type_it():
    assert [ClockField().clean(each) for each in ("12:00", "١٢:٠٠", "12.00")] == [NOON] * 3


def test_other_characters_than_digits_stay_as_they_are():
    assert ascii_digits("٣ قذائف ½ ² x9") == "3 قذائف ½ ² x9"
