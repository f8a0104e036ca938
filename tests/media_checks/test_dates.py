"""The arithmetic of bounds: intervals of wall clocks, zones, tolerances, the envelope."""

import subprocess
import sys
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from media_checks import dates
from media_checks.context import Place, Weight
from media_checks.dates import Signal, SignalKind, envelope, fits, interval_of, reckon
from media_checks.zones import offsets_at, offsets_of_clock, zones_at

ALEPPO = Place(36.2, 37.16, 1000)
TWO = datetime(2016, 11, 18, 14, 2)
HOUR = timedelta(hours=1)

clocks = st.datetimes(datetime(1900, 1, 1), datetime(2200, 1, 1))
moments = st.datetimes(datetime(1900, 1, 1), datetime(2200, 1, 1), timezones=st.just(UTC))
zones = st.integers(-12 * 4, 14 * 4).map(lambda quarters: quarters * dates.ZONE_STEP)
residuals = st.timedeltas(-dates.ZONE_RESIDUAL, dates.ZONE_RESIDUAL)


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)


def asserted(earliest, latest, weight=Weight.C, program="camera"):
    return Signal("a clock", SignalKind.SELF_ASSERTED, earliest, latest, weight, program=program)


def existed(latest, weight=Weight.B):
    return Signal("a proof", SignalKind.NOT_AFTER, None, latest, weight)


@given(clocks)
def test_a_clock_without_a_zone_is_an_interval_of_26_hours(local):
    earliest, latest = interval_of(local)
    assert earliest == local.replace(tzinfo=UTC) - timedelta(hours=14)
    assert latest == local.replace(tzinfo=UTC) + timedelta(hours=12)


@given(clocks, st.sets(zones, min_size=1))
def test_knowing_zones_only_ever_narrows(local, offsets):
    earliest, latest = interval_of(local, offsets)
    widest_earliest, widest_latest = interval_of(local)
    assert widest_earliest <= earliest <= latest <= widest_latest


@given(clocks, zones)
def test_the_true_moment_always_lies_in_the_interval(local, zone):
    moment = local.replace(tzinfo=UTC) - zone
    earliest, latest = interval_of(local)
    assert earliest <= moment <= latest
    assert interval_of(local, (zone,)) == (moment, moment)


@pytest.mark.parametrize("local", [datetime.min, datetime.max])
def test_an_interval_at_the_end_of_the_calendar_stays_in_it(local):
    earliest, latest = interval_of(local)
    assert earliest <= local.replace(tzinfo=UTC) <= latest


@given(clocks, zones, residuals)
def test_the_gps_clock_gives_the_zone_even_when_its_fix_is_minutes_old(local, zone, residual):
    gps_clock = local.replace(tzinfo=UTC) - zone + residual
    assert dates.offset_by_gps(local, gps_clock) == zone


@given(clocks, zones, st.timedeltas(timedelta(minutes=5, seconds=1), timedelta(minutes=9, seconds=59)))
def test_a_gps_clock_more_than_five_minutes_off_gives_no_zone(local, zone, residual):
    assert dates.offset_by_gps(local, local.replace(tzinfo=UTC) - zone + residual) is None


@pytest.mark.parametrize("hours", [-15, -13, 15, 26, 24 * 400])
def test_a_difference_that_no_zone_has_gives_no_zone(hours):
    assert dates.offset_by_gps(TWO, TWO.replace(tzinfo=UTC) - hours * HOUR) is None


def test_zones_narrow_in_the_stated_order():
    hints = {
        "offset": 1 * HOUR,
        "gps_clock": TWO.replace(tzinfo=UTC) - 2 * HOUR,
        "maker_zone": 3 * HOUR,
        "place_offsets": {4 * HOUR},
    }
    found = []
    while hints:
        found.append(reckon(TWO, **hints))
        hints.pop(next(iter(hints)))
    assert [each.earliest for each in found] == [utc(2016, 11, 18, 14 - hours, 2) for hours in (1, 2, 3, 4)]
    assert [each.because for each in found] == [
        "zone from its offset tag",
        "zone by the difference to the GPS clock",
        "zone from the maker note",
        "zone of the claimed place",
    ]
    assert reckon(TWO).because.startswith("no zone known")


