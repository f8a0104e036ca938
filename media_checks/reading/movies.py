"""What the boxes of a movie say themselves (ISO/IEC 14496-12, QuickTime, 3GPP TS 26.244).

FFmpeg gives most of it too, but not the movie header's time as written, nothing of a file that it
cannot open, and no altitude of a 3GPP location.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, BinaryIO

from media_checks.reading.boxes import Box, find, payload
from media_checks.reading.record import Position
from media_checks.reading.statements import Statements
from media_checks.reading.values import position, text

# QuickTime counts seconds from 1904, Unix from 1970.
_QUICKTIME_EPOCH = datetime(1904, 1, 1, tzinfo=UTC)
_UNIX_EPOCH_IN_QUICKTIME = 2_082_844_800
_UNKNOWN_DURATIONS = frozenset({0, 0xFFFFFFFF, 0xFFFFFFFFFFFFFFFF})
_SAME_PLACE_DEGREES = 0.01


def read_movie(stream: BinaryIO, size: int, statements: Statements) -> None:
    """Add the time of the movie header, and size, turn and length in case FFmpeg cannot say them."""
    for box in find(stream, 0, size, b"moov", b"mvhd"):
        _movie_header(payload(stream, box, 32), statements)
    for box in find(stream, 0, size, b"moov", b"udta", b"\xa9mdl"):  # DJI's; FFmpeg knows other names
        length = int.from_bytes(payload(stream, box, 2), "big")
        statements.last_resort("model", text(payload(stream, box, 4 + length)[4:]), "udta ©mdl")
    for track in find(stream, 0, size, b"moov", b"trak"):
        if _is_video(stream, track):
            _picture_track(stream, track, statements)
            return


def complete_place(stream: BinaryIO, size: int, statements: Statements) -> None:
    """Add the place of a 3GPP ``loci`` box, or the altitude that it gives to the same place."""
    for box in find(stream, 0, size, b"moov", b"udta", b"loci"):
        place, said = _place(payload(stream, box, 1024)), statements.fields.get("gps")
        if place is None:
            continue
        statements.say("gps", place, "loci")
        if said and said.altitude is None and _same_place(said, place):
            statements.fields["gps"] = replace(said, altitude=place.altitude)
            statements.sources["gps"] += ", altitude loci"


def _movie_header(head: bytes, statements: Statements) -> None:
    """``mvhd``, 8.2.2: its creation time; 0 is unset, small ones count from 1970."""
    if len(head) < 20:
        return
    wide = head[0] == 1
    seconds, _modified, scale, length = struct.unpack_from(">QQIQ" if wide else ">IIII", head.ljust(32), 4)
    if scale and length not in _UNKNOWN_DURATIONS:
        statements.last_resort("duration", length / scale, "mvhd")
    _created(seconds, "mvhd", statements, statements.say)


def _created(seconds: int, where: str, statements: Statements, say: Callable[[str, Any, str], None]) -> None:
    if seconds == 0:
        return
    from_unix = seconds < _UNIX_EPOCH_IN_QUICKTIME
    try:
        written = _QUICKTIME_EPOCH + timedelta(seconds=seconds + _UNIX_EPOCH_IN_QUICKTIME * from_unix)
    except OverflowError:
        statements.unusable_dates[where] = str(seconds)
        return
    say("container_created_at", written, f"{where} (seconds since 1970)" if from_unix else where)


def _is_video(stream: BinaryIO, track: Box) -> bool:
    handlers = find(stream, track.start, track.end, b"mdia", b"hdlr")
    return any(payload(stream, box, 12)[8:12] == b"vide" for box in handlers)


def _picture_track(stream: BinaryIO, track: Box, statements: Statements) -> None:
    """The matrix of ``tkhd`` (8.3.2) turns the pictures; ``stsd`` (12.1.3) has their coding and size.

    ``tkhd`` and ``mdhd`` (8.4.2) have times of their own, which speak where the movie header's is unset.
    """
    for path in ((b"tkhd",), (b"mdia", b"mdhd")):
        for box in find(stream, track.start, track.end, *path):
            head = payload(stream, box, 12).ljust(12, b"\0")
            (seconds,) = struct.unpack_from(">Q" if head[0] == 1 else ">I", head, 4)
            _created(seconds, path[-1].decode(), statements, statements.last_resort)
    for box in find(stream, track.start, track.end, b"tkhd"):
        head = payload(stream, box, 96)
        at = 52 if head[:1] == b"\1" else 40
        if len(head) >= at + 8:
            statements.say("rotation", _turn(*struct.unpack_from(">ii", head, at)), "tkhd matrix")
    for box in find(stream, track.start, track.end, b"mdia", b"minf", b"stbl", b"stsd"):
        entry = payload(stream, box, 44)
        if len(entry) == 44:
            width, height = struct.unpack_from(">HH", entry, 40)
            statements.last_resort("width", width or None, "stsd")
            statements.last_resort("height", height or None, "stsd")
            statements.last_resort("codec", entry[12:16].decode("latin-1").strip("\0 ") or None, "stsd")


def _turn(a: int, b: int) -> int | None:
    """Degrees clockwise of a matrix whose first row is (a, b): a quarter turn, or None for what is none."""
    if not a and not b:
        return None
    degrees = math.degrees(math.atan2(b, a)) % 360
    quarter = round(degrees / 90) * 90
    return quarter % 360 if abs(degrees - quarter) < 1 else round(degrees)


def _place(data: bytes) -> Position | None:
    """``loci``, TS 26.244 8.9: longitude, latitude and altitude in 16.16 after a name and a role."""
    name = data[6:]
    mark = b"\0\0" if name[:2] in (b"\xfe\xff", b"\xff\xfe") else b"\0"
    end = next(_ends(name, mark), None)
    if end is None or len(name) < end + 13:
        return None
    longitude, latitude, altitude = (each / 65536 for each in struct.unpack_from(">iii", name, end + 1))
    return position(latitude, longitude, altitude)


def _ends(name: bytes, mark: bytes) -> Iterator[int]:
    """Where the text may end: just after its mark, which stands at a whole character."""
    return (at + len(mark) for at in range(0, len(name), len(mark)) if name[at : at + len(mark)] == mark)


def _same_place(one: Position, other: Position) -> bool:
    near = abs(one.latitude - other.latitude), abs(one.longitude - other.longitude)
    return max(near) < _SAME_PLACE_DEGREES
