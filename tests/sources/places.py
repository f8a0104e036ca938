"""Wherever a running desk could keep something: database, broker, logs, files, answers, command lines."""

from __future__ import annotations

import base64
import os
import re
import sqlite3
import subprocess
import threading
import time
import zlib
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from urllib.request import urlopen

import psutil
import redis

from tests import servers, system
from tests.desks import Desk

# A session as Django keeps it: signed, in base64, and compressed where it begins with a dot.
SESSION = re.compile(rb"(\.?)([\w-]{8,}):[\w-]{6}:[\w-]{43}")


def places(desk: Desk, overheard: bytes = b"") -> Iterator[tuple[str, bytes]]:
    """Everything that the desk has kept by now, by where it is; ``overheard`` is what its broker was told."""
    database = dump(desk)
    yield "database", database
    yield "sessions", b"\n".join(map(_session, SESSION.finditer(database)))
    yield "log", desk.log.read_bytes()
    yield "broker", overheard
    with urlopen(f"{desk.url}/healthz") as answer:
        yield "health", str(answer.headers).encode() + answer.read()
    for process in desk.family():
        with suppress(psutil.NoSuchProcess):
            yield f"command line of {process.pid}", "\0".join(process.cmdline()).encode()
    yield from _files("data", desk.data_dir)
    yield from _files("temporary", Path(desk.environment["TMPDIR"]))
    if desk.setup != "embedded":
        yield from _files("database's own", folder_of(desk.environment["DATABASE_URL"]), "log", "pg_wal")
        yield from _files("broker's own", folder_of(desk.environment["CELERY_BROKER_URL"]))


def dump(desk: Desk) -> bytes:
    """The whole database as text."""
    if desk.setup == "embedded":
        # Closed before the file is read: closing any other handle of it would end the locks of this one.
        with closing(sqlite3.connect(desk.data_dir / "desk.sqlite3", timeout=20)) as database:
            return "\n".join(database.iterdump()).encode()
    programs = system.postgresql()
    assert programs
    reach = ["-h", folder_of(desk.environment["DATABASE_URL"]), "-U", "postgres", "desk"]
    return subprocess.run([programs / "pg_dump", *reach], check=True, capture_output=True).stdout


def count(desk: Desk, what: str) -> int:
    """What a SELECT of one number says."""
    if desk.setup == "embedded":
        with closing(sqlite3.connect(desk.data_dir / "desk.sqlite3", timeout=20)) as database:
            return database.execute(what).fetchone()[0]
    programs = system.postgresql()
    assert programs
    ask = [programs / "psql", "-h", folder_of(desk.environment["DATABASE_URL"]), "-U", "postgres", "desk"]
    return int(subprocess.run([*ask, "-tAc", what], check=True, capture_output=True).stdout)


def folder_of(url: str) -> Path:
    """The folder of a server of ours, whose socket its address names."""
    path = url.partition("@")[2] or url.partition("://")[2]
    return next(each for each in (Path(path), *Path(path).parents) if each.name.startswith("cor-"))


def of_broker(url: str) -> redis.Redis:
    """A line to the broker."""
    return redis.Redis(unix_socket_path=url.partition("://")[2])


@contextmanager
def overhearing(desk: Desk) -> Iterator[list[str]]:
    """Every word that a Redis is told; of a folder, the messages stand among the files."""
    heard: list[str] = []
    if desk.setup == "embedded":
        yield heard
        return
    over = threading.Event()
    with of_broker(desk.environment["CELERY_BROKER_URL"]).monitor() as monitor:

        def listen() -> None:
            with suppress(Exception):
                while not over.is_set():
                    heard.append(str(monitor.next_command()))

        threading.Thread(target=listen, daemon=True).start()
        yield heard
        over.set()


@contextmanager
def held(desk: Desk) -> Iterator[psutil.Process]:
    """The worker and its children stand still, so that what they are sent stays where it is."""
    worker = desk.worker()
    assert worker
    family = [worker, *worker.children(recursive=True)]
    _all(family, psutil.Process.suspend)
    while desk.setup == "embedded" and _is_locked(desk):
        _all(family, psutil.Process.resume)
        time.sleep(0.1)
        _all(family, psutil.Process.suspend)
    try:
        yield worker
    finally:
        _all(family, psutil.Process.resume)


def _all(family: list[psutil.Process], do: Callable[[psutil.Process], None]) -> None:
    for each in family:
        with suppress(psutil.NoSuchProcess):
            do(each)


def _is_locked(desk: Desk) -> bool:
    """Whether the worker stopped while it was writing, so that nobody else can."""
    with closing(sqlite3.connect(desk.data_dir / "desk.sqlite3", timeout=1)) as database:
        try:
            database.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError:
            return True
        return False


def messages(desk: Desk) -> int:
    """How many messages wait in the broker."""
    if desk.setup == "embedded":
        return len(list((desk.data_dir / "broker" / "messages").iterdir()))
    return of_broker(desk.environment["CELERY_BROKER_URL"]).llen("checks")


def _files(what: str, folder: Path, *only: str) -> Iterator[tuple[str, bytes]]:
    for path in sorted(folder.rglob("*")):
        where = path.relative_to(folder)
        if only and not (set(only) & set(where.parts)):
            continue
        with suppress(OSError):
            if path.is_file():
                yield f"{what}: {where}", str(where).encode() + b"\0" + path.read_bytes()
            for name in os.listxattr(path):
                yield f"{what}: {where}", os.getxattr(path, name)


def wait_for_messages(desk: Desk) -> None:
    """Until the broker holds what was sent."""
    servers.wait_until(lambda: messages(desk) > 0, 20, "The broker holds a message")


def _session(found: re.Match[bytes]) -> bytes:
    content = base64.urlsafe_b64decode(found[2] + b"=" * (-len(found[2]) % 4))
    return zlib.decompress(content) if found[1] else content