def test_an_offset_tag_that_no_zone_has_is_passed_over():
    assert reckon(TWO, offset=23 * HOUR, maker_zone=2 * HOUR).offset == 2 * HOUR


@pytest.mark.parametrize(
    ("moment", "hours"),
    [
        (utc(2016, 3, 24, 21, 59, 59), 2),
        (utc(2016, 3, 24, 22, 0), 3),
        (utc(2016, 10, 27, 20, 59, 59), 3),
        (utc(2016, 10, 27, 21, 0), 2),
    ],
)
def test_damascus_changes_its_clock_at_its_own_hours_in_2016(moment, hours):
    assert offsets_at(ALEPPO, moment) == {hours * HOUR}


def test_a_clock_time_that_damascus_had_twice_is_an_interval_of_an_hour():
    twice = datetime(2016, 10, 27, 23, 30)
    offsets = offsets_of_clock(ALEPPO, twice)
    assert offsets == {2 * HOUR, 3 * HOUR}
    assert reckon(twice, place_offsets=offsets).latest - reckon(twice, place_offsets=offsets).earliest == HOUR


def test_a_place_with_a_wide_precision_lies_in_every_zone_it_may_be_in():
    assert zones_at(Place(36.2, 37.16, 0)) == ("Asia/Damascus",)
    assert set(zones_at(Place(36.2, 37.16, 80_000))) >= {"Asia/Damascus", "Europe/Istanbul"}


@pytest.mark.parametrize("place", [Place(90, 180, 5000), Place(-90, -180, 5000), Place(0, 180, 1e7)])
def test_a_place_at_an_edge_of_the_map_still_has_a_zone(place):
    assert zones_at(place)


def test_once_warm_zones_are_found_where_no_file_can_be_opened():
    program = """
import os, resource
from datetime import datetime, timezone
from media_checks import zones
from media_checks.context import Place
zones.warm()
os.closerange(3, 256)
resource.setrlimit(resource.RLIMIT_NOFILE, (0, 0))
for place in (Place(36.2, 37.16, 5000), Place(-33.9, 18.4, 0), Place(0, -140, 0)):
    print(*zones.zones_at(place), *zones.offsets_at(place, datetime(2016, 11, 18, tzinfo=timezone.utc)))
"""
    found = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert found.stdout.splitlines() == [
        "Asia/Damascus 2:00:00",
        "Africa/Johannesburg 2:00:00",
        "Etc/GMT+9 -1 day, 15:00:00",
    ]


@pytest.mark.parametrize(
    ("weight", "minutes"),
    [(Weight.A, 5), (Weight.B, 5), (Weight.C, 15), (Weight.D, 24 * 60)],
)
def test_each_weight_has_its_tolerance(weight, minutes):
    start, end = utc(2016, 11, 18), utc(2016, 11, 19)
    last = start - timedelta(minutes=minutes)
    assert fits(asserted(last, last, weight), start, end)
    too_early = last - timedelta(seconds=1)
    assert not fits(asserted(too_early, too_early, weight), start, end)
    too_late = end + timedelta(minutes=minutes, seconds=1)
    assert not fits(asserted(too_late, too_late, weight), start, end)


def test_a_clock_without_a_zone_has_no_tolerance_beside_its_interval():
    signal = asserted(utc(2016, 11, 17), utc(2016, 11, 17, 23, 59))
    assert not fits(signal, utc(2016, 11, 18), utc(2016, 11, 19))


