"""Two hundred pictures made to have another picture's hashes: each is only proposed, and none is merged.

What both hashes are made of, the coarsest shades, is taken from the picture to collide with and laid faintly
under another. That needs no search: whoever knows the algorithms can do it.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

import imagehash
import numpy as np
import pdqhash
import pytest
from PIL import Image
from scipy.fft import dctn, idctn

from media_checks.context import Kind
from media_checks.fingerprints import NEAR, PDQ, PHASH, SIDE
from media_checks.pairs import Pair, Prints, pair_of
from media_checks.relations import PHASH_AGREES, Grey

COLLISIONS = 200
SCENES = 21
# The shades taken, of 512 in each direction; how strong they are beside the picture's own.
COARSE = 24
STRENGTHS = (0.25, 0.35, 0.45, 0.6)


def scenes(folder: Path) -> list[np.ndarray]:
    """Real photos of different scenes, as canonical greys."""
    found: list[tuple[np.ndarray, Prints]] = []
    for path in sorted((folder / "media" / "photos").rglob("*.jpg")):
        try:
            with Image.open(path) as image:
                pixels = np.asarray(image.convert("L").resize((SIDE, SIDE)))
        except OSError:  # Some are broken on purpose.
            continue
        mine = prints("", pixels)
        if pixels.std() > 30 and all(distance(mine, each, PDQ) > 80 for _pixels, each in found):
            found.append((pixels, mine))
        if len(found) == SCENES:
            return [pixels for pixels, _prints in found]
    raise AssertionError(f"only {len(found)} scenes")


def colliding(victim: np.ndarray, own: np.ndarray, strength: float) -> np.ndarray:
    """``own``, as far as its detail goes, with the coarse shades of ``victim``."""
    detail, coarse = dctn(own.astype(float), norm="ortho"), dctn(victim.astype(float), norm="ortho")
    detail[:COARSE, :COARSE] = 0
    coarse[COARSE:], coarse[:, COARSE:], coarse[0, 0] = 0, 0, 0
    pixels = 128 + 2 * idctn(detail, norm="ortho") + strength * idctn(coarse, norm="ortho")
    return np.clip(pixels, 0, 255).astype(np.uint8)


def prints(name: str, pixels: np.ndarray) -> Prints:
    """Both hashes of the greys, as the check stores them and asks with them."""
    bits, quality = pdqhash.compute(np.repeat(pixels[:, :, None], 3, axis=2))
    hashes = {PDQ: np.packbits(bits).tobytes().hex(), PHASH: str(imagehash.phash(Image.fromarray(pixels)))}
    rows = [{"algorithm": each, "bits": hashes[each], "quality": quality, "at": None} for each in hashes]
    return Prints.of(name, f"sha of {name}", Kind.PHOTO, {"fingerprints": rows, "queries": rows})


def distance(a: Prints, b: Prints, algorithm: str) -> int:
    """The bits that differ."""
    return int(np.bitwise_count(a.stored[algorithm].bits ^ b.stored[algorithm].bits).sum())


@pytest.fixture(scope="module")
def collisions(media_folder) -> list[tuple[Prints, Prints, Pair | None]]:
    """Pairs that collide in both families though their pixels differ, and what is said of them."""
    known = scenes(media_folder)
    found = []
    for shift in range(1, SCENES):
        for number, victim in enumerate(known):
            own = known[(number + shift) % SCENES]
            for strength in STRENGTHS:
                made = colliding(victim, own, strength)
                pictures = {"victim": victim, "made": made}
                a, b = (prints(name, pixels) for name, pixels in pictures.items())
                if distance(a, b, PDQ) > NEAR or distance(a, b, PHASH) > PHASH_AGREES:
                    continue
                look = cache(lambda path, at, pictures=pictures: Grey.of(pictures[path]))
                found.append((a, b, pair_of(b, a, look)))
                break
            if len(found) == COLLISIONS:
                return found
    raise AssertionError(f"only {len(found)} collisions could be made")


def test_two_hundred_crafted_collisions_are_all_told_apart_by_their_pixels(collisions):
    said = [pair for _a, _b, pair in collisions if pair]
    assert len(said) == COLLISIONS
    assert [pair for pair in said if pair.agreement is not None or pair.relation == "exact"] == []
    assert all("the pixels do not agree" in pair.reason for pair in said)
