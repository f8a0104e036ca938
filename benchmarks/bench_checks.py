"""Checks a second a core through the locked child, against the bare library calls in the same run.

The bare side calls the libraries for the same results on the same pixels, in one warm process without a
lock, each check for itself: exifread twice (metadata and reverse date each read the file); the thumbnail
and a small decode of the picture to compare; a decode for the hashes, PDQ in eight orientations, and pHash
of the picture's 32 × 32 greys in eight. What the checks do with the answers is left out there: it is
overhead, as are the fork, the locks, the wire and the findings. The checks of one file share what they read
and decode, and work the turned hashes out together; the last column shows what they cost without the child,
so that its own share can be seen. Times are CPU seconds, the zygote's children's too.
"""

from __future__ import annotations

import io
import resource
import tempfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import exifread
import imagehash
import numpy as np
import pdqhash
from PIL import Image

from benchmarks.tables import heading, middle, ratio, table
from media_checks import registry
from media_checks.context import Context
from media_checks.contract import perform
from media_checks.files import media_of
from media_checks.sandbox import client
from tests.media_checks.sandbox.processes import server_of
from verification.demo import exif

ROUNDS = 9
PHOTOS = 4
SIZES = {"12 megapixels": (4000, 3000), "2 megapixels": (1600, 1200), "0.3 megapixels": (640, 480)}
CAPTURED = datetime(2016, 11, 18, 14, 2, 3)  # noqa: DTZ001 - a wall clock, as a camera writes it
CONTEXT = Context(
    claimed_start=datetime(2016, 11, 18, 12, tzinfo=UTC), claimed_end=datetime(2016, 11, 18, 14, tzinfo=UTC)
)


def photo(path: Path, width: int, height: int, seed: int) -> None:
    """A photo-like JPEG: smooth shapes and noise, so that it compresses as photos do; EXIF, a thumbnail."""
    noise = np.random.default_rng(seed)
    coarse = noise.integers(0, 255, (height // 64, width // 64, 3), dtype=np.uint8)
    picture = np.asarray(Image.fromarray(coarse).resize((width, height), Image.Resampling.BICUBIC))
    picture = np.clip(picture + noise.normal(0, 6, picture.shape), 0, 255).astype(np.uint8)
    image, small = Image.fromarray(picture), io.BytesIO()
    image.resize((160, 120)).save(small, "JPEG", quality=80)
    block = exif.block(exif.Statements(captured=CAPTURED, thumbnail=small.getvalue()))
    image.save(path, quality=90, exif=block)


def through_the_child(paths: list[Path]) -> None:
    """What a worker asks of the locked child for each file."""
    for path in paths:
        for outcome in client.examine(registry.CHECKS, path, CONTEXT):
            if isinstance(outcome, client.DidNotRun):
                raise outcome


def unlocked(paths: list[Path]) -> None:
    """The same checks in this process."""
    for path in paths:
        content = path.read_bytes()
        media = media_of(io.BytesIO(content), len(content))
        for check in registry.CHECKS:
            perform(check, media, CONTEXT)


def bare(paths: list[Path]) -> None:
    """The libraries, as a script would call them."""
    for path in paths:
        content = path.read_bytes()
        for _check in ("metadata", "reverse_date"):
            tags = exifread.process_file(io.BytesIO(content), details=False)
        thumbnails(content, tags["JPEGThumbnail"])
        hashes(content)


def thumbnails(content: bytes, thumbnail: bytes) -> None:
    """The picture and its thumbnail as 32 × 32 greys, whole and in its shape, and how alike they are."""
    picture, small = Image.open(io.BytesIO(content)), Image.open(io.BytesIO(thumbnail))
    picture.draft("RGB", (160, 160))
    greys = [
        np.asarray(each.convert("L").resize((32, 32), Image.Resampling.BILINEAR, box=box), dtype=float)
        for each, box in ((picture, None), (small, None), (small, (0, 0, *small.size)))
    ]
    for each in greys[1:]:
        np.corrcoef(greys[0].ravel(), each.ravel())


def hashes(content: bytes) -> None:
    """PDQ of 512 × 512 pixels and pHash of 32 × 32 greys, in eight orientations."""
    picture = Image.open(io.BytesIO(content))
    picture.draft("RGB", (512, 512))
    square = picture.resize((512, 512), Image.Resampling.BILINEAR).convert("RGB")
    grey = square.convert("L").resize((32, 32), Image.Resampling.LANCZOS)
    for turned in orientations(np.asarray(square)):
        pdqhash.compute(turned)
    for turned in orientations(np.asarray(grey)):
        imagehash.phash(Image.fromarray(turned))


def orientations(pixels: np.ndarray) -> list[np.ndarray]:
    """The pixels turned and mirrored."""
    turned = [np.rot90(each, turns) for each in (pixels, pixels[:, ::-1]) for turns in range(4)]
    return [np.ascontiguousarray(each) for each in turned]


def cpu() -> float:
    """CPU seconds of this process and of the server's line."""
    own = resource.getrusage(resource.RUSAGE_SELF)
    fields = Path(f"/proc/{server_of(client._sandbox.process)}/stat").read_text().rsplit(")", 1)[1].split()
    ticks = sum(int(each) for each in fields[11:15])
    return own.ru_utime + own.ru_stime + ticks / 100


def spent(call: Callable[[list[Path]], None], paths: list[Path]) -> float:
    """CPU seconds that one call takes."""
    before = cpu()
    call(paths)
    return cpu() - before


def measured(name: str, paths: list[Path]) -> tuple[str, float, float, float, float]:
    """One row of the table: the three ways in turn."""
    ways = (through_the_child, bare, unlocked)
    taken: list[list[float]] = [[] for _way in ways]
    for each in ways:
        each(paths)
    for _ in range(ROUNDS):
        for each, into in zip(ways, taken, strict=True):
            into.append(spent(each, paths))
    ours, theirs, open_ones = taken
    checks = len(paths) * len(registry.CHECKS)
    rates = checks / middle(ours), checks / middle(theirs)
    return name, *rates, ratio(ours, theirs), ratio(open_ones, theirs)


def main() -> None:
    """Print the table."""
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        for name, (width, height) in SIZES.items():
            paths = [Path(folder) / f"{width}-{seed}.jpg" for seed in range(PHOTOS)]
            for seed, path in enumerate(paths):
                photo(path, width, height, seed)
            rows.append(measured(name, paths))
    heading("Checks a second a core", "All three checks; CPU seconds, medians; overhead pair by pair.")
    columns = ("photo", "checks/s a core", "bare libraries", "overhead (target ≤ 1.5)", "without the child")
    table(columns, rows)


if __name__ == "__main__":
    main()
