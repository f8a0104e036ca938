"""What files say of themselves, read from every format."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from io import BytesIO

import pillow_heif
import pytest
from PIL import Image, PngImagePlugin

from media_checks.context import Kind
from media_checks.contract import Unreadable
from media_checks.reading import Position, WallClock, read
from media_checks.reading.values import day_and_time, iso_6709, text, utc_offset, wall_clock
from tests.media_checks.samples import film, media, photo, saved, scene

TAGS = {"captured": "2016:11:18 14:02:03", "offset": "+02:00", "place": (36.2, 37.16), "make": "Cam"}


def exif() -> bytes:
    return Image.open(BytesIO(photo(**TAGS))).info["exif"]


def heic() -> bytes:
    file = BytesIO()
    pillow_heif.from_pillow(scene(1, 128, 64)).save(file, exif=exif(), quality=50)
    return file.getvalue()


@pytest.mark.parametrize("format", ["JPEG", "PNG", "WEBP", "TIFF", "AVIF", "HEIC"])
def test_a_photo_says_the_same_in_every_format(format: str):
    content = heic() if format == "HEIC" else saved(scene(1, 128, 64), format, exif=exif())

    reading = read(media(content))

    assert reading.captured_at == WallClock(datetime(2016, 11, 18, 14, 2, 3), timedelta(hours=2))
    assert (reading.make, reading.width, reading.height) == ("Cam", 128, 64)
    assert (reading.gps.latitude, reading.gps.longitude) == pytest.approx((36.2, 37.16), abs=1e-4)
    assert reading.sources["captured_at"] == "EXIF EXIF DateTimeOriginal"


def test_an_exif_block_after_other_segments_is_found():
    content = photo(**TAGS)
    behind = content[:2] + b"\xff\xe1\x00\x1fhttp://ns.adobe.com/xap/1.0/\0" + content[2:]

    assert read(media(behind)).make == "Cam"


def test_exif_as_text_in_a_png_is_read():
    block = exif()
    lines = f"\nexif\n{len(block):8}\n{block.hex()}\n"
    notes = PngImagePlugin.PngInfo()
    notes.add_text("Raw profile type exif", lines, zip=True)

    assert read(media(saved(scene(1, 64, 48), "PNG", pnginfo=notes))).make == "Cam"


def test_a_date_that_is_none_is_kept_word_for_word():
    reading = read(media(photo(captured="0000:00:00 00:00:00")))

    assert reading.captured_at is None
    assert reading.unusable_dates == {"EXIF EXIF DateTimeOriginal": "0000:00:00 00:00:00"}


@pytest.mark.parametrize(("hours", "offset"), [(3, timedelta(hours=3)), (0, timedelta()), (99, None)])
def test_the_zone_that_tiff_ep_writes_in_hours_is_read_where_there_is_no_offset(hours, offset):
    whole = photo(captured="2016:11:18 14:02:03", hours=hours)
    beside = photo(captured="2016:11:18 14:02:03", offset="+02:00", hours=hours)

    assert read(media(whole)).captured_at == WallClock(datetime(2016, 11, 18, 14, 2, 3), offset)
    assert read(media(beside)).captured_at.offset == timedelta(hours=2)


def test_history_in_xmp_names_the_program_and_the_time():
    packet = b"""<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
    <rdf:Description xmlns:xmpMM="http://ns.adobe.com/xap/1.0/mm/"
      xmlns:stEvt="http://ns.adobe.com/xap/1.0/sType/ResourceEvent#"><xmpMM:History><rdf:Seq>
      <rdf:li stEvt:softwareAgent="Adobe Photoshop 24.1" stEvt:when="2016-11-19T09:00:00+02:00"/>
    </rdf:Seq></xmpMM:History></rdf:Description></rdf:RDF></x:xmpmeta>"""

    edit = read(media(saved(scene(1, 64, 48), xmp=packet))).edits[0]

    assert edit.program == "Adobe Photoshop 24.1"
    assert edit.at == WallClock(datetime(2016, 11, 19, 9), timedelta(hours=2))


def test_entities_in_xmp_are_not_expanded():
    packet = b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">]><x>&a;</x>'

    assert "entities" in read(media(saved(scene(1, 64, 48), xmp=packet))).warnings[0]


@pytest.mark.parametrize("format", ["mp4", "mov", "matroska"])
def test_a_film_says_when_its_container_was_made(format: str):
    content = film([scene(1, 64, 48)], format=format, creation_time="2016-11-18T12:02:00Z")

    reading = read(media(content))

    assert reading.container_created_at == datetime(2016, 11, 18, 12, 2, tzinfo=UTC)
    assert (reading.kind, reading.width, reading.height, reading.codec) == (Kind.VIDEO, 64, 48, "mpeg4")
    assert reading.encoder.startswith("Lavf")


def test_an_unset_container_time_is_absent():
    assert read(media(film([scene(1, 64, 48)]))).container_created_at is None


def test_a_container_time_counted_from_1970_is_recognised():
    content = film([scene(1, 64, 48)], creation_time="2016-11-18T12:02:00Z")
    wrong = int(datetime(2016, 11, 18, 12, 2, tzinfo=UTC).timestamp())
    content = content.replace((wrong + 2_082_844_800).to_bytes(4, "big"), wrong.to_bytes(4, "big"))

    reading = read(media(content))

    assert reading.container_created_at == datetime(2016, 11, 18, 12, 2, tzinfo=UTC)
    assert reading.sources["container_created_at"] == "mvhd (seconds since 1970)"


def test_apples_capture_date_is_the_capture_date():
    tags = {"com.apple.quicktime.creationdate": "2016-11-18T14:02:03+0200"}

    reading = read(media(film([scene(1, 64, 48)], format="mov", **tags)))

    assert reading.captured_at == WallClock(datetime(2016, 11, 18, 14, 2, 3), timedelta(hours=2))


@pytest.mark.parametrize(
    "content", [b"", b"text", b"\xff\xd8\xff\xe0\x00\x10JFIF", b"\x89PNG\r\n\x1a\n", b"II*\0"]
)
def test_what_has_no_header_is_unreadable(content: bytes):
    with pytest.raises(Unreadable):
        read(media(content))


@pytest.mark.parametrize(
    ("written", "read_as"),
    [
        ("2016:11:18 14:02:03", WallClock(datetime(2016, 11, 18, 14, 2, 3))),
        ("2016-11-18T14:02:03.25Z", WallClock(datetime(2016, 11, 18, 14, 2, 3, 250_000), timedelta())),
        ("2016-11-18T14:02-03:30", WallClock(datetime(2016, 11, 18, 14, 2), -timedelta(hours=3, minutes=30))),
        ("2016:11:18", None),
        ("2016:02:30 14:02:03", None),
        ("yesterday", None),
        ("２０１６:11:18 14:02:03", None),
    ],
)
def test_dates_as_files_write_them(written: str, read_as: WallClock | None):
    assert wall_clock(written) == read_as


def test_other_values_as_files_write_them():
    assert wall_clock("2016:11:18 14:02:03", "07").local.microsecond == 70_000
    assert utc_offset("+19:00") is None
    assert text(b"Cam\0 hidden") == "Cam"
    assert text("  \0") is None
    assert iso_6709("+36.2021-037.1543+379.000/") == Position(36.2021, -37.1543, 379.0)
    assert iso_6709("+96.2021-037.1543/") is None
    assert day_and_time("2016:11:18", (12.0, 2.0, 3.5)) == datetime(
        2016, 11, 18, 12, 2, 3, 500_000, tzinfo=UTC
    )
    assert day_and_time("2016:11:18", (float("nan"), 2.0, 3.0)) is None