def test_an_open_side_never_contradicts():
    assert fits(asserted(None, None), utc(2016, 11, 18), utc(2016, 11, 19))
    assert fits(asserted(utc(2000, 2, 2), utc(2000, 2, 2)), None, utc(2016, 11, 19))
    assert not fits(asserted(utc(2020, 2, 2), utc(2020, 2, 2)), None, utc(2016, 11, 19))


@given(moments, moments, moments, moments, st.sampled_from(list(Weight)))
def test_fitting_is_overlapping_by_the_tolerance(one, two, three, four, weight):
    (earliest, latest), (start, end) = sorted((one, two)), sorted((three, four))
    signal = asserted(earliest, latest, weight)
    assert fits(signal, start, end) == (
        earliest - signal.tolerance <= end and latest + signal.tolerance >= start
    )


def test_fields_of_one_program_count_once_and_the_weightiest_stands():
    name = asserted(TWO, TWO, Weight.D, "camera")
    clock = asserted(TWO, TWO, Weight.C, "camera")
    again = asserted(TWO, TWO, Weight.C, "camera")
    gps = asserted(TWO, TWO, Weight.C, "GPS")
    assert dates.once_per_program((name, clock, again, gps)) == (clock, gps)


def test_the_earliest_proof_is_the_earliest_of_the_proofs_only():
    signals = (
        existed(utc(2014, 1, 1), Weight.D),
        existed(utc(2016, 1, 1), Weight.B),
        existed(utc(2015, 1, 1), Weight.A),
    )
    assert dates.earliest_appearance(signals).latest == utc(2015, 1, 1)
    assert dates.earliest_appearance(signals[:1]) is None


def test_what_programs_share_is_the_envelope():
    found = envelope(
        (
            asserted(utc(2016, 11, 18, 0), utc(2016, 11, 19, 2), program="camera"),
            asserted(utc(2016, 11, 18, 12), utc(2016, 11, 18, 12), program="GPS"),
        )
    )
    assert (found.earliest, found.latest) == (utc(2016, 11, 18, 12), utc(2016, 11, 18, 12))


def test_a_weaker_signal_does_not_move_the_envelope():
    clock = asserted(utc(2016, 11, 18), utc(2016, 11, 18))
    name = asserted(utc(2016, 11, 20), utc(2016, 11, 20), Weight.D, "file name")
    assert envelope((clock, name)).earliest == envelope((clock,)).earliest


def test_a_proof_cuts_an_envelope_that_would_lie_after_it():
    found = envelope((asserted(utc(2016, 11, 18), utc(2016, 11, 18)), existed(utc(2014, 6, 1))))
    assert found == dates.Envelope(None, utc(2014, 6, 1), utc(2014, 6, 1))


def test_nothing_leaves_an_open_envelope():
    assert envelope(()) == dates.Envelope(None, None, None)


signals = st.lists(
    st.builds(
        lambda kind, bounds, weight, program: Signal(
            "any",
            kind,
            None if kind is SignalKind.NOT_AFTER else min(bounds),
            None if kind is SignalKind.NOT_BEFORE else max(bounds),
            weight,
            program=program,
        ),
        st.sampled_from(SignalKind),
        st.tuples(moments, moments),
        st.sampled_from(Weight),
        st.sampled_from(["camera", "GPS", "file name"]),
    ),
    max_size=8,
)


@given(signals)
def test_an_envelope_never_ends_before_it_begins_nor_after_a_proof(found):
    result = envelope(found)
    if result.earliest and result.latest:
        assert result.earliest <= result.latest
    if result.latest and result.earliest_appearance:
        assert result.latest <= result.earliest_appearance


@given(signals)
def test_noise_never_moves_the_envelope(found):
    assert envelope(found) == envelope(each for each in found if each.weight is not Weight.E)


@given(signals, moments)
def test_one_more_proof_never_makes_the_earliest_appearance_later(found, moment):
    before, after = envelope(found), envelope((*found, existed(moment)))
    assert after.earliest_appearance == min(filter(None, (before.earliest_appearance, moment)))
