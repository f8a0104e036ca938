"""Working copies: pictures for screens, made in the locked child and stored beside the originals."""

from __future__ import annotations

import logging

from django.conf import settings

from claims import storage
from claims.models import MediaFile
from media_checks.contract import Kind, Unreadable
from media_checks.sandbox import client
from verification.models import Fingerprint

log = logging.getLogger(__name__)

THUMBNAIL, SCREEN = 320, 1280
FRAMES = 6


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


def _render(media_file: MediaFile, name: str, edge: int, at: float | None) -> None:
    if storage.working_copy(media_file.sha256, name).exists():
        return
    try:
        picture = client.render(
            storage.path_of(media_file.sha256), edge, at, limits=client.Limits(wall=settings.CHECK_SECONDS)
        )
    except (client.DidNotRun, Unreadable) as problem:
        log.warning("No working copy %s of %s: %s", name, media_file, problem)
        return
    storage.put_working_copy(media_file.sha256, name, picture)
