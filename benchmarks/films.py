"""Films made of photos, what happens to them on their way, and whether they are found again."""

from __future__ import annotations

import io
import zlib
from collections.abc import Sequence

import av
import numpy as np
from PIL import Image, ImageOps

from media_checks.context import Context, Kind
from media_checks.copies import Copies, Prints
from media_checks.files import media_of
from media_checks.perceptual_hash import COMPUTED, examine

RATE, SECONDS, CLIP_S = 10, 60, 5
SIZE = 480, 360
CLIPS = 6
FILM_CLASSES = (
    "recompressed",
    "half size",
    "letterboxed",
    "clip of 5 s",
    "clip of 5 s, half size",
    "mirrored",
    "clip of 5 s, mirrored",
    "turned by a quarter",
    "clip of 5 s, turned by a quarter",
)


def film_trials(paths: Sequence[str]) -> list[tuple[str, bool, bool, int]]:
    """Class, found, offset right, and whether it was found in another film, of one film in every way."""
    random = np.random.default_rng(zlib.crc32(paths[0].encode()))
    frames, others = shown(paths[::2], random), shown(paths[1::2], random)
    copies = Copies(lambda path, at: None)
    copies.add(prints("film", encoded(frames, 1_200_000)))
    copies.add(prints("another", encoded(others, 1_200_000)))
    trials = []
    for name in FILM_CLASSES:
        for _ in range(CLIPS if "clip" in name else 1):
            begin = int(random.integers(0, (SECONDS - CLIP_S) * RATE)) if "clip" in name else 0
            pairs = {each.b: each for each in copies.of(prints(name, changed(name, frames, begin)))}
            pair = pairs.get("film")
            right = pair is not None and abs((pair.offset or 0) - begin / RATE) <= 1
            trials.append((name, bool(pair and pair.suggested), right, int("another" in pairs)))
    return trials


def changed(name: str, frames: list[Image.Image], begin: int) -> bytes:
    """The film, or five seconds of it, after what the class says."""
    if "clip" in name:
        frames = frames[begin : begin + CLIP_S * RATE]
    if "half" in name:
        frames = [each.resize((SIZE[0] // 2, SIZE[1] // 2)) for each in frames]
    if "mirrored" in name:
        frames = [ImageOps.mirror(each) for each in frames]
    if "turned" in name:
        frames = [each.transpose(Image.Transpose.ROTATE_90) for each in frames]
    if name == "letterboxed":
        frames = [boxed(each) for each in frames]
    return encoded(frames, 250_000)


def boxed(frame: Image.Image) -> Image.Image:
    ground = Image.new("RGB", (SIZE[0], SIZE[1] + 160))
    ground.paste(frame, (0, 80))
    return ground


def shown(paths: Sequence[str], random: np.random.Generator) -> list[Image.Image]:
    """Each photo for some seconds, the camera moving across it with an unsteady hand."""
    frames: list[Image.Image] = []
    while len(frames) < SECONDS * RATE:
        for path in paths:
            photo = Image.open(path).convert("RGB").resize((SIZE[0] * 5 // 4, SIZE[1] * 5 // 4))
            room = np.array(photo.size) - SIZE
            begin, end = random.uniform(0, 1, 2) * room, random.uniform(0, 1, 2) * room
            for share in np.linspace(0, 1, int(random.uniform(3, 8) * RATE)):
                x, y = np.clip(begin + (end - begin) * share + random.normal(0, 1.5, 2), 0, room).round()
                frames.append(photo.crop((int(x), int(y), int(x) + SIZE[0], int(y) + SIZE[1])))
    return frames[: SECONDS * RATE]


def encoded(frames: list[Image.Image], bits: int) -> bytes:
    """The frames as a film of MPEG-4 with a key frame every two seconds at most."""
    file = io.BytesIO()
    with av.open(file, "w", format="mp4") as container:
        stream = container.add_stream("mpeg4", rate=RATE)
        stream.width, stream.height, stream.pix_fmt = *frames[0].size, "yuv420p"
        stream.codec_context.gop_size, stream.codec_context.bit_rate = 2 * RATE, bits
        for frame in frames:
            container.mux(stream.encode(av.VideoFrame.from_image(frame)))
        container.mux(stream.encode(None))
    return file.getvalue()


def prints(name: str, content: bytes) -> Prints:
    """What the check finds in the film."""
    found = examine(media_of(io.BytesIO(content), len(content)), Context())
    details = next(each.details for each in found if each.code == COMPUTED)
    return Prints.of(name, f"{name} {zlib.crc32(content)}", Kind.VIDEO, details)
