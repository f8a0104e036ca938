"""What partners may read of a finding: one allow-list, code by code.

A detail that is not listed here does not leave the house, and one that is listed leaves only through
a shape that free text of a file cannot take: a number, a day, a word of a fixed vocabulary. Names of
devices and programs, exact times, distances (three of them make a position), counts of what else the
desk holds and references to other evidence stay in.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from media_checks.contract import Bearing

Shape = Callable[[Any], Any]

_DAY = re.compile(r"\d{4}-\d\d-\d\d")
_UTC_ZONE = re.compile(r"UTC[+-]\d{1,2}(:\d\d)?( or UTC[+-]\d{1,2}(:\d\d)?)*")
_PLACE_ZONE = re.compile(r"[A-Z][A-Za-z_]+/[A-Z][A-Za-z_/-]+(, [A-Z][A-Za-z_]+/[A-Z][A-Za-z_/-]+)*")
_ORIGINS = (
    ("file name", "the file's name"),
    ("sender's statement", "the sender's statement"),
    ("EXIF GPS", "the GPS clock"),
    ("GPS", "the GPS clock"),
    ("address (", "the address"),
    ("archive capture", "a web archive's capture"),
    ("container", "the container's clock"),
    ("receipt", "the desk's receipt"),
    ("exact copy", "a copy"),
    ("near copy", "a copy"),
    ("frame copy", "a copy"),
    ("EXIF", "the camera's clock"),
    ("Content Credentials", "the Content Credentials"),
)


def number(value: Any) -> float | int | None:
    """A number, and nothing else."""
    return value if isinstance(value, int | float) and not isinstance(value, bool) else None


def day(value: Any) -> str | None:
    """The day (UTC) of a time that was written as RFC 3339 or for a person; the time of day stays in."""
    found = _DAY.match(value) if isinstance(value, str) else None
    return found[0] if found else None


def days(value: Any) -> str | None:
    """The day or days of an interval that was written for a person."""
    found = _DAY.findall(value)[:2] if isinstance(value, str) else []
    return " to ".join(dict.fromkeys(found)) or None


def whole_days(seconds: Any) -> int | None:
    """A gap in seconds as whole days."""
    found = number(seconds)
    return None if found is None else int(found // 86_400)


def origin(value: Any) -> str | None:
    """Where a date comes from, in words of ours; what the file calls it stays in."""
    if not isinstance(value, str):
        return None
    return next((words for start, words in _ORIGINS if value.startswith(start)), "the file")


def one_of(*words: str) -> Shape:
    """One of these words."""
    return lambda value: value if value in words else None


def written_as(pattern: re.Pattern[str]) -> Shape:
    """Text of exactly this form."""
    return lambda value: value if isinstance(value, str) and pattern.fullmatch(value) else None


@dataclass(frozen=True)
class Shown:
    """What partners read of one finding code: a sentence, and each detail by its shape.

    ``exact`` are details that only a case which publishes exact places lets out.
    """

    sentence: str
    details: Mapping[str, Shape] = field(default_factory=dict)
    exact: Mapping[str, Shape] = field(default_factory=dict)

    def read(self, details: Mapping[str, Any], *, exact_places: bool) -> dict[str, Any]:
        """The details that may leave, each in its shape; what does not fit its shape stays in."""
        wanted = {**self.details, **(self.exact if exact_places else {})}
        read = {name: shape(details.get(name)) for name, shape in wanted.items()}
        return {name: value for name, value in read.items() if value is not None}


_SAYING = {"source": origin, "said": days, "weight": one_of(*"ABCDE")}
_PROVING = {"existed_by": day, "weight": one_of(*"ABCDE")}
_KIND = one_of("photo", "video", "audio", "document", "unknown")

SHOWN: dict[str, Shown] = {
    "media.unreadable": Shown("The file could not be read."),
    "media.not_applicable": Shown("This check does not speak about a file of this kind.", {"kind": _KIND}),
    "metadata.file": Shown(
        "It is a {kind} of {width} by {height} pixels.", {"kind": _KIND, "width": number, "height": number}
    ),
    "metadata.device": Shown("The file names the device it was made with."),
    "metadata.software": Shown("The file names the program that wrote it."),
    "metadata.edited": Shown("The file names a program for editing."),
    "metadata.saved_again": Shown("The picture is stored as programs store it, not as cameras do."),
    "metadata.capture_time": Shown(
        "The file says that it was taken between {earliest} and {latest}.", {"earliest": day, "latest": day}
    ),
    "metadata.time_agrees": Shown("The time in the file is compatible with the claimed time."),
    "metadata.time_differs": Shown(
        "The time in the file is away from the claimed time (whole days: {seconds}).", {"seconds": whole_days}
    ),
    "metadata.position": Shown(
        "The file carries a GPS position.", exact={"latitude": number, "longitude": number}
    ),
    "metadata.place_agrees": Shown(
        "The GPS position in the file lies within the precision of the claimed place.",
        exact={"distance_km": number},
    ),
    "metadata.place_differs": Shown(
        "The GPS position in the file lies outside the precision of the claimed place.",
        exact={"distance_km": number},
    ),
    "metadata.position_unset": Shown("The GPS position in the file is 0, 0: the receiver had none."),
    "metadata.thumbnail_agrees": Shown("The thumbnail in the file shows its picture."),
    "metadata.thumbnail_differs": Shown(
        "The thumbnail in the file shows something else than its picture.",
        {"correlation": number, "greatest_block": number},
    ),
    "metadata.not_compared": Shown("The thumbnail could not be compared with the picture."),
    "metadata.damaged": Shown("Part of the metadata could not be read."),
    "metadata.credentials": Shown("Content Credentials fit this file."),
    "metadata.credentials_altered": Shown("The file is not as its Content Credentials were signed."),
    "metadata.credentials_not_verified": Shown("The file has Content Credentials that do not verify."),
    "metadata.credentials_unreadable": Shown("The file has Content Credentials that could not be read."),
    "metadata.credentials_elsewhere": Shown("The file says that its Content Credentials are kept elsewhere."),
    "metadata.credentials_earlier": Shown(
        "What the file was made from had Content Credentials that do not verify."
    ),
    "metadata.credentials_identity": Shown(
        "Its Content Credentials also name a person or an organisation, which is not checked here."
    ),
    "metadata.credentials_edited": Shown("Its Content Credentials declare what was done to the file."),
    "metadata.credentials_synthetic": Shown(
        "Its Content Credentials declare that it is, or contains, what no camera took."
    ),
    "metadata.none": Shown(
        "The file says nothing of device, time or place; messengers remove this from genuine files too."
    ),
    "perceptual_hash.computed": Shown("The file was fingerprinted."),
    "perceptual_hash.low_quality": Shown(
        "The picture has too little in it for a fingerprint; only identical files can be found.",
        {"quality": number},
    ),
    "perceptual_hash.damaged": Shown("Part of the video could not be decoded; it was searched by the rest."),
    "perceptual_hash.no_copies": Shown("No copy was found among the files of the desk."),
    "perceptual_hash.possible_copies": Shown(
        "There may be copies among the files of the desk; no person has confirmed them."
    ),
    "perceptual_hash.not_compared": Shown("Not all files that may be copies could be compared."),
    "perceptual_hash.exact_copies": Shown("The desk received identical files."),
    "perceptual_hash.confirmed_copies": Shown("A person confirmed copies among the files of the desk."),
    "dates.earlier_copy": Shown(
        "The content already existed by {existed_by}, before the claimed time began.",
        {**_PROVING, "relation": one_of("exact", "near", "frame"), "distance": number},
    ),
    "dates.received_before_claim": Shown("The desk received this file before the claimed time began."),
    "dates.outside_claim": Shown("By {source} it was taken on {said}, outside the claimed time.", _SAYING),
    "dates.zone_does_not_fit": Shown(
        "The camera's clock fits {clock_zone}, but the claimed place was {place_zone} on {day}.",
        {
            "clock_zone": written_as(_UTC_ZONE),
            "place_zone": written_as(_UTC_ZONE),
            "zone": written_as(_PLACE_ZONE),
            "day": day,
        },
    ),
    "dates.modified_before_capture": Shown("The file says that it was modified before it was captured."),
    "dates.captured_after_receipt": Shown(
        "By {source} it was taken on {said}, after the desk had received it: that clock is wrong.", _SAYING
    ),
    "dates.captured_after_copy": Shown(
        "By {source} it was taken on {said}, but the content existed by {existed_by}: that clock is wrong.",
        {**_SAYING, "existed_by": day},
    ),
    "dates.signals_disagree": Shown(
        "By {source} it was taken on {said}, but by {other_source} on {other_said}.",
        {**_SAYING, "other_source": origin, "other_said": days},
    ),
    "dates.fits_claim": Shown("By {source} it was taken on {said}, which fits the claimed time.", _SAYING),
    "dates.existed_soon_after": Shown(
        "The content existed by {existed_by}: within the claimed time or soon after it.", _PROVING
    ),
    "dates.second_signal": Shown(
        "A second, independent signal agrees: {source} says {said}, beside {other_source}.",
        {**_SAYING, "other_source": origin},
    ),
    "dates.known_only_later": Shown(
        "It is certain only that the content existed by {existed_by}, too long after the claimed time to"
        " tell.",
        _PROVING,
    ),
    "dates.possible_earlier_copy": Shown("There may be an earlier copy; no person has confirmed it."),
    "dates.archive_not_asked": Shown(
        "A web archive gave no answer about the address; whether it was archived is not known."
    ),
    # How high the sun stood, and when, would tell where.
    "dates.sun": Shown("The desk worked out where the sun stood, to compare the shadows with."),
    "dates.suspect_clock": Shown("A clock in the file was never set; it is not used."),
    "dates.none": Shown(
        "Nothing in the file, its name or its address says when it was taken; many platforms strip this"
        " from genuine files."
    ),
    "dates.no_claimed_time": Shown(
        "The claim gives no time, so that the dates found could not be compared with it."
    ),
    "dates.not_the_original_file": Shown(
        "This is not the original file: it cannot be older than {not_before}, after the claimed time ended;"
        " the content may be older.",
        {"not_before": day},
    ),
    "dates.envelope": Shown(
        "As far as the signals go, captured between {earliest} and {latest}; earliest provable appearance:"
        " {earliest_appearance}.",
        {"earliest": day, "latest": day, "earliest_appearance": day},
    ),
}

# A code that nobody listed is named, so that it is not silently missing, and says nothing else.
UNLISTED = Shown("The desk does not pass on what this finding says.")


def finding_document(finding: Mapping[str, Any], *, exact_places: bool) -> dict[str, Any]:
    """``{"code", "bearing", "summary", "details"}`` of a stored finding, as partners read it."""
    code = str(finding["code"])
    shown = SHOWN.get(code, UNLISTED)
    details = shown.read(finding.get("details") or {}, exact_places=exact_places)
    return {
        "code": code,
        "bearing": one_of(*Bearing)(finding["bearing"]),
        "summary": shown.sentence.format_map(_OrUnknown(details)),
        "details": details,
    }


class _OrUnknown(dict):
    """Details for a sentence; what is missing reads "unknown"."""

    def __missing__(self, name: str) -> str:
        return "unknown"
