"""Learned descriptors: what describing a photo costs within the locked child, and what a search costs.

The model is a network of the size that operators would name, with random weights. The index is filled with
random descriptors of 512 numbers, on both databases; ``--rows`` asks for another size.
"""

from __future__ import annotations

import argparse
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

from benchmarks.bench_index import measure
from benchmarks.networks import resnet50
from benchmarks.tables import heading, middle, table
from media_checks.context import Context
from media_checks.contract import Result
from media_checks.perceptual_hash import CHECK
from media_checks.sandbox.client import Sandbox
from tests import servers, system
from tests.media_checks.samples import saved, scene
from tests.media_checks.sandbox.processes import server_of

ROWS = 100_000
ROUNDS = 9
PHOTOS = {"2 megapixels": (1600, 1200), "a phone's screen, 4 windows": (1080, 2280)}


def main() -> None:
    """The child, then the index on SQLite, then on PostgreSQL where it is there."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=ROWS)
    rows = parser.parse_args().rows
    heading("Describing photos", "A network of ResNet-50's shape with random weights, in the locked child.")
    columns = (
        "photo",
        "hashes alone, CPU ms",
        "with descriptors, CPU ms",
        "zygote's addresses, MB",
        "with it",
    )
    with tempfile.TemporaryDirectory() as folder:
        table(columns, describing(Path(folder)))
    with tempfile.TemporaryDirectory() as folder:
        measure(rows, Path(folder), None, "described")
    if system.postgresql():
        with tempfile.TemporaryDirectory() as folder, servers.postgresql() as server:
            measure(rows, Path(folder), server.url, "described")


def describing(folder: Path) -> Iterator[tuple]:
    """A row for each photo: the child's processor time for its fingerprints, without and with the model."""
    model = resnet50(folder)
    plain, loaded = Sandbox(), Sandbox()
    loaded.load(model)
    photo = folder / "photo.jpg"
    for name, size in PHOTOS.items():
        photo.write_bytes(saved(scene(3, *size), quality=85))
        taken = [
            1000 * middle([spent(sandbox, photo, context) for _ in range(ROUNDS)])
            for sandbox, context in ((plain, Context()), (loaded, Context(descriptor_model=model)))
        ]
        yield (name, *taken, *(addresses(each.process) for each in (plain, loaded)))
    plain.stop()
    loaded.stop()


def spent(sandbox: Sandbox, photo: Path, context: Context) -> float:
    """Seconds of processor time of one child."""
    before = of_children(server_of(sandbox.process))
    (result,) = sandbox.examine((CHECK,), photo, context)
    assert isinstance(result, Result), result
    return of_children(server_of(sandbox.process)) - before


def of_children(process: int) -> float:
    """Seconds of processor time of all children that the process has waited for (proc(5))."""
    fields = Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[13]) + int(fields[14])) / os.sysconf("SC_CLK_TCK")


def addresses(process: int) -> int:
    """Megabytes of address space."""
    return int(Path(f"/proc/{process}/statm").read_text().split()[0]) * os.sysconf("SC_PAGESIZE") >> 20


if __name__ == "__main__":
    main()
