"""The metadata check: what the file says of device, program, time and place, against the claim.

Everything here is a statement of the file. Absence is neutral: messengers strip genuine files.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from math import asin, cos, radians, sin, sqrt

from media_checks import credential_findings
from media_checks.context import Context, Kind, Media, Place
from media_checks.contract import Check, CheckVerdict, Code, Finding, Unreadable
from media_checks.dates import interval_of, is_suspect, written
from media_checks.reading import Position, Reading, WallClock, read
from media_checks.thumbnails import GREATEST_BLOCK, LEAST_CORRELATION, compare

PLACE_TOLERANCE_M = 1000
TIME_TOLERANCE = timedelta(minutes=15)
STATED_TIME_TOLERANCE = timedelta(days=1)
EARTH_RADIUS_KM = 6371.0088

FILE = Code("metadata.file", None, "It is a {kind} of {size}.")
DEVICE = Code("metadata.device", None, "The file names the device it was made with: {device}.")
SOFTWARE = Code("metadata.software", None, "The file names the program that wrote it: {software}.")
EDITED = Code("metadata.edited", None, "The file names a program for editing: {programs}.")
SAVED_AGAIN = Code(
    "metadata.saved_again",
    None,
    "The file carries the note of a camera's maker, but its picture is stored as programs store it:"
    " with the standard tables at quality {quality}, behind a JFIF header.",
)
CAPTURE_TIME = Code("metadata.capture_time", None, "The file says that it was taken at {local} ({zone}).")
TIME_AGREES = Code(
    "metadata.time_agrees",
    CheckVerdict.CONSISTENT,
    "The time in the file is compatible with the claimed time.",
)
TIME_DIFFERS = Code(
    "metadata.time_differs",
    CheckVerdict.DISPUTED,
    "The time in the file is {gap} away from the claimed time.",
)
POSITION = Code("metadata.position", None, "The file carries a GPS position.")
PLACE_AGREES = Code(
    "metadata.place_agrees",
    CheckVerdict.CONSISTENT,
    "The GPS position in the file is {distance_km} km from the claimed place, within its precision.",
)
PLACE_DIFFERS = Code(
    "metadata.place_differs",
    CheckVerdict.DISPUTED,
    "The GPS position in the file is {distance_km} km from the claimed place,"
    " which is given to within {precision_km} km.",
)
POSITION_UNSET = Code(
    "metadata.position_unset", None, "The GPS position in the file is 0, 0: the receiver had none."
)
THUMBNAIL_AGREES = Code("metadata.thumbnail_agrees", None, "The thumbnail in the file shows its picture.")
THUMBNAIL_DIFFERS = Code(
    "metadata.thumbnail_differs",
    CheckVerdict.DISPUTED,
    "The thumbnail in the file shows something else than its picture"
    " (likeness {correlation}, greatest difference {greatest_block} of 255).",
)
PICTURE_DAMAGED = Code(
    "metadata.not_compared",
    CheckVerdict.INCONCLUSIVE,
    "The thumbnail could not be compared with the picture: {reason}.",
)
DAMAGED = Code(
    "metadata.damaged", CheckVerdict.INCONCLUSIVE, "Part of the metadata could not be read: {reason}."
)
NONE = Code(
    "metadata.none",
    CheckVerdict.INCONCLUSIVE,
    "The file says nothing of device, time or place; messengers remove this from genuine files too.",
)

# Programs that change pictures or re-encode films, by how they sign. Camera firmware is none of them.
_EDITORS = re.compile(
    r"photoshop|lightroom|gimp|affinity|pixelmator|snapseed|picasa|paint\.net|paintshop|facetune|photoscape"
    r"|picsart|vsco|canva|acdsee|photo editor|polarr|darktable|rawtherapee|capture one|capture nx"
    r"|premiere|final cut|imovie|davinci|capcut|inshot|kinemaster|vegas|lavf|lavc|handbrake|x264|x265",
    re.IGNORECASE,
)


def examine(media: Media, context: Context) -> Iterator[Finding]:
    """What the file says of itself, and whether that is compatible with the claim."""
    reading = read(media, context.trust_anchors)
    yield _file(media, reading)
    if not _says_anything(reading):
        yield Finding(NONE)
    yield from _device(reading)
    yield from _saved_again(reading)
    yield from _time(reading, context)
    yield from _place(reading, context.place)
    yield from _thumbnail(media, reading)
    yield from credential_findings.about(reading)
    if reading.warnings:
        yield Finding(DAMAGED, {"reason": "; ".join(reading.warnings[:5])})


def _file(media: Media, reading: Reading) -> Finding:
    known = reading.width and reading.height
    size = f"{reading.width} by {reading.height} pixels" if known else "unknown size"
    details = {"kind": media.kind.value, "size": size, "width": reading.width, "height": reading.height}
    return Finding(FILE, details | {"reading": reading.as_json()})


def _says_anything(reading: Reading) -> bool:
    return any(
        (
            reading.make,
            reading.model,
            reading.captured_at,
            reading.created_at,
            reading.modified_at,
            reading.container_created_at,
            reading.gps,
            reading.gps_clock,
            reading.unusable_dates,
            reading.credentials and reading.credentials.times,
        )
    )


def _device(reading: Reading) -> Iterator[Finding]:
    make, model = reading.make or "", reading.model or ""
    if make or model:
        device = model if make and model.lower().startswith(make.lower()) else f"{make} {model}".strip()
        yield Finding(DEVICE, {"device": device, "make": reading.make, "model": reading.model})
    if reading.software:
        yield Finding(SOFTWARE, {"software": reading.software})
    named = (reading.software or "", *(edit.program for edit in reading.edits))
    programs = list(dict.fromkeys(name for name in named if _EDITORS.search(name)))
    if programs:
        yield Finding(EDITED, {"programs": ", ".join(programs[:5])})


def _saved_again(reading: Reading) -> Iterator[Finding]:
    """Standard tables alone say little, for some cameras have them; with a JFIF header none was met."""
    coding = reading.jpeg
    if reading.make and reading.has_maker_note and coding and coding.jfif and coding.quality:
        yield Finding(SAVED_AGAIN, {"quality": coding.quality, "subsampling": coding.subsampling})


def _time(reading: Reading, context: Context) -> Iterator[Finding]:
    clock = _capture_clock(reading)
    if clock is None:
        return
    offsets = () if clock.offset is None else (clock.offset,)
    earliest, latest = interval_of(clock.local, offsets)
    zone = "its zone is not known" if clock.offset is None else f"{latest:%d %B %Y %H:%M} UTC"
    details = {"earliest": written(earliest), "latest": written(latest)}
    local = f"{clock.local:%d %B %Y %H:%M:%S}" if clock.local.year >= 1000 else clock.local.isoformat(" ")
    yield Finding(CAPTURE_TIME, {"local": local, "zone": zone} | details)
    if is_suspect(clock.local) or (context.claimed_start is None and context.claimed_end is None):
        return
    gap = _gap(earliest, latest, context)
    stated = reading.is_stated("captured_at")
    if gap <= (STATED_TIME_TOLERANCE if stated else TIME_TOLERANCE):
        yield Finding(TIME_AGREES, details)
    else:
        yield Finding(TIME_DIFFERS, {"gap": _in_words(gap), "seconds": int(gap.total_seconds())} | details)


def _capture_clock(reading: Reading) -> WallClock | None:
    """The capture time; of a container its own, which many cameras write in local time.

    When a program says that it created the file, that is no capture.
    """
    created_at = None if reading.is_stated("created_at") else reading.created_at
    if reading.captured_at or created_at:
        return reading.captured_at or created_at
    if reading.container_created_at is None:
        return None
    return WallClock(reading.container_created_at.replace(tzinfo=None))


def _gap(earliest: datetime, latest: datetime, context: Context) -> timedelta:
    """How far the interval lies outside the claimed one; nothing where they overlap."""
    before = context.claimed_start - latest if context.claimed_start else timedelta()
    after = earliest - context.claimed_end if context.claimed_end else timedelta()
    return max(before, after, timedelta())


def _in_words(gap: timedelta) -> str:
    for unit, seconds in (("years", 31_557_600), ("days", 86_400), ("hours", 3600), ("minutes", 60)):
        if gap.total_seconds() >= 2 * seconds:
            return f"{gap.total_seconds() // seconds:.0f} {unit}"
    return f"{gap.total_seconds():.0f} seconds"


def _place(reading: Reading, claimed: Place | None) -> Iterator[Finding]:
    if reading.gps is None:
        return
    if reading.gps.latitude == 0 and reading.gps.longitude == 0:
        yield Finding(POSITION_UNSET)
        return
    yield Finding(POSITION, {"latitude": reading.gps.latitude, "longitude": reading.gps.longitude})
    if claimed is None:
        return
    kilometres = distance_km(reading.gps, claimed)
    within = kilometres * 1000 <= claimed.precision_m + PLACE_TOLERANCE_M
    details = {"distance_km": round(kilometres, 1), "precision_km": round(claimed.precision_m / 1000, 1)}
    yield Finding(PLACE_AGREES if within else PLACE_DIFFERS, details)


def distance_km(one: Position, other: Place) -> float:
    """The distance on the sphere of the earth's mean radius, by the haversine formula."""
    south, north = radians(one.latitude), radians(other.latitude)
    across = radians(other.longitude - one.longitude)
    chord = sin((north - south) / 2) ** 2 + cos(south) * cos(north) * sin(across / 2) ** 2
    return 2 * EARTH_RADIUS_KM * asin(min(1.0, sqrt(chord)))


