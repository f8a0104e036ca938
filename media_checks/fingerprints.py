"""Perceptual hashes of photos and frames, the distance of two, and how two pictures relate.

PDQ (Facebook, "The TMK+PDQF Video-Hashing Algorithm and the PDQ Image-Hashing Algorithm", 2019) with
its quality, and imagehash's pHash of the same pixels as a second family. The canonical 512 × 512 is
part of the algorithm: hashes of one picture at 256 and at 512 differ by up to 52 bits.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pdqhash
from PIL import Image

from media_checks.context import Media
from media_checks.photos import grey, greys_of, open_photo, orientation_of, upright
from media_checks.turned import pdq_of_turns, phash_of_turns

SIDE = 512
ALGORITHM_VERSION = "512-2"
PDQ = "pdq"
PHASH = "phash"
HEX_DIGITS = {PDQ: 64, PHASH: 16}
WHOLE = "whole"
TRIMMED = "trimmed"
UPRIGHT, MIRRORED = "upright", "mirrored"

# Left, top, right, bottom, in shares of a picture's sides.
Box = tuple[float, float, float, float]

LEAST_QUALITY = 50
NEAR = 31
POSSIBLE = 64

# The eight orientations of pixels.
TURNS = {
    UPRIGHT: lambda pixels: pixels,
    MIRRORED: lambda pixels: pixels[:, ::-1],
    "rotated_90": lambda pixels: np.rot90(pixels, 1),
    "rotated_180": lambda pixels: np.rot90(pixels, 2),
    "rotated_270": lambda pixels: np.rot90(pixels, 3),
    "mirrored_90": lambda pixels: np.rot90(pixels[:, ::-1], 1),
    "mirrored_180": lambda pixels: pixels[::-1],
    "mirrored_270": lambda pixels: np.rot90(pixels[:, ::-1], 3),
}
ORIENTATIONS = tuple(TURNS)

# A bar: rows of nearly one colour from an edge inwards, across what is written in them, as long as
# such rows follow again: captions, and all that a phone's screen shows around a picture.
_BAR_TOLERANCE = 14
_BAR_SHARE = 0.98
_CAPTION_ROWS = 60
_LEAST_BAR = 8
_GREATEST_BAR = 384
_LEAST_INSIDE = 64


@dataclass(frozen=True)
class Fingerprint:
    """A perceptual hash: hex of fixed width, PDQ's quality of its pixels (0 to 100), and of what.

    ``at`` is seconds into a video, None for a photo; ``part`` is the whole picture or the picture
    without its bars; ``orientation`` says how the pixels were turned before they were hashed.
    """

    algorithm: str
    bits: str
    quality: int
    at: float | None = None
    part: str = WHOLE
    orientation: str = UPRIGHT

    def as_json(self) -> dict[str, Any]:
        """The row as plain JSON values; the orientation is named only where it is not upright."""
        row = {
            "algorithm": self.algorithm,
            "bits": self.bits,
            "quality": self.quality,
            "at": self.at,
            "part": self.part,
        }
        return row if self.orientation == UPRIGHT else row | {"orientation": self.orientation}


def canonical(media: Media) -> dict[str, np.ndarray]:
    """The canonical greys of a photo by part: uint8 arrays of 512 × 512, upright. Raises Unreadable."""
    return canonical_of(greys_of(media, at_least=SIDE), orientation_of(open_photo(media)))


def canonical_of(greys: Image.Image, orientation: int) -> dict[str, np.ndarray]:
    """The same of decoded greys as stored, with the orientation that the file asks for."""
    return {part: np.asarray(upright(each, orientation)) for part, each in _parts(greys).items()}


def inside(pixels: np.ndarray) -> Box:
    """What lies inside the bars of canonical greys, in shares of the picture's sides."""
    box = inside_bars(pixels.astype(np.int16))
    left, top, right, bottom = (each / SIDE for each in box or (0, 0, SIDE, SIDE))
    return left, top, right, bottom


def frame_rows(pixels: np.ndarray, at: float) -> Iterator[Fingerprint]:
    """The rows of a frame (512 × 512 × 3), whole and without bars, in all orientations: of PDQ alone."""
    for part, each in _parts(grey(Image.fromarray(pixels))).items():
        upright = _pdq(np.asarray(each), at=round(at, 3), part=part)
        yield upright
        for orientation, bits in pdq_of_turns(np.asarray(each)).items():
            if orientation != UPRIGHT:
                yield replace(upright, bits=bits, orientation=orientation)


