"""What a photo's EXIF blocks say (EXIF 2.32, CIPA DC-008), read by exifread from each block found."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from datetime import datetime
from io import BytesIO
from typing import Any, BinaryIO

import exifread

from media_checks.reading.record import Position, WallClock
from media_checks.reading.statements import Statements
from media_checks.reading.tiff import Entry, Tiff, tiff_at
from media_checks.reading.values import day_and_time, position, text, wall_clock

# Its warnings quote the file, and nobody would read them: what matters goes into the record.
logging.getLogger("exifread").setLevel(logging.CRITICAL)

_TEXTS = {
    "make": ("Image Make",),
    "model": ("Image Model",),
    "software": ("Image Software",),
    "serial_number": ("EXIF BodySerialNumber", "EXIF CameraSerialNumber"),
    "lens_model": ("EXIF LensModel",),
}
_DATES = {
    "captured_at": ("EXIF DateTimeOriginal", "EXIF SubSecTimeOriginal", "EXIF OffsetTimeOriginal"),
    "created_at": ("EXIF DateTimeDigitized", "EXIF SubSecTimeDigitized", "EXIF OffsetTimeDigitized"),
    "modified_at": ("Image DateTime", "EXIF SubSecTime", "EXIF OffsetTime"),
}


# What a TIFF file's first directory says where exifread reads nothing of it: BigTIFF above all.
_DIRECTORY_SIZES = {"width": (0x0100, "ImageWidth"), "height": (0x0101, "ImageLength")}
_DIRECTORY_TEXTS = {"make": (0x010F, "Make"), "model": (0x0110, "Model"), "software": (0x0131, "Software")}
_DIRECTORY_DATE, _DIRECTORY_ORIENTATION = 0x0132, 0x0112
_LONGEST_TEXT = 1000
_BYTES = range(256)
_WHOLE_HOURS = {"EXIF DateTimeOriginal": 0, "Image DateTime": 1}


def read_exif(blocks: Iterable[BinaryIO | bytes], statements: Statements) -> None:
    """Add what the blocks say, the first block first; a broken one leaves a warning."""
    for block in blocks:
        stream = BytesIO(block) if isinstance(block, bytes) else block
        try:
            tags = exifread.process_file(stream, details=False)
        except Exception as error:  # exifread raises whatever its arithmetic meets
            statements.warnings.append(f"an EXIF block is damaged ({type(error).__name__})")
            continue
        _gather(tags, statements)


def read_directories(stream: BinaryIO, statements: Statements) -> None:
    """Add what the first directory of a TIFF file says where ``read_exif`` found nothing."""
    tiff = tiff_at(stream)
    if tiff is None:
        return
    main = tiff.main()
    for name, (tag, called) in _DIRECTORY_SIZES.items():
        statements.say(name, _whole(tiff.number(main.get(tag))), f"TIFF {called}")
    orientation = tiff.number(main.get(_DIRECTORY_ORIENTATION))
    if orientation in range(1, 9):
        statements.say("orientation", orientation, "TIFF Orientation")
    if tiff.wide:
        _wide_texts(tiff, main, statements)


def _wide_texts(tiff: Tiff, main: Mapping[int, Entry], statements: Statements) -> None:
    """BigTIFF's texts and date, of which exifread reads nothing."""
    for name, (tag, called) in _DIRECTORY_TEXTS.items():
        statements.say(name, text(tiff.data(main.get(tag), _LONGEST_TEXT)), f"TIFF {called}")
    written = text(tiff.data(main.get(_DIRECTORY_DATE), _LONGEST_TEXT))
    if written and "modified_at" not in statements.fields:
        read = wall_clock(written)
        statements.say("modified_at", read, "TIFF DateTime")
        if read is None:
            statements.unusable_dates.setdefault("TIFF DateTime", written)


