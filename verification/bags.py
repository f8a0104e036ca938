"""BagIt bags (RFC 8493): a folder of files with a digest of each.

Written here and not by the library ``bagit``, which reads all files again once they have been copied: here
the digest is taken of the bytes as they pass.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from claims import verify_record

Chunks = Iterable[bytes]


class Bag:
    """A bag being written. ``manifest`` has the SHA-256 of each file of the payload, by its path."""

    def __init__(self, folder: Path) -> None:
        """Make the folder. Raises FileExistsError where there is one."""
        folder.mkdir(mode=0o700)
        self.folder = folder
        self.manifest: dict[str, str] = {}
        self._bytes = 0

    def add(self, path: str, content: Chunks) -> str:
        """Write a file of the payload, ``data/…``; returns its SHA-256."""
        sha256, size = self._write(path, content)
        self.manifest[path] = sha256
        self._bytes += size
        return sha256

    def add_lines(self, path: str, documents: Iterable[Mapping[str, Any]]) -> None:
        """Write JSON Lines, each in its canonical form."""
        self.add(path, (verify_record.canonical(each) + b"\n" for each in documents))

    def remove(self, path: str) -> None:
        """Take a file out of the payload again, also one that was not written to its end."""
        if path in self.manifest:
            self._bytes -= (self.folder / path).stat().st_size
            del self.manifest[path]
        (self.folder / path).unlink()

    def finish(self, info: Mapping[str, str], beside: Mapping[str, bytes]) -> None:
        """Write the manifests, ``bag-info.txt``, and the files that stand beside the payload."""
        told = {**info, "Payload-Oxum": f"{self._bytes}.{len(self.manifest)}"}
        tags = {
            "bagit.txt": b"BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n",
            "bag-info.txt": "".join(f"{name}: {value}\n" for name, value in told.items()).encode(),
            "manifest-sha256.txt": _manifest(self.manifest),
            **beside,
        }
        written = {path: self._write(path, [content])[0] for path, content in tags.items()}
        self._write("tagmanifest-sha256.txt", [_manifest(written)])

    def _write(self, path: str, content: Chunks) -> tuple[str, int]:
        target = self.folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        found, size = hashlib.sha256(), 0
        with target.open("xb") as file:
            for chunk in content:
                file.write(chunk)
                found.update(chunk)
                size += len(chunk)
        return found.hexdigest(), size


def _manifest(digests: Mapping[str, str]) -> bytes:
    return "".join(f"{sha256}  {path}\n" for path, sha256 in sorted(digests.items())).encode()
