"""What a video's container says: FFmpeg's reading through PyAV, and the movie header's own numbers.

PyAV gets a nameless stream, a list of formats and no protocol at all: playlists inside a video's
name open other files and addresses otherwise.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import BinaryIO

import av
from av.container import InputContainer

from media_checks.contract import Media, Unreadable
from media_checks.reading.boxes import find, payload
from media_checks.reading.record import Edit
from media_checks.reading.statements import Statements
from media_checks.reading.values import iso_6709, text, wall_clock

FORMATS = "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,avi"
_OPTIONS = {"protocol_whitelist": "", "format_whitelist": FORMATS}
_ISO_TYPES = frozenset({"video/mp4", "video/quicktime", "video/3gpp"})

# QuickTime counts seconds from 1904, Unix from 1970.
_QUICKTIME_EPOCH = datetime(1904, 1, 1, tzinfo=UTC)
_UNIX_EPOCH_IN_QUICKTIME = 2_082_844_800

_TEXTS = {
    "make": ("com.apple.quicktime.make", "com.android.manufacturer", "make"),
    "model": ("com.apple.quicktime.model", "com.android.model", "model"),
    "software": ("com.apple.quicktime.software", "com.android.version", "software"),
    "encoder": ("encoder",),
}
_PLACES = ("com.apple.quicktime.location.ISO6709", "location", "location-eng")
_CAPTURE_DATES = ("com.apple.quicktime.creationdate", "date")
_UNSET_DATES = ("creation_time", "DateUTC")


@contextmanager
def opened(media: Media) -> Iterator[InputContainer]:
    """The container, open for reading with no way out of its own bytes. Raises Unreadable."""
    media.stream.seek(0)
    try:
        container = av.open(media.stream, "r", options=_OPTIONS, metadata_errors="replace")
    except MemoryError as error:
        raise Unreadable("the video needs more memory than a file is allowed", code="too_large") from error
    except Exception as error:  # PyAV has a class of its own for every FFmpeg error, and leaks others
        raise Unreadable("the video's container is damaged or cut off") from error
    with container:
        yield container


def read_container(media: Media, statements: Statements) -> None:
    """Add what the container says. Raises Unreadable where neither reading finds anything."""
    if media.media_type in _ISO_TYPES:
        _movie_header(media.stream, media.size, statements)
    try:
        with opened(media) as container:
            _streams(container, statements)
            _tags({key.lower(): tag for key, tag in container.metadata.items()}, statements)
            if media.media_type not in _ISO_TYPES:
                _date_of(container.metadata, statements)
    except Unreadable:
        if not statements.fields:
            raise
        statements.warnings.append("the video's streams could not be read")


def _movie_header(stream: BinaryIO, size: int, statements: Statements) -> None:
    """``mvhd`` (ISO/IEC 14496-12, 8.2.2): its creation time; 0 is unset, small ones count from 1970."""
    for box in find(stream, 0, size, b"moov", b"mvhd"):
        head = payload(stream, box, 20)
        seconds = int.from_bytes(head[4:12] if head[:1] == b"\1" else head[4:8], "big")
        if seconds == 0:
            continue
        from_unix = seconds < _UNIX_EPOCH_IN_QUICKTIME
        try:
            written = _QUICKTIME_EPOCH + timedelta(seconds=seconds + _UNIX_EPOCH_IN_QUICKTIME * from_unix)
        except OverflowError:
            statements.unusable_dates["mvhd"] = str(seconds)
            continue
        source = "mvhd (seconds since 1970)" if from_unix else "mvhd"
        statements.say("container_created_at", written, source)


def _streams(container: InputContainer, statements: Statements) -> None:
    if container.duration and container.duration > 0:
        statements.say("duration", container.duration / av.time_base, "container")
    for video in container.streams.video[:1]:
        coding, rate = video.codec_context, video.average_rate
        statements.say("frame_rate", float(rate) if rate else None, "video stream")
        if coding is None:  # FFmpeg knows no decoder for it
            statements.warnings.append("the video is of a coding that is not read here")
            continue
        statements.say("width", coding.width or None, "video stream")
        statements.say("height", coding.height or None, "video stream")
        statements.say("codec", coding.name, "video stream")


def _tags(tags: Mapping[str, str], statements: Statements) -> None:
    """``tags`` by their names in small letters: Matroska writes its own in capitals."""
    for name, keys in _TEXTS.items():
        for key in keys:
            statements.say(name, text(tags.get(key)), f"container {key}")
    for key in _PLACES:
        if key.lower() in tags:
            statements.say("gps", iso_6709(tags[key.lower()]), f"container {key}")
    for key in _CAPTURE_DATES:
        if written := text(tags.get(key)):
            _captured(key, written, statements)
    if encoder := statements.fields.get("encoder"):
        statements.edits.append(Edit(encoder, "container encoder"))


def _captured(key: str, written: str, statements: Statements) -> None:
    read = wall_clock(written)
    if read is None:
        statements.unusable_dates.setdefault(f"container {key}", written)
    statements.say("captured_at", read, f"container {key}")


def _date_of(tags: Mapping[str, str], statements: Statements) -> None:
    """Matroska's DateUTC, which FFmpeg gives as ``creation_time``."""
    for key in _UNSET_DATES:
        read = wall_clock(tags.get(key, ""))
        if read is not None:
            statements.say("container_created_at", read.local.replace(tzinfo=UTC), f"container {key}")
