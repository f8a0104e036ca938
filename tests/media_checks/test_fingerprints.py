"""Fingerprints: fixed in width, stable under what messengers do, found in all eight orientations."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageEnhance, ImageOps

from media_checks.fingerprints import (
    HEX_DIGITS,
    LEAST_QUALITY,
    NEAR,
    PDQ,
    PHASH,
    POSSIBLE,
    Fingerprint,
    canonical,
    distance,
    query_rows,
    stored_rows,
)
from tests.media_checks.samples import media, photo, saved, scene


def stored(picture: Image.Image, **options: object) -> tuple[Fingerprint, ...]:
    return stored_rows(canonical(media(saved(picture, **options))))


def asked(content: bytes) -> tuple[Fingerprint, ...]:
    return query_rows(canonical(media(content)))


def nearest(rows: tuple[Fingerprint, ...], others: tuple[Fingerprint, ...], algorithm: str = PDQ):
    """The least distance, and how the pixels asked with were turned for it."""
    mine, theirs = ([row for row in some if row.algorithm == algorithm] for some in (rows, others))
    return min((distance(one.bits, other.bits), one.orientation) for one in mine for other in theirs)


def pdq(rows: tuple[Fingerprint, ...], part: str = "whole") -> str:
    return next(row.bits for row in rows if row.algorithm == PDQ and row.part == part)


def test_hashes_keep_their_leading_zeros():
    rows = [row for seed in range(40) for row in stored(scene(seed, 160, 120))]

    assert {len(row.bits) for row in rows if row.algorithm == PDQ} == {HEX_DIGITS[PDQ]}
    assert {len(row.bits) for row in rows if row.algorithm == PHASH} == {HEX_DIGITS[PHASH]}
    assert any(row.bits.startswith("0") for row in rows)


def test_a_distance_counts_bits_and_refuses_other_widths():
    assert distance("00ff", "000f") == 4
    with pytest.raises(ValueError, match="cannot be compared"):
        distance("00ff", "0f")


@pytest.mark.parametrize(
    "change",
    [
        lambda picture: picture.resize((320, 240)),
        lambda picture: ImageOps.grayscale(picture),
        lambda picture: ImageEnhance.Brightness(picture).enhance(0.6),
    ],
    ids=["smaller", "grey", "darker"],
)
def test_a_copy_by_messenger_is_near(change):
    rows, others = asked(photo(scene(7))), stored(change(scene(7)), quality=40)
    bits, orientation = nearest(rows, others)

    assert (bits <= NEAR, orientation) == (True, "upright")
    assert nearest(rows, others, PHASH)[0] <= 8


@pytest.mark.parametrize(
    ("turn", "name"),
    [
        (Image.Transpose.FLIP_LEFT_RIGHT, "mirrored"),
        (Image.Transpose.FLIP_TOP_BOTTOM, "mirrored"),
        (Image.Transpose.TRANSPOSE, "mirrored"),
        (Image.Transpose.TRANSVERSE, "mirrored"),
        (Image.Transpose.ROTATE_90, "rotated"),
        (Image.Transpose.ROTATE_180, "rotated"),
        (Image.Transpose.ROTATE_270, "rotated"),
    ],
)
def test_a_turned_copy_is_found_and_its_turn_named(turn: Image.Transpose, name: str):
    bits, orientation = nearest(asked(photo(scene(8))), stored(scene(8).transpose(turn)))

    assert (orientation.split("_")[0], bits <= 8) == (name, True)


def test_the_orientation_tag_is_obeyed_before_hashing():
    turned = scene(9).transpose(Image.Transpose.ROTATE_90)
    rows = stored_rows(canonical(media(photo(turned, orientation=6))))
    assert distance(pdq(rows), pdq(stored(scene(9)))) <= 4


def test_distinct_scenes_are_far_apart():
    everyone = [stored(scene(seed, 320, 240)) for seed in range(12)]

    apart = [nearest(one, other)[0] for one in everyone for other in everyone if one is not other]
    assert min(apart) > POSSIBLE


def test_bars_with_a_caption_are_trimmed_and_the_picture_found():
    picture = scene(10)
    framed = Image.new("RGB", (640, 640), "black")
    framed.paste(picture, (0, 80))
    draw = ImageDraw.Draw(framed)
    for line in range(6):
        draw.text((30 + 80 * line, 35), "Aleppo 2016", fill="white")

    rows = stored(framed)

    assert distance(pdq(rows, "trimmed"), pdq(stored(picture))) <= NEAR
    assert distance(pdq(rows), pdq(stored(picture))) > NEAR


def test_a_picture_in_the_middle_of_a_phones_screen_is_found():
    picture = scene(15)
    screen = Image.new("RGB", (640, 1300), "white")
    screen.paste(picture, (0, 300))
    draw = ImageDraw.Draw(screen)
    draw.ellipse((20, 60, 90, 130), "blue")
    for line in range(9):
        draw.text((20, 820 + 50 * line), "What nobody shows you, again and again, " * 3, "black")

    rows = stored(screen)

    assert distance(pdq(rows, "trimmed"), pdq(stored(picture))) <= NEAR


def test_bars_that_leave_nothing_of_a_picture_are_not_trimmed():
    strips = np.full((512, 512, 3), 255, dtype="uint8")
    strips[225:287] = np.random.default_rng(3).integers(0, 255, (62, 512, 3))

    assert {row.part for row in stored(Image.fromarray(strips), format="PNG")} == {"whole"}


def test_a_picture_without_bars_has_no_trimmed_row():
    grain = np.random.default_rng(1).normal(0, 25, (480, 640, 3))
    grainy = Image.fromarray(np.clip(np.asarray(scene(11)) + grain, 0, 255).astype("uint8"))

    assert {row.part for row in stored(grainy)} == {"whole"}


def test_a_plain_wall_has_no_quality():
    rows = stored(Image.fromarray(np.full((300, 400, 3), 120, dtype="uint8")))

    assert max(row.quality for row in rows) < LEAST_QUALITY


def test_rows_survive_the_wire():
    rows = asked(photo())

    assert tuple(Fingerprint(**row.as_json()) for row in rows) == rows