def _gather(tags: Mapping[str, Any], statements: Statements) -> None:
    for name, tag, value in _texts(tags):
        statements.say(name, value, f"EXIF {tag}")
    for name, written in _DATES.items():
        statements.say(name, _date(tags, written, statements), f"EXIF {written[0]}")
    orientation = _number(tags, "Image Orientation")
    if orientation is not None and orientation in range(1, 9):
        statements.say("orientation", int(orientation), "EXIF Image Orientation")
    for name, tag in (("width", "Image ImageWidth"), ("height", "Image ImageLength")):
        statements.say(name, _whole(_number(tags, tag)), f"EXIF {tag}")
    statements.say("gps_clock", _gps_clock(tags), "EXIF GPSTimeStamp")
    statements.say("gps", _gps(tags), "EXIF GPS")
    thumbnail = tags.get("JPEGThumbnail") or tags.get("TIFFThumbnail")
    if isinstance(thumbnail, bytes) and thumbnail:
        statements.say("thumbnail", thumbnail, "EXIF IFD1")


def _texts(tags: Mapping[str, Any]) -> Iterable[tuple[str, str, str | None]]:
    return ((name, tag, _text(tags, tag)) for name, each in _TEXTS.items() for tag in each)


def _text(tags: Mapping[str, Any], name: str) -> str | None:
    tag = tags.get(name)
    values = getattr(tag, "values", None)
    if isinstance(values, list) and len(values) > 1 and all(each in _BYTES for each in values):
        values = bytes(values)
    return text(values)


def _date(tags: Mapping[str, Any], names: tuple[str, str, str], statements: Statements) -> WallClock | None:
    date, subseconds, offset = names
    written = _text(tags, date)
    if written is None:
        return None
    zone = _text(tags, offset) or _hours(tags, date)
    read = wall_clock(written, _text(tags, subseconds), zone)
    if read is None and any(each.isalnum() for each in written):
        statements.unusable_dates.setdefault(f"EXIF {date}", written)
    return read


def _hours(tags: Mapping[str, Any], date: str) -> str | None:
    """The zone as TIFF/EP wrote it before EXIF had offsets (ISO 12234-2, TimeZoneOffset).

    Whole hours of DateTimeOriginal and, where there is a second, of ModifyDate.
    """
    place = _WHOLE_HOURS.get(date)
    hours = _numbers(tags, "EXIF TimeZoneOffset") or _numbers(tags, "Image TimeZoneOffset")
    if place is None or place >= len(hours) or not -12 <= hours[place] <= 14:
        return None
    return f"{'-' if hours[place] < 0 else '+'}{abs(int(hours[place])):02}:00"


def _gps(tags: Mapping[str, Any]) -> Position | None:
    latitude = _degrees(tags, "GPS GPSLatitude", "NS")
    longitude = _degrees(tags, "GPS GPSLongitude", "EW")
    if latitude is None or longitude is None:
        return None
    return position(latitude, longitude, _altitude(tags), _gps_clock(tags))


def _degrees(tags: Mapping[str, Any], name: str, directions: str) -> float | None:
    """Signed decimal degrees of three fractions; None without the letter that gives the sign."""
    numbers = _numbers(tags, name)
    direction = (_text(tags, f"{name}Ref") or "")[:1].upper()
    if not numbers or direction == "" or direction not in directions:
        return None
    degrees = sum(number / 60**power for power, number in enumerate(numbers[:3]))
    return -degrees if direction == directions[1] else degrees


def _altitude(tags: Mapping[str, Any]) -> float | None:
    metres = _number(tags, "GPS GPSAltitude")
    if metres is None:
        return None
    below = _number(tags, "GPS GPSAltitudeRef") == 1
    return -metres if below else metres


def _gps_clock(tags: Mapping[str, Any]) -> datetime | None:
    return day_and_time(_text(tags, "GPS GPSDate") or "", tuple(_numbers(tags, "GPS GPSTimeStamp")))


def _whole(number: float | None) -> int | None:
    return int(number) if number is not None and 0 < number < 1 << 31 else None


def _number(tags: Mapping[str, Any], name: str) -> float | None:
    numbers = _numbers(tags, name)
    return numbers[0] if numbers else None


def _numbers(tags: Mapping[str, Any], name: str) -> list[float]:
    """The numbers of a tag; none where any of them cannot be one (a fraction over nothing)."""
    values = getattr(tags.get(name), "values", None)
    if not isinstance(values, list):
        return []
    try:
        return [float(each) for each in values]
    except (TypeError, ValueError, ZeroDivisionError, OverflowError):
        return []
