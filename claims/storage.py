"""The content-addressed store: bytes are streamed, hashed, synced, renamed, and never overwritten.

Layout under ``settings.STORAGE_FOLDER``::

    incoming/<random>           being received; nothing refers to it yet
    originals/ab/cd/<sha256>    the evidentiary copies, read-only
    copies/ab/cd/<sha256>-<edge>[-<n>].jpg   working copies, can be made again
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from django.conf import settings

HEAD_BYTES = 4096


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
        folder = settings.STORAGE_FOLDER / "incoming"
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
        """All bytes are here: sync them to disk and say what they are."""
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.close()
        self._finished = True
        return Received(self._path, self._hash.hexdigest(), self.size, self._head)

    def discard(self) -> None:
        """Forget what was received so far."""
        with contextlib.suppress(OSError):  # on a full disk closing fails: the bytes are unwanted anyway
            self._file.close()
        self._path.unlink(missing_ok=True)


def discard(received: Received) -> None:
    """Remove received bytes that nobody will name; does nothing once they are kept."""
    received.path.unlink(missing_ok=True)


def keep(received: Received) -> Path:
    """Give received bytes their name, for ever. Bytes that the store already has are not stored twice.

    The steps are the same for both, so that the time that they take tells nobody what the desk has: one
    of the two folders has changed and waits for the disk.
    """
    path = path_of(received.sha256)
    path.parent.mkdir(parents=True, exist_ok=True)
    received.path.chmod(0o440)
    with contextlib.suppress(FileExistsError):  # The store has these bytes.
        os.link(received.path, path)
    received.path.unlink(missing_ok=True)
    _sync_folder(path.parent)
    _sync_folder(received.path.parent)
    return path


def path_of(sha256: str) -> Path:
    """Where the original with this SHA-256 is, or would be. Raises ValueError for anything else."""
    return _place("originals", sha256) / sha256


def chunks(sha256: str, size: int = 1 << 20) -> Iterator[bytes]:
    """The bytes of an original, in pieces."""
    with path_of(sha256).open("rb") as file:
        while piece := file.read(size):
            yield piece


def working_copy(sha256: str, name: str) -> Path:
    """Where a working copy is, or would be; ``name`` is like "480" or "480-3" (edge, frame)."""
    if not all(part.isdigit() for part in name.split("-")):
        raise ValueError("A working copy is named by numbers.")
    return _place("copies", sha256) / f"{sha256}-{name}.jpg"


def put_working_copy(sha256: str, name: str, content: bytes) -> None:
    """Store a working copy, replacing one that was there, by an atomic rename."""
    path = working_copy(sha256, name)
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f"{path.name}.{uuid.uuid4().hex}")
    part.write_bytes(content)
    part.rename(path)


def _place(kind: str, sha256: str) -> Path:
    if len(sha256) != 64 or set(sha256) - set("0123456789abcdef"):
        raise ValueError("A media file is named by its SHA-256.")
    return settings.STORAGE_FOLDER / kind / sha256[:2] / sha256[2:4]


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
