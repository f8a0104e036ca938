"""Another program's reading of real media as truth, and how to hold a reading of ours against it.

The truth is ExifTool's reading of each file (``exiftool.jsonl``, and ``fields.jsonl``, the same distilled),
in the folder that CORROBORATE_MEDIA names. A value that ExifTool gives only from XMP, IPTC, PNG or a maker's
note is counted under a name of its own, with that source in brackets.
"""

from __future__ import annotations

import csv
import json
import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

DEVELOPED_WITH = ("exif/", "video/")
HELD_OUT = ("c2pa/", "photos/", "messenger/")
DATES = ("DateTimeOriginal", "CreateDate", "ModifyDate")
OFFSETS = {
    "OffsetTimeOriginal": "DateTimeOriginal",
    "OffsetTimeDigitized": "CreateDate",
    "OffsetTime": "ModifyDate",
}
TEXTS = ("Make", "Model", "Software", "SerialNumber", "LensModel")
PLACE = ("GPSLatitude", "GPSLongitude", "GPSAltitude")
# By how much a number may differ: the references round, and measure lengths over other streams.
TOLERANCES = {"GPSLatitude": 2e-5, "GPSLongitude": 2e-5, "GPSAltitude": 0.51}
LEAST_OF_DURATION = 0.6
SHARE_OF_DURATION = 0.02

# Where ExifTool shows what EXIF says elsewhere: the first that is there is the truth.
ELSEWHERE: dict[str, tuple[tuple[str, tuple[str, ...]], ...]] = {
    "DateTimeOriginal": (
        ("XMP", ("XMP-exif:DateTimeOriginal", "XMP-photoshop:DateCreated")),
        ("IPTC", ("IPTC:DateCreated",)),
    ),
    "CreateDate": (
        ("XMP", ("XMP-exif:DateTimeDigitized", "XMP-xmp:CreateDate")),
        ("IPTC", ("IPTC:DigitalCreationDate",)),
        ("PNG", ("PNG:CreationTime",)),
    ),
    "ModifyDate": (("XMP", ("XMP-xmp:ModifyDate", "XMP-tiff:DateTime")), ("PNG", ("PNG:ModifyDate",))),
    "Make": (("XMP", ("XMP-tiff:Make",)),),
    "Model": (("XMP", ("XMP-tiff:Model",)),),
    "Software": (("XMP", ("XMP-tiff:Software",)), ("PNG", ("PNG:Software",))),
    "SerialNumber": (
        ("XMP", ("XMP-exifEX:SerialNumber", "XMP-aux:SerialNumber")),
        (
            "maker's note",
            tuple(f"{maker}:SerialNumber" for maker in ("Canon", "Nikon", "Olympus", "Pentax", "Sigma")),
        ),
    ),
    "LensModel": (
        ("XMP", ("XMP-exifEX:LensModel", "XMP-aux:Lens")),
        ("maker's note", ("Canon:LensModel", "Olympus:LensModel")),
    ),
    "Orientation": (("XMP", ("XMP-tiff:Orientation",)),),
    "GPSLatitude": (("XMP", ("XMP-exif:GPSLatitude",)),),
    "GPSLongitude": (("XMP", ("XMP-exif:GPSLongitude",)),),
    "GPSAltitude": (("XMP", ("XMP-exif:GPSAltitude",)),),
    "GPSDateTime": (("XMP", ("XMP-exif:GPSDateTime", "XMP-exif:GPSTimeStamp")),),
}
CLOCKS_OF_DAYS = {
    "IPTC:DateCreated": "IPTC:TimeCreated",
    "IPTC:DigitalCreationDate": "IPTC:DigitalCreationTime",
}

# How FFmpeg names a coding that a container names otherwise.
CODINGS = {
    "avc1": "h264", "avc3": "h264", "hvc1": "hevc", "hev1": "hevc", "dvh1": "hevc", "dvhe": "hevc",
    "vp08": "vp8", "vp09": "vp9", "av01": "av1", "mp4v": "mpeg4", "s263": "h263", "ap4h": "prores",
    "encv": None,  # encrypted: the container hides the coding
    "V_MPEG4/ISO/AVC": "h264", "V_MPEGH/ISO/HEVC": "hevc", "V_VP8": "vp8", "V_VP9": "vp9",
    "V_AV1": "av1", "vvc1": "vvc", "vvi1": "vvc",
    "V_MPEG4/ISO/ASP": "mpeg4", "V_THEORA": "theora", "jpeg": "mjpeg", "mjp2": "jpeg2000",
}  # fmt: skip

