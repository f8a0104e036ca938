"""Submissions a second through the volunteers' form of a running desk, against bare storage in the same run.

Each submission is a photo of some 200 KB, sent over HTTP to the desk as ``manage.py up --no-demo`` starts
it, and to the processes of docker-compose.yml on PostgreSQL and Redis where this machine has them: with the
worker paused, so that the form is measured alone, and with the checks of all that was sent going on beside
it. The peer is what no form can do without: the same bytes written to a file in pieces, hashed, synced and
renamed, and one row committed to a database of the same kind. Wall seconds: syncing waits for the disk, and
so does a volunteer.
"""

from __future__ import annotations

import hashlib
import os
import re
import sqlite3
import tempfile
import threading
import time
import uuid
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any

import environ
import psycopg
import requests

from benchmarks.bench_checks import photo
from benchmarks.tables import heading, middle, ratio, table
from tests import desks, system

CASE = "bench"
OPEN_A_CASE = f"from tests.builders import make_case; make_case(slug='{CASE}')"
COUNT = "from claims.models import Evidence; print(Evidence.objects.count())"
TOKEN = re.compile(r'name="form_token" value="([^"]+)"')
WIDTH, HEIGHT = 1024, 768
PIECE = 64 << 10
ROUNDS, LOT = 6, 12
WAYS = (
    ("one after another", 1, True),
    ("four at once", 4, True),
    ("four at once, checks going on", 4, False),
)


class Form:
    """The volunteers' form of a desk, filled in as a browser does; a connection for each thread."""

    def __init__(self, desk: desks.Desk) -> None:
        self._address = f"{desk.url}/en/submit/{CASE}/"
        self._own = threading.local()

    def take(self, content: bytes) -> None:
        """Send one photo; the page is fetched first, for its token."""
        if not hasattr(self._own, "session"):
            self._own.session = requests.Session()
        token = TOKEN.search(self._own.session.get(self._address).text)
        given = {"form_token": token[1], "stance": "refutes", "consent": "findings"}
        files = {"files": ("IMG_1.jpg", content, "image/jpeg")}
        answer = self._own.session.post(self._address, data=given, files=files)
        answer.raise_for_status()


class BareStorage:
    """A folder and a database of the desk's kind."""

    def __init__(self, folder: Path, desk: desks.Desk) -> None:
        self._folder = folder
        self._desk = desk
        self._own = threading.local()
        folder.mkdir()
        self._connected().execute("CREATE TABLE sent (id TEXT PRIMARY KEY, sha256 TEXT)")

    def take(self, content: bytes) -> None:
        """Store the bytes under their hash, and commit a row."""
        path, digest = self._folder / uuid.uuid4().hex, hashlib.sha256()
        with path.open("xb") as file:
            for start in range(0, len(content), PIECE):
                file.write(content[start : start + PIECE])
                digest.update(content[start : start + PIECE])
            file.flush()
            os.fsync(file.fileno())
        path.rename(self._folder / digest.hexdigest())
        row = path.name, digest.hexdigest()
        mark = "?" if self._desk.database is None else "%s"
        self._connected().execute(f"INSERT INTO sent VALUES ({mark}, {mark})", row)

    def _connected(self) -> Any:
        if not hasattr(self._own, "database"):
            self._own.database = self._connect()
        return self._own.database

    def _connect(self) -> Any:
        if self._desk.database is None:
            database = sqlite3.connect(self._folder / "sent.sqlite3", isolation_level=None, timeout=20)
            database.executescript("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;")
            return database
        told = environ.Env.db_url_config(self._desk.database.url)
        return psycopg.connect(host=told["HOST"], user=told["USER"], dbname=told["NAME"], autocommit=True)


def photos(folder: Path, number: int) -> Iterable[bytes]:
    """So many photos, each another picture."""
    for seed in range(number):
        path = folder / "photo.jpg"
        photo(path, WIDTH, HEIGHT, seed)
        yield path.read_bytes()


def seconds(take: Callable[[bytes], None], lot: list[bytes], clients: ThreadPoolExecutor) -> float:
    """How long one of them takes, on average over the lot."""
    start = time.perf_counter()
    list(clients.map(take, lot))
    return (time.perf_counter() - start) / len(lot)


def measured(form: Form, bare: BareStorage, lots: list[list[bytes]], clients: int) -> tuple[float, ...]:
    """Submissions a second through both, and the ratio."""
    ours, theirs = [], []
    with ThreadPoolExecutor(clients) as pool:
        for lot in lots:
            ours.append(seconds(form.take, lot, pool))
            theirs.append(seconds(bare.take, lot, pool))
    return 1 / middle(ours), middle(ours) * 1000, 1 / middle(theirs), ratio(ours, theirs)


@contextmanager
def paused(desk: desks.Desk) -> Iterator[None]:
    """The desk without its worker for a while: what it would check waits."""
    worker = desk.worker()
    family = [worker, *worker.children(recursive=True)]
    for each in family:
        each.suspend()
    yield
    for each in family:
        each.resume()


def bench(setup: str, folder: Path) -> None:
    """Start a desk, send photos in by turns, and print the table."""
    number = (1 + ROUNDS * LOT) * len(WAYS)
    with desks.SETUPS[setup](folder / setup, demo=False) as desk:
        desk.manage("shell", "--command", OPEN_A_CASE)
        form, bare = Form(desk), BareStorage(folder / f"{setup}-bare", desk)
        sent = list(photos(folder, number))
        rows = []
        for name, clients, alone in WAYS:
            with paused(desk) if alone else nullcontext():
                form.take(sent.pop())
                lots = [[sent.pop() for _ in range(LOT)] for _ in range(ROUNDS)]
                rows.append((name, *measured(form, bare, lots, clients)))
        kept = int(desk.manage("shell", "--verbosity", "0", "--command", COUNT))
    if kept != number:
        raise RuntimeError(f"{kept} photos of {number} were kept")
    heading(f"Submissions a second, {setup}", "A photo of 200 KB each; medians; ratio lot by lot.")
    table(("", "submissions/s", "milliseconds each", "bare storage/s", "ratio"), rows)


def main() -> None:
    """Both set-ups, where this machine has what they need."""
    with tempfile.TemporaryDirectory() as folder:
        bench("embedded", Path(folder))
        if system.postgresql() and system.redis_server():
            bench("postgres+redis", Path(folder))


if __name__ == "__main__":
    main()
