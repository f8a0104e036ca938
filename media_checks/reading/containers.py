"""What a video's container says: FFmpeg's reading through PyAV, and the movie header's own numbers.

PyAV gets a nameless stream, a list of formats and no protocol at all: playlists inside a video's
name open other files and addresses otherwise.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC
from itertools import islice

import av
from av.container import InputContainer

from media_checks.context import Media
from media_checks.contract import Unreadable
from media_checks.reading.boxes import Box, boxes, payload
from media_checks.reading.maker_notes import read_note_of_film
from media_checks.reading.matroska import read_matroska
from media_checks.reading.movies import complete_place, read_movie
from media_checks.reading.record import Edit
from media_checks.reading.statements import Statements
from media_checks.reading.telemetry import read_telemetry
from media_checks.reading.values import iso_6709, text, wall_clock

FORMATS = "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,avi"
_OPTIONS = {"protocol_whitelist": "", "format_whitelist": FORMATS}
_OWN_READERS = dict.fromkeys(("video/mp4", "video/quicktime", "video/3gpp"), read_movie) | dict.fromkeys(
    ("video/x-matroska", "video/webm"), read_matroska
)

_TEXTS = {
    "make": ("com.apple.quicktime.make", "com.android.manufacturer", "make"),
    "model": ("com.apple.quicktime.model", "com.android.model", "model"),
    "software": ("com.apple.quicktime.software", "com.android.version", "software"),
    "encoder": ("encoder",),
}
_PLACES = ("com.apple.quicktime.location.ISO6709", "location", "location-eng")
_CAPTURE_DATES = ("com.apple.quicktime.creationdate", "date")
# How two encoders that programs use, and cameras do not, sign the first picture that they code.
_SIGNATURE = re.compile(rb"(x264) - core (\d{1,4})|(x265) \(build (\d{1,4})\)")
_WHERE_PICTURES_BEGIN = 64 << 10
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
    own = _OWN_READERS.get(media.media_type)
    if own:
        own(media.stream, media.size, statements)
    try:
        with opened(media) as container:
            _streams(container, statements)
            _tags({key.lower(): tag for key, tag in container.metadata.items()}, statements)
            if own is None:
                _date_of(container.metadata, statements)
    except Unreadable:
        statements.fall_back()
        if not statements.fields:
            raise
        statements.warnings.append("the video's streams could not be read")
    if own is read_movie:
        complete_place(media.stream, media.size, statements)
        read_telemetry(media.stream, media.size, statements)
    if media.media_type == "video/x-msvideo":
        read_note_of_film(media.stream, media.size, statements)
    _signed(media, statements)
    statements.fall_back()


def _signed(media: Media, statements: Statements) -> None:
    """Add the encoder that signed the pictures, looked for where a film's pictures can begin."""
    begins = [Box(b"", 0, media.size)]
    if media.media_type in ("video/mp4", "video/quicktime", "video/3gpp"):
        begins += islice((each for each in boxes(media.stream, 0, media.size) if each.kind == b"mdat"), 2)
    for each in begins:
        if found := _SIGNATURE.search(payload(media.stream, each, _WHERE_PICTURES_BEGIN)):
            name, build = filter(None, found.groups())
            statements.edits.append(Edit(f"{name.decode()} {build.decode()}", "video stream"))
            return


def _streams(container: InputContainer, statements: Statements) -> None:
    seconds = (container.duration or 0) / av.time_base
    if seconds > 0 and seconds >= statements.kept_back("duration", 0):
        # Of a movie that is cut off FFmpeg measures what is there; its header knows the whole length.
        statements.say("duration", seconds, "container")
    for video in container.streams.video[:1]:
        coding, rate = video.codec_context, video.average_rate
        statements.say("frame_rate", float(rate) if rate else None, "video stream")
        if coding is None:  # FFmpeg knows no decoder for it
            statements.warnings.append("the video is of a coding that is not read here")
            continue
        statements.say("width", coding.width or None, "video stream")
        statements.say("height", coding.height or None, "video stream")
        statements.say("codec", coding.codec.canonical_name, "video stream")


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
    """AVI's date, which FFmpeg gives as ``creation_time``."""
    for key in _UNSET_DATES:
        read = wall_clock(tags.get(key, ""))
        if read is not None:
            statements.say("container_created_at", read.local.replace(tzinfo=UTC), f"container {key}")
