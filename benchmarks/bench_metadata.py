"""Agreement of our reading with ExifTool's on real media, beside exifread alone in the same run.

The files are in the folder that CORROBORATE_MEDIA names (``media/exif``, ``media/video``, ``media/truth``).
A value counts as agreed, missed or different; every one that is not agreed is listed with the reason that
explains it, where there is one.
"""

from __future__ import annotations

import io
import os
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import exifread

from benchmarks import truth as truths
from benchmarks.tables import heading, table
from benchmarks.truth import DATES, OFFSETS, TEXTS, Truth, agrees, date_of, one_line, plain, same_number
from media_checks.context import Kind
from media_checks.contract import Unreadable
from media_checks.files import media_of
from media_checks.reading import Reading, WallClock, read

NOT_MEDIA = "a format that is not taken as media"
NOT_EXPLAINED = "not explained"
LONGEST_LISTED = 60
EXIFREAD = {
    "DateTimeOriginal": "EXIF DateTimeOriginal",
    "CreateDate": "EXIF DateTimeDigitized",
    "ModifyDate": "Image DateTime",
    "OffsetTimeOriginal": "EXIF OffsetTimeOriginal",
    "OffsetTimeDigitized": "EXIF OffsetTimeDigitized",
    "OffsetTime": "EXIF OffsetTime",
    "Make": "Image Make",
    "Model": "Image Model",
    "Software": "Image Software",
    "SerialNumber": "EXIF BodySerialNumber",
    "LensModel": "EXIF LensModel",
    "Width": "Image ImageWidth",
    "Height": "Image ImageLength",
}
READING = {
    "DateTimeOriginal": "captured_at",
    "CreateDate": "created_at",
    "ModifyDate": "modified_at",
    "ContainerCreateDate": "container_created_at",
    "Make": "make",
    "Model": "model",
    "Software": "software",
    "SerialNumber": "serial_number",
    "LensModel": "lens_model",
    "Orientation": "orientation",
    "Rotation": "rotation",
    "Duration": "duration",
    "Codec": "codec",
    "Encoder": "encoder",
    "Width": "width",
    "Height": "height",
}


@dataclass(frozen=True)
class Row:
    """One value of one file: the truth, ours, exifread's, and why ours differs, where that is known."""

    path: str
    file_type: str
    name: str
    expected: Any
    ours: Any
    theirs: Any
    because: str = ""

    @property
    def agreed(self) -> bool:
        """Whether our reading says the same."""
        return agrees(self.name, self.expected, self.ours)

    @property
    def state(self) -> str:
        """Agreed, explained, missed or different."""
        if self.agreed:
            return "agreed"
        return "explained" if self.because else "missed" if self.ours is None else "different"


def rows_of(folder: Path, each: Truth) -> Iterator[Row]:
    """The rows of one file in the folder ``media``."""
    content = (folder / each.path).read_bytes()
    media = media_of(io.BytesIO(content), len(content))
    taken = media.kind in (Kind.PHOTO, Kind.VIDEO)
    reading = None
    if taken:
        with suppress(Unreadable):
            reading = read(media)
    ours, theirs = (values_of(reading) if reading else {}), exifread_alone(content)
    for name, expected in each.values.items():
        found = ours.get(plain(name))
        because = explanation(each, name, expected, found, reading) if taken else NOT_MEDIA
        yield Row(each.path, each.file_type, name, expected, found, theirs.get(plain(name)), because)


def values_of(reading: Reading) -> dict[str, Any]:
    """Our reading under ExifTool's names."""
    said = {name: getattr(reading, ours) for name, ours in READING.items()}
    said |= {name: _offset(said[of]) for name, of in OFFSETS.items()}
    for name in DATES:
        said[name] = said[name].local.isoformat() if said[name] else _of_no_clock(name, reading)
    if said["ContainerCreateDate"]:
        said["ContainerCreateDate"] = said["ContainerCreateDate"].isoformat()
    for name in ("latitude", "longitude", "altitude"):
        said[f"GPS{name.title()}"] = getattr(reading.gps, name, None)
    clock = getattr(reading.gps, "timestamp", None) or reading.gps_clock
    said["GPSDateTime"] = clock and clock.isoformat()
    said["Thumbnail"] = reading.has_thumbnail or None
    return said


