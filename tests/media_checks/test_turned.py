"""The hashes of turned pictures are those that the libraries give for the turned pixels."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import imagehash
import numpy as np
import pdqhash
import pytest
from PIL import Image

from media_checks.contract import Unreadable
from media_checks.files import media_of
from media_checks.fingerprints import ORIENTATIONS, TURNS, canonical
from media_checks.turned import pdq_of_turns, phash_of_turns
from tests.media_checks.samples import scene


def by_the_library(pixels: np.ndarray) -> dict[str, str]:
    """PDQ of the greys, turned each way."""
    colours = np.repeat(pixels[:, :, None], 3, axis=2)
    turned = {name: pdqhash.compute(np.ascontiguousarray(turn(colours)))[0] for name, turn in TURNS.items()}
    return {name: np.packbits(bits).tobytes().hex() for name, bits in turned.items()}


def small(pixels: np.ndarray) -> np.ndarray:
    return np.asarray(Image.fromarray(pixels).resize((32, 32), Image.Resampling.LANCZOS))


def phash_by_the_library(greys: np.ndarray) -> dict[str, str]:
    turned = {name: Image.fromarray(np.ascontiguousarray(turn(greys))) for name, turn in TURNS.items()}
    return {name: str(imagehash.phash(picture)) for name, picture in turned.items()}


def bits_apart(ours: dict[str, str], theirs: dict[str, str]) -> int:
    assert list(ours) == list(ORIENTATIONS)
    return max((int(ours[name], 16) ^ int(theirs[name], 16)).bit_count() for name in ORIENTATIONS)


@pytest.mark.parametrize("seed", range(6))
def test_turned_made_pictures_hash_as_the_libraries_hash_them(seed):
    pixels = np.asarray(scene(seed).resize((512, 512)).convert("L"))
    assert bits_apart(pdq_of_turns(pixels), by_the_library(pixels)) == 0
    assert bits_apart(phash_of_turns(small(pixels)), phash_by_the_library(small(pixels))) == 0


def test_turned_real_photos_hash_as_the_libraries_hash_them(media_folder: Path):
    apart, photos = [], 0
    with (media_folder / "media" / "truth" / "distinct.tsv").open(encoding="utf-8") as lines:
        paths = [row["path"] for row in csv.DictReader(lines, delimiter="\t")]
    for path in paths[::2]:
        content = (media_folder / "media" / path).read_bytes()
        try:
            pixels = canonical(media_of(io.BytesIO(content), len(content)))["whole"]
        except Unreadable:
            continue
        photos += 1
        apart.append(bits_apart(pdq_of_turns(pixels), by_the_library(pixels)))
        apart.append(bits_apart(phash_of_turns(small(pixels)), phash_by_the_library(small(pixels))))
    assert photos > 90
    assert max(apart) <= 2, "only what stands on the threshold may differ"
    assert np.mean(np.array(apart) == 0) > 0.98


def test_a_picture_with_nothing_in_it_has_hashes_too():
    plain = np.full((512, 512), 200, dtype=np.uint8)
    assert {len(bits) for bits in pdq_of_turns(plain).values()} == {64}
    assert {len(bits) for bits in phash_of_turns(small(plain)).values()} == {16}
