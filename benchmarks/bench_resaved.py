"""Whose quantisation tables real JPEGs carry, by what else in them says that a camera or a program wrote.

The photos are in the folder that CORROBORATE_MEDIA names. Nobody says of them which are a camera's own file:
the groups go by other traces than the tables and the JFIF header, so that these can be held against them.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

import exifread

from benchmarks.tables import heading, table
from media_checks.context import Context
from media_checks.contract import Unreadable
from media_checks.files import media_of
from media_checks.metadata import CHECK
from media_checks.reading import Reading, read

FOLDER = Path(os.environ.get("CORROBORATE_MEDIA") or "/nonexistent") / "media"
PARTS = ("exif", "photos", "messenger")
AS_FROM_CAMERA = "a camera's, by all else: note and thumbnail there, size as in EXIF, sequential, no program"
AS_SAVED_AGAIN = (
    "a camera's with its note, but smaller than its EXIF says, progressive, or without its thumbnail"
)
EDITED = "a program for editing is named"
CAMERA_ALONE = "a camera is named, its note is not there"
NOTHING = "no camera is named"


@dataclass(frozen=True)
class Photo:
    """A JPEG: its group, whether it has the standard tables and a JFIF header, and whether that is told."""

    group: str
    standard: bool
    jfif: bool
    told: bool


def photos_of(folder: Path) -> list[Photo]:
    """The JPEGs of the folder ``media`` whose coding can be read."""
    paths = (path for part in PARTS for path in sorted((folder / part).rglob("*")) if path.is_file())
    return [photo for path in paths if (photo := _photo(path.read_bytes()))]


def _photo(content: bytes) -> Photo | None:
    media = media_of(BytesIO(content), len(content))
    if media.media_type != "image/jpeg":
        return None
    with suppress(Unreadable):
        reading = read(media)
        if reading.jpeg:
            codes = {each.code.slug for each in CHECK.examine(media, Context())}
            told = "metadata.saved_again" in codes
            group = EDITED if "metadata.edited" in codes else _group(reading, _width_in_exif(content))
            return Photo(group, reading.jpeg.quality is not None, reading.jpeg.jfif, told)
    return None


def _group(reading: Reading, width: int | None) -> str:
    if not reading.make:
        return NOTHING
    if not reading.has_maker_note:
        return CAMERA_ALONE
    resized = width not in (None, 0, reading.width)
    again = resized or (reading.jpeg and reading.jpeg.progressive) or not reading.has_thumbnail
    return AS_SAVED_AGAIN if again else AS_FROM_CAMERA


def _width_in_exif(content: bytes) -> int | None:
    """PixelXDimension, by exifread alone."""
    try:
        tag = exifread.process_file(BytesIO(content), details=False).get("EXIF ExifImageWidth")
        return int(tag.values[0]) if tag and tag.values else None
    except Exception:  # it raises whatever its arithmetic meets
        return None


def rows_of(photos: list[Photo]) -> Iterator[tuple[object, ...]]:
    """A row for each group."""
    for group in (AS_FROM_CAMERA, AS_SAVED_AGAIN, EDITED, CAMERA_ALONE, NOTHING):
        these = [each for each in photos if each.group == group]
        yield (
            group,
            len(these),
            sum(each.standard for each in these),
            sum(each.jfif for each in these),
            sum(each.standard and each.jfif for each in these),
            sum(each.told for each in these),
        )


def main() -> None:
    """Print the table, or why nothing can be measured."""
    heading("Traces of saving in JPEGs", "Photos of public test collections; the groups go by other traces.")
    if not FOLDER.is_dir():
        print("Skipped: CORROBORATE_MEDIA names no folder with media.")
        return
    columns = ("group", "files", "standard tables", "JFIF header", "both", "told by metadata.saved_again")
    table(columns, rows_of(photos_of(FOLDER)))


if __name__ == "__main__":
    main()