def _of_no_clock(name: str, reading: Reading) -> str | None:
    """A date that is none, word for word as it was kept, or a day that was written without a clock."""
    written = reading.unusable_dates.get(f"EXIF {EXIFREAD[name]}")
    days = (each.clock.local for each in reading.stated_dates if each.name == READING[name])
    return written or next((f"{day:%Y:%m:%d}" for day in days), None)


def _offset(clock: WallClock | None) -> str | None:
    if clock is None or clock.offset is None:
        return None
    minutes = round(clock.offset.total_seconds() / 60)
    return f"{'-' if minutes < 0 else '+'}{abs(minutes) // 60:02}:{abs(minutes) % 60:02}"


def exifread_alone(content: bytes) -> dict[str, Any]:
    """What exifread says of the whole file; nothing where it raises."""
    try:
        tags = exifread.process_file(io.BytesIO(content), details=False)
        said: dict[str, Any] = {name: _printed(tags.get(tag)) for name, tag in EXIFREAD.items()}
        said["Orientation"] = _first(tags.get("Image Orientation"))
        said["Thumbnail"] = bool(tags.get("JPEGThumbnail") or tags.get("TIFFThumbnail")) or None
        place = exifread.utils.get_gps_coords(tags)
        said |= {"GPSLatitude": place[0], "GPSLongitude": place[1]} if place else {}
        altitude = _first(tags.get("GPS GPSAltitude"))
        below = _first(tags.get("GPS GPSAltitudeRef")) == 1
        said["GPSAltitude"] = altitude and float(altitude) * (-1 if below else 1)
        said["GPSDateTime"] = _clock(tags)
    except Exception:  # it raises whatever its arithmetic meets
        return {}
    return said


def _printed(tag: Any) -> Any:
    if tag is None:
        return None
    return int(tag.values[0]) if tag.field_type in (3, 4) and tag.values else str(tag)


def _first(tag: Any) -> Any:
    return tag.values[0] if tag is not None and tag.values else None


def _clock(tags: Mapping[str, Any]) -> str | None:
    if "GPS GPSDate" not in tags or "GPS GPSTimeStamp" not in tags:
        return None
    hour, minute, second = (int(float(each)) for each in tags["GPS GPSTimeStamp"].values)
    return f"{tags['GPS GPSDate']} {hour:02}:{minute:02}:{second:02}"


def explanation(each: Truth, name: str, expected: Any, found: Any, reading: Reading | None) -> str:
    """Why a value that is not agreed is none of our mistakes; empty where nothing says so."""
    if plain(name) in each.disputed:
        return "the reference programs disagree"
    if (each.path, plain(name)) in truths.BY_HAND:
        return truths.BY_HAND[each.path, plain(name)]
    if plain(name) in (*DATES, "GPSDateTime") and date_of(expected) is None:
        return _of_no_date(one_line(expected), reading)
    if plain(name) in ("GPSLatitude", "GPSLongitude") and _impossible(each):
        return "coordinates that no place on Earth has"
    if "(XMP)" in name and reading and "an XMP packet is damaged" in reading.warnings:
        return "an XMP packet that is no XML"
    if name in TEXTS and isinstance(expected, int | float):
        if found is None:
            return "a number where a text belongs: left out"
        if same_number(expected, found):
            return "a text of digits, a number in ExifTool's JSON"
    return ""


