"""Dates that programs write into file names (weight D: anybody can rename a file).

The name itself never leaves this module: it can expose its sender.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from media_checks.dates import SignalKind, interval_of
from media_checks.reading.addresses import x_media_time

DAY = timedelta(days=1)
LONGEST_NAME = 512

_ENDING = re.compile(r"\.(?=[A-Za-z0-9]*[A-Za-z])[A-Za-z0-9]{1,5}$")
_COPY_MARK = re.compile(r"(?: ?\(\d{1,3}\)|-edited|~\d{1,3}| copy)$", re.IGNORECASE)


@dataclass(frozen=True)
class NameDate:
    """What a file's name says: the pattern, what it bounds, and its bounds in UTC.

    ``shown`` is the date as the name has it, without anything else of the name. ``local`` is the
    wall-clock time (naive) of a camera's name, whose zone may yet be narrowed.
    """

    pattern: str
    kind: SignalKind
    earliest: datetime | None
    latest: datetime
    shown: str
    local: datetime | None = None


def read_name(name: str) -> NameDate | None:
    """The date in a file's name, or None: most names carry none, and that means nothing."""
    stem = _stem(name[-LONGEST_NAME:])
    for expression, read in _PATTERNS:
        match = expression.fullmatch(stem)
        if match:
            try:
                return read(match)
            except (ValueError, OverflowError):
                return None
    return _x_media(stem)


def _stem(name: str) -> str:
    stem = name.replace("\\", "/").rsplit("/", 1)[-1].strip()
    while True:
        shorter = _COPY_MARK.sub("", _ENDING.sub("", stem))
        if shorter == stem:
            return stem
        stem = shorter


def _day(match: re.Match[str]) -> datetime:
    return datetime(int(match["Y"]), int(match["m"]), int(match["d"]))


def _moment(match: re.Match[str]) -> datetime:
    found = match.groupdict()
    hour = int(found["H"])
    if found.get("half"):
        hour = hour % 12 + (12 if found["half"].upper() == "PM" else 0)
    fraction = int((found.get("f") or "0").ljust(6, "0")[:6])
    minute, second = int(found["M"]), int(found["S"])
    return _day(match).replace(hour=hour, minute=minute, second=second, microsecond=fraction)


def _existed(pattern: str) -> Callable[[re.Match[str]], NameDate]:
    def read(match: re.Match[str]) -> NameDate:
        local = _moment(match)
        shown = local.strftime("%Y-%m-%d %H:%M:%S")
        return NameDate(pattern, SignalKind.NOT_AFTER, None, interval_of(local)[1], shown)

    return read


def _taken(pattern: str) -> Callable[[re.Match[str]], NameDate]:
    def read(match: re.Match[str]) -> NameDate:
        local = _moment(match)
        shown = local.strftime("%Y-%m-%d %H:%M:%S")
        return NameDate(pattern, SignalKind.SELF_ASSERTED, *interval_of(local), shown, local)

    return read


def _taken_in_utc(pattern: str) -> Callable[[re.Match[str]], NameDate]:
    def read(match: re.Match[str]) -> NameDate:
        moment = _moment(match).replace(tzinfo=UTC)
        shown = moment.strftime("%Y-%m-%d %H:%M:%S UTC")
        return NameDate(pattern, SignalKind.SELF_ASSERTED, moment, moment, shown)

    return read


def _on_a_phone_by(match: re.Match[str]) -> NameDate:
    day = _day(match)
    latest = interval_of(day)[1] + DAY
    return NameDate("WhatsApp", SignalKind.NOT_AFTER, None, latest, day.strftime("%Y-%m-%d"))


def _saved_by_facebook(match: re.Match[str]) -> NameDate:
    moment = datetime.fromtimestamp(int(match["ms"]) / 1000, UTC)
    shown = moment.strftime("%Y-%m-%d %H:%M:%S UTC")
    return NameDate("Facebook", SignalKind.NOT_AFTER, None, moment, shown)


def _x_media(stem: str) -> NameDate | None:
    moment = x_media_time(stem)
    if moment is None:
        return None
    shown = moment.strftime("%Y-%m-%d %H:%M:%S UTC")
    return NameDate("X media name", SignalKind.NOT_AFTER, None, moment, shown)


_DAY = r"(?P<Y>(?:19|20)\d\d)-(?P<m>\d\d)-(?P<d>\d\d)"
_PLAIN_DAY = r"(?P<Y>(?:19|20)\d\d)(?P<m>\d\d)(?P<d>\d\d)"
_PLAIN_TIME = r"(?P<H>\d\d)(?P<M>\d\d)(?P<S>\d\d)"
_DOTTED = r"(?P<H>\d{1,2})\.(?P<M>\d\d)\.(?P<S>\d\d)(?:\s(?P<half>[AaPp][Mm]))?"
_DASHED = r"(?P<H>\d\d)-(?P<M>\d\d)-(?P<S>\d\d)"
_CAMERA = r"(?:IMG|VID|PANO|MVIMG|BURST|TRIM|PORTRAIT)"

_PATTERNS: tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], NameDate]], ...] = tuple(
    (re.compile(expression), read)
    for expression, read in (
        (rf"(?:IMG|VID|AUD|PTT|STK|DOC)-{_PLAIN_DAY}-WA\d{{4,}}", _on_a_phone_by),
        (rf"WhatsApp (?:Image|Video|Audio|Ptt) {_DAY} at {_DOTTED}(?:_[0-9a-f]+)?", _existed("WhatsApp")),
        (rf"(?:photo|video|document|audio)_{_DAY}_{_DASHED}", _existed("Telegram")),
        (
            rf"(?:photo|video|file|voice|round_video|audio)_\d+@(?P<d>\d\d)-(?P<m>\d\d)-(?P<Y>(?:19|20)\d\d)_{_DASHED}",
            _existed("Telegram export"),
        ),
        (rf"signal-{_DAY}-{_PLAIN_TIME}(?:[-_]\d{{1,3}})?", _existed("Signal")),
        (rf"signal-{_DAY}-{_DASHED}(?:-\d{{1,3}}){{0,2}}", _existed("Signal")),
        (rf"PXL_{_PLAIN_DAY}_{_PLAIN_TIME}(?P<f>\d{{3}})(?:\.[A-Z_.0-9-]+)?", _taken_in_utc("Pixel")),
        (
            rf"(?:{_CAMERA}_)?{_PLAIN_DAY}_{_PLAIN_TIME}(?P<f>\d{{3}})?(?:_[A-Z0-9]+)*",
            _taken("Android camera"),
        ),
        (rf"DJI_{_PLAIN_DAY}{_PLAIN_TIME}_.*", _taken("DJI")),
        (rf"Screenshot[_ ]{_PLAIN_DAY}[-_]{_PLAIN_TIME}(?:[-_].*)?", _existed("screenshot")),
        (rf"Screenshot_{_DAY}-{_DASHED}(?:[-_].*)?", _existed("screenshot")),
        (rf"Screen ?[Ss]hot {_DAY} at {_DOTTED}", _existed("screenshot")),
        (rf"Screenshot from {_DAY} {_DASHED}", _existed("screenshot")),
        (rf"Screenshot {_DAY} {_PLAIN_TIME}", _existed("screenshot")),
        (r"FB_IMG_(?P<ms>\d{13})", _saved_by_facebook),
    )
)
