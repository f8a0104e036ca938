"""A learned copy-detection descriptor of a photo, by the model that the operator names; none is shipped.

Of a photo some hundred numbers whose cosine with another's says whether both may show the same (Pizzi et
al., "A Self-Supervised Descriptor for Image Copy Detection", 2022). It finds what hashes miss, large crops
above all, and likens shots of one scene too: it only proposes. Films are not described.
"""

from __future__ import annotations

import base64
import hashlib
import math
import os
import zlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Self

import numpy as np
from PIL import Image

from media_checks.context import DescriptorModel, Media
from media_checks.contract import ContractBroken
from media_checks.fingerprints import SIDE, WHOLE
from media_checks.photos import flat, open_photo, orientation_of, pixels_of, upright

# What is done to the pixels is part of the version: raise it with any change of that.
_PIXELS_VERSION = 1
WINDOW = "window"
# A picture this many times as long as wide is also described in squares along its length: a phone's screen
# around a photo. At most so many, half over each other as long as they suffice.
LONG = 1.8
MOST_WINDOWS = 8

_WORD_BITS = 64
# Sign bits of two vectors at an angle differ by the angle's share of a half turn, give or take; so many
# standard deviations are allowed for. 205 of 512 bits at a cosine of .5: none of 5,456 copies was lost.
_ALLOWED_FOR = 3.2


class UnfitModel(Exception):
    """A model that cannot be used as the settings say; the message names the setting."""


@dataclass(frozen=True)
class Descriptors:
    """What one model gives of one photo: a row of int8 a part, and the parts' names.

    Only what has the same ``version`` can be compared: the SHA-256 of the model, and a sum over what is done
    to the pixels. ``threshold`` is the least cosine of what may be a copy.
    """

    version: str
    threshold: float
    parts: tuple[str, ...]
    numbers: np.ndarray

    @classmethod
    def of(cls, details: Mapping[str, Any]) -> Self | None:
        """From the details of a ``perceptual_hash.computed`` finding; None where nothing was described.

        Raises ValueError for numbers that are not of the length that is said.
        """
        if "descriptors" not in details:
            return None
        told, rows = details["descriptors"], details["described"]
        data = [base64.b64decode(row["numbers"], validate=True) for row in rows]
        if {len(each) for each in data} - {told["dimension"]}:
            raise ValueError(f"not every descriptor has {told['dimension']} numbers")
        numbers = np.frombuffer(b"".join(data), dtype=np.int8).reshape(-1, told["dimension"])
        parts = tuple(str(row["part"]) for row in rows)
        return cls(told["version"], float(told["threshold"]), parts, numbers)

    @property
    def signs(self) -> list[str]:
        """The signs of each row as bits, in hex, filled up with zeros to whole words of 64 bits."""
        bits = np.pad(self.numbers >= 0, ((0, 0), (0, -self.numbers.shape[1] % _WORD_BITS)))
        return [row.tobytes().hex() for row in np.packbits(bits, axis=1)]

    @property
    def sign_words(self) -> np.ndarray:
        """The signs of each row as words of 64 bits: n × words, uint64."""
        data = np.frombuffer(bytes.fromhex("".join(self.signs)), dtype=np.uint64)
        return data.reshape(len(self.parts), -1)

    @property
    def radius(self) -> int:
        """In how many sign bits rows can differ whose cosine is at the threshold."""
        return radius(self.numbers.shape[1], self.threshold)

    def is_of(self, model: DescriptorModel | None) -> bool:
        """Whether this is what the model can have given: the child that says so may have been taken over."""
        if model is None or not 1 <= len(self.parts) <= 1 + MOST_WINDOWS:
            return False
        told = self.version, self.threshold, self.numbers.shape
        return told == (version_of(model), model.threshold, (len(self.parts), model.dimension))

    def likeness(self, other: Descriptors | None) -> float | None:
        """The greatest cosine of any two parts; None below the threshold, or of another version."""
        if other is None or other.version != self.version:
            return None
        greatest = float(cosines(self.numbers, other.numbers).max(initial=-1.0))
        return round(greatest, 4) if greatest >= self.threshold else None


def version_of(model: DescriptorModel) -> str:
    """What descriptors are kept under: the model's SHA-256 and a sum over what is done to the pixels."""
    pixels = repr((_PIXELS_VERSION, LONG, MOST_WINDOWS, model.side, model.mean, model.std))
    return f"{model.sha256}-{zlib.crc32(pixels.encode()):08x}"


def radius(dimension: int, threshold: float) -> int:
    """In how many of ``dimension`` sign bits two vectors can differ whose cosine is at the threshold."""
    share = math.acos(threshold) / math.pi
    return round(dimension * share + _ALLOWED_FOR * math.sqrt(dimension * share * (1 - share)))


