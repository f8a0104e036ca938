"""Where the sun stood at a time and place: an aid for the eye that looks at shadows, never a verdict.

By astral, which follows NOAA's equations: right to a fraction of a degree.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from astral import Observer
from astral.sun import azimuth, elevation

from media_checks.context import Context
from media_checks.contract import Code, Finding
from media_checks.date_findings import shown
from media_checks.date_signals import Evidence

# Over more ground or time than this the sun stands in too many places to say one.
WIDEST_M = 50_000
LONGEST = timedelta(hours=6)
LONGEST_OF_A_CLOCK = timedelta(minutes=15)

SUN = Code(
    "dates.sun",
    None,
    "On {moment}, by {source}, the sun stood {height} in the {direction} (azimuth {azimuth}°):"
    " compare the light and the shadows.",
)
_DIRECTIONS = ("north", "north-east", "east", "south-east", "south", "south-west", "west", "north-west")

_CLAIM = "the claimed time and place"
_FILE = "the file's own clock and position"
_FILE_AT_CLAIM = "the file's own clock, at the claimed place"


def findings(evidence: Evidence, context: Context) -> Iterator[Finding]:
    """The sun at the beginning and end of a short claimed time, and by the clock of the file."""
    place, start = context.place, context.claimed_start
    claimed = (place.latitude, place.longitude) if place and place.precision_m <= WIDEST_M else None
    if claimed and start:
        end = context.claimed_end or start
        if end - start <= LONGEST:
            yield from (_sun(moment, claimed, _CLAIM) for moment in dict.fromkeys((start, end)))
    gps = evidence.reading.gps
    there = (gps.latitude, gps.longitude) if gps else claimed
    if there and (moment := _captured(evidence)):
        yield _sun(moment, there, _FILE if gps else _FILE_AT_CLAIM)


def _captured(evidence: Evidence) -> datetime | None:
    clock = evidence.captured()
    if clock is None or clock.suspect:
        return None
    reckoned = clock.reckoned
    narrow = reckoned.latest - reckoned.earliest <= LONGEST_OF_A_CLOCK
    return reckoned.earliest if narrow else None


def _sun(moment: datetime, place: tuple[float, float], source: str) -> Finding:
    observer = Observer(*place, 0)
    height, bearing = round(elevation(observer, moment)), round(azimuth(observer, moment)) % 360
    details = {
        "moment": shown(moment),
        "source": source,
        "height": f"{abs(height)}° {'above' if height >= 0 else 'below'} the horizon",
        "direction": _DIRECTIONS[round(bearing / 45) % 8],
        "elevation": height,
        "azimuth": bearing,
    }
    return Finding(SUN, details)
