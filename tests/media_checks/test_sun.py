"""Where the sun stood, held against what is known of it from elsewhere."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from media_checks import sun
from media_checks.context import Context, Kind, Place
from media_checks.date_signals import Evidence
from media_checks.reading import Position, Reading, WallClock
from tests.media_checks.dated_files import ALEPPO, AROUND_NOON, NOON, THAT_DAY, examined, photo, utc

NOTHING = Reading(media_type="image/jpeg", kind=Kind.PHOTO)


def told(reading: Reading = NOTHING, context: Context = AROUND_NOON) -> list[dict]:
    return [each.details for each in sun.findings(Evidence(reading, context), context)]


# At noon of an equinox the sun stands as high as the equator is far from the pole; at a solstice 23.44° more
# or less. The times of noon are those of the meridian, by the equation of time (USNO).
@pytest.mark.parametrize(
    ("place", "moment", "elevation", "azimuth"),
    [
        (Place(0.0, 0.0, 0), utc(2016, 3, 20, 12, 7), 90, None),
        (Place(51.48, 0.0, 0), utc(2016, 6, 20, 12, 2), 62, 180),
        (Place(51.48, 0.0, 0), utc(2016, 12, 21, 11, 58), 15, 180),
        (Place(-33.87, 151.21, 0), utc(2016, 12, 21, 1, 53), 80, 0),
        (Place(69.65, 18.96, 0), utc(2016, 6, 20, 22, 46), 3, 0),
        (Place(36.2, 37.16, 0), utc(2016, 11, 18, 9, 17), 35, 180),
    ],
)
def test_the_sun_stands_where_geometry_puts_it(place, moment, elevation, azimuth):
    (found,) = told(context=Context(claimed_start=moment, place=place))
    assert found["elevation"] == pytest.approx(elevation, abs=1)
    assert azimuth is None or min(abs(found["azimuth"] - azimuth), 360 - abs(found["azimuth"] - azimuth)) <= 2


def test_it_is_said_for_the_beginning_and_the_end_of_a_short_claimed_time():
    first, last = told()
    assert (first["moment"], last["moment"]) == ("2016-11-18 11:32 UTC", "2016-11-18 12:32 UTC")
    assert first["elevation"] > last["elevation"] > 0
    assert first["direction"] == "south-west"


def test_by_night_it_is_below():
    (found,) = told(context=Context(claimed_start=utc(2016, 11, 18, 21), place=ALEPPO))
    assert found["height"].endswith("° below the horizon")


@pytest.mark.parametrize(
    "context",
    [
        THAT_DAY,
        replace(AROUND_NOON, place=None),
        replace(AROUND_NOON, place=Place(36.2, 37.16, 60_000)),
        Context(),
    ],
)
def test_over_too_much_time_or_ground_nothing_is_said(context):
    assert told(context=context) == []


def test_the_clock_of_the_file_is_taken_where_it_is_narrow_and_its_own_position_first():
    taken = WallClock(NOON.replace(tzinfo=None) + timedelta(hours=2), timedelta(hours=2))
    reading = replace(NOTHING, captured_at=taken)
    (at_the_claim,) = told(reading, THAT_DAY)
    (in_tokyo,) = told(replace(reading, gps=Position(35.7, 139.7)), THAT_DAY)
    assert at_the_claim["source"] == "the file's own clock, at the claimed place"
    assert at_the_claim["direction"] == "south-west"
    assert in_tokyo["source"] == "the file's own clock and position"
    assert in_tokyo["height"].endswith("below the horizon")
    without_zone = replace(NOTHING, captured_at=WallClock(NOON.replace(tzinfo=None), None))
    assert told(without_zone, replace(THAT_DAY, place=None)) == []


def test_it_argues_for_nothing_and_leaves_the_verdict_alone():
    verdict, findings = examined(photo(captured="2016:11:18 14:02:00"), AROUND_NOON)
    assert "dates.sun" in findings
    assert findings["dates.sun"].code.argues_for is None
    assert findings["dates.sun"].summary.startswith("On 2016-11-18 ")
    assert verdict == "consistent"
