"""Places to time zones, and time zones to offsets, from data that is held in memory.

A check runs in a child that can open no file: ``warm()`` reads everything before it is locked.
Measured: 0.2 s and 25 MB, of which the boundaries are mapped and shared by every child.
The rows come from the ``tzdata`` package, not from the system, so that a result that names its
libraries can be repeated.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import cache
from importlib.resources import files
from math import cos, radians
from zoneinfo import ZoneInfo

from timezonefinder import TimezoneFinder

from media_checks.context import Place

METRES_A_DEGREE = 111_320
AROUND = ((0, 0), (1, 0), (-1, 0), (0, 1), (0, -1), (0.7, 0.7), (0.7, -0.7), (-0.7, 0.7), (-0.7, -0.7))


def warm() -> None:
    """Read the boundaries and every zone's rows into memory."""
    _finder()
    _zones()


def zones_at(place: Place) -> tuple[str, ...]:
    """The zones that a place and its surroundings (its precision) lie in, its centre's first."""
    found: dict[str, None] = {}
    for north, east in AROUND if place.precision_m > 0 else AROUND[:1]:
        name = _finder().timezone_at(lat=_latitude(place, north), lng=_longitude(place, east))
        if name is not None and name in _zones():
            found[name] = None
    return tuple(found)


def offsets_of_clock(place: Place, local: datetime) -> frozenset[timedelta]:
    """The offsets that a wall clock of that place can have had when it showed ``local`` (naive)."""
    offsets = set()
    for name in zones_at(place):
        for fold in (0, 1):
            offsets.add(local.replace(tzinfo=_zones()[name], fold=fold).utcoffset())
    return frozenset(each for each in offsets if each is not None)


def offsets_at(place: Place, moment: datetime) -> frozenset[timedelta]:
    """The offsets in force at that place at that moment (aware)."""
    found = set()
    for name in zones_at(place):
        try:
            found.add(moment.astimezone(_zones()[name]).utcoffset())
        except OverflowError:  # a moment at an end of the calendar
            continue
    return frozenset(each for each in found if each is not None)


@cache
def _finder() -> TimezoneFinder:
    return TimezoneFinder(in_memory=False)


@cache
def _zones() -> Mapping[str, ZoneInfo]:
    return {name: _row(name) for name in _finder().timezone_names}


def _row(name: str) -> ZoneInfo:
    with (files("tzdata") / "zoneinfo" / name).open("rb") as row:
        return ZoneInfo.from_file(row, key=name)


def _latitude(place: Place, north: float) -> float:
    return min(90.0, max(-90.0, place.latitude + north * place.precision_m / METRES_A_DEGREE))


def _longitude(place: Place, east: float) -> float:
    degrees = place.precision_m / METRES_A_DEGREE / max(0.01, cos(radians(place.latitude)))
    return (place.longitude + east * min(degrees, 90.0) + 180.0) % 360.0 - 180.0
