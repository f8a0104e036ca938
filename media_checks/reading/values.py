"""Plain values out of what files write: texts, dates, offsets and positions, each or None."""

from __future__ import annotations

import math
import re
from datetime import UTC, datetime, timedelta

from media_checks.reading.record import Position, WallClock

_LONGEST = 500
_DATE = re.compile(
    r"\s*(\d{4})[:\-/.](\d{1,2})[:\-/.](\d{1,2})"
    r"(?:[T ]+(\d{1,2}):(\d{1,2})(?::(\d{1,2})(?:[.,](\d+))?)?)?"
    r"\s*(Z|[+-]\d{2}:?\d{2})?\s*",
    re.ASCII,
)
_OFFSET = re.compile(r"\s*([+-])(\d{1,2}):?(\d{2})\s*", re.ASCII)
_ISO_6709 = re.compile(r"([+-]\d{1,3}(?:\.\d+)?)([+-]\d{1,3}(?:\.\d+)?)([+-]\d+(?:\.\d+)?)?", re.ASCII)
_WIDEST_OFFSET = timedelta(hours=15)


def text(value: object) -> str | None:
    """One line of text as a file wrote it, without NUL bytes and outer spaces; None when empty."""
    if isinstance(value, bytes):
        value = value.decode("utf-8", "replace")
    if not isinstance(value, str):
        return None
    cleaned = value.split("\0", 1)[0].encode("utf-8", "replace").decode("utf-8").strip()
    return cleaned[:_LONGEST] or None


def wall_clock(written: str, subseconds: str | None = None, offset: str | None = None) -> WallClock | None:
    """A date and time as EXIF 2.32, XMP or ISO 8601 write it; None where it names no real moment."""
    found = _DATE.fullmatch(written)
    if found is None or found[4] is None:
        return None
    fraction = found[7] or (subseconds or "").strip()
    microseconds = int(fraction[:6].ljust(6, "0")) if fraction.isascii() and fraction.isdigit() else 0
    year, month, day, hour, minute, second = (int(each or 0) for each in found.groups()[:6])
    try:
        local = datetime(year, month, day, hour, minute, second, microseconds)
    except ValueError:
        return None
    return WallClock(local, utc_offset(found[8] or offset or ""))


def day_of(written: str) -> WallClock | None:
    """The first moment of a day that is written without a clock ("2016-11-18"); None for all else."""
    found = _DATE.fullmatch(written)
    return wall_clock(f"{found[1]}-{found[2]}-{found[3]}T00:00") if found and found[4] is None else None


def utc_offset(written: str) -> timedelta | None:
    """An offset such as "+02:00" or "Z"; None where it is none that a place on earth can have."""
    if written.strip() == "Z":
        return timedelta()
    found = _OFFSET.fullmatch(written)
    if found is None:
        return None
    offset = timedelta(hours=int(found[2]), minutes=int(found[3]))
    if offset > _WIDEST_OFFSET or int(found[3]) > 59:
        return None
    return -offset if found[1] == "-" else offset


def day_and_time(date: str, clock: tuple[float, ...]) -> datetime | None:
    """The moment in UTC of a GPS date ("2016:11:18") and its hours, minutes and seconds."""
    found = re.fullmatch(r"\s*(\d{4})[:\-](\d{1,2})[:\-](\d{1,2})\s*", date, re.ASCII)
    if found is None or len(clock) != 3 or not all(0 <= each <= 60 for each in clock):
        return None
    year, month, day = (int(each) for each in found.groups())
    try:
        midnight = datetime(year, month, day, tzinfo=UTC)
        return midnight + timedelta(hours=clock[0], minutes=clock[1], seconds=clock[2])
    except (ValueError, OverflowError):
        return None


def position(
    latitude: float, longitude: float, altitude: float | None = None, timestamp: datetime | None = None
) -> Position | None:
    """A place, None where the numbers are none that a place on earth can have."""
    if not (math.isfinite(latitude) and math.isfinite(longitude)):
        return None
    if abs(latitude) > 90 or abs(longitude) > 180:
        return None
    if altitude is not None and not math.isfinite(altitude):
        altitude = None
    return Position(latitude, longitude, altitude, timestamp)


def iso_6709(written: str) -> Position | None:
    """A place as ISO 6709 writes it in decimal degrees: "+36.2021+037.1343+379.000/"."""
    found = _ISO_6709.match(written.strip())
    if found is None:
        return None
    return position(float(found[1]), float(found[2]), float(found[3]) if found[3] else None)
