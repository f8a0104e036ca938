"""``manage.py inspect``: every check on files at a prompt, one JSON line a file, no database."""

from __future__ import annotations

import argparse
import json
import sys
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from media_checks.context import Context, Place
from media_checks.inspecting import inspect
from verification import locks

PRECISION_M = 1000


def moment(text: str) -> datetime:
    """An RFC 3339 time; one without a zone is in UTC."""
    try:
        given = datetime.fromisoformat(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text!r} is no time like 2016-11-18T12:00:00Z") from error
    return given if given.tzinfo else given.replace(tzinfo=UTC)


def place(text: str) -> Place:
    """LAT,LON in signed decimal degrees, with a precision of a kilometre."""
    try:
        latitude, longitude = (float(each) for each in text.split(","))
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text!r} is no place like 36.2,37.16") from error
    if abs(latitude) > 90 or abs(longitude) > 180:
        raise argparse.ArgumentTypeError(f"{text!r} is not on the earth")
    return Place(latitude, longitude, PRECISION_M)


def jobs(text: str) -> int:
    """A number of files at once, at least one."""
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError("give a whole number from 1 on")
    return int(text)


def require_locks() -> None:
    """Raises CommandError where files would be decoded in production behind fewer locks than it needs."""
    try:
        locks.require()
    except locks.TooFewLocks as refused:
        raise CommandError(str(refused), returncode=2) from refused


class Command(BaseCommand):
    """Inspect files; see docs/cli.md."""

    help = "Check files and print what was found, one JSON line a file. Needs no database."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """The arguments of the command."""
        parser.add_argument("paths", nargs="+", type=Path, metavar="PATH", help="a file, or a folder to walk")
        parser.add_argument("--claimed-start", type=moment, metavar="T")
        parser.add_argument("--claimed-end", type=moment, metavar="T")
        parser.add_argument("--place", type=place, metavar="LAT,LON")
        parser.add_argument("--source-url", default="", metavar="URL")
        parser.add_argument("--jobs", type=jobs, default=1, metavar="N")

    def handle(self, *args: Any, **options: Any) -> None:
        """Exit 0 when every file got an answer, 1 when one was not read, 2 for wrong arguments or locks."""
        require_locks()
        context = self._context(options)
        unread = 0
        for number, line in enumerate(_lines(walk(options["paths"]), context, options["jobs"]), 1):
            self.stdout.write(json.dumps(line, ensure_ascii=True))
            self.stdout.flush()
            unread += line["error"] is not None
            if sys.stderr.isatty():
                self.stderr.write(f"\r{number} files, {unread} could not be read", ending="")
        if unread:
            sys.exit(1)

    def _context(self, options: dict[str, Any]) -> Context:
        start = options["claimed_start"] or options["claimed_end"]
        end = options["claimed_end"] or options["claimed_start"]
        if start and end and end < start:
            self.stderr.write("--claimed-end is before --claimed-start")
            sys.exit(2)
        return Context(
            claimed_start=start,
            claimed_end=end,
            place=options["place"],
            source_url=options["source_url"],
            trust_anchors=settings.C2PA_TRUST_ANCHORS,
            descriptor_model=settings.DESCRIPTOR_MODEL,
        )


def walk(paths: Iterable[Path]) -> Iterator[Path]:
    """Each file, and all that the folders hold, in the order of names.

    What cannot be walked or read comes too, to be told: missing paths, pipes, links to folders. Of an open
    folder only the names are held, and of those in it nothing before their turn.
    """
    listings = [iter(paths)]
    while listings:
        path = next(listings[-1], None)
        if path is None:
            listings.pop()
            continue
        try:
            within = _listing(path) if path.is_dir() and _may_be_walked(path, listings) else None
        except OSError:
            within = None
        if within is None:
            yield path
        else:
            listings.append(within)


def _may_be_walked(folder: Path, listings: Sequence[Iterator[Path]]) -> bool:
    """A link to a folder is followed where it was named, not where it was found: it may lead in a circle."""
    return len(listings) == 1 or not folder.is_symlink()


def _listing(folder: Path) -> Iterator[Path]:
    names = sorted(each.name for each in folder.iterdir())
    return (folder / name for name in names)


def _lines(paths: Iterator[Path], context: Context, at_once: int) -> Iterator[dict[str, Any]]:
    """The lines in the order of the paths, with at most twice ``at_once`` files under way."""
    with ThreadPoolExecutor(at_once) as pool:
        under_way: deque[Future] = deque()
        for path in paths:
            under_way.append(pool.submit(inspect, path, _named(context, path)))
            if len(under_way) >= 2 * at_once:
                yield under_way.popleft().result()
        yield from (each.result() for each in under_way)


def _named(context: Context, path: Path) -> Context:
    return replace(context, file_name=path.name)
