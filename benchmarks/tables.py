"""Timing in pairs and printing tables, for every benchmark."""

from __future__ import annotations

import os
import platform
import statistics
import time
from collections.abc import Callable, Iterable, Sequence


def heading(title: str, note: str = "") -> None:
    """The benchmark's name, and the machine that it ran on."""
    print(f"\n## {title}")
    print(f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}. {note}".strip())


def table(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """A table in Markdown."""
    print("| " + " | ".join(columns) + " |")
    print("|" + "---|" * len(columns))
    for row in rows:
        cells = (f"{each:.3g}" if isinstance(each, float) else str(each) for each in row)
        print("| " + " | ".join(cells) + " |")
    print(flush=True)


def paired(first: Callable[[], object], second: Callable[[], object], rounds: int) -> tuple[list, list]:
    """Wall seconds of two calls in turn, A B A B …, after one uncounted call of each."""
    first()
    second()
    taken: tuple[list[float], list[float]] = ([], [])
    for _ in range(rounds):
        for call, into in zip((first, second), taken, strict=True):
            start = time.perf_counter()
            call()
            into.append(time.perf_counter() - start)
    return taken


def middle(values: Sequence[float]) -> float:
    """The median."""
    return statistics.median(values)


def ratio(first: Sequence[float], second: Sequence[float]) -> float:
    """The median of the ratios pair by pair: it holds when the machine's speed drifts."""
    return statistics.median(a / b for a, b in zip(first, second, strict=True))
