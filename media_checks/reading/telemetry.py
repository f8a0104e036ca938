"""Where a film's own tracks say that it was taken, and when: GoPro's GPMF, and the text of DJI's drones."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import BinaryIO

from media_checks.reading import gpmf
from media_checks.reading.boxes import find, payload
from media_checks.reading.record import Position, WallClock
from media_checks.reading.statements import Statements
from media_checks.reading.tracks import samples, tracks
from media_checks.reading.values import position, text, wall_clock

# A sample is a second, or a frame. Receivers may need a minute to hear the satellites.
_MOST_SAMPLES = 120
_MOST_SETTINGS = 64 << 10
_MOST_TRACKS = 4
_SOURCE = "text track"

_NUMBER = r"([-+]?\d{1,3}\.\d+)"
# Longitude first: "GPS (8.6499, 53.1665, 18)", "GPS(E: 8.6499, N: 53.1665, 31.5m)".
_GPS = re.compile(rf"\bGPS ?\((?:([EW]): ?)?{_NUMBER}, ?(?:([NS]): ?)?{_NUMBER}", re.ASCII)
# "[latitude: 30.1] [longtitude: -97.2] [rel_alt: 4.8 abs_alt: 59.4]"; the misspelling is DJI's own.
_LATITUDE = re.compile(rf"\[latitude ?: ?{_NUMBER}\]", re.ASCII)
_LONGITUDE = re.compile(rf"\[longt?itude ?: ?{_NUMBER}\]", re.ASCII)
_ALTITUDE = re.compile(r"\babs_alt ?: ?([-+]?\d{1,5}(?:\.\d+)?)", re.ASCII)
_CLOCK = re.compile(r"\b(\d{4}[.-]\d{2}[.-]\d{2} \d{2}:\d{2}:\d{2})\b", re.ASCII)


def read_telemetry(stream: BinaryIO, size: int, statements: Statements) -> None:
    """Add what the tracks of a movie say, and GoPro's settings beside them; silence where they are broken."""
    for box in find(stream, 0, size, b"moov", b"udta", b"GPMF"):
        gpmf.read_settings(payload(stream, box, _MOST_SETTINGS), statements)
    told = ((coding, track) for coding, track in tracks(stream, size) if coding in _READERS)
    for coding, track in islice(told, _MOST_TRACKS):
        _READERS[coding](samples(stream, size, track, _MOST_SAMPLES), statements)


def _read_texts(texts: Iterable[bytes], statements: Statements) -> None:
    """The clock of the first text that gives a place, and the first place that is not 0, 0."""
    found = [*_told(texts)]
    if found:
        statements.say("captured_at", found[0][1], f"container {_SOURCE}")
        heard = (place for place, _ in found if place.latitude or place.longitude)
        statements.say("gps", next(heard, found[0][0]), f"container {_SOURCE}")


def _told(texts: Iterable[bytes]) -> Iterator[tuple[Position, WallClock | None]]:
    for sample in texts:
        # 3GPP TS 26.245, 5.17, and QuickTime: the length of the text comes first, styles may follow.
        written = text(sample[2 : 2 + int.from_bytes(sample[:2], "big")]) or ""
        if place := _place(written):
            clock = _CLOCK.search(written)
            yield place, wall_clock(clock[1]) if clock else None


def _place(written: str) -> Position | None:
    if found := _GPS.search(written):
        east, longitude, north, latitude = found.groups()
        return position(
            -float(latitude) if north == "S" else float(latitude),
            -float(longitude) if east == "W" else float(longitude),
        )
    latitude, longitude = _LATITUDE.search(written), _LONGITUDE.search(written)
    if not latitude or not longitude:
        return None
    altitude = _ALTITUDE.search(written)
    return position(float(latitude[1]), float(longitude[1]), float(altitude[1]) if altitude else None)


_READERS: dict[bytes, Callable[[Iterable[bytes], Statements], None]] = {
    b"gpmd": gpmf.read_fixes,
    b"text": _read_texts,
    b"tx3g": _read_texts,
}
