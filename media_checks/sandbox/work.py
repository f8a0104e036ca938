"""What the locked child does with its one file: run checks, make a working copy, or grey it to compare."""

from __future__ import annotations

import os
from collections.abc import Mapping
from io import BytesIO
from pathlib import Path
from traceback import extract_tb
from typing import Any, BinaryIO

import numpy as np
from PIL import Image

from media_checks import registry
from media_checks.context import Context, Kind, Media
from media_checks.contract import ContractBroken, Unreadable, perform
from media_checks.files import media_of
from media_checks.fingerprints import SIDE, WHOLE, canonical
from media_checks.photos import decode, decoding, flat, grey, open_photo, orientation_of, upright
from media_checks.relations import Grey
from media_checks.sandbox.wire import MOST_JPEG, MOST_JSON, encoded
from media_checks.video import frame_near

MOST_EDGE = 4096
_QUALITIES = (85, 70, 50, 30)


def answer(request: Mapping[str, Any], stream: BinaryIO) -> bytes:
    """The bytes that answer a request about the file in ``stream``; never raises but for lack of memory."""
    try:
        media = media_of(stream, stream.seek(0, os.SEEK_END), request.get("sha256", ""))
        if request["operation"] == "render":
            return rendered(media, request["edge"], request["at"])
        if request["operation"] == "grey":
            return encoded(greyed(media, request["at"]).as_json())
        context = Context.from_json(request["context"])
        return encoded({"results": [_checked(slug, media, context) for slug in request["checks"]]})
    except Unreadable as unreadable:
        return encoded({"unreadable": unreadable.reason})
    except Exception as error:
        return encoded({"failed": _reason(error)})


def rendered(media: Media, edge: int, at: float | None) -> bytes:
    """An upright JPEG without metadata, its longer side at most ``edge`` pixels; raises Unreadable.

    Of a video, its frame at ``at`` seconds.
    """
    edge = max(1, min(edge, MOST_EDGE))
    if media.kind is Kind.PHOTO:
        photo = open_photo(media)
        orientation = orientation_of(photo)
        image = upright(_within(decode(photo, at_least=edge), edge), orientation)
    else:
        with decoding("the video"):
            image = _within(Image.fromarray(frame_near(media, at or 0.0)), edge)
    picture = flat(image)
    # Pillow carries over what the file said of itself, and would write a comment of it into the copy.
    picture.info.clear()
    for quality in _QUALITIES:
        copy = BytesIO()
        picture.save(copy, "JPEG", quality=quality)
        if copy.tell() <= MOST_JPEG:
            return copy.getvalue()
    raise Unreadable("its working copy is too large")


def greyed(media: Media, at: float | None) -> Grey:
    """A photo, or the frame of a video at ``at`` seconds, small and grey; raises Unreadable."""
    if media.kind is Kind.PHOTO:
        return Grey.of(canonical(media)[WHOLE])
    with decoding("the video"):
        frame = grey(Image.fromarray(frame_near(media, at or 0.0)))
        return Grey.of(np.asarray(frame.resize((SIDE, SIDE), Image.Resampling.BILINEAR)))


def _within(image: Image.Image, edge: int) -> Image.Image:
    scale = edge / max(image.size)
    if scale >= 1:
        return image
    size = max(1, round(image.width * scale)), max(1, round(image.height * scale))
    return image.resize(size, Image.Resampling.LANCZOS)


def _checked(slug: str, media: Media, context: Context) -> dict[str, Any]:
    """What one check found; its failure is its own, and the checks after it still run."""
    try:
        result = perform(registry.check(slug), media, context)
        findings = result.as_json()["findings"]
        said = {"findings": [{"code": each["code"], "details": each["details"]} for each in findings]}
        if (length := len(encoded(said))) > MOST_JSON:
            raise ContractBroken(f"it said {length} bytes, more than {MOST_JSON}")
    except Exception as error:
        return {"failed": _reason(error)}
    return said


def _reason(error: Exception) -> str:
    """Why there is no answer, in plain words."""
    match error:
        case MemoryError():
            return "it needs more memory than is allowed"
        case ContractBroken():
            return f"the check broke its contract: {error}"
    return f"the check has a defect: {_where(error)}"


def _where(error: Exception) -> str:
    """The kind of error and the line of our code it came from; not its text, which may quote the file."""
    frames = [frame for frame in extract_tb(error.__traceback__) if "media_checks" in frame.filename]
    place = f" at {Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else ""
    return type(error).__name__ + place
