"""A store in a folder: one file system, on which a hard link is made whole or not at all."""

from __future__ import annotations

import contextlib
import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

# What is not whole yet.
INCOMING = "incoming"


class Folder:
    """Files under a folder, by their names."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def put_once(self, name: str, source: Path, sha256: str) -> None:
        """Link a synced file under its name. The entries of its folders are synced as well: without them
        a power failure takes the file, however well its bytes were written.

        The steps are the same whether the name is there or not, so that the time that they take tells nobody
        what the desk has: one of the folders has changed, and waits for the disk.
        """
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        with contextlib.suppress(FileExistsError):
            os.link(source, path)
        source.unlink()
        for folder in (*path.parents[: len(Path(name).parts)], source.parent):
            _sync(folder)

    def put(self, name: str, content: bytes) -> None:
        """Write a file and rename it; what a crash leaves of it is swept with what was being received."""
        path, part = self.root / name, self.root / INCOMING / uuid.uuid4().hex
        for folder in (path.parent, part.parent):
            folder.mkdir(parents=True, exist_ok=True)
        part.write_bytes(content)
        part.rename(path)

    def has(self, name: str) -> bool:
        """Whether there is such a file."""
        return (self.root / name).exists()

    def open(self, name: str) -> BinaryIO:
        """The file."""
        return (self.root / name).open("rb")

    @contextmanager
    def local(self, name: str, sha256: str) -> Iterator[Path]:
        """The file's own path."""
        path = self.root / name
        path.stat()
        yield path

    def names(self, under: str) -> Iterator[tuple[str, datetime]]:
        """Every file below; its time is when its bytes were last written."""
        for folder, _folders, files in os.walk(self.root / under):
            for each in files:
                path = Path(folder, each)
                with contextlib.suppress(FileNotFoundError):
                    since = datetime.fromtimestamp(path.stat().st_mtime, UTC)
                    yield str(path.relative_to(self.root)), since

    def remove(self, name: str) -> None:
        """Unlink the file."""
        (self.root / name).unlink(missing_ok=True)


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
