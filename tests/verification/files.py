"""Media files for tests of what is known of them, without their bytes."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from itertools import count
from typing import Any

from django.db import connection

from claims.models import MediaFile
from media_checks.pairs import Pair
from verification import matching

_number = count()


def file(name: str | None = None, kind: str = "photo") -> MediaFile:
    """A media file that nobody received: of this name, or of one of its own."""
    sha256 = name * 64 if name else f"{next(_number):064x}"
    return MediaFile.objects.create(sha256=sha256, size=1, media_type="image/jpeg", kind=kind)


def row(value: int, **fields: Any) -> dict[str, Any]:
    """A fingerprint as the check tells it."""
    return {"algorithm": "pdq", "bits": f"{value:064x}", "quality": 100, "at": None} | fields


def find(media_file: MediaFile, rows: list[dict[str, Any]]) -> list[Pair]:
    """What a file matches that is stored and searched for by these rows."""
    return matching.find(media_file, {"fingerprints": rows, "queries": rows}).pairs


def all_at_once(arrive: Callable[[MediaFile], None], files: Iterable[MediaFile]) -> None:
    """Have each file arrive in a thread of its own, all at one moment."""
    files = list(files)
    start = threading.Barrier(len(files))

    def one(media_file: MediaFile) -> None:
        start.wait()
        arrive(media_file)
        connection.close()

    threads = [threading.Thread(target=one, args=(each,)) for each in files]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
