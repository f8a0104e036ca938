"""Frames of films: key frames, samples between distant ones, and what is missing is said."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from media_checks.contract import Unreadable
from media_checks.fingerprints import NEAR, canonical, distance, frame_rows, stored_rows
from media_checks.video import MOST_FRAMES, Sampling, frame_near, frames
from tests.media_checks.samples import film, media, saved, scene

SCENES = [scene(seed, 320, 240) for seed in range(6)]


def times(content: bytes) -> list[float]:
    return [round(frame.at, 2) for frame in frames(media(content), Sampling())]


def test_key_frames_are_taken():
    assert times(film(SCENES, rate=2, every_key=True)) == [0.0, 0.5, 1.0, 1.5, 2.0, 2.5]


def test_a_frame_every_two_seconds_where_key_frames_lie_far_apart():
    shots = [SCENES[0]] * 43

    assert times(film(shots, rate=1)) == [float(at) for at in range(0, 43, 2)]


def test_a_short_clip_is_looked_at_closely():
    assert times(film([SCENES[0]] * 11, rate=2)) == [at / 2 for at in range(11)]


def test_each_frame_has_its_own_time_and_picture():
    found = list(frames(media(film(SCENES, every_key=True)), Sampling()))

    for frame, picture in zip(found, SCENES, strict=True):
        still = stored_rows(canonical(media(saved(picture, "PNG"))))[0]
        assert distance(next(frame_rows(frame.pixels, frame.at)).bits, still.bits) <= NEAR


def test_the_last_frames_are_not_left_in_the_decoder():
    assert times(film(SCENES, every_key=True))[-1] == 5.0


@pytest.mark.timeout(120)
def test_a_long_film_gives_evenly_fewer_frames():
    small = [picture.resize((64, 48)) for picture in SCENES]

    found = times(film([small[at % 6] for at in range(900)], rate=1, every_key=True))

    assert MOST_FRAMES / 2 <= len(found) <= MOST_FRAMES
    assert found[-1] > 880


def test_a_film_that_is_cut_off_is_known_to_be():
    content = film([SCENES[at % 6] for at in range(40)], every_key=True, format="matroska")
    sampling = Sampling()

    found = list(frames(media(content[: len(content) // 2]), sampling))

    assert found
    assert sampling.cut_off or sampling.broken


def test_a_whole_film_is_not_called_cut_off():
    sampling = Sampling()
    list(frames(media(film([SCENES[0]] * 30)), sampling))

    assert not sampling.cut_off
    assert not sampling.broken


def test_a_film_without_its_index_is_refused():
    with pytest.raises(Unreadable, match="damaged or cut off"):
        list(frames(media(film(SCENES)[:2000]), Sampling()))


def test_the_frame_at_a_time_is_the_one_shown_then():
    pixels = frame_near(media(film(SCENES, every_key=True)), 3.0)

    shown = Image.fromarray(pixels).resize((32, 24))
    apart = [
        np.abs(np.asarray(shown, dtype=float) - np.asarray(each.resize((32, 24)))).mean() for each in SCENES
    ]
    assert np.argmin(apart) == 3


def test_a_time_after_the_end_shows_the_last_frame():
    assert frame_near(media(film(SCENES, every_key=True)), 99.0).shape == (240, 320, 3)
