"""The dates of IPTC records (IIM 4.2), and the Photoshop resources that JPEG and TIFF keep them in.

Sources: IPTC-NAA Information Interchange Model 4.2, 2:55, 2:60, 2:62 and 2:63; Adobe Photoshop File
Formats, "Image Resource Blocks" (8BIM; 0x0404 IPTC-NAA, 0x040C the thumbnail).
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterable, Iterator

from media_checks.reading.record import StatedDate
from media_checks.reading.statements import Statements
from media_checks.reading.values import wall_clock

IPTC_RESOURCE, THUMBNAIL_RESOURCE = 0x0404, 0x040C
_MOST_RESOURCES = 1000
_MOST_RECORDS = 2000
_THUMBNAIL_HEAD = 28
_JPEG = 1
_DATES = (("captured_at", "DateCreated", 55, 60), ("created_at", "DigitalCreationDate", 62, 63))
_DAY = re.compile(rb"\d{8}")
_TIME = re.compile(rb"(\d\d)(\d\d)(\d\d)(?:([+-]\d\d)(\d\d))?")


def resources(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Number and content of each of Photoshop's resources; stops where one makes no sense."""
    at = 0
    for _ in range(_MOST_RESOURCES):
        if data[at : at + 4] != b"8BIM" or at + 12 > len(data):
            return
        number, name = struct.unpack_from(">HB", data, at + 4)
        at += 6 + (name + 2) // 2 * 2
        size = int.from_bytes(data[at : at + 4], "big")
        yield number, data[at + 4 : at + 4 + size]
        at += 4 + (size + 1) // 2 * 2


def thumbnail_of(resource: bytes) -> bytes | None:
    """The JPEG of Photoshop's thumbnail resource; None where it holds none."""
    head, picture = resource[:_THUMBNAIL_HEAD], resource[_THUMBNAIL_HEAD:]
    is_jpeg = int.from_bytes(head[:4], "big") == _JPEG and picture.startswith(b"\xff\xd8")
    return picture if is_jpeg else None


def read_iptc(records: Iterable[bytes], statements: Statements) -> None:
    """Add the dates of capture and of digitisation, the first record first."""
    for record in records:
        said = _application_record(record)
        for name, called, day, time in _DATES:
            if day in said:
                _say_date(name, f"IPTC {called}", said[day], said.get(time, b""), statements)


def _application_record(data: bytes) -> dict[int, bytes]:
    """Record 2's data sets by number, the first of each; those of over 32 767 bytes are not dates."""
    found: dict[int, bytes] = {}
    at = 0
    for _ in range(_MOST_RECORDS):
        if data[at : at + 1] != b"\x1c" or at + 5 > len(data):
            break
        record, number, size = struct.unpack_from(">BBH", data, at + 1)
        if size & 0x8000:
            break
        if record == 2:
            found.setdefault(number, data[at + 5 : at + 5 + size])
        at += 5 + size
    return found


def _say_date(name: str, where: str, day: bytes, time: bytes, statements: Statements) -> None:
    """CCYYMMDD and HHMMSS±HHMM; a day alone is kept as one."""
    day, clock = day.strip(b"\0 "), _TIME.fullmatch(time.strip(b"\0 "))
    if not _DAY.fullmatch(day):
        return
    date = f"{day[:4].decode()}-{day[4:6].decode()}-{day[6:].decode()}"
    written = f"{date}T{_joined(clock)}" if clock else f"{date}T00:00:00"
    read = wall_clock(written)
    if read is None:
        statements.unusable_dates.setdefault(where, written if clock else date)
        return
    statements.stated(StatedDate(name, where, read, whole_day=clock is None))


def _joined(clock: re.Match[bytes]) -> str:
    hour, minute, second, *offset = ((each or b"").decode() for each in clock.groups())
    return f"{hour}:{minute}:{second}" + (":".join(offset) if offset[0] else "")
