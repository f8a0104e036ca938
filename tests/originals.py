"""Where a store in a folder has an original: what somebody with power over the machine can lay hands on."""

from __future__ import annotations

from pathlib import Path

from django.conf import settings


def path_of(sha256: str) -> Path:
    """The file with this SHA-256, whether it is there or not."""
    return settings.STORAGE_FOLDER / "originals" / sha256[:2] / sha256[2:4] / sha256
