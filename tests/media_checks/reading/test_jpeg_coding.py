"""Quantisation tables and colour subsampling of JPEGs, as libjpeg writes them and as real files have them."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from benchmarks.bench_resaved import AS_FROM_CAMERA, AS_SAVED_AGAIN, photos_of
from media_checks.context import Context
from media_checks.contract import perform
from media_checks.metadata import CHECK
from media_checks.reading import JpegCoding, read
from tests.media_checks.samples import media, saved, scene
from tests.media_checks.written_blocks import block_with_note, segment

PICTURE = scene(1, 96, 64)
OWN_TABLES = [[number % 17 + 1 for number in range(64)]] * 2
CAMERA = segment(0xE1, b"Exif\0\0" + block_with_note("Cam", b"a note of the maker's own that nobody reads"))


def coding(content: bytes) -> JpegCoding | None:
    return read(media(content)).jpeg


def told(content: bytes) -> dict[str, str]:
    findings = perform(CHECK, media(content), Context()).findings
    return {each.code.slug: each.summary for each in findings}


def without_jfif(content: bytes) -> bytes:
    """As cameras write: the JFIF header, the first segment, left out."""
    length = int.from_bytes(content[4:6], "big")
    return content[:2] + content[4 + length :]


def of_camera(content: bytes) -> bytes:
    return content[:2] + CAMERA + content[2:]


@pytest.mark.parametrize("quality", [*range(1, 10), *range(10, 100, 5), 99, 100])
def test_the_quality_that_a_program_saved_at_is_read_exactly(quality: int):
    assert coding(saved(PICTURE, quality=quality)) == JpegCoding(quality, "4:2:0", False, True)


@pytest.mark.parametrize(("asked", "said"), [(0, "4:4:4"), (1, "4:2:2"), (2, "4:2:0")])
def test_how_the_colours_are_stored_is_read(asked: int, said: str):
    assert coding(saved(PICTURE, subsampling=asked, progressive=True)) == JpegCoding(75, said, True, True)


def test_a_grey_picture_has_one_table():
    assert coding(saved(PICTURE.convert("L"), quality=60)) == JpegCoding(60, None, False, True)


def test_other_tables_have_no_quality():
    assert coding(saved(PICTURE, qtables=OWN_TABLES)) == JpegCoding(None, "4:2:0", False, True)
    half = [[16, 11, 10, 16, 24, 40, 51, 61, *[99] * 56], [99] * 64]  # begins as the standard one
    assert coding(saved(PICTURE, qtables=half)).quality is None


def test_other_formats_have_none():
    assert coding(saved(PICTURE, "PNG")) is None


def test_a_cameras_file_that_a_program_saved_is_told_and_argues_for_nothing():
    said = told(of_camera(saved(PICTURE, quality=85)))["metadata.saved_again"]

    assert "the standard tables at quality 85" in said
    assert CHECK.code("metadata.saved_again").argues_for is None


@pytest.mark.parametrize(
    "content",
    [
        of_camera(without_jfif(saved(PICTURE, quality=85))),
        of_camera(saved(PICTURE, qtables=OWN_TABLES)),
        saved(PICTURE, quality=85),
    ],
    ids=["no JFIF header", "tables of its own", "no camera"],
)
def test_one_trace_alone_is_not_told(content: bytes):
    assert "metadata.saved_again" not in told(content)


def test_damaged_tables_take_nothing_else_away():
    noise, whole = random.Random(1), of_camera(saved(PICTURE, quality=85))
    start, end = whole.index(b"\xff\xdb"), whole.index(b"\xff\xda")
    for _ in range(300):
        content = bytearray(whole)
        content[noise.randrange(start + 4, end)] = noise.choice((0, 1, 0x7F, 0xFF))
        assert read(media(bytes(content))).make == "Cam"


def test_of_real_photos_those_as_from_a_camera_are_not_told(media_folder: Path):
    photos = photos_of(media_folder / "media")
    counted = {
        each: [photo.told for photo in photos if photo.group == each]
        for each in (AS_FROM_CAMERA, AS_SAVED_AGAIN)
    }

    assert len(counted[AS_FROM_CAMERA]) >= 25
    assert not any(counted[AS_FROM_CAMERA])
    assert sum(counted[AS_SAVED_AGAIN]) >= 20