def _thumbnail(media: Media, reading: Reading) -> Iterable[Finding]:
    if reading.thumbnail is None:
        return
    try:
        likeness = compare(media, reading.thumbnail)
    except Unreadable as unreadable:
        yield Finding(PICTURE_DAMAGED, {"reason": unreadable.reason})
        return
    if likeness is None:
        return
    details = {"correlation": likeness.correlation, "greatest_block": likeness.greatest_block}
    yield Finding(THUMBNAIL_DIFFERS if likeness.differs else THUMBNAIL_AGREES, details)


CHECK = Check(
    slug="metadata",
    version=1,
    kinds=frozenset({Kind.PHOTO, Kind.VIDEO}),
    codes=(
        FILE,
        DEVICE,
        SOFTWARE,
        EDITED,
        SAVED_AGAIN,
        CAPTURE_TIME,
        TIME_AGREES,
        TIME_DIFFERS,
        POSITION,
        PLACE_AGREES,
        PLACE_DIFFERS,
        POSITION_UNSET,
        THUMBNAIL_AGREES,
        THUMBNAIL_DIFFERS,
        PICTURE_DAMAGED,
        DAMAGED,
        NONE,
        *credential_findings.CODES,
    ),  # fmt: skip
    examine=examine,
    libraries=("exifread", "av", "Pillow", "pillow-heif", "c2pa-python"),
    parameters={
        "place_tolerance_m": PLACE_TOLERANCE_M,
        "time_tolerance_s": int(TIME_TOLERANCE.total_seconds()),
        "stated_time_tolerance_s": int(STATED_TIME_TOLERANCE.total_seconds()),
        "thumbnail_least_correlation": LEAST_CORRELATION,
        "thumbnail_greatest_block": GREATEST_BLOCK,
    },
)
