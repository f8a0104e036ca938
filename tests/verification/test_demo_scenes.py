"""The demo's pictures: the same each time, rich, far from each other, and marked for what they are."""

from __future__ import annotations

import io
import itertools
from typing import Any

import numpy as np
import pytest
from PIL import Image

from media_checks import fingerprints
from media_checks.files import media_of
from verification.demo import scenes
from verification.demo.files import stripped
from verification.demo.scenes import render
from verification.demo.story import SCENES


def _bits(content: bytes) -> Any:
    stored = fingerprints.stored_rows(fingerprints.canonical(media_of(io.BytesIO(content), len(content))))
    return next(row for row in stored if row.algorithm == fingerprints.PDQ)


def test_distinct_scenes_are_far_apart_and_rich_enough_for_a_fingerprint() -> None:
    whole = {name: _bits(stripped(scene)()) for name, scene in SCENES.items()}
    assert min(row.quality for row in whole.values()) >= 50
    apart = [
        fingerprints.distance(one.bits, other.bits)
        for one, other in itertools.combinations(whole.values(), 2)
    ]
    assert min(apart) > 100


def test_a_scene_comes_out_the_same_each_time() -> None:
    for scene in (SCENES["market"], SCENES["night"]):
        assert np.array_equal(np.asarray(render(scene)), np.asarray(render(scene)))


@pytest.mark.parametrize("name", SCENES)
def test_every_picture_says_that_it_is_a_demonstration(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    marked = np.asarray(render(SCENES[name]), dtype=int)
    monkeypatch.setattr(scenes, "_mark", lambda image, numbers: None)
    plain = np.asarray(render(SCENES[name]), dtype=int)
    changed = np.argwhere(np.abs(marked - plain).max(axis=2) > 24)
    assert len(changed) > 5000
    assert np.ptp(changed[:, 1]) > 600


def test_every_frame_of_a_film_says_so_too(monkeypatch: pytest.MonkeyPatch) -> None:
    marked = list(scenes.pan(SCENES["square"], 3, (640, 360)))
    monkeypatch.setattr(scenes, "_caption", lambda image: None)
    plain = list(scenes.pan(SCENES["square"], 3, (640, 360)))
    for one, other in zip(marked, plain, strict=True):
        assert _caption_of(one, other)


def _caption_of(marked: Image.Image, plain: Image.Image) -> bool:
    below = (0, 320, 640, 360)
    return bool(np.abs(np.asarray(marked.crop(below), int) - np.asarray(plain.crop(below), int)).max() > 100)
