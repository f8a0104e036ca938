"""``make test``: every test on SQLite, then those that touch the database on PostgreSQL and Redis.

Ends with an error if either run did, or if it had to do without something and
``CORROBORATE_REQUIRE_ALL`` is set.
"""

from __future__ import annotations

import os
import subprocess
import sys

from tests import servers, system

PYTEST = [sys.executable, "-m", "pytest", "--numprocesses=2", "--dist=loadgroup", "--quiet"]


def main() -> int:
    """The exit code of the worse run."""
    missing = system.prepare()
    if missing:
        print(f"Not on this machine: {', '.join(missing)}. The tests that need them are skipped.", flush=True)
    codes = [_run("SQLite and a folder")]
    if {"postgresql", "redis-server"}.isdisjoint(missing):
        with servers.postgresql() as database, servers.redis() as broker:
            there = {"DATABASE_URL": database.url, "CELERY_BROKER_URL": broker.url}
            codes.append(_run("PostgreSQL and Redis", "-m", "database", **there))
    return max(codes) or (1 if missing and os.environ.get("CORROBORATE_REQUIRE_ALL") else 0)


def _run(where: str, *arguments: str, **variables: str) -> int:
    print(f"\nOn {where}:", flush=True)
    return subprocess.run([*PYTEST, *arguments], env=os.environ | variables, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