def cosines(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """The cosine of each row of int8 (n × d) with each of the other's (m × d): n × m, from -1 to 1."""
    one, other = one.astype(np.float64), other.astype(np.float64)
    lengths = np.outer(np.linalg.norm(one, axis=1), np.linalg.norm(other, axis=1))
    return one @ other.T / np.maximum(lengths, 1e-9)


def describe(media: Media, model: DescriptorModel) -> dict[str, Any]:
    """Details of a finding: what a photo was described with, and a row a part.

    Raises Unreadable, UnfitModel.
    """
    orientation, image = orientation_of(open_photo(media)), pixels_of(media, at_least=SIDE)
    rows = [
        {"part": part, "numbers": base64.b64encode(_described(square, model)).decode()}
        for part, square in _squares(image, orientation, model.side)
    ]
    told = {
        "model": model.sha256,
        "version": version_of(model),
        "dimension": model.dimension,
        "threshold": model.threshold,
    }
    return {"descriptors": told, "described": rows}


def load(model: DescriptorModel) -> None:
    """Load the model and try it, ahead of what needs it. Raises UnfitModel."""
    noise = np.random.default_rng(1).integers(0, 256, (model.side, model.side, 3), dtype=np.uint8)
    try:
        _described(Image.fromarray(noise), model)
    except UnfitModel:
        raise
    except Exception as error:  # the library's own kinds of error have no base in common
        kind = type(error).__name__
        side = f"a DESCRIPTOR_SIDE of {model.side}"
        raise UnfitModel(f"DESCRIPTOR_MODEL gives nothing at {side} ({kind})") from error


def _squares(image: Image.Image, orientation: int, side: int) -> Iterator[tuple[str, Image.Image]]:
    """The parts, made small before they are turned upright: a large picture is not copied."""
    for part, box in _boxes(image.width, image.height):
        small = image.resize((side, side), Image.Resampling.BILINEAR, box=box)
        yield part, flat(upright(small, orientation))


def _described(square: Image.Image, model: DescriptorModel) -> bytes:
    return _quantised(_numbers(square, model)).tobytes()


def _boxes(width: int, height: int) -> Iterable[tuple[str, tuple[float, float, float, float]]]:
    """The whole picture, squeezed into a square; of a long one also squares along its length."""
    yield WHOLE, (0, 0, width, height)
    short, length = sorted((width, height))
    if length < LONG * short:
        return
    count = min(MOST_WINDOWS, math.ceil(2 * (length - short) / short) + 1)
    for number, start in enumerate(np.linspace(0, length - short, count), 1):
        first, last = float(start), float(start) + short
        box = (0.0, first, float(width), last) if height > width else (first, 0.0, last, float(height))
        yield f"{WINDOW} {number}", box


def _numbers(square: Image.Image, model: DescriptorModel) -> np.ndarray:
    """What the model gives of an RGB picture of its own side. Raises UnfitModel."""
    pixels = np.asarray(square, dtype=np.float32) / 255
    pixels = (pixels - np.array(model.mean, np.float32)) / np.array(model.std, np.float32)
    session = _session(model)
    asked = {session.get_inputs()[0].name: np.ascontiguousarray(pixels.transpose(2, 0, 1)[None])}
    given = np.asarray(session.run(None, asked)[0])
    if given.size != model.dimension:
        wrong = f"DESCRIPTOR_DIMENSION is {model.dimension}, but the model gives {given.size} numbers"
        raise UnfitModel(wrong)
    return given.reshape(-1)


def _quantised(numbers: np.ndarray) -> np.ndarray:
    """As int8, the greatest at ±127: the cosine does not ask for the length. Raises ContractBroken."""
    greatest = float(np.abs(numbers).max())
    if not math.isfinite(greatest) or greatest == 0:
        raise ContractBroken("the descriptor model gave no numbers that could be compared")
    return np.round(numbers * (127 / greatest)).astype(np.int8)


@lru_cache(maxsize=1)
def _session(model: DescriptorModel) -> Any:
    """The model, loaded to run in the thread that asks: so it survives a fork. Raises UnfitModel."""
    onnxruntime = _runtime()
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.execution_mode = onnxruntime.ExecutionMode.ORT_SEQUENTIAL
    options.enable_cpu_mem_arena = False  # a child lives for one file: nothing to be kept for the next
    options.log_severity_level = 4
    try:
        return onnxruntime.InferenceSession(_content(model), options, providers=["CPUExecutionProvider"])
    except UnfitModel:
        raise
    except Exception as error:  # as above
        kind = type(error).__name__
        raise UnfitModel(f"DESCRIPTOR_MODEL cannot be loaded as an ONNX model ({kind})") from error


def _runtime() -> Any:
    os.environ["ORT_DISABLE_TELEMETRY"] = "1"  # asked when it is imported
    try:
        import onnxruntime  # an extra: nobody without a model has it or pays for it
    except ImportError as error:
        raise UnfitModel("DESCRIPTOR_MODEL needs the extra [deep], which is not installed") from error
    return onnxruntime


def _content(model: DescriptorModel) -> bytes:
    try:
        content = Path(model.path).read_bytes()
    except OSError as error:
        raise UnfitModel(f"DESCRIPTOR_MODEL cannot be read: {error.strerror}") from error
    if hashlib.sha256(content).hexdigest() != model.sha256:
        raise UnfitModel("DESCRIPTOR_SHA256 is not that of the file which DESCRIPTOR_MODEL names")
    return content
