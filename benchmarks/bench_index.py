"""The fingerprint index: that nothing within the radius is missed, and what a search and an insertion cost.

At 100,000 and 1,000,000 fingerprints on both databases; ``--rows`` asks for other sizes (10,000,000 on
PostgreSQL takes some half an hour and 8 GB). Then the words of local features, of 100,000 photos. Each size
has a database of its own, in a process of its own.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path

import psutil

from tests import servers, system
from verification.supervisor import end_with_parent

SIZES = (100_000, 1_000_000)
PHOTOS = 100_000
MOST_ON_SQLITE = 2_000_000
# A quarter of the memory, as PostgreSQL's manual has it for a server of its own; unset, it is 128 MB.
BUFFERS = f"{psutil.virtual_memory().total // 4 // 2**20}MB"
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


def main() -> None:
    """All sizes on all databases, one after the other."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, nargs="+", default=SIZES)
    sizes = parser.parse_args().rows
    for what, rows in (*(("indexed", each) for each in sizes), ("indexed_words", PHOTOS)):
        if rows <= MOST_ON_SQLITE:
            with tempfile.TemporaryDirectory() as folder:
                measure(rows, Path(folder), None, what)
        if system.postgresql():
            with ExitStack() as stack:
                folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
                server = stack.enter_context(servers.postgresql(shared_buffers=BUFFERS))
                measure(rows, folder, server.url, what)


if __name__ == "__main__":
    main()
