"""EXIF blocks written byte by byte, thumbnail included (EXIF 2.32, CIPA DC-008; TIFF 6.0)."""

from __future__ import annotations

import struct
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from fractions import Fraction

DEVICE_MAKE = "Corroborate"
DEVICE_MODEL = "Demonstration camera"

_BYTE, _ASCII, _SHORT, _LONG, _RATIONAL = 1, 2, 3, 4, 5
_EXIF_IFD, _GPS_IFD, _THUMBNAIL_AT, _THUMBNAIL_LENGTH = 0x8769, 0x8825, 0x0201, 0x0202

Value = tuple[int, int, bytes]
Directory = dict[int, Value]


@dataclass(frozen=True)
class Fix:
    """What a GPS receiver wrote: decimal degrees on WGS 84 and its clock (UTC)."""

    latitude: float
    longitude: float
    clock: datetime


@dataclass(frozen=True)
class Statements:
    """What a photo says of itself. Times are wall clocks (naive); the offset is the zone tag."""

    captured: datetime | None = None
    offset: timedelta | None = None
    modified: datetime | None = None
    software: str = ""
    fix: Fix | None = None
    thumbnail: bytes = b""
    device: tuple[str, str] = field(default=(DEVICE_MAKE, DEVICE_MODEL))


def block(said: Statements) -> bytes:
    """The APP1 payload: ``Exif``, two zeros, and a little-endian TIFF structure."""
    main, camera, gps = _main(said), _camera(said), _gps(said.fix)
    start = 8
    camera_at = start + _size(main | {_EXIF_IFD: _long(0)} | ({_GPS_IFD: _long(0)} if gps else {}))
    main[_EXIF_IFD] = _long(camera_at)
    gps_at = camera_at + _size(camera)
    if gps:
        main[_GPS_IFD] = _long(gps_at)
    small_at = gps_at + (_size(gps) if gps else 0)
    small = _small(said.thumbnail, small_at)
    body = _written(main, start, small_at if small else 0) + _written(camera, camera_at)
    body += _written(gps, gps_at) if gps else b""
    body += _written(small, small_at) + said.thumbnail if small else b""
    return b"Exif\0\0" + b"II*\0" + struct.pack("<I", start) + body


def _main(said: Statements) -> Directory:
    make, model = said.device
    found = {0x010F: _text(make), 0x0110: _text(model), 0x0112: (_SHORT, 1, struct.pack("<H", 1))}
    if said.software:
        found[0x0131] = _text(said.software)
    if said.modified:
        found[0x0132] = _time(said.modified)
    return found


def _camera(said: Statements) -> Directory:
    found: Directory = {0x9000: (7, 4, b"0232")}
    if said.captured:
        found |= {0x9003: _time(said.captured), 0x9004: _time(said.captured)}
    if said.captured and said.offset is not None:
        found |= {0x9011: _text(_zone(said.offset)), 0x9012: _text(_zone(said.offset))}
    return found


def _gps(fix: Fix | None) -> Directory:
    if fix is None:
        return {}
    clock = fix.clock
    return {
        0x0000: (_BYTE, 4, b"\2\3\0\0"),
        0x0001: _text("N" if fix.latitude >= 0 else "S"),
        0x0002: _degrees(fix.latitude),
        0x0003: _text("E" if fix.longitude >= 0 else "W"),
        0x0004: _degrees(fix.longitude),
        0x0007: _rationals(*(Fraction(each) for each in (clock.hour, clock.minute, clock.second))),
        0x001D: _text(clock.strftime("%Y:%m:%d")),
    }


def _small(thumbnail: bytes, at: int) -> Directory:
    """IFD 1: where the JPEG thumbnail stands behind it."""
    if not thumbnail:
        return {}
    found = {0x0103: (_SHORT, 1, struct.pack("<H", 6)), _THUMBNAIL_LENGTH: _long(len(thumbnail))}
    return found | {_THUMBNAIL_AT: _long(at + _size(found | {_THUMBNAIL_AT: _long(0)}))}


def _written(directory: Mapping[int, Value], at: int, following: int = 0) -> bytes:
    """One directory: its entries in order of their tags, the next one's place, longer values behind."""
    entries, behind = b"", b""
    values_at = at + 2 + 12 * len(directory) + 4
    for tag, (kind, count, value) in sorted(directory.items()):
        place = value.ljust(4, b"\0")
        if len(value) > 4:
            place = struct.pack("<I", values_at + len(behind))
            behind += _even(value)
        entries += struct.pack("<HHI", tag, kind, count) + place
    return struct.pack("<H", len(directory)) + entries + struct.pack("<I", following) + behind


def _size(directory: Mapping[int, Value]) -> int:
    return len(_written(directory, 0))


def _even(value: bytes) -> bytes:
    return value + b"\0" * (len(value) % 2)


def _text(text: str) -> Value:
    value = text.encode("ascii") + b"\0"
    return _ASCII, len(value), value


def _time(local: datetime) -> Value:
    return _text(local.strftime("%Y:%m:%d %H:%M:%S"))


def _zone(offset: timedelta) -> str:
    minutes = int(offset.total_seconds()) // 60
    return f"{'-' if minutes < 0 else '+'}{abs(minutes) // 60:02}:{abs(minutes) % 60:02}"


def _long(number: int) -> Value:
    return _LONG, 1, struct.pack("<I", number)


def _degrees(decimal: float) -> Value:
    """Degrees, minutes and seconds to a hundredth."""
    hundredths = round(abs(decimal) * 360_000)
    return _rationals(
        Fraction(hundredths // 360_000), Fraction(hundredths // 6000 % 60), Fraction(hundredths % 6000, 100)
    )


def _rationals(*numbers: Fraction) -> Value:
    packed = b"".join(struct.pack("<II", each.numerator, each.denominator) for each in numbers)
    return _RATIONAL, len(numbers), packed