def stored_rows(parts: Mapping[str, np.ndarray]) -> tuple[Fingerprint, ...]:
    """The fingerprints of canonical pixels by part."""
    return tuple(row for part, pixels in parts.items() for row in _turned(pixels, part, (UPRIGHT,)))


def query_rows(parts: Mapping[str, np.ndarray]) -> tuple[Fingerprint, ...]:
    """The fingerprints of canonical pixels by part, turned into all eight orientations."""
    return tuple(row for part, pixels in parts.items() for row in _turned(pixels, part, ORIENTATIONS))


def distance(a: str, b: str) -> int:
    """The number of bits in which two hashes of the same width (in hex) differ."""
    if len(a) != len(b):
        raise ValueError(f"hashes of {len(a)} and {len(b)} hex digits cannot be compared")
    return (int(a, 16) ^ int(b, 16)).bit_count()


def _parts(image: Image.Image) -> dict[str, Image.Image]:
    whole = _squared(image)
    box = inside_bars(np.asarray(whole, dtype=np.int16))
    if box is None:
        return {WHOLE: whole}
    across, down = image.width / SIDE, image.height / SIDE
    left, top, right, bottom = box
    return {
        WHOLE: whole,
        TRIMMED: _squared(image, (left * across, top * down, right * across, bottom * down)),
    }


def _squared(image: Image.Image, box: tuple[float, float, float, float] | None = None) -> Image.Image:
    return image.resize((SIDE, SIDE), Image.Resampling.BILINEAR, box=box)


def inside_bars(grey: np.ndarray) -> tuple[int, int, int, int] | None:
    """The box (left, top, right, bottom) without bars of 512 × 512 greys (int16), None without any."""
    top, bottom = _bar(grey), _bar(grey[::-1])
    if SIDE - top - bottom < _LEAST_INSIDE:
        return None
    between = grey[top : SIDE - bottom].T
    left, right = _bar(between), _bar(between[::-1])
    if not any((top, bottom, left, right)) or SIDE - left - right < _LEAST_INSIDE:
        return None
    return left, top, SIDE - right, SIDE - bottom


def _bar(rows: np.ndarray) -> int:
    """How many rows from the first on belong to a bar; 0 when the picture begins at once."""
    colour = np.median(rows[0])
    if (np.abs(rows[0] - colour) <= _BAR_TOLERANCE).mean() < _BAR_SHARE:
        return 0
    share = (np.abs(rows[: _GREATEST_BAR + 1] - colour) <= _BAR_TOLERANCE).mean(axis=1)
    depth, caption = 0, 0
    for at, value in enumerate(share):
        if value >= _BAR_SHARE:
            depth, caption = at + 1, 0
        elif caption >= _CAPTION_ROWS:
            break
        else:
            caption += 1
    return depth if _LEAST_BAR <= depth <= _GREATEST_BAR else 0


def _turned(pixels: np.ndarray, part: str, orientations: Iterable[str]) -> Iterator[Fingerprint]:
    """Both algorithms in each orientation; pHash is turned after its own reduction to 32 × 32 greys."""
    small = np.asarray(Image.fromarray(pixels).resize((32, 32), Image.Resampling.LANCZOS))
    upright = _pdq(pixels, part=part)
    turns = pdq_of_turns(pixels), phash_of_turns(small)
    for orientation in orientations:
        pdq, phash = (each[orientation] for each in turns)
        if orientation == UPRIGHT:  # what is stored is what the libraries say
            pdq, phash = upright.bits, _phash(small)
        yield replace(upright, bits=pdq, orientation=orientation)
        yield replace(upright, algorithm=PHASH, bits=phash, orientation=orientation)


def _pdq(pixels: np.ndarray, **where: Any) -> Fingerprint:
    # The library takes three colours, and goes by their order in memory: these are the same greys each time.
    colours = np.broadcast_to(np.ascontiguousarray(pixels)[:, :, None], (*pixels.shape, 3))
    bits, quality = pdqhash.compute(colours)
    return Fingerprint(PDQ, np.packbits(bits).tobytes().hex(), int(quality), **where)


def _phash(small: np.ndarray) -> str:
    import imagehash  # over a second to import: only the child that hashes pays for it

    return np.packbits(imagehash.phash(Image.fromarray(small)).hash).tobytes().hex()
