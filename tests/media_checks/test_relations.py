"""The second stage: two pictures laid over each other, the relation named, and its direction."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageEnhance

from media_checks.fingerprints import ORIENTATIONS, WHOLE, canonical
from media_checks.relations import PERHAPS, STRONG, Grey, Verified, tier, verify
from tests.media_checks.samples import media, saved, scene

PICTURE = scene(21)


def grey(picture: Image.Image, quality: int = 70) -> Grey:
    return Grey.of(canonical(media(saved(picture, quality=quality)))[WHOLE])


def related(picture: Image.Image, *orientations: str) -> Verified | None:
    return verify(grey(PICTURE), grey(picture), orientations or ("upright",))


def framed(picture: Image.Image, left: int, top: int, right: int, bottom: int) -> Image.Image:
    frame = Image.new("RGB", (picture.width + left + right, picture.height + top + bottom), (120, 20, 20))
    frame.paste(picture, (left, top))
    return frame


def written_on(picture: Image.Image) -> Image.Image:
    picture = picture.copy()
    for line in range(4):
        ImageDraw.Draw(picture).text((80, 60 + 30 * line), "SHARE BEFORE IT IS DELETED " * 2, "white")
    ImageDraw.Draw(picture).rectangle((100, 300, 360, 360), "white", "black", 5)
    return picture


@pytest.mark.parametrize(
    "copy",
    [
        PICTURE.resize((200, 150)),
        PICTURE.convert("L"),
        ImageEnhance.Brightness(PICTURE).enhance(0.6),
        ImageEnhance.Contrast(PICTURE).enhance(1.4),
    ],
    ids=["smaller", "grey", "darker", "harder"],
)
def test_a_copy_is_near_in_all_its_parts(copy: Image.Image):
    found = related(copy)

    assert (found.name, found.derived) == ("near", None)
    assert found.score >= 0.97


def test_turned_and_mirrored_copies_are_named():
    mirrored = related(PICTURE.transpose(Image.Transpose.FLIP_LEFT_RIGHT), *ORIENTATIONS)
    turned = related(PICTURE.transpose(Image.Transpose.ROTATE_90), *ORIENTATIONS)

    assert mirrored.name == "mirrored"
    assert (turned.name, turned.reason.split(";")[0]) == ("rotated", "rotated by 90°")


def test_a_picture_turned_by_few_degrees_is_rotated():
    assert related(PICTURE.rotate(3)).name == "rotated"


def test_what_was_cut_out_is_a_crop_of_the_other_whichever_comes_first():
    part = PICTURE.crop((50, 30, 610, 440))

    assert (related(part).name, related(part).derived) == ("crop", "b")
    back = verify(grey(part), grey(PICTURE))
    assert (back.name, back.derived) == ("crop", "a")


def test_bars_are_no_crop():
    found = related(framed(PICTURE, 60, 90, 10, 30))

    assert (found.name, found.derived) == ("near", "b")
    assert "bars" in found.reason


def test_bars_round_a_turned_picture_are_seen_through():
    turned = framed(PICTURE.transpose(Image.Transpose.ROTATE_270), 20, 90, 10, 60)

    assert related(turned, "rotated_270").name == "rotated"


def test_what_was_laid_over_a_picture_is_told_with_the_side():
    found = related(written_on(PICTURE))

    assert (found.name, found.derived) == ("overlay", "b")
    assert 0.6 <= found.score < 0.97
    assert verify(grey(written_on(PICTURE)), grey(PICTURE)).derived == "a"


def test_different_scenes_are_not_related_in_any_orientation():
    others = [grey(scene(seed)) for seed in range(30, 34)]

    assert not [other for other in others if verify(grey(PICTURE), other, ORIENTATIONS)]


def test_plain_pictures_prove_nothing():
    plain = Grey(np.full((128, 128), 90, dtype=np.uint8))

    assert verify(plain, plain) is None
    assert verify(grey(PICTURE), plain) is None


def test_neighbouring_tiles_of_one_object_are_different(media_folder):
    folder = media_folder / "media" / "photos" / "libvips+libvips"
    pairs = [
        (folder / f"test__test-suite__images__cd{at}.{side}.jpg" for side in (1, 2)) for at in (1, 2, 3, 4)
    ]
    tiles = [[Grey.of(canonical(media(each.read_bytes()))[WHOLE]) for each in pair] for pair in pairs]

    assert [verify(*pair) for pair in tiles] == [None] * 4


@pytest.mark.parametrize(
    ("pdq", "phash", "agrees", "expected"),
    [
        (31, 8, False, STRONG),
        (31, 9, False, None),
        (31, None, True, PERHAPS),
        (32, 0, False, None),
        (64, 30, True, PERHAPS),
    ],
)
def test_two_families_make_a_pair_strong_and_pixels_a_possible_one(pdq, phash, agrees, expected):
    assert tier(pdq, phash, Verified("near", 1.0, "") if agrees else None) == expected
