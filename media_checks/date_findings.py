"""What the reverse-date check may find, and how it words dates for a person."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from media_checks.contract import CheckVerdict, Code
from media_checks.dates import Signal, SignalKind

EARLIER_COPY = Code(
    "dates.earlier_copy",
    CheckVerdict.CONTRADICTED,
    "The content already existed on {existed_by}, before the claimed time began on {claimed_start}: "
    "{source} ({note}).",
)
RECEIVED_BEFORE_CLAIM = Code(
    "dates.received_before_claim",
    CheckVerdict.CONTRADICTED,
    "The desk received this file on {received_at}, before the claimed time began on {claimed_start}.",
)
OUTSIDE_CLAIM = Code(
    "dates.outside_claim",
    CheckVerdict.DISPUTED,
    "{source} says {said}, outside the claimed time ({claimed}).",
)
ZONE_DOES_NOT_FIT = Code(
    "dates.zone_does_not_fit",
    CheckVerdict.DISPUTED,
    "The clock in {source} fits {clock_zone} ({because}), but {zone}, where the claim is set, "
    "was {place_zone} on {day}.",
)
MODIFIED_BEFORE_CAPTURE = Code(
    "dates.modified_before_capture",
    CheckVerdict.DISPUTED,
    "The file says that it was modified at {modified}, before it was captured at {captured}.",
)
CAPTURED_AFTER_RECEIPT = Code(
    "dates.captured_after_receipt",
    CheckVerdict.DISPUTED,
    "{source} says {said}, but the desk had received the file by {existed_by}: that clock is wrong.",
)
CAPTURED_AFTER_COPY = Code(
    "dates.captured_after_copy",
    CheckVerdict.DISPUTED,
    "{source} says {said}, but the content existed by {existed_by} ({proof}): that clock is wrong.",
)
SIGNALS_DISAGREE = Code(
    "dates.signals_disagree",
    CheckVerdict.DISPUTED,
    "{source} says {said}, but {other_source} says {other_said}.",
)
FITS_CLAIM = Code(
    "dates.fits_claim",
    CheckVerdict.CONSISTENT,
    "{source} says {said} ({note}), which fits the claimed time ({claimed}).",
)
EXISTED_SOON_AFTER = Code(
    "dates.existed_soon_after",
    CheckVerdict.CONSISTENT,
    "{source} shows that the content existed by {existed_by} ({note}): within the claimed time ({claimed}) "
    "or soon after it.",
)
SECOND_SIGNAL = Code(
    "dates.second_signal",
    CheckVerdict.CORROBORATED,
    "A second, independent signal agrees: {source} says {said}, beside {other_source}.",
)
KNOWN_ONLY_LATER = Code(
    "dates.known_only_later",
    CheckVerdict.INCONCLUSIVE,
    "{source} shows only that the content existed by {existed_by}, too long after the claimed time "
    "({claimed}) to tell.",
)
POSSIBLE_EARLIER_COPY = Code(
    "dates.possible_earlier_copy",
    CheckVerdict.INCONCLUSIVE,
    "Possible earlier copy: {reference} existed by {existed_by}, before the claimed time began on "
    "{claimed_start}; confirm the match.",
)
ARCHIVE_NOT_ASKED = Code(
    "dates.archive_not_asked",
    CheckVerdict.INCONCLUSIVE,
    "The archive gave no answer about the address: {reason}. Whether it was archived is not known.",
)
SUSPECT_CLOCK = Code(
    "dates.suspect_clock",
    CheckVerdict.INCONCLUSIVE,
    "{source} says {said}, which is what a clock shows that was never set; it is not used.",
)
NONE = Code(
    "dates.none",
    CheckVerdict.INCONCLUSIVE,
    "Nothing in the file, its name or its address says when it was taken; many platforms strip "
    "this from genuine files.",
)
NO_CLAIMED_TIME = Code(
    "dates.no_claimed_time",
    CheckVerdict.INCONCLUSIVE,
    "The claim gives no time, so that the dates found could not be compared with it.",
)
NOT_THE_ORIGINAL_FILE = Code(
    "dates.not_the_original_file",
    None,
    "This is not the original file: {source} cannot be older than {not_before} ({note}), after the "
    "claimed time ended on {claimed_end}; the content may be older.",
)
ENVELOPE = Code(
    "dates.envelope",
    None,
    "As far as the signals go, captured between {from_text} and {to_text}; earliest provable appearance: "
    "{by_text}.",
)

CODES = (
    EARLIER_COPY,
    RECEIVED_BEFORE_CLAIM,
    OUTSIDE_CLAIM,
    ZONE_DOES_NOT_FIT,
    MODIFIED_BEFORE_CAPTURE,
    CAPTURED_AFTER_RECEIPT,
    CAPTURED_AFTER_COPY,
    SIGNALS_DISAGREE,
    FITS_CLAIM,
    EXISTED_SOON_AFTER,
    SECOND_SIGNAL,
    KNOWN_ONLY_LATER,
    POSSIBLE_EARLIER_COPY,
    ARCHIVE_NOT_ASKED,
    SUSPECT_CLOCK,
    NONE,
    NO_CLAIMED_TIME,
    NOT_THE_ORIGINAL_FILE,
    ENVELOPE,
)


def shown(moment: datetime | None) -> str:
    """A moment for a person, in UTC to the minute."""
    return moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M UTC") if moment else "unknown"


def wall(local: datetime) -> str:
    """A wall-clock time as it was written."""
    return local.strftime("%Y-%m-%d %H:%M:%S")


def span(start: datetime | None, end: datetime | None) -> str:
    """An interval for a person."""
    if start == end:
        return shown(start)
    return f"{shown(start)} to {shown(end)}"


def said(signal: Signal) -> str:
    """What a signal says, for a person."""
    if signal.kind is SignalKind.NOT_AFTER:
        return f"by {shown(signal.latest)}"
    return span(signal.earliest, signal.latest)


def utc_zone(offset: timedelta) -> str:
    """``UTC+3``, ``UTC-3:30``."""
    minutes = round(offset / timedelta(minutes=1))
    hours, rest = divmod(abs(minutes), 60)
    return f"UTC{'-' if minutes < 0 else '+'}{hours}" + (f":{rest:02}" if rest else "")


def saying(signal: Signal) -> dict[str, str]:
    """The details of a finding about one signal."""
    return {"source": signal.source, "said": said(signal), "weight": signal.weight.value, "note": signal.note}


def bound(signal: Signal) -> dict[str, str]:
    """The details of a finding about one proof that the content existed."""
    return {
        "source": signal.source,
        "existed_by": shown(signal.latest),
        "weight": signal.weight.value,
        "note": signal.note,
    }
