"""The samples of a movie's tracks that hold neither pictures nor sound (ISO/IEC 14496-12, 8.5 to 8.7).

FFmpeg would read the whole file to give them; the tables of a track say where its first ones stand.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator
from itertools import islice
from typing import BinaryIO

from media_checks.reading.boxes import Box, find, payload

_MOST_TRACKS = 50
_MOST_RUNS = 10_000
# Of data and text: a second of all that a camera measures takes some 20 kilobytes.
_LONGEST_SAMPLE = 64 << 10
_TABLES = (b"mdia", b"minf", b"stbl")


def tracks(stream: BinaryIO, size: int) -> Iterator[tuple[bytes, Box]]:
    """Each track with the four characters of how its samples are coded (``gpmd``, ``tx3g`` …)."""
    for track in islice(find(stream, 0, size, b"moov", b"trak"), _MOST_TRACKS):
        for box in find(stream, track.start, track.end, *_TABLES, b"stsd"):
            yield payload(stream, box, 16)[12:16], track


def samples(stream: BinaryIO, end: int, track: Box, most: int) -> Iterator[bytes]:
    """The first samples of a track, at most ``most``, that lie before the ``end`` of the file."""
    sizes = _sizes(stream, track, most)
    places = _chunks(stream, track, most)
    per_chunk = _samples_per_chunk(stream, track)
    at = 0
    for number, place in enumerate(places, 1):
        for size in sizes[at : at + per_chunk(number)]:
            if not 0 < size <= _LONGEST_SAMPLE or place + size > end:
                return
            stream.seek(place)
            yield stream.read(size)
            place += size
        at += per_chunk(number)


def _sizes(stream: BinaryIO, track: Box, most: int) -> tuple[int, ...]:
    """``stsz``, 8.7.3: one size for all samples, or one for each."""
    table = _table(stream, track, b"stsz", 12 + 4 * most)
    if len(table) < 12:
        return ()
    same, count = struct.unpack_from(">II", table, 4)
    count = min(count, most)
    return (same,) * count if same else _numbers(table[12:], "I", count)


def _chunks(stream: BinaryIO, track: Box, most: int) -> tuple[int, ...]:
    """``stco`` and ``co64``, 8.7.5: where each chunk of samples begins."""
    for kind, form in ((b"stco", "I"), (b"co64", "Q")):
        if table := _table(stream, track, kind, 8 + 8 * most):
            return _numbers(table[8:], form, most)
    return ()


def _samples_per_chunk(stream: BinaryIO, track: Box) -> Callable[[int], int]:
    """``stsc``, 8.7.4, as a function: how many samples the chunk of a number (from 1) holds."""
    table = _table(stream, track, b"stsc", 8 + 12 * _MOST_RUNS)[8:]
    runs = list(struct.iter_unpack(">III", table[: len(table) // 12 * 12]))
    return lambda number: next((count for first, count, _ in reversed(runs) if first <= number), 1)


def _table(stream: BinaryIO, track: Box, kind: bytes, most: int) -> bytes:
    box = next(find(stream, track.start, track.end, *_TABLES, kind), None)
    return payload(stream, box, most) if box else b""


def _numbers(data: bytes, form: str, most: int) -> tuple[int, ...]:
    count = min(len(data) // struct.calcsize(form), most)
    return struct.unpack_from(f">{count}{form}", data)
