"""A walk over the directories of a TIFF file or EXIF block: TIFF 6.0 section 2, and BigTIFF's wide form.

exifread reads what EXIF names; this reads what it leaves out: BigTIFF, the XMP and IPTC blocks of a TIFF
file, and makers' notes. Nothing is believed: counts, sizes and positions are bounded.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import BinaryIO

from media_checks.reading.boxes import FARTHEST

_MOST_ENTRIES = 1000
_MOST_VALUE = 4 << 20
_SIZES = {
    1: 1,
    2: 1,
    3: 2,
    4: 4,
    5: 8,
    6: 1,
    7: 1,
    8: 2,
    9: 4,
    10: 8,
    11: 4,
    12: 8,
    13: 4,
    16: 8,
    17: 8,
    18: 8,
}
_FORMS = {1: "B", 3: "H", 4: "I", 6: "b", 8: "h", 9: "i", 13: "I", 16: "Q", 17: "q", 18: "Q"}


@dataclass(frozen=True)
class Entry:
    """One tag of a directory: its type, count of values, and where the values begin in the stream."""

    kind: int
    count: int
    start: int


@dataclass(frozen=True)
class Tiff:
    """Directories in a stream: its byte order, whether it is BigTIFF, and where positions count from."""

    stream: BinaryIO
    order: str
    wide: bool = False
    base: int = 0

    def directory(self, at: int) -> dict[int, Entry]:
        """The entries of the directory at ``at`` from the base, by their tags; the first of each stands."""
        found: dict[int, Entry] = {}
        form, length = ("HHQ", 20) if self.wide else ("HHI", 12)
        (count,) = self._unpack("Q" if self.wide else "H", self.base + at) or (0,)
        start = self.base + at + (8 if self.wide else 2)
        if not 0 < count <= _MOST_ENTRIES:
            return found
        for place in range(start, start + count * length, length):
            entry = self._unpack(form, place)
            if entry is None:
                break
            tag, kind, values = entry
            value = self._where(kind, values, place + length - (8 if self.wide else 4))
            if value is not None:
                found.setdefault(tag, Entry(kind, values, value))
        return found

    def main(self) -> dict[int, Entry]:
        """The first directory, to which the header points."""
        where = self._unpack("Q", self.base + 8) if self.wide else self._unpack("I", self.base + 4)
        return self.directory(where[0]) if where else {}

    def data(self, entry: Entry | None, most: int = _MOST_VALUE) -> bytes:
        """The bytes of an entry's values, at most ``most`` of them; empty for no entry."""
        if entry is None:
            return b""
        return self._read(entry.start, min(entry.count * _SIZES[entry.kind], most))

    def numbers(self, entry: Entry | None, most: int = 16) -> tuple[int, ...]:
        """An entry's first whole numbers; none where it holds other things."""
        form = _FORMS.get(entry.kind) if entry else None
        if entry is None or form is None:
            return ()
        size = _SIZES[entry.kind]
        data = self.data(entry, most * size)
        return struct.unpack(f"{self.order}{len(data) // size}{form}", data[: len(data) // size * size])

    def tail(self, length: int) -> bytes:
        """The bytes after the header's mark."""
        return self._read(self.base + 4, length)

    def number(self, entry: Entry | None) -> int | None:
        """An entry's first whole number."""
        return next(iter(self.numbers(entry, 1)), None)

    def inner(self, entry: Entry | None) -> dict[int, Entry]:
        """The directory that an entry points to."""
        where = self.number(entry)
        return self.directory(where) if where else {}

    def _where(self, kind: int, count: int, field: int) -> int | None:
        """Where an entry's values stand: in its own field where they fit, else where the field points."""
        size = _SIZES.get(kind)
        if size is None:
            return None
        if count * size <= (8 if self.wide else 4):
            return field
        where = self._unpack("Q" if self.wide else "I", field)
        return self.base + where[0] if where else None

    def _unpack(self, form: str, at: int) -> tuple[int, ...] | None:
        form = self.order + form
        data = self._read(at, struct.calcsize(form))
        return struct.unpack(form, data) if len(data) == struct.calcsize(form) else None

    def _read(self, at: int, length: int) -> bytes:
        if not 0 <= at < FARTHEST:
            return b""
        self.stream.seek(at)
        return self.stream.read(length)


def tiff_at(stream: BinaryIO, base: int = 0) -> Tiff | None:
    """The TIFF whose header stands at ``base``; None where there is none."""
    stream.seek(base)
    head = stream.read(8)
    order = {b"II": "<", b"MM": ">"}.get(head[:2])
    if order is None or len(head) < 8:
        return None
    (mark,) = struct.unpack(f"{order}H", head[2:4])
    return Tiff(stream, order, wide=mark == 43, base=base) if mark in (42, 43) else None
