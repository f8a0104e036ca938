"""One 12-megapixel photo the whole way, against the least that it can cost and what one would script instead.

The whole way is SHA-256, metadata, fingerprints and dates, in one process without the locked child (what
that adds is in ``bench_checks``), and the search among 1,000,000 fingerprints on SQLite. The least is
libjpeg-turbo's decode at 1/8 of the size. The script is imagehash's pHash of the full decode, exifread, and
a linear scan over 1,000,000 of its hashes: subtracted one by one, as its manual does, or as plain numbers.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile

from verification.supervisor import end_with_parent

SETTING_UP = "import django; django.setup(); from benchmarks import whole_way; whole_way.main()"


def main() -> None:
    """In a process of its own, with a database of its own."""
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(
            [sys.executable, "-c", SETTING_UP],
            env=os.environ | {"DATA_DIR": folder, "DJANGO_SETTINGS_MODULE": "config.settings"},
            check=True,
            preexec_fn=end_with_parent(),
        )


if __name__ == "__main__":
    main()
