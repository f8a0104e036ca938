"""What a media file says of itself: ``read(media)`` gives one ``Reading`` for every format."""

from __future__ import annotations

from media_checks.contract import Media
from media_checks.reading.record import Edit, Position, Reading, WallClock

__all__ = ["Edit", "Position", "Reading", "WallClock", "read"]


def read(media: Media) -> Reading:
    """What the file says of itself, as far as its kind is known."""
    return Reading(media_type=media.media_type, kind=media.kind)
