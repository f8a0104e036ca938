"""What a Matroska or WebM file says in its own elements (RFC 9559, on EBML, RFC 8794).

FFmpeg gives most of it too, but keeps the date and the writing programs to itself when a tag of the
same name stands elsewhere, and says nothing of a file that it cannot open.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import BinaryIO

from media_checks.reading.record import Edit
from media_checks.reading.statements import Statements
from media_checks.reading.values import text

_SEGMENT, _INFO, _TRACKS, _TRACK, _VIDEO = 0x18538067, 0x1549A966, 0x1654AE6B, 0xAE, 0xE0
_SCALE, _DURATION, _DATE, _MUXER, _WRITER = 0x2AD7B1, 0x4489, 0x4461, 0x4D80, 0x5741
_KIND, _CODEC, _WIDTH, _HEIGHT = 0x83, 0x86, 0xB0, 0xBA
_EPOCH = datetime(2001, 1, 1, tzinfo=UTC)
_MOST_ELEMENTS = 20_000
_MOST_VALUE = 4096


@dataclass(frozen=True)
class _Element:
    """One element: its id, and the byte range of what it holds."""

    id: int
    start: int
    end: int


def read_matroska(stream: BinaryIO, size: int, statements: Statements) -> None:
    """Add the date and the programs; size, coding and length in case FFmpeg cannot say them."""
    for segment in _elements(stream, 0, size):
        if segment.id != _SEGMENT:
            continue
        for part in _elements(stream, segment.start, segment.end):
            if part.id == _INFO:
                _info({each.id: _value(stream, each) for each in _within(stream, part)}, statements)
            elif part.id == _TRACKS:
                _tracks(stream, part, statements)


def _info(values: dict[int, bytes], statements: Statements) -> None:
    """RFC 9559 5.1.2. DateUTC counts nanoseconds from 2001; 0 is taken as unset, as writers mean it."""
    nanoseconds = int.from_bytes(values.get(_DATE, b""), "big", signed=True)
    if nanoseconds:
        statements.say(
            "container_created_at", _EPOCH + timedelta(microseconds=nanoseconds // 1000), "DateUTC"
        )
    scale = int.from_bytes(values.get(_SCALE, b""), "big") or 1_000_000
    if length := _real(values.get(_DURATION, b"")):
        statements.last_resort("duration", length * scale / 1e9, "Matroska Duration")
    for id_, name in ((_WRITER, "WritingApp"), (_MUXER, "MuxingApp")):
        if program := text(values.get(id_)):
            statements.edits.append(Edit(program, f"Matroska {name}"))
            statements.last_resort("encoder", program, f"Matroska {name}")


def _tracks(stream: BinaryIO, tracks: _Element, statements: Statements) -> None:
    for track in _within(stream, tracks):
        inner = {each.id: each for each in _within(stream, track)}
        if track.id != _TRACK or _whole(stream, inner.get(_KIND)) != 1:
            continue
        if _CODEC in inner:
            statements.last_resort("codec", text(_value(stream, inner[_CODEC])), "Matroska CodecID")
        picture = {each.id: each for each in _within(stream, inner[_VIDEO])} if _VIDEO in inner else {}
        statements.last_resort("width", _whole(stream, picture.get(_WIDTH)), "Matroska PixelWidth")
        statements.last_resort("height", _whole(stream, picture.get(_HEIGHT)), "Matroska PixelHeight")
        return


def _within(stream: BinaryIO, outer: _Element) -> Iterator[_Element]:
    return _elements(stream, outer.start, outer.end)


def _elements(stream: BinaryIO, start: int, end: int) -> Iterator[_Element]:
    """The elements that stand one after another; stops where one makes no sense.

    An element of unknown size reaches to the end of its parent.
    """
    at = start
    for _ in range(_MOST_ELEMENTS):
        if at >= end:
            return
        stream.seek(at)
        head = stream.read(12)
        id_length = _length_of(head[:1], 4)
        size_length = _length_of(head[id_length : id_length + 1], 8) if id_length else 0
        begin = id_length + size_length
        if not id_length or not size_length or len(head) < begin:
            return
        size = int.from_bytes(head[id_length:begin], "big") & ((1 << 7 * size_length) - 1)
        unknown = size == (1 << 7 * size_length) - 1
        stop = end if unknown else min(at + begin + size, end)
        yield _Element(int.from_bytes(head[:id_length], "big"), at + begin, stop)
        at = stop


def _length_of(first: bytes, most: int) -> int:
    """How many bytes a number takes by its first byte's leading zeros (RFC 8794 4); 0 for none."""
    length = 9 - first[0].bit_length() if first and first[0] else 0
    return length if length <= most else 0


def _value(stream: BinaryIO, element: _Element) -> bytes:
    stream.seek(element.start)
    return stream.read(min(element.end - element.start, _MOST_VALUE))


def _whole(stream: BinaryIO, element: _Element | None) -> int | None:
    return (int.from_bytes(_value(stream, element)[:8], "big") or None) if element else None


def _real(value: bytes) -> float | None:
    format_ = {4: ">f", 8: ">d"}.get(len(value))
    number = struct.unpack(format_, value)[0] if format_ else 0.0
    return number if 0 < number < 1e15 else None
