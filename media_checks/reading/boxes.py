"""A walk over the boxes of ISO base media files (ISO/IEC 14496-12): QuickTime, MP4, HEIF, AVIF."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

# A file may nest or repeat boxes without end; no honest one comes near these.
_MOST_BOXES = 20_000
_MOST_PAYLOAD = 16 << 20
# No file is as long; a file system raises OSError where it is asked to go further than it could keep.
FARTHEST = 1 << 40
_C2PA_UUID = bytes.fromhex("d8fec3d61b0e483c92975828877ec481")


@dataclass(frozen=True)
class Box:
    """One box: its four-character kind and the byte range of what it holds, in its file."""

    kind: bytes
    start: int
    end: int


def boxes(stream: BinaryIO, start: int, end: int) -> Iterator[Box]:
    """The boxes that stand one after another between two positions; stops where one makes no sense."""
    at = start
    for _ in range(_MOST_BOXES):
        if at + 8 > end:
            return
        stream.seek(at)
        head = stream.read(16)
        size, kind, header = int.from_bytes(head[:4], "big"), head[4:8], 8
        if size == 1:
            size, header = int.from_bytes(head[8:16], "big"), 16
        elif size == 0:
            size = end - at
        if size < header or len(head) < header:
            return
        yield Box(kind, at + header, min(at + size, end))
        at += size


def find(stream: BinaryIO, start: int, end: int, *path: bytes) -> Iterator[Box]:
    """Every box at ``path`` (kinds from the outside in) between two positions."""
    for box in boxes(stream, start, end):
        if box.kind != path[0]:
            continue
        if len(path) == 1:
            yield box
        else:
            yield from find(stream, inside(stream, box), box.end, *path[1:])


def inside(stream: BinaryIO, box: Box) -> int:
    """Where the boxes within a box begin: ``meta`` has a version first in MP4, none in QuickTime."""
    if box.kind == b"iinf":
        return box.start + (6 if payload(stream, box, 1) == b"\0" else 8)
    if box.kind in (b"meta", b"iref"):
        return box.start + (0 if payload(stream, box, 8)[4:8] == b"hdlr" else 4)
    return box.start


def payload(stream: BinaryIO, box: Box, most: int = _MOST_PAYLOAD) -> bytes:
    """What a box holds, at most ``most`` bytes of it."""
    stream.seek(box.start)
    return stream.read(max(0, min(box.end - box.start, most)))


def credentials_box(stream: BinaryIO, size: int) -> str:
    """The name of the box where Content Credentials stand (C2PA 2.1, A.5.1); empty without one."""
    for box in boxes(stream, 0, size):
        if box.kind == b"uuid" and payload(stream, box, 16) == _C2PA_UUID:
            return "uuid box"
    return ""
