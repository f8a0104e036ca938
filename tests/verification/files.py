"""Media files for tests of what is known of them, without their bytes."""

from __future__ import annotations

from itertools import count

from claims.models import MediaFile

_number = count()


def file(name: str | None = None, kind: str = "photo") -> MediaFile:
    """A media file that nobody received: of this name, or of one of its own."""
    sha256 = name * 64 if name else f"{next(_number):064x}"
    return MediaFile.objects.create(sha256=sha256, size=1, media_type="image/jpeg", kind=kind)
