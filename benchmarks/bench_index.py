"""The fingerprint index: that nothing within the radius is missed, and what a search and an insertion cost.

At 100,000 and 1,000,000 fingerprints on both databases; ``--rows`` asks for other sizes (10,000,000 on
PostgreSQL takes some ten minutes and 8 GB). Then the words of local features, of 100,000 photos. Each size
has a database of its own, in a process of its own. With ``--huge-pages`` the kernel sets some aside for
PostgreSQL meanwhile, as its manual has it for so much memory; that takes root.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, nullcontext
from pathlib import Path

import psutil

from tests import servers, system
from verification.supervisor import end_with_parent

SIZES = (100_000, 1_000_000)
PHOTOS = 100_000
MOST_ON_SQLITE = 2_000_000
# A quarter of the memory, as PostgreSQL's manual has it for a server of its own; unset, it is 128 MB.
MEGABYTES = psutil.virtual_memory().total // 4 // 2**20
HUGE_PAGES = Path("/proc/sys/vm/nr_hugepages")  # of 2 MB
SETTING_UP = "import django; django.setup(); from benchmarks import {0}; {0}.main()"


def measure(rows: int, folder: Path, database: str | None, filled_by: str = "indexed") -> None:
    """Print the tables of one size on one database: the one named, or an SQLite in the folder."""
    told = {"DATA_DIR": str(folder), "DJANGO_SETTINGS_MODULE": "config.settings"}
    subprocess.run(
        [sys.executable, "-c", SETTING_UP.format(filled_by), str(rows)],
        env=os.environ | told | ({"DATABASE_URL": database} if database else {}),
        check=True,
        preexec_fn=end_with_parent(),
    )


@contextmanager
def huge_pages() -> Iterator[dict[str, str]]:
    """As many as PostgreSQL's shared memory takes; with the setting that it does not start without them."""
    before = HUGE_PAGES.read_text()
    HUGE_PAGES.write_text(str(MEGABYTES // 2 * 11 // 10))
    try:
        yield {"huge_pages": "on"}
    finally:
        HUGE_PAGES.write_text(before)


def main() -> None:
    """All sizes on all databases, one after the other."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, nargs="+", default=SIZES)
    parser.add_argument("--huge-pages", action="store_true")
    asked = parser.parse_args()
    if asked.huge_pages and not os.access(HUGE_PAGES, os.W_OK):
        parser.error("only root of a Linux that lets it can set huge pages aside")
    with huge_pages() if asked.huge_pages else nullcontext({}) as settings:
        everything(asked.rows, {"shared_buffers": f"{MEGABYTES}MB", **settings})


def everything(sizes: Sequence[int], settings: dict[str, str]) -> None:
    """All tables, those of PostgreSQL with these settings."""
    for what, rows in (*(("indexed", each) for each in sizes), ("indexed_words", PHOTOS)):
        if rows <= MOST_ON_SQLITE:
            with tempfile.TemporaryDirectory() as folder:
                measure(rows, Path(folder), None, what)
        if system.postgresql():
            with ExitStack() as stack:
                folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
                server = stack.enter_context(servers.postgresql(**settings))
                measure(rows, folder, server.url, what)


if __name__ == "__main__":
    main()
