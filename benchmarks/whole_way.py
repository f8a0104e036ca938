"""What ``bench_photo`` measures; runs in a process of its own, with Django set up."""

from __future__ import annotations

import hashlib
import io
import random
from collections.abc import Callable
from pathlib import Path

import exifread
import imagehash
from django.conf import settings
from django.core.management import call_command
from PIL import Image

from benchmarks.bench_checks import CONTEXT, photo
from benchmarks.indexed import fill, planted
from benchmarks.tables import heading, middle, paired, ratio, table
from media_checks import registry
from media_checks.context import Kind
from media_checks.contract import perform
from media_checks.files import media_of
from media_checks.fingerprints import Fingerprint, canonical, query_rows
from media_checks.perceptual_hash import COMPUTED
from verification import fingerprint_index, matching

ROWS, ROUNDS, PHASH_NEAR = 1_000_000, 15, 10


def main() -> None:
    """Print the table."""
    call_command("migrate", verbosity=0)
    fill(planted(ROWS)[1])
    chance = random.Random(7)
    numbers = [chance.getrandbits(64) for _ in range(ROWS)]
    hashes = [imagehash.hex_to_hash(f"{number:016x}") for number in numbers]
    path = Path(settings.DATA_DIR) / "photo.jpg"
    photo(path, 4000, 3000, seed=1)
    content = path.read_bytes()
    heading("A 12-megapixel photo the whole way", "Milliseconds, medians; ratios pair by pair.")
    pairs: dict[str, tuple[Callable[[], object], Callable[[], object]]] = {
        "checks / turbo's 1/8 decode (target ≤ 2.2)": (lambda: checked(content), lambda: eighth(content)),
        "decode and hashes / turbo's 1/8 (≤ 2.0)": (lambda: hashed(content), lambda: eighth(content)),
        "pHash of the full decode / decode and hashes (≥ 2.2)": (
            lambda: phash(content),
            lambda: hashed(content),
        ),
        "decode, hashes and local features / turbo's 1/8": (
            lambda: examined(content),
            lambda: eighth(content),
        ),
        "script, subtracting hashes / checks and search (≥ 4)": (
            lambda: subtracted(content, hashes),
            lambda: searched(checked(content)),
        ),
        "script, plain numbers / checks and search": (
            lambda: scripted(content, numbers),
            lambda: searched(checked(content)),
        ),
    }
    rows = []
    for name, (one, other) in pairs.items():
        first, second = paired(one, other, 3 if "subtracting" in name else ROUNDS)
        rows.append((name, 1000 * middle(first), 1000 * middle(second), ratio(first, second)))
    table(("what / against what", "the one", "the other", "ratio"), rows)


def checked(content: bytes) -> list[dict]:
    """Its SHA-256 and all three checks; returns the hashes to search with."""
    media = media_of(io.BytesIO(content), len(content), hashlib.sha256(content).hexdigest())
    findings = [each for check in registry.CHECKS for each in perform(check, media, CONTEXT).findings]
    return next(each.details["queries"] for each in findings if each.code == COMPUTED)


def hashed(content: bytes) -> tuple[Fingerprint, ...]:
    """PDQ and pHash of the picture, whole and trimmed, in eight orientations."""
    return query_rows(canonical(media_of(io.BytesIO(content), len(content))))


def examined(content: bytes) -> object:
    """The perceptual hash check alone: the hashes, and the local features."""
    media = media_of(io.BytesIO(content), len(content))
    return perform(registry.check("perceptual_hash"), media, CONTEXT)


def searched(queries: list[dict]) -> list[fingerprint_index.Near]:
    """All searches of a photo that arrives."""
    return [
        near
        for search in matching.searches(Kind.PHOTO, queries)
        for near in fingerprint_index.within(*search)
    ]


def eighth(content: bytes) -> Image.Image:
    """libjpeg-turbo's decode at 1/8 of the size."""
    picture = Image.open(io.BytesIO(content))
    picture.draft("RGB", (500, 375))
    picture.load()
    return picture


def phash(content: bytes) -> imagehash.ImageHash:
    """imagehash's pHash as its manual calls it."""
    return imagehash.phash(Image.open(io.BytesIO(content)))


def subtracted(content: bytes, hashes: list[imagehash.ImageHash]) -> list[int]:
    """What one would write in an afternoon, as the manuals of exifread and imagehash have it."""
    exifread.process_file(io.BytesIO(content))
    mine = phash(content)
    return [at for at, other in enumerate(hashes) if mine - other <= PHASH_NEAR]


def scripted(content: bytes, numbers: list[int]) -> list[int]:
    """What one would write in an afternoon, by somebody who knows how to count bits."""
    exifread.process_file(io.BytesIO(content))
    mine = int(str(phash(content)), 16)
    return [at for at, other in enumerate(numbers) if (other ^ mine).bit_count() <= PHASH_NEAR]
