"""The items of a HEIF or AVIF file (ISO/IEC 23008-12): its EXIF and XMP blocks and stored size."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import BinaryIO

from media_checks.reading.boxes import FARTHEST, Box, boxes, find, payload

_MOST_ITEM = 8 << 20


class _Fields:
    """Reads big-endian whole numbers one after another; past the end it raises struct.error."""

    def __init__(self, data: bytes):
        self.data, self.at = data, 0

    def take(self, size: int) -> int:
        if self.at + size > len(self.data):
            raise struct.error("the box is cut off")
        self.at += size
        return int.from_bytes(self.data[self.at - size : self.at], "big")


def metadata_items(stream: BinaryIO, size: int) -> tuple[list[bytes], list[bytes]]:
    """The EXIF blocks (TIFF header first) and the XMP packets of the file."""
    exif, xmp = [], []
    for meta in find(stream, 0, size, b"meta"):
        kinds = _item_kinds(stream, meta)
        for item, extents in _locations(stream, meta):
            kind = kinds.get(item, (b"", b""))
            if kind[0] == b"Exif":
                exif.append(_tiff(_joined(stream, extents)))
            elif kind[0] == b"mime" and kind[1].startswith(b"application/rdf+xml"):
                xmp.append(_joined(stream, extents))
    return exif, xmp


def stored_size(stream: BinaryIO, size: int) -> tuple[int, int] | None:
    """Width and height of the primary item as stored, before any rotation."""
    for meta in find(stream, 0, size, b"meta"):
        associated = _properties_of(stream, meta, _primary(stream, meta))
        containers = list(find(stream, meta.start + 4, meta.end, b"iprp", b"ipco"))
        properties = [each for box in containers for each in boxes(stream, box.start, box.end)]
        for at in associated or range(1, len(properties) + 1):
            if at <= len(properties) and properties[at - 1].kind == b"ispe":
                width, height = struct.unpack(">4xII", payload(stream, properties[at - 1], 12))
                return width, height
    return None


def _children(stream: BinaryIO, meta: Box, *path: bytes) -> Iterator[Box]:
    return find(stream, meta.start + 4, meta.end, *path)


def _item_kinds(stream: BinaryIO, meta: Box) -> dict[int, tuple[bytes, bytes]]:
    """Item id → its kind and, for "mime" items, the content type."""
    kinds = {}
    for entry in _children(stream, meta, b"iinf", b"infe"):
        fields = _Fields(payload(stream, entry, 4096))
        version = fields.take(4) >> 24
        if version < 2:
            continue
        item = fields.take(4 if version > 2 else 2)
        kind = fields.take(2) and b"" or fields.data[fields.at : fields.at + 4]
        strings = fields.data[fields.at + 4 :].split(b"\0")
        kinds[item] = kind, strings[1] if len(strings) > 1 else b""
    return kinds


def _locations(stream: BinaryIO, meta: Box) -> Iterator[tuple[int, list[tuple[int, int]]]]:
    """Item id with the (position, length) of each of its extents in the file; 8.11.3."""
    inner = [box.start for box in _children(stream, meta, b"idat")]
    for box in _children(stream, meta, b"iloc"):
        fields = _Fields(payload(stream, box))
        version, sizes = fields.take(4) >> 24, fields.take(2)
        offset_size, length_size, base_size, index_size = (sizes >> shift & 15 for shift in (12, 8, 4, 0))
        for _ in range(min(fields.take(4 if version == 2 else 2), 10_000)):
            item = fields.take(4 if version == 2 else 2)
            method = fields.take(2) & 15 if version in (1, 2) else 0
            fields.take(2)
            base = fields.take(base_size) + (inner[0] if method == 1 and inner else 0)
            extents = []
            for _ in range(min(fields.take(2), 10_000)):
                fields.take(index_size if version in (1, 2) else 0)
                offset, length = fields.take(offset_size), fields.take(length_size)
                extents.append((base + offset, length))
            yield item, extents


def _primary(stream: BinaryIO, meta: Box) -> int:
    for box in _children(stream, meta, b"pitm"):
        fields = _Fields(payload(stream, box, 8))
        return fields.take(4 if fields.take(4) >> 24 else 2)
    return 0


def _properties_of(stream: BinaryIO, meta: Box, wanted: int) -> list[int]:
    """The property numbers (from 1) that are associated with one item; 8.11.14."""
    for box in _children(stream, meta, b"iprp", b"ipma"):
        fields = _Fields(payload(stream, box))
        head = fields.take(4)
        wide = head & 1
        for _ in range(min(fields.take(4), 100_000)):
            item = fields.take(4 if head >> 24 else 2)
            numbers = [fields.take(2 if wide else 1) for _ in range(fields.take(1))]
            if item == wanted:
                return [number & (0x7FFF if wide else 0x7F) for number in numbers]
    return []


def _joined(stream: BinaryIO, extents: list[tuple[int, int]]) -> bytes:
    parts, left = [], _MOST_ITEM
    for position, length in extents:
        stream.seek(min(position, FARTHEST))
        parts.append(stream.read(max(0, min(length, left))))
        left -= len(parts[-1])
    return b"".join(parts)


def _tiff(item: bytes) -> bytes:
    """An Exif item begins with the distance to its TIFF header (ISO/IEC 23008-12 A.2.1)."""
    start = 4 + int.from_bytes(item[:4], "big")
    if item[start : start + 2] in (b"II", b"MM"):
        return item[start:]
    found = [at for at in (item.find(b"II*\0", 0, 64), item.find(b"MM\0*", 0, 64)) if at >= 0]
    return item[min(found) :] if found else item
