"""Checks a second a core through the locked child, against the bare library calls in the same run.

The bare side does what the three checks do, in this process and without a net: SHA-256, exifread twice
(metadata and reverse date each read the file), a scaled decode, and PDQ and pHash in eight orientations.
Times are CPU seconds, the zygote's children included.
"""

from __future__ import annotations

import hashlib
import io
import resource
import tempfile
from datetime import UTC, datetime
from pathlib import Path

import exifread
import imagehash
import numpy as np
import pdqhash
from PIL import Image

from benchmarks.tables import heading, middle, ratio, table
from media_checks import registry
from media_checks.contract import Context
from media_checks.sandbox import client

ROUNDS = 7
PHOTOS = 6
CONTEXT = Context(
    claimed_start=datetime(2016, 11, 18, 12, tzinfo=UTC), claimed_end=datetime(2016, 11, 18, 14, tzinfo=UTC)
)


def photo(path: Path, width: int, height: int, seed: int) -> None:
    """A photo-like JPEG with EXIF: smooth shapes and noise, so that it compresses as photos do."""
    noise = np.random.default_rng(seed)
    coarse = noise.integers(0, 255, (height // 64, width // 64, 3), dtype=np.uint8)
    picture = np.asarray(Image.fromarray(coarse).resize((width, height), Image.Resampling.BICUBIC))
    picture = np.clip(picture + noise.normal(0, 6, picture.shape), 0, 255).astype(np.uint8)
    exif = Image.Exif()
    exif[0x010F], exif[0x0110], exif[0x0132] = "Canon", "Canon EOS 70D", "2016:11:18 14:02:03"
    Image.fromarray(picture).save(path, quality=90, exif=exif)


def through_the_child(paths: list[Path]) -> None:
    """What a worker does for each file."""
    for path in paths:
        hashlib.sha256(path.read_bytes()).hexdigest()
        for check in registry.CHECKS:
            client.examine(check, path, CONTEXT)


def bare(paths: list[Path]) -> None:
    """The libraries, as a script would call them."""
    for path in paths:
        content = path.read_bytes()
        hashlib.sha256(content).hexdigest()
        for _check in ("metadata", "reverse_date"):
            exifread.process_file(io.BytesIO(content))
        picture = Image.open(io.BytesIO(content))
        picture.draft("RGB", (512, 512))
        pixels = np.asarray(picture.convert("RGB").resize((512, 512)))
        for turned in (np.rot90(each, turns) for each in (pixels, pixels[:, ::-1]) for turns in range(4)):
            pdqhash.compute(np.ascontiguousarray(turned))
            imagehash.phash(Image.fromarray(turned))


def cpu() -> float:
    """CPU seconds of this process and of the zygote's line."""
    own = resource.getrusage(resource.RUSAGE_SELF)
    fields = Path(f"/proc/{client._sandbox.process}/stat").read_text().rsplit(")", 1)[1].split()
    ticks = sum(int(each) for each in fields[11:15])
    return own.ru_utime + own.ru_stime + ticks / 100


def spent(call, paths: list[Path]) -> float:
    """CPU seconds that one call takes."""
    before = cpu()
    call(paths)
    return cpu() - before


def main() -> None:
    """Print the table."""
    heading("Checks a second a core", "All three checks; CPU seconds, medians; overhead pair by pair.")
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        for name, width, height in (("0.3 megapixels", 640, 480), ("12 megapixels", 4000, 3000)):
            paths = [Path(folder) / f"{width}-{seed}.jpg" for seed in range(PHOTOS)]
            for seed, path in enumerate(paths):
                photo(path, width, height, seed)
            through_the_child(paths)
            bare(paths)
            ours, theirs = [], []
            for _ in range(ROUNDS):
                ours.append(spent(through_the_child, paths))
                theirs.append(spent(bare, paths))
            checks = PHOTOS * len(registry.CHECKS)
            rows.append((name, checks / middle(ours), checks / middle(theirs), ratio(ours, theirs)))
    table(("photo", "checks/s a core", "bare libraries", "overhead (target ≤ 1.5)"), rows)


if __name__ == "__main__":
    main()