_M6 = "exif/drewnoakes+metadata-extractor-images/tif__ImageTestSuite__m6-336db1cd76254717eb50a8602b651fbf.tif"
_ODD = "exif/mceachen+exiftool-vendored.js/test__problematic.jpg"

_CUT = "exif/drewnoakes+metadata-extractor-images/heic__IllegalArgumentException.HeifReader.processBoxes.heif"
_MP4 = (
    "video/androidx+media/libraries__test_data__src__test__assets__media__mp4__"
    "sample_partially_fragmented.mp4"
)
_FIRST_SIZE = "cut off before sizes are tied to pictures: ours is the first size, ExifTool's the last"
# Looked at byte by byte, one at a time: what the file holds where the two readings differ.
BY_HAND = {
    ("video/exiftool+exiftool/t__images__Pentax.avi", "ContainerCreateDate"): (
        "the file says 12:14:34; this ExifTool drops the seconds of the form"
    ),
    (_MP4, "Duration"): "the header has the length of the first part, ours is with the fragments",
    (_CUT, "Width"): _FIRST_SIZE,
    (_CUT, "Height"): _FIRST_SIZE,
    (_M6, "Height"): "a picture without a width: the file is refused as damaged",
    (_ODD, "GPSAltitude"): "an altitude without a position",
    (_ODD, "Thumbnail"): "it points behind its block, to bytes that are no picture",
}

_DATE = re.compile(r"\s*(\d{4})[:-](\d\d)[:-](\d\d)[ T](\d\d):(\d\d)(?::(\d\d))?(?!\d)")
_OFFSET = re.compile(r"[+-]\d\d:\d\d|Z")
_OFFSET_OF = {date: offset for offset, date in OFFSETS.items()}


@dataclass(frozen=True)
class Truth:
    """What ExifTool reads in one file: field → value, and on which of them the references disagree."""

    path: str
    file_type: str
    values: Mapping[str, Any]
    disputed: frozenset[str] = field(default_factory=frozenset)


def truths(folder: Path, parts: tuple[str, ...] = DEVELOPED_WITH) -> Iterator[Truth]:
    """The truth of every file in these parts of the folder ``media``."""
    whole = {}
    with (folder / "truth/exiftool.jsonl").open(encoding="utf-8") as lines:
        for line in lines:
            record = json.loads(line)
            whole[record["SourceFile"]] = record
    disputed = _disputed(folder)
    with (folder / "truth/fields.jsonl").open(encoding="utf-8") as lines:
        for line in lines:
            record = json.loads(line)
            path = record["path"]
            if path.startswith(parts) and (folder / path).is_file():
                values = dict(_values(record, whole.get(path, {})))
                named = record.get("FileType") or "none"
                yield Truth(path, named, values, disputed.get(path, frozenset()))


def _disputed(folder: Path) -> dict[str, frozenset[str]]:
    found: dict[str, frozenset[str]] = {}
    with (folder / "truth/disputed.tsv").open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE):
            found[row["path"]] = found.get(row["path"], frozenset()) | {row["field"].split(":")[-1]}
    return found


