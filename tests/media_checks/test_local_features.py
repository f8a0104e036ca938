"""Local features: read again in turned and cut pictures, packed and unpacked, and never too many."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import pytest
from PIL import Image

from media_checks.fingerprints import TURNS
from media_checks.local_features import MOST, Features, features_of, words_in
from media_checks.placements import placement
from media_checks.relations import Grey, verify
from media_checks.word_index import WordIndex, asked_for
from tests.media_checks.samples import scene

SIDES = (480, 360)


def grey(seed: int = 1, size: tuple[int, int] = SIDES) -> Image.Image:
    return scene(seed, *size).convert("L")


def board(squares: int = 20) -> Image.Image:
    """A chequered board: every place of it like every other."""
    cells = np.indices((squares, squares)).sum(axis=0) % 2 * 255
    return Image.fromarray(cells.astype("uint8")).resize((480, 480), Image.Resampling.NEAREST)


@pytest.mark.parametrize("orientation", TURNS)
def test_turning_the_features_gives_those_of_the_turned_picture(orientation):
    picture = grey()
    pixels = np.ascontiguousarray(TURNS[orientation](np.asarray(picture)))
    read, turned = features_of(Image.fromarray(pixels)), features_of(picture).turned(orientation)
    assert read.size == pytest.approx(turned.size)
    shared = np.intersect1d(read.words, turned.words)
    assert len(shared) >= 0.6 * len(np.unique(read.words))
    once = [
        word for word in shared if (read.words == word).sum() == (turned.words == word).sum() == 1
    ]  # fmt: skip
    apart = [read.places[read.words == word] - turned.places[turned.words == word] for word in once]
    assert np.median(np.abs(apart)) <= 1


def test_packed_features_come_back_as_they_were():
    features = features_of(grey())
    again = Features.from_json(features.as_json())
    assert (again.words == features.words).all()
    assert (again.unsure == features.unsure).all()
    assert np.abs(again.places - features.places).max() < 0.01
    assert np.abs(again.scales - features.scales).max() < 0.01
    assert (words_in(features.packed()) == features.words).all()
    assert len(str(features.as_json())) < 2_600


@pytest.mark.parametrize(
    ("packed", "size"),
    [
        (b"\0" * 13, (400, 300)),
        (b"\0" * 14 * (MOST + 1), (400, 300)),
        (b"\xff" * 14, (400, 300)),
        (b"\0" * 14, (0, 300)),
        (b"\0" * 14, (400, float("nan"))),
        (b"\0" * 14, (400, 1e9)),
    ],
)
def test_what_are_no_features_are_refused(packed, size):
    with pytest.raises(ValueError, match=r"features|size|buffer"):
        Features.unpacked(packed, *size)


def test_features_of_another_version_are_refused():
    with pytest.raises(ValueError, match="version"):
        Features.from_json(features_of(grey()).as_json() | {"version": "dog2-dct30-0"})


@pytest.mark.parametrize("size", [(1, 1), (5000, 3), (400, 300)])
def test_a_picture_with_nothing_in_it_has_no_features(size):
    features = features_of(Image.new("L", size, 128))
    assert len(features.words) == 0
    assert placement(features, features_of(grey())) is None
    assert placement(features_of(grey()), features) is None


@pytest.mark.parametrize("orientation", TURNS)
def test_a_cut_and_turned_picture_is_laid_where_it_was(orientation):
    picture = grey(3)
    cut = picture.crop((96, 90, 432, 324)).resize((448, 312), Image.Resampling.LANCZOS)
    pixels = np.ascontiguousarray(TURNS[orientation](np.asarray(cut)))
    placed = placement(features_of(picture), features_of(Image.fromarray(pixels)))
    assert placed is not None
    assert placed.orientation == orientation
    assert placed.votes >= 8
    back = placement(features_of(cut), features_of(picture))
    corners = back.warp @ np.array([[-1, 1], [-1, 1], [1, 1]])
    assert np.abs((corners.T + 1) / 2 * SIDES - [(96, 90), (432, 324)]).max() < 6


def test_different_pictures_of_like_shapes_are_hardly_ever_placed_and_never_taken_for_copies():
    scenes = [(features_of(grey(seed)), Grey.of(np.asarray(grey(seed, (512, 512))))) for seed in range(12)]
    pairs = [(one, other) for one, other in permutations(scenes, 2)]
    placed = [(one, other, found) for one, other in pairs if (found := placement(one[0], other[0]))]
    assert len(placed) <= 0.1 * len(pairs)
    assert all(found.votes < 6 for _one, _other, found in placed)
    assert all(verify(one[1], other[1], (), found) is None for one, other, found in placed)


def test_places_that_are_all_alike_cost_no_more_than_others():
    features = features_of(board())
    alike = Features(
        np.full_like(features.words, features.words[0]), features.unsure, features.places, features.scales,
        features.size,
    )  # fmt: skip
    assert placement(alike, alike) is None or placement(alike, alike).votes <= MOST


def test_the_index_finds_who_shares_three_words_and_no_other():
    index, chance = WordIndex(), np.random.default_rng(4)
    words = [chance.integers(0, 1 << 30, 128, dtype=np.uint32) for _ in range(40)]
    for owner, each in enumerate(words):
        index.add(owner, each)
    asked = np.concatenate([words[7][:3], words[8][:2], words[9], words[9]])
    assert index.sharing(np.unique(asked)) == {7: 3, 9: len(np.unique(words[9]))}
    assert index.sharing(np.empty(0, np.uint32)) == {}


def test_a_mirrored_crop_is_asked_for_too():
    index, picture = WordIndex(), grey(5)
    for seed in range(20):
        index.add(seed, features_of(grey(seed)).words)
    cut = picture.crop((60, 40, 420, 330)).transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    shared = index.sharing(asked_for(features_of(cut)))
    assert max(shared, key=shared.get) == 5
