"""Dates as bounds: signals, the interval of a wall clock, and the envelope that they leave.

Pure arithmetic. No signal is ever one true date: it bounds the capture from above
(``not_after``), bounds the file from below (``not_before``), or is an interval that a device,
a program or a person asserts (``self_asserted``).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum

from media_checks.context import Weight

EASTERNMOST = timedelta(hours=14)
WESTERNMOST = timedelta(hours=-12)
ZONE_STEP = timedelta(minutes=15)
ZONE_RESIDUAL = timedelta(minutes=5)

TOLERANCE_OF_PROOF = timedelta(minutes=5)
TOLERANCE_OF_CLOCK = timedelta(minutes=15)
TOLERANCE_OF_NAME = timedelta(days=1)
TOLERANCE_OF_INTERVAL = timedelta(0)

SOON = timedelta(days=3)
"""How long after the claimed time a proof of existence still says something about it."""

PROOFS = (Weight.A, Weight.B)

NEVER_SET = "a clock that was never set: not used"

SUSPECT_DAYS = frozenset(
    {
        date(1, 1, 1),
        date(1904, 1, 1),
        date(1969, 12, 31),
        date(1970, 1, 1),
        date(1980, 1, 1),
        date(2000, 1, 1),
        date(2001, 1, 1),
    }
)
SUSPECT_CREATE_DATE = datetime(2002, 12, 8, 12, 0, 0)
START_OF_GPS = date(1980, 1, 6)


class SignalKind(StrEnum):
    """What a signal bounds."""

    NOT_AFTER = "not_after"
    NOT_BEFORE = "not_before"
    SELF_ASSERTED = "self_asserted"


@dataclass(frozen=True)
class Signal:
    """One thing that says when: its bounds are aware, in UTC; None is an open side.

    ``program`` is who wrote it: fields of one program count once. Weight E is recorded and
    never used.
    """

    source: str
    kind: SignalKind
    earliest: datetime | None
    latest: datetime | None
    weight: Weight
    note: str = ""
    program: str = ""

    @property
    def used(self) -> bool:
        """Whether anything may be concluded from it."""
        return self.weight is not Weight.E

    @property
    def tolerance(self) -> timedelta:
        """By how much it may miss an interval and still fit it."""
        if self.weight in PROOFS:
            return TOLERANCE_OF_PROOF
        if self.weight is not Weight.C:
            return TOLERANCE_OF_NAME
        one_moment = self.earliest == self.latest or self.earliest is None or self.latest is None
        return TOLERANCE_OF_CLOCK if one_moment else TOLERANCE_OF_INTERVAL

    def as_json(self) -> dict[str, str | None]:
        """``{"source", "kind", "earliest", "latest", "weight", "note"}``, times as RFC 3339 in Z or None."""
        return {
            "source": self.source,
            "kind": self.kind.value,
            "earliest": written(self.earliest),
            "latest": written(self.latest),
            "weight": self.weight.value,
            "note": self.note,
        }


@dataclass(frozen=True)
class Reckoned:
    """A wall clock as an interval in UTC, the offset that was found for it, and from what."""

    earliest: datetime
    latest: datetime
    offset: timedelta | None
    because: str


@dataclass(frozen=True)
class Envelope:
    """Between which times the capture lies as far as the signals go, and the earliest provable appearance."""

    earliest: datetime | None
    latest: datetime | None
    earliest_appearance: datetime | None


def written(moment: datetime | None) -> str | None:
    """RFC 3339 in UTC, with milliseconds only where there are any; None stays None."""
    if moment is None:
        return None
    precision = "milliseconds" if moment.microsecond else "seconds"
    return moment.astimezone(UTC).isoformat(timespec=precision).replace("+00:00", "Z")


def shifted(local: datetime, by: timedelta) -> datetime:
    """``local`` read as UTC and moved; what the calendar cannot hold stays at its end."""
    moment = local.replace(tzinfo=UTC)
    try:
        return moment + by
    except OverflowError:
        return (datetime.min if by < timedelta(0) else datetime.max).replace(tzinfo=UTC)


def interval_of(local: datetime, offsets: Collection[timedelta] = ()) -> tuple[datetime, datetime]:
    """The interval in UTC of a wall-clock time, given the offsets that are possible for it.

    Without any it is [t − 14 h, t + 12 h]: the clocks of the world lie between UTC+14 and UTC−12.
    """
    east = max(offsets, default=EASTERNMOST)
    west = min(offsets, default=WESTERNMOST)
    return shifted(local, -east), shifted(local, -west)


def possible(offset: timedelta | None) -> bool:
    """Whether any clock on Earth is set so."""
    return offset is not None and WESTERNMOST <= offset <= EASTERNMOST


def offset_by_gps(local: datetime, gps_clock: datetime) -> timedelta | None:
    """The zone of a camera's clock by its difference to the GPS clock, rounded to 15 minutes.

    None where the difference is no zone: outside UTC−12 … UTC+14, or more than 5 minutes off a
    quarter of an hour (the fix may be old, or one of the clocks wrong).
    """
    difference = local - gps_clock.astimezone(UTC).replace(tzinfo=None)
    steps = round(difference / ZONE_STEP)
    if abs(steps) > EASTERNMOST / ZONE_STEP:
        return None
    offset = steps * ZONE_STEP
    if abs(difference - offset) > ZONE_RESIDUAL or not possible(offset):
        return None
    return offset


def reckon(
    local: datetime,
    *,
    offset: timedelta | None = None,
    gps_clock: datetime | None = None,
    maker_zone: timedelta | None = None,
    place_offsets: Collection[timedelta] = (),
) -> Reckoned:
    """The interval of a wall-clock time, narrowed by the best that is known of its zone.

    In this order: its own offset tag, the GPS clock, the maker note's zone, the zone of the
    claimed place on that day.
    """
    by_gps = offset_by_gps(local, gps_clock) if gps_clock else None
    for found, because in (
        (offset, "zone from its offset tag"),
        (by_gps, "zone by the difference to the GPS clock"),
        (maker_zone, "zone from the maker note"),
    ):
        if found is not None and possible(found):
            return Reckoned(*interval_of(local, (found,)), found, because)
    if place_offsets:
        return Reckoned(*interval_of(local, place_offsets), None, "zone of the claimed place")
    return Reckoned(*interval_of(local), None, "no zone known: UTC+14 to UTC-12")


def is_suspect(local: datetime) -> bool:
    """Whether this is a clock that was never set."""
    return local.date() in SUSPECT_DAYS


def fits(signal: Signal, start: datetime | None, end: datetime | None) -> bool:
    """Whether the signal, with its tolerance, overlaps [start, end]; None is an open side."""
    return not (
        _before(signal.latest, start, signal.tolerance) or _before(end, signal.earliest, signal.tolerance)
    )


def lies_before(signal: Signal, start: datetime | None) -> bool:
    """Whether the signal ends before ``start``, even with its tolerance."""
    return _before(signal.latest, start, signal.tolerance)


def gap_between(one: Signal, other: Signal) -> timedelta:
    """How far two signals are apart; nothing where they overlap."""
    return max(_gap(one.latest, other.earliest), _gap(other.latest, one.earliest), timedelta(0))


def once_per_program(signals: Iterable[Signal]) -> tuple[Signal, ...]:
    """Of each program its first signal of the greatest weight: its fields count once."""
    best: dict[str, Signal] = {}
    for each in signals:
        key = each.program or each.source
        if key not in best or each.weight < best[key].weight:
            best[key] = each
    return tuple(best.values())


def earliest_appearance(signals: Iterable[Signal]) -> Signal | None:
    """The earliest proof, by weight A or B, that the content existed."""
    proofs = [
        each
        for each in signals
        if each.kind is SignalKind.NOT_AFTER and each.weight in PROOFS and each.latest is not None
    ]
    return min(proofs, key=lambda each: each.latest or datetime.max.replace(tzinfo=UTC), default=None)


def envelope(signals: Iterable[Signal]) -> Envelope:
    """What the signals leave for the capture.

    The interval of the weightiest self-asserted signals: where programs overlap what they
    share, where they do not all of what they say. No proof of existence lies before its end.
    """
    usable = tuple(each for each in signals if each.used)
    proof = earliest_appearance(usable)
    asserted = [each for each in usable if each.kind is SignalKind.SELF_ASSERTED]
    weightiest = min((each.weight for each in asserted), default=None)
    earliest, latest = _common(once_per_program(each for each in asserted if each.weight is weightiest))
    bounds = [each.latest for each in usable if each.kind is SignalKind.NOT_AFTER and each.latest]
    if latest is None and bounds:
        latest = min(bounds)
    if proof and proof.latest and latest and proof.latest < latest:
        latest = proof.latest
        earliest = earliest if earliest and earliest <= latest else None
    return Envelope(earliest, latest, proof.latest if proof else None)


def _common(signals: Collection[Signal]) -> tuple[datetime | None, datetime | None]:
    starts = [each.earliest for each in signals if each.earliest]
    ends = [each.latest for each in signals if each.latest]
    if starts and ends and max(starts) > min(ends):
        return min(starts), max(ends)
    return max(starts, default=None), min(ends, default=None)


def _before(one: datetime | None, other: datetime | None, tolerance: timedelta) -> bool:
    return one is not None and other is not None and other - one > tolerance


def _gap(end: datetime | None, start: datetime | None) -> timedelta:
    return start - end if end and start else timedelta(0)
