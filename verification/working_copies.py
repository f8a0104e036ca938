"""Working copies: pictures for screens, made in the locked child and stored beside the originals."""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import lru_cache
from typing import Any, TypeVar

from django.conf import settings

from claims import storage
from claims.models import MediaFile
from media_checks.context import Kind
from media_checks.contract import Unreadable
from media_checks.relations import Grey
from media_checks.sandbox import client
from verification.models import Fingerprint

log = logging.getLogger(__name__)
T = TypeVar("T")

THUMBNAIL, SCREEN = 320, 1280
FRAMES = 6
# Small grey pictures of 16 KB, kept for the pairs that follow.
_KEPT = 512


def make(media_file: MediaFile) -> None:
    """Make the copies that are missing. A copy that cannot be made is logged, and the page says so."""
    for edge in (THUMBNAIL, SCREEN):
        _render(media_file, str(edge), edge, None)
    for number, at in enumerate(frame_times(media_file)):
        _render(media_file, f"{THUMBNAIL}-{number}", THUMBNAIL, at)


def frame_times(media_file: MediaFile) -> list[float]:
    """The times, in seconds, of at most six frames that show what is in a video; none for a photo."""
    if media_file.kind != Kind.VIDEO:
        return []
    found = Fingerprint.objects.filter(media_file=media_file).values_list("at", flat=True)
    times = sorted(at for at in found if at is not None)
    step = max(1, -(-len(times) // FRAMES))
    return times[::step]


def grey(sha256: str, at: float | None) -> Grey | None:
    """A photo, or the frame of a video at ``at`` seconds, small and grey; None if it cannot be had."""
    try:
        return _grey(sha256, at)
    except (client.DidNotRun, Unreadable, OSError) as problem:
        log.warning("Nothing of %s to compare: %s", sha256, _why(problem))
        return None


@lru_cache(maxsize=_KEPT)
def _grey(sha256: str, at: float | None) -> Grey:
    small = at is None and storage.has_working_copy(sha256, str(SCREEN))
    file = storage.local_working_copy(sha256, str(SCREEN)) if small else storage.local(sha256)
    with file as path:
        return _asked(client.grey, path, at)


def _render(media_file: MediaFile, name: str, edge: int, at: float | None) -> None:
    if storage.has_working_copy(media_file.sha256, name):
        return
    try:
        with storage.local(media_file.sha256) as path:
            picture = _asked(client.render, path, edge, at)
    except (client.DidNotRun, Unreadable, OSError) as problem:
        log.warning("No working copy %s of %s: %s", name, media_file, _why(problem))
        return
    storage.put_working_copy(media_file.sha256, name, picture)


def _asked(request: Callable[..., T], *arguments: Any) -> T:
    """The locked child's answer. It is asked again where it was lost, for no queue asks for a copy again."""
    limits = client.Limits(wall=settings.CHECK_SECONDS)
    try:
        return request(*arguments, limits=limits)
    except client.Lost:
        return request(*arguments, limits=limits)


def _why(problem: client.DidNotRun | Unreadable | OSError) -> str:
    """In our own words: what an error of the store says of itself may name more than it should."""
    return type(problem).__name__ if isinstance(problem, OSError) else problem.reason
