"""The files that a search for copies knows: found again, and held in little more than their hashes."""

from __future__ import annotations

import tracemalloc
from collections.abc import Iterator
from typing import Any

import numpy as np

from media_checks.context import Kind
from media_checks.copies import Copies, Prints
from media_checks.fingerprints import ORIENTATIONS, PDQ, PHASH

FILES = 2000
# 40 bytes of hashes and 9 of what belongs to them, twice where an array has just grown; path and digest.
MOST_BYTES_A_FILE = 750


def rows(random: np.random.Generator, orientations: tuple[str, ...]) -> list[dict[str, Any]]:
    return [
        {"algorithm": each, "bits": random.bytes(length).hex(), "quality": 100, "at": None}
        | {"orientation": orientation}
        for orientation in orientations
        for each, length in ((PDQ, 32), (PHASH, 8))
    ]


def photos() -> Iterator[Prints]:
    """Prints as those of a photo: one of each algorithm stored, and asked with in every orientation."""
    random = np.random.default_rng(1)
    for number in range(FILES):
        asked = rows(random, ORIENTATIONS)
        details = {"fingerprints": asked[:2], "queries": asked}
        yield Prints.of(f"/received/{number:06}.jpg", random.bytes(32).hex(), Kind.PHOTO, details)


def test_a_known_file_takes_little_more_than_its_hashes():
    copies = Copies(lambda path, at: None)
    next(photos())  # what numpy loads for the first of all is no file's
    tracemalloc.start()
    try:
        for each in photos():
            copies.add(each)
        held, _most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert held / FILES < MOST_BYTES_A_FILE


def test_each_known_file_is_found_by_its_own_hashes_however_many_there_are():
    copies = Copies(lambda path, at: None)
    files = list(photos())
    for each in files:
        copies.add(each)

    for number in (0, 1023, 1024, FILES - 1):
        again = Prints("again", "another digest", Kind.PHOTO, files[number].stored, files[number].asked)
        assert [(pair.b, pair.distance) for pair in copies.of(again)] == [(files[number].path, 0)]
