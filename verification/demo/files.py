"""The demo case's media files, made when it is loaded: photos with EXIF, films with container dates."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import datetime
from fractions import Fraction
from io import BytesIO

import av
from PIL import Image, ImageOps

from verification.demo import exif
from verification.demo.scenes import Scene, pan, render

FRAME_SIZE = (640, 360)
FRAMES_A_SECOND = 6
KEY_EVERY_S = 2
QUALITY = 88

Make = Callable[[], bytes]


def photo(scene: Scene, said: exif.Statements, *, added: str = "") -> Make:
    """A photo with EXIF and a thumbnail of the scene, which ``added`` was painted over afterwards."""

    def make() -> bytes:
        thumbnail = _jpeg(ImageOps.pad(render(scene), (160, 120)), 75)
        return _jpeg(render(scene, added=added), QUALITY, exif.block(replace(said, thumbnail=thumbnail)))

    return make


def stripped(scene: Scene, *, width: int = 1280, quality: int = 74, mirrored: bool = False) -> Make:
    """The scene as a messenger leaves it: smaller, compressed again, without a word of metadata."""

    def make() -> bytes:
        sent = Image.open(BytesIO(_jpeg(render(scene), QUALITY)))
        image = sent.resize((width, width * sent.height // sent.width), Image.Resampling.LANCZOS)
        return _jpeg(ImageOps.mirror(image) if mirrored else image, quality)

    return make


def garbled(scene: Scene) -> Make:
    """A photo of which a failing card gave back the first bytes, and nothing for the rest."""

    def make() -> bytes:
        whole = _jpeg(render(scene), QUALITY)
        return whole[:100] + bytes(len(whole) // 8)

    return make


def film(
    scene: Scene,
    seconds: int,
    created: datetime | None = None,
    *,
    part: tuple[int, int] | None = None,
    crf: int = 24,
) -> Make:
    """An MP4 of a camera moving over the scene for ``seconds``, or of a ``part`` (from, to) of that.

    ``created`` (aware) becomes the container's creation time. A part is written by an editing
    program, which signs it; the whole is not.
    """
    first, last = part or (0, seconds)

    def make() -> bytes:
        frames = pan(
            scene,
            seconds * FRAMES_A_SECOND,
            FRAME_SIZE,
            first * FRAMES_A_SECOND,
            last * FRAMES_A_SECOND,
        )
        return _mp4(frames, created, signed=part is not None, crf=crf)

    return make


def _jpeg(image: Image.Image, quality: int, block: bytes = b"") -> bytes:
    out = BytesIO()
    image.save(out, "JPEG", quality=quality, exif=block)
    return out.getvalue()


def _mp4(frames: Iterable[Image.Image], created: datetime | None, *, signed: bool, crf: int) -> bytes:
    out = BytesIO()
    options = {} if signed else {"fflags": "+bitexact"}
    with av.open(out, "w", format="mp4", options=options) as container:
        if created:
            container.metadata["creation_time"] = created.strftime("%Y-%m-%dT%H:%M:%SZ")
        stream = container.add_stream("libx264", rate=FRAMES_A_SECOND)
        stream.width, stream.height = FRAME_SIZE
        stream.pix_fmt = "yuv420p"
        stream.codec_context.gop_size = KEY_EVERY_S * FRAMES_A_SECOND
        stream.codec_context.thread_count = 1
        stream.options = {"preset": "veryfast", "crf": str(crf), "x264-params": "scenecut=0"}
        stream.codec_context.time_base = Fraction(1, FRAMES_A_SECOND)
        for picture in frames:
            container.mux(stream.encode(av.VideoFrame.from_image(picture)))
        container.mux(stream.encode())
    return out.getvalue()
