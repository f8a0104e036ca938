"""GoPro's metadata (GPMF): the place, the satellites' clock and the camera, from its films and photos.

By its specification (github.com/gopro/gpmf-parser): a key of four letters, a type, the size of a value and
how many there are, big-endian, the values padded to four bytes; type 0 holds more of the same. What
precedes a key in the same nest (SCAL, TYPE, GPSF …) applies to it.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Self

from media_checks.reading.record import Position
from media_checks.reading.statements import Statements
from media_checks.reading.values import day_and_time, position, text

MAKE = "GoPro"
_MOST_ITEMS = 2000
_FORMS = {"b": "b", "B": "B", "s": "h", "S": "H", "l": "i", "L": "I", "f": "f", "d": "d", "j": "q", "J": "Q"}
# Dilution of precision under which a fix is good, by the specification.
GOOD_DILUTION = 5.0
_LEAST_FIX = 2
_START_OF_DAYS = datetime(2000, 1, 1, tzinfo=UTC)
_MOMENT = re.compile(rb"(\d\d)" * 5 + rb"(\d\d(?:\.\d+)?)")
_SETTINGS = (("model", "MINF"), ("software", "FMWR"), ("serial_number", "CASN"))


@dataclass(frozen=True)
class Item:
    """A key with its type, the size of one value in bytes, and the bytes of all its values."""

    key: str
    kind: str
    size: int
    data: bytes


@dataclass(frozen=True)
class Fix:
    """Where the receiver was, by which key, and the dilution of precision of that."""

    position: Position
    dilution: float
    key: str

    @property
    def good(self) -> bool:
        """Whether the satellites stood well."""
        return self.dilution < GOOD_DILUTION

    @classmethod
    def of(
        cls, key: str, place: Sequence[float], at: datetime | None, fix: float, dilution: float
    ) -> Self | None:
        """None without a fix, for then the values are those of another time, or zero."""
        latitude, longitude, altitude = place
        found = position(latitude, longitude, altitude, at) if fix >= _LEAST_FIX else None
        return cls(found, dilution, key) if found else None


def read_settings(data: bytes, statements: Statements) -> None:
    """Add the camera, its firmware and its serial number from the settings in ``udta`` or a JPEG's APP6."""
    for stream in _streams(data):
        for name, key in _SETTINGS:
            if key in stream and stream[key].kind == "c":
                statements.say("make", MAKE, f"GPMF {key}")
                statements.say(name, text(stream[key].data), f"GPMF {key}")


def read_fixes(payloads: Iterable[bytes], statements: Statements) -> None:
    """Add the place and the satellites' clock of the first good fix, or of the best where none is good."""
    best: Fix | None = None
    for payload in payloads:
        for fix in _fixes(payload):
            if best is None or fix.dilution < best.dilution:
                best = fix
        if best and best.good:
            break
    if best:
        statements.say("gps", best.position, f"GPMF {best.key}")
        source = "GPMF GPSU" if best.key == "GPS5" else f"GPMF {best.key}"
        statements.say("gps_clock", best.position.timestamp, source)


def _fixes(payload: bytes) -> Iterator[Fix]:
    """The first fix of each stream: by GPS9 (HERO11 on), or by GPS5 with the clock of its second."""
    for stream in _streams(payload):
        fix = _nine(stream) or _five(stream)
        if fix:
            yield fix


def _nine(stream: dict[str, Item]) -> Fix | None:
    values = _scaled(stream, "GPS9")
    if len(values) != 9:
        return None
    *place, _, _, days, seconds, dilution, fix = values
    try:
        at = _START_OF_DAYS + timedelta(days=days, seconds=seconds)
    except (OverflowError, ValueError):
        return None
    return Fix.of("GPS9", place, at, fix, dilution)


def _five(stream: dict[str, Item]) -> Fix | None:
    values = _scaled(stream, "GPS5")
    (fix, *_), (dilution, *_) = _numbers(stream, "GPSF") or (0,), _numbers(stream, "GPSP") or (9999,)
    return Fix.of("GPS5", values[:3], _utc(stream), fix, dilution / 100) if len(values) == 5 else None


def _utc(stream: dict[str, Item]) -> datetime | None:
    """GPSU: ``yymmddhhmmss.sss``."""
    written = _MOMENT.fullmatch(stream["GPSU"].data.rstrip(b"\0 ")) if "GPSU" in stream else None
    if written is None:
        return None
    year, month, day, *clock = (each.decode() for each in written.groups())
    return day_and_time(f"20{year}:{month}:{day}", tuple(map(float, clock)))


def _scaled(stream: dict[str, Item], key: str) -> tuple[float, ...]:
    """The numbers of a key's first value, each divided by its own scale or all by one."""
    numbers, scales = _numbers(stream, key), _numbers(stream, "SCAL", every=True) or (1,)
    scales = scales * len(numbers) if len(scales) == 1 else scales
    if len(scales) != len(numbers) or 0 in scales:
        return ()
    return tuple(number / scale for number, scale in zip(numbers, scales, strict=True))


def _numbers(stream: dict[str, Item], key: str, *, every: bool = False) -> tuple[float, ...]:
    """The numbers of a key's first value, or of every value; none where it holds other things."""
    item = stream.get(key)
    if item is None or item.size == 0:
        return ()
    form = _form(stream, item)
    if form and item.kind != "?":
        form *= (len(item.data) if every else item.size) // struct.calcsize(f">{form}")
    return struct.unpack_from(f">{form}", item.data) if struct.calcsize(f">{form}") <= len(item.data) else ()


def _form(stream: dict[str, Item], item: Item) -> str:
    """The letters that ``struct`` unpacks a value by; empty where it holds other things than numbers."""
    kinds = item.kind
    if kinds == "?":  # of several types, which TYPE names
        kinds = (text(stream["TYPE"].data) or "") if "TYPE" in stream else ""
    forms = [_FORMS.get(each) for each in kinds]
    return "".join(filter(None, forms)) if all(forms) else ""


def _streams(data: bytes) -> Iterator[dict[str, Item]]:
    """The streams of each device, and the device's own items, by their keys; the first of each stands."""
    for device in _items(data):
        if device.key == "DEVC":
            inner = list(_items(device.data))
            yield _by_key(inner)
            yield from (_by_key(_items(each.data)) for each in inner if each.key == "STRM")


def _by_key(items: Iterable[Item]) -> dict[str, Item]:
    found: dict[str, Item] = {}
    for item in items:
        found.setdefault(item.key, item)
    return found


def _items(data: bytes) -> Iterator[Item]:
    at = 0
    for _ in range(_MOST_ITEMS):
        if at + 8 > len(data):
            return
        key, kind, size, count = struct.unpack_from(">4sBBH", data, at)
        values = data[at + 8 : at + 8 + size * count]
        if not key.isalnum() or len(values) < size * count:
            return
        yield Item(key.decode("ascii"), chr(kind), size, values)
        at += 8 + (size * count + 3) // 4 * 4
