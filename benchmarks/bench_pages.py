"""The queue's page and the change feed's page at 1,000 and at 100,000 rows, on both databases.

The peer of each page is itself, a hundred times smaller: what a page costs must not depend on how much
there is. Each size has a database of its own, and the two are asked in turn.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks.tables import heading, middle, ratio, table
from tests import servers, system
from verification.supervisor import end_with_parent

SIZES = (1_000, 100_000)
ROUNDS, WARMING = 25, 3
SETTING_UP = "import django; django.setup(); from benchmarks import filled; filled.serve()"


@dataclass
class Filled:
    """A process that has so many rows in a database of its own."""

    process: subprocess.Popen[str]

    def pages(self) -> list[str]:
        """The names of its pages, once it is full."""
        return json.loads(self.process.stdout.readline())

    def seconds(self, page: str) -> float:
        """How long one page takes."""
        self.process.stdin.write(f"{page}\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())


@contextmanager
def filled(folder: Path, size: int, database: str | None) -> Iterator[Filled]:
    """A process that begins to fill a database: the one named, or an SQLite in the folder."""
    told = {
        "DATA_DIR": str(folder),
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "ALLOWED_HOSTS": "testserver",
    }
    told |= {"API_REQUESTS_PER_MINUTE": "1000000"} | ({"DATABASE_URL": database} if database else {})
    process = subprocess.Popen(
        [sys.executable, "-c", SETTING_UP, str(size)],
        env=os.environ | told,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        preexec_fn=end_with_parent(),
    )
    try:
        yield Filled(process)
    finally:
        process.stdin.close()
        process.wait()


def measured(page: str, small: Filled, large: Filled) -> tuple[str, float, float, float]:
    """One row of the table: both sizes in turn."""
    taken: tuple[list[float], list[float]] = ([], [])
    for number in range(WARMING + ROUNDS):
        for each, into in zip((small, large), taken, strict=True):
            seconds = each.seconds(page)
            if number >= WARMING:
                into.append(seconds)
    of_small, of_large = taken
    return page, middle(of_small) * 1000, middle(of_large) * 1000, ratio(of_large, of_small)


def show(database: str, small: Filled, large: Filled) -> None:
    """Ask for every page and print the table."""
    pages = small.pages()
    if pages != large.pages():
        raise RuntimeError("the two sizes have different pages")
    rows = [measured(page, small, large) for page in pages]
    heading(f"Pages by the size of the tables, {database}", "Milliseconds, medians; ratio pair by pair.")
    table(("page", *(f"{size:,} rows" for size in SIZES), "ratio (target ≤ 1.5)"), rows)


def databases(stack: ExitStack) -> dict[str, Sequence[str | None]]:
    """Where the rows go, one database for each size: PostgreSQL where this machine has one."""
    found: dict[str, Sequence[str | None]] = {"SQLite": [None, None]}
    if system.postgresql():
        found["PostgreSQL"] = [stack.enter_context(servers.postgresql()).url for _ in SIZES]
    return found


def main() -> None:
    """All databases are filled at once, then asked one after the other."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        filling = {
            name: [
                stack.enter_context(filled(folder / f"{name}-{size}", size, url))
                for size, url in zip(SIZES, urls, strict=True)
            ]
            for name, urls in databases(stack).items()
        }
        for name, (small, large) in filling.items():
            show(name, small, large)


if __name__ == "__main__":
    main()
