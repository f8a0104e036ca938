"""The content-addressed store: bytes are streamed, hashed, synced, named, and never overwritten.

What it holds, in a folder or in a bucket of an S3 server::

    originals/ab/cd/<sha256>    the evidentiary copies, written once
    copies/ab/cd/<sha256>-<edge>[-<n>].jpg   working copies, can be made again

and, always in a folder of this machine, ``incoming/<random>``: what is being received, which nothing
refers to yet. Every function raises OSError where the store does not do as it is told.
"""

from __future__ import annotations

import contextlib
import hashlib
import logging
import os
import time
import uuid
from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO, Protocol, Self

from django.conf import settings
from django.utils.module_loading import import_string

from claims.storage.folder import INCOMING, Folder

log = logging.getLogger(__name__)

HEAD_BYTES = 4096
_ORIGINALS, _COPIES = "originals", "copies"


class Store(Protocol):
    """Bytes under names like ``originals/ab/cd/<sha256>``."""

    def put_once(self, name: str, source: Path, sha256: str) -> None:
        """Take a file, for ever; what has the name already stays. Its bytes are safe on return."""

    def put(self, name: str, content: bytes) -> None:
        """Take bytes that may be replaced."""

    def has(self, name: str) -> bool:
        """Whether there are bytes of this name."""

    def open(self, name: str) -> BinaryIO:
        """The bytes, to be read once from the beginning. Raises FileNotFoundError where there are none."""

    def local(self, name: str, sha256: str) -> AbstractContextManager[Path]:
        """A path of this machine with the bytes; where they are fetched they must have this SHA-256, if one
        is given. Raises FileNotFoundError."""

    def names(self, under: str) -> Iterator[tuple[str, datetime]]:
        """Every name that begins so, and since when it is there."""

    def remove(self, name: str) -> None:
        """Remove the bytes of this name, if there are any."""


@dataclass(frozen=True)
class Received:
    """Bytes that arrived whole and are safe on disk, though nothing names them yet."""

    path: Path
    sha256: str
    size: int
    head: bytes


class Incoming:
    """A file being received. Leaving the ``with`` block without ``finish`` removes it."""

    def __init__(self) -> None:
        folder = _incoming()
        folder.mkdir(parents=True, exist_ok=True)
        self._path = folder / uuid.uuid4().hex
        self._file = self._path.open("xb")
        self._hash = hashlib.sha256()
        self._head = b""
        self.size = 0
        self._finished = False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if not self._finished:
            self.discard()

    def write(self, chunk: bytes) -> None:
        """Take the next bytes."""
        self._file.write(chunk)
        self._hash.update(chunk)
        self.size += len(chunk)
        if len(self._head) < HEAD_BYTES:
            self._head += bytes(chunk[: HEAD_BYTES - len(self._head)])

    def finish(self) -> Received:
        """All bytes are here: sync them to disk, read-only, and say what they are."""
        self._file.flush()
        os.fchmod(self._file.fileno(), 0o440)
        os.fsync(self._file.fileno())
        self._file.close()
        self._finished = True
        return Received(self._path, self._hash.hexdigest(), self.size, self._head)

    def discard(self) -> None:
        """Forget what was received so far."""
        with contextlib.suppress(OSError):  # on a full disk closing fails: the bytes are unwanted anyway
            self._file.close()
        _forget(self._path)


def discard(received: Received) -> None:
    """Remove received bytes that nobody will name; does nothing once they are kept."""
    _forget(received.path)


def discard_unfinished(older_than: float) -> int:
    """Remove what no request can still be receiving: untouched for so many seconds. Returns how many."""
    removed, before = 0, time.time() - older_than
    for path in _incoming().glob("*"):
        with contextlib.suppress(FileNotFoundError):
            if path.stat().st_mtime < before:
                path.unlink()
                removed += 1
    return removed


def _forget(path: Path) -> None:
    """Remove what was received. Where the disk refuses, the sweep does it later, and whoever sent it is
    told what became of it all the same."""
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        log.warning("What was received could not be removed now: %s", type(error).__name__)


def keep(received: Received) -> None:
    """Give received bytes their name, for ever. Bytes that the store already has are not stored twice.

    What was kept before can be kept again: the transaction that was to name it may have failed.
    """
    name = _name(_ORIGINALS, received.sha256)
    try:
        _store().put_once(name, received.path, received.sha256)
    except FileNotFoundError:
        if received.path.exists() or not _store().has(name):
            raise


def local(sha256: str) -> AbstractContextManager[Path]:
    """A path of this machine with the bytes of an original, for as long as the context lasts."""
    return _store().local(_name(_ORIGINALS, sha256), sha256)


def opened(sha256: str) -> BinaryIO:
    """An original, to be read once."""
    return _store().open(_name(_ORIGINALS, sha256))


def chunks(sha256: str, size: int = 1 << 20) -> Iterator[bytes]:
    """The bytes of an original, in pieces."""
    with opened(sha256) as file:
        while piece := file.read(size):
            yield piece


def originals() -> Iterator[tuple[str, datetime]]:
    """The SHA-256 of every original, and since when it is there."""
    for name, since in _store().names(f"{_ORIGINALS}/"):
        sha256 = name.rpartition("/")[2]
        if _is_sha256(sha256) and name == _name(_ORIGINALS, sha256):
            yield sha256, since


def remove(sha256: str) -> None:
    """Remove an original that nothing names."""
    _store().remove(_name(_ORIGINALS, sha256))


def has_working_copy(sha256: str, copy: str) -> bool:
    """Whether there is this working copy; ``copy`` is like "480" or "480-3" (edge, frame)."""
    return _store().has(_copy_name(sha256, copy))


def opened_working_copy(sha256: str, copy: str) -> BinaryIO:
    """A working copy, to be read once."""
    return _store().open(_copy_name(sha256, copy))


def local_working_copy(sha256: str, copy: str) -> AbstractContextManager[Path]:
    """A path of this machine with a working copy, for as long as the context lasts."""
    return _store().local(_copy_name(sha256, copy), "")


def put_working_copy(sha256: str, copy: str, content: bytes) -> None:
    """Store a working copy, in the place of one that was there."""
    _store().put(_copy_name(sha256, copy), content)


def _name(kind: str, sha256: str) -> str:
    if not _is_sha256(sha256):
        raise ValueError("A media file is named by its SHA-256.")
    return f"{kind}/{sha256[:2]}/{sha256[2:4]}/{sha256}"


def _copy_name(sha256: str, copy: str) -> str:
    if not all(part.isdigit() for part in copy.split("-")):
        raise ValueError("A working copy is named by numbers.")
    return f"{_name(_COPIES, sha256)}-{copy}.jpg"


def _is_sha256(text: str) -> bool:
    return len(text) == 64 and not set(text) - set("0123456789abcdef")


def _incoming() -> Path:
    return Path(settings.STORAGE_FOLDER) / INCOMING


def _store() -> Store:
    folder = Path(settings.STORAGE_FOLDER)
    if not settings.STORAGE_BUCKET:
        return Folder(folder)
    return _bucket(os.getpid(), folder / "fetched", tuple(sorted(settings.STORAGE_BUCKET.items())))


@lru_cache(maxsize=1)
def _bucket(process: int, fetched: Path, where: tuple[tuple[str, Any], ...]) -> Store:
    """A bucket with its connections, which no other process may use. Its library is an extra."""
    return import_string("claims.storage.bucket.Bucket")(fetched=fetched, **dict(where))
