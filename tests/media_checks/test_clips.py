"""Footage that two films share, and where it lies."""

from __future__ import annotations

import numpy as np
import pytest

from media_checks.clips import shared

FILM = np.arange(0.0, 60.0, 2.0)
CLIP = np.arange(0.0, 5.0, 0.25)


def hits(offset: float, distance: int = 4) -> list[tuple[float, float, int]]:
    """The frames of a clip that begins at ``offset`` in the film and fall beside one of the film's."""
    return [(mine, at, distance) for mine in CLIP for at in FILM if abs(mine + offset - at) <= 0.13]


def test_a_clip_is_placed_in_a_longer_film_and_the_other_way_round():
    found = shared(CLIP, FILM, hits(21.4))
    back = shared(FILM, CLIP, [(theirs, mine, bits) for mine, theirs, bits in hits(21.4)])

    assert found.offset == pytest.approx(21.4, abs=0.15)
    assert back.offset == pytest.approx(-21.4, abs=0.15)
    assert (found.enough, found.whole) == (True, False)
    assert found.share == back.share == 1.0


def test_likenesses_that_agree_on_no_offset_are_none():
    assert shared(FILM, FILM, [(0.0, 40.0, 20), (10.0, 4.0, 20), (20.0, 33.0, 20)]) is None


def test_one_frame_is_not_enough_unless_a_film_has_no_other():
    assert shared(FILM, FILM, [(8.0, 8.0, 0)]) is None
    assert shared(np.array([0.0]), FILM, [(0.0, 8.0, 0)]).offset == 8.0


def test_in_a_slow_scene_the_nearest_likenesses_tell_the_place():
    slow = [(mine, at, 2 + 4 * round(abs(mine + 10 - at))) for mine in CLIP for at in FILM if 6 <= at <= 20]

    assert shared(CLIP, FILM, [hit for hit in slow if hit[2] <= 31]).offset == pytest.approx(10, abs=0.5)


def test_a_whole_film_is_no_clip():
    assert shared(FILM, FILM, [(at, at, 3) for at in FILM]).whole


def test_a_few_likenesses_of_many_frames_are_not_enough():
    found = shared(FILM, FILM, [(at, at, 25) for at in FILM[:3]])

    assert (found.enough, found.share) == (False, 0.1)
