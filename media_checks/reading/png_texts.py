"""The dates of a PNG: its ``tIME`` chunk and its "Creation Time" text.

Sources: PNG third edition, 11.3.3.2 (keywords) and 11.3.6.1 (tIME). ImageMagick's ``date:create`` and
``date:modify`` are the times of a file system, and are not read.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from media_checks.reading.record import StatedDate, WallClock
from media_checks.reading.statements import Statements
from media_checks.reading.values import day_of, text, wall_clock

_CREATION = ("creation time", "create-date", "creation_time")


def read_png(texts: Mapping[str, str], last_change: bytes, statements: Statements) -> None:
    """Add the two dates and the program; ``last_change`` is what the ``tIME`` chunk holds, in UTC."""
    statements.say("software", text(texts.get("Software")), "PNG Software")
    for keyword, written in texts.items():
        if keyword.lower() in _CREATION and text(written):
            _say_creation(f"PNG {keyword}", written.strip()[:100], statements)
    if len(last_change) == 7:
        _say_change(struct.unpack(">H5B", last_change), statements)


def _say_creation(where: str, written: str, statements: Statements) -> None:
    clock = wall_clock(written) or _letter_date(written)
    day = None if clock else day_of(written)
    if clock or day:
        statements.stated(StatedDate("created_at", where, clock or day, whole_day=clock is None))  # type: ignore[arg-type]
    else:
        statements.unusable_dates.setdefault(where, written)


def _letter_date(written: str) -> WallClock | None:
    """A date as letters write it (RFC 5322 3.3), which the standard recommends for the text."""
    try:
        read = parsedate_to_datetime(written)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return WallClock(read.replace(tzinfo=None), read.utcoffset())


def _say_change(numbers: tuple[int, ...], statements: Statements) -> None:
    year, month, day, hour, minute, second = numbers
    try:
        moment = datetime(year, month, day, hour, minute, min(second, 59), tzinfo=UTC)
    except ValueError:
        written = f"{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02}"
        statements.unusable_dates.setdefault("PNG tIME", written)
        return
    clock = WallClock(moment.replace(tzinfo=None), timedelta())
    statements.stated(StatedDate("modified_at", "PNG tIME", clock))