def _of_no_date(expected: str, reading: Reading | None) -> str:
    kept = " ".join(reading.unusable_dates.values()) if reading else ""
    days = (
        {f"{each.clock.local:%Y:%m:%d}" for each in reading.stated_dates if each.whole_day} if reading else ()
    )
    if expected in days:
        return "a day without a clock: kept as a day"
    return "no real date: kept word for word" if expected in kept else "no real date: left out"


def _impossible(each: Truth) -> bool:
    latitude, longitude = (each.values.get(name, 0) for name in ("GPSLatitude", "GPSLongitude"))
    numbers = all(isinstance(one, int | float) for one in (latitude, longitude))
    return not numbers or abs(latitude) > 90 or abs(longitude) > 180


def summary(rows: Iterable[Row], key: str) -> Iterator[tuple[object, ...]]:
    """A line for each value of ``key`` ("name" or "file_type"), and the total."""
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    for row in rows:
        for group in (getattr(row, key), "total"):
            counts[group][row.state] += 1
            counts[group]["theirs"] += agrees(row.name, row.expected, row.theirs)
    for group in sorted(counts, key=lambda name: (name == "total", name)):
        found = counts[group]
        values = sum(found[state] for state in ("agreed", "explained", "missed", "different"))
        share = f"{100 * found['agreed'] / values:.1f} %"
        yield (
            group, values, found["agreed"], share, found["explained"], found["missed"], found["different"],
            f"{found['theirs']} ({100 * found['theirs'] / values:.0f} %)",
        )  # fmt: skip


def shown(value: Any) -> str:
    """A value for the list, on one line."""
    return repr(value).replace("|", "/")[:LONGEST_LISTED]


def results(folder: Path, parts: tuple[str, ...] = truths.DEVELOPED_WITH, every: int = 1) -> list[Row]:
    """The rows of every file, or of each ``every``-th by its path, in these parts of the folder ``media``."""
    chosen = sorted(truths.truths(folder, parts), key=lambda each: each.path)[::every]
    return [row for each in chosen for row in rows_of(folder, each)]


def report(rows: list[Row]) -> None:
    """The tables, the list of what is not agreed, and the totals."""
    taken = [row for row in rows if row.because != NOT_MEDIA]
    columns = ("values", "agreed", "share", "explained", "missed", "different", "exifread alone agrees")
    table(("field", *columns), summary(taken, "name"))
    table(("file type", *columns), summary(taken, "file_type"))
    apart = sorted(
        (row for row in taken if not row.agreed), key=lambda row: (row.because, row.name, row.path)
    )
    table(("why", "field", "file", "ExifTool", "ours"), map(listed, apart))
    unexplained = sum(not row.because for row in apart)
    agreed, left = len(taken) - len(apart), [row for row in rows if row.because == NOT_MEDIA]
    print(f"{len({row.path for row in taken})} files, {len(taken)} values: {agreed} agreed ", end="")
    print(f"({100 * agreed / len(taken):.2f} %), {len(apart) - unexplained} explained, {unexplained} not.")
    formats = ", ".join(sorted({row.file_type for row in left}))
    print(
        f"Left out, {NOT_MEDIA}: {len(left)} values of {len({row.path for row in left})} files ({formats})."
    )


def listed(row: Row) -> tuple[str, ...]:
    """A row of the list."""
    return row.because or NOT_EXPLAINED, row.name, row.path, shown(row.expected), shown(row.ours)


def main() -> None:
    """Print everything, or why nothing can be measured."""
    folder = Path(os.environ.get("CORROBORATE_MEDIA") or "/nonexistent") / "media"
    heading("Metadata against ExifTool", "Values that ExifTool reads in real files, and who reads the same.")
    if (folder / "truth").is_dir():
        report(results(folder))
        heading("The same on files that the reading was not developed with", ", ".join(truths.HELD_OUT))
        report(results(folder, truths.HELD_OUT))
    else:
        print("Skipped: CORROBORATE_MEDIA names no folder with media/truth.")


if __name__ == "__main__":
    main()
