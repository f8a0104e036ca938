"""What a media file says of itself: ``read(media)`` gives one ``Reading`` for every format."""

from __future__ import annotations

from media_checks.context import Kind, Media
from media_checks.contract import Unreadable
from media_checks.files import require_readable
from media_checks.reading.blocks import blocks_of
from media_checks.reading.containers import read_container
from media_checks.reading.content_credentials import marker_in_video, read_credentials
from media_checks.reading.exif import read_directories, read_exif
from media_checks.reading.gpmf import read_settings
from media_checks.reading.iptc import read_iptc
from media_checks.reading.maker_notes import read_maker_note
from media_checks.reading.png_texts import read_png
from media_checks.reading.record import (
    Credentials,
    Edit,
    JpegCoding,
    Position,
    Reading,
    StatedDate,
    Step,
    WallClock,
)
from media_checks.reading.statements import Statements
from media_checks.reading.xmp import read_xmp

__all__ = [
    "Credentials",
    "Edit",
    "JpegCoding",
    "Position",
    "Reading",
    "StatedDate",
    "Step",
    "WallClock",
    "read",
]


def read(media: Media, trust_anchors: str = "") -> Reading:
    """What the file says of itself; ``trust_anchors`` are for its Content Credentials, as PEM certificates.

    Read once for all checks of a file. Raises Unreadable when it is of no type that is read here, or not
    even its size can be read.
    """
    key = read, trust_anchors
    if key not in media.known:
        media.known[key] = _read(media, trust_anchors)
    return media.known[key]


def _read(media: Media, trust_anchors: str) -> Reading:
    require_readable(media)
    statements = Statements()
    if media.kind is Kind.PHOTO:
        where = _read_photo(media, statements)
    else:
        read_container(media, statements)
        where = marker_in_video(media)
    if where:
        statements.say("credentials", read_credentials(media, where, trust_anchors), where)
    return Reading(
        media_type=media.media_type,
        kind=media.kind,
        has_thumbnail="thumbnail" in statements.fields,
        edits=tuple(statements.edits),
        stated_dates=tuple(statements.stated_dates),
        unusable_dates=statements.unusable_dates,
        warnings=tuple(statements.warnings),
        sources=statements.sources,
        **statements.fields,
    )


def _read_photo(media: Media, statements: Statements) -> str:
    """Add what the photo says; where Content Credentials may stand in it is the answer."""
    blocks = blocks_of(media)
    statements.warnings += blocks.warnings
    if blocks.size is not None:
        statements.say("width", blocks.size[0], "picture header")
        statements.say("height", blocks.size[1], "picture header")
    statements.say("jpeg", blocks.coding, "picture header")
    exif = [media.stream] if media.media_type == "image/tiff" else blocks.exif
    read_exif(exif, statements)
    if media.media_type == "image/tiff":
        read_directories(media.stream, statements)
    for block in exif:
        read_maker_note(block, statements)
    for data in blocks.gpmf:
        read_settings(data, statements)
    read_xmp(blocks.xmp, statements)
    read_iptc(blocks.iptc, statements)
    read_png(blocks.texts, blocks.last_change, statements)
    for thumbnail, source in blocks.thumbnails:
        statements.say("thumbnail", thumbnail, source)
    if "width" not in statements.fields or "height" not in statements.fields:
        raise Unreadable("the picture is damaged or cut off in its header")
    return blocks.credentials
