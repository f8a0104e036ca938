"""Does the time of the answer tell whether the desk has a file? Over HTTP, on a running desk, in pairs.

Each pair is one photo that the desk has and one that it has not, of the same size, sent in one after the
other in an order that changes; the worker is paused. A stranger who times answers sees what stands here. The
difference of the medians stands beside how far two halves of the *same* kind lie apart by chance: 95 of a
hundred random splits of the new ones are closer than that.
"""

from __future__ import annotations

import random
import tempfile
import time
from pathlib import Path

from benchmarks.bench_submissions import OPEN_A_CASE, Form, paused, photos
from benchmarks.tables import heading, middle, table
from tests import desks, system

PAIRS, SPLITS = 150, 2000


def seconds(form: Form, content: bytes) -> float:
    """How long the form takes to answer."""
    start = time.perf_counter()
    form.take(content)
    return time.perf_counter() - start


def by_chance(values: list[float]) -> float:
    """How far the medians of two random halves lie apart, at most, in 95 of 100 splits."""
    apart = []
    for _split in range(SPLITS):
        mixed = random.sample(values, len(values))
        half = len(mixed) // 2
        apart.append(abs(middle(mixed[:half]) - middle(mixed[half:])))
    return sorted(apart)[int(SPLITS * 0.95)]


def bench(setup: str, folder: Path) -> tuple[str, ...]:
    """One desk: the medians of both kinds in milliseconds, their difference, and what chance gives."""
    with desks.SETUPS[setup](folder / setup, demo=False) as desk:
        desk.manage("shell", "--command", OPEN_A_CASE)
        form = Form(desk)
        first, *fresh = photos(folder, 1 + PAIRS)
        new, known = [], []
        with paused(desk):
            for warm in (first, first, first):
                form.take(warm)
            for each in fresh:
                pair = [(new, each), (known, first)]
                random.shuffle(pair)
                for told, content in pair:
                    told.append(seconds(form, content) * 1000)
    difference = middle(new) - middle(known)
    shown = (middle(new), middle(known), difference, by_chance(new))
    return setup, *(f"{each:.2f}" for each in shown)


def main() -> None:
    """Both set-ups, where this machine has what they need."""
    with tempfile.TemporaryDirectory() as folder:
        rows = [bench("embedded", Path(folder))]
        if system.postgresql() and system.redis_server():
            rows.append(bench("postgres+redis", Path(folder)))
    heading("A known and an unknown file", f"Milliseconds until the answer, {PAIRS} pairs; medians.")
    table(("", "unknown", "known", "difference", "by chance"), rows)


if __name__ == "__main__":
    main()