def _values(record: Mapping[str, Any], whole: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    said = {**_of_exif(record), **_of_container(record.get("quicktime", {}))}
    for name in ("Width", "Height"):
        said[name] = said.get(name) or whole.get(f"RIFF:Image{name}")
    for name, value in said.items():
        if value not in (None, ""):
            yield name, value
    for name, sources in ELSEWHERE.items():
        if said.get(name) not in (None, ""):
            continue
        for source, tags in sources:
            value = next((_tag(whole, tag) for tag in tags if _tag(whole, tag) is not None), None)
            if value is not None:
                yield f"{name} ({source})", value
                offset = _OFFSET.search(str(value)[19:]) if name in DATES else None
                if offset and date_of(value):
                    yield f"{_OFFSET_OF[name]} ({source})", offset[0]
                break


def _tag(whole: Mapping[str, Any], tag: str) -> Any:
    value = whole.get(tag)
    value = value[0] if isinstance(value, list) and value else value
    if isinstance(value, dict) or str(value).strip() == "":
        return None
    if value is not None and tag in CLOCKS_OF_DAYS:
        clock = whole.get(CLOCKS_OF_DAYS[tag])
        return f"{value} {clock}" if clock and not isinstance(clock, list) else None
    return value


def _of_exif(record: Mapping[str, Any]) -> dict[str, Any]:
    exif, gps, image = (record.get(name, {}) for name in ("exif", "gps", "image"))
    said = {name: exif.get(name) for name in (*DATES, *TEXTS)}
    said |= {name: each for name in OFFSETS if _OFFSET.fullmatch(str(each := exif.get(name)))}
    said["Orientation"] = exif.get("Orientation") if exif.get("Orientation") in range(1, 9) else None
    said |= {name: gps.get(name.removeprefix("GPS")) for name in (*PLACE, "GPSDateTime")}
    said["GPSDateTime"] = gps.get("DateTime")
    first = record.get("FileType") in ("TIFF", "DNG", "BTF")
    for name in ("Width", "Height"):
        sizes = (image.get(f"IFD0{name}"),) if first else (image.get(name), image.get(f"PNG{name}"))
        said[name] = next((each for each in sizes if each), None)
    said["Thumbnail"] = record.get("thumbnail") or None
    return said


def _of_container(movie: Mapping[str, Any]) -> dict[str, Any]:
    if not movie:
        return {}
    made = movie.get("QuickTime:CreateDate") or movie.get("Matroska:DateTimeOriginal")
    made = made or movie.get("RIFF:DateTimeOriginal")
    said = {name: movie.get(f"Composite:{name}") for name in PLACE}
    said["ContainerCreateDate"] = None if str(made).startswith("0000") else made
    said["Rotation"] = movie.get("Composite:Rotation")
    said["Duration"] = movie.get("QuickTime:Duration", movie.get("Matroska:Duration")) or None
    if "Keys:CreationDate" in movie:
        said["DateTimeOriginal"] = movie["Keys:CreationDate"]
    said |= {name: movie[f"Keys:{name}"] for name in ("Make", "Model", "Software") if f"Keys:{name}" in movie}
    said["Encoder"] = movie.get("ItemList:Encoder")
    for number in range(1, 6):
        coding = movie.get(f"Track{number}:CompressorID", movie.get(f"Track{number}:VideoCodecID"))
        if coding:
            said["Codec"] = CODINGS.get(coding, coding)
            for name in ("Width", "Height"):
                shown = movie.get(f"Track{number}:Image{name}")
                said[name] = movie.get(f"Track{number}:SourceImage{name}", shown)
            break
    said["Width"] = said.get("Width") or movie.get("RIFF:ImageWidth")
    said["Height"] = said.get("Height") or movie.get("RIFF:ImageHeight")
    return said


def plain(name: str) -> str:
    """The field without the source in brackets."""
    return name.split(" (")[0]


def agrees(name: str, truth: Any, found: Any) -> bool:
    """Whether a value says the same as the truth, in whatever form either writes it."""
    name = plain(name)
    if found is None:
        return False
    if name in (*DATES, "GPSDateTime", "ContainerCreateDate"):
        none = date_of(truth) is None
        return one_line(truth) == one_line(found) if none else date_of(truth) == date_of(found)
    if name in OFFSETS:
        return str(truth).replace("Z", "+00:00") == found
    if name == "Duration":
        seconds = seconds_of(truth)
        return abs(seconds - found) <= max(LEAST_OF_DURATION, SHARE_OF_DURATION * seconds)
    if name in TOLERANCES:
        return isinstance(truth, int | float) and abs(truth - found) <= TOLERANCES[name]
    if name == "Codec":
        return bool(truth == CODINGS.get(found, found))
    if name in (*TEXTS, "Encoder"):
        return one_line(truth) == one_line(found)
    return bool(truth == found)


def date_of(value: Any) -> datetime | None:
    """The wall clock of a date in any of the programs' forms, to the second; None where it is no date."""
    match = _DATE.match(str(value))
    try:
        return datetime(*(int(each or 0) for each in match.groups())) if match else None  # noqa: DTZ001
    except ValueError:
        return None


def seconds_of(value: Any) -> float:
    """A length in seconds, which ExifTool writes as "00:00:03.02" for Matroska."""
    total = 0.0
    for part in str(value).split(":"):
        total = total * 60 + float(part)
    return total


def one_line(value: Any) -> str:
    """A text without what follows a NUL and without outer spaces."""
    return str(value).split("\0")[0].strip()


def same_number(truth: Any, found: Any) -> bool:
    """Whether ExifTool's JSON wrote a text of digits as a number: "010" becomes 10, "1.10" becomes 1.1."""
    try:
        return math.isclose(float(truth), float(str(found)))
    except ValueError:
        return False
