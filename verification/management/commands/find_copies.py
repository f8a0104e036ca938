"""``manage.py find_copies``: copies among files at a prompt, one JSON line a pair, no database."""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import sys
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from functools import lru_cache
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from media_checks.context import Context
from media_checks.contract import Unreadable
from media_checks.copies import Copies, Prints
from media_checks.inspecting import NotRead, hashed
from media_checks.relations import Grey
from media_checks.sandbox import client
from verification.management.commands.inspect import jobs, require_locks, walk

# Small grey pictures of 16 KB, kept for the pairs that follow.
_KEPT = 512


class Command(BaseCommand):
    """Find copies; see docs/cli.md."""

    help = "Find copies among files and print one JSON line a pair. Needs no database."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """The arguments of the command."""
        parser.add_argument("paths", nargs="+", type=Path, metavar="PATH", help="a file, or a folder to walk")
        parser.add_argument(
            "--against", nargs="+", type=Path, default=[], metavar="PATH", help="look among these instead"
        )
        parser.add_argument("--jobs", type=jobs, default=1, metavar="N")

    def handle(self, *args: Any, **options: Any) -> None:
        """Exit 0 when every file was read, 1 when one was not, 2 for wrong arguments or locks too few."""
        require_locks()
        self.seen = self.unread = 0
        copies = Copies(_look)
        against = options["against"]
        for file in self._read(against, options["jobs"]):
            copies.add(file)
        for file in self._read(options["paths"], options["jobs"]):
            for pair in copies.of(file):
                if not against or _other_file(pair.a, pair.b):
                    self._print(pair.as_json())
            if not against:
                copies.add(file)
        if self.unread:
            sys.exit(1)

    def _read(self, paths: Iterable[Path], at_once: int) -> Iterator[Prints]:
        """The files that could be read; a line with the error for each that could not."""
        for path, read in _hashed(_each_once(walk(paths)), at_once):
            self.seen += 1
            if isinstance(read, NotRead):
                self.unread += 1
                self._print({"path": str(path), "error": {"code": read.code, "message": read.reason}})
            else:
                yield read
            if sys.stderr.isatty():
                self.stderr.write(f"\r{self.seen} files, {self.unread} could not be read", ending="")

    def _print(self, line: dict[str, Any]) -> None:
        self.stdout.write(json.dumps(line, ensure_ascii=True))
        self.stdout.flush()


def _each_once(paths: Iterable[Path]) -> Iterator[Path]:
    seen: set[bytes] = set()
    for path in paths:
        # A digest is a tenth of a path, of which there can be a million. Path.resolve raises at a loop.
        real = hashlib.blake2b(os.fsencode(os.path.realpath(path)), digest_size=16).digest()
        if real not in seen:
            seen.add(real)
            yield path


def _hashed(paths: Iterable[Path], at_once: int) -> Iterator[tuple[Path, Prints | NotRead]]:
    """In the order of the paths, with at most twice ``at_once`` files under way."""
    with ThreadPoolExecutor(at_once) as pool:
        under_way: deque[tuple[Path, Future]] = deque()
        for path in paths:
            under_way.append((path, pool.submit(_tried, path)))
            if len(under_way) >= 2 * at_once:
                first, future = under_way.popleft()
                yield first, future.result()
        yield from ((path, future.result()) for path, future in under_way)


def _tried(path: Path) -> Prints | NotRead:
    try:
        return hashed(path, Context(descriptor_model=settings.DESCRIPTOR_MODEL))
    except NotRead as problem:
        return problem


@lru_cache(maxsize=_KEPT)
def _look(path: str, at: float | None) -> Grey | None:
    try:
        return client.grey(path, at)
    except (Unreadable, client.DidNotRun):
        return None


def _other_file(a: str, b: str) -> bool:
    return Path(a).resolve() != Path(b).resolve()
