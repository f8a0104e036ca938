"""Local features of a photo: keypoints that its crops share with it, and a word for what lies round each.

A word is 30 bits, the signs of the lowest frequencies: files that share places share words, so that an
inverted index finds them (Sivic and Zisserman, "Video Google", 2003). Nothing is learned, and nothing is
turned to a main direction: words are those of the upright picture, and those of its other seven
orientations are the same bits rearranged.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from itertools import product
from typing import Any, Self

import numpy as np
from PIL import Image

from media_checks.fingerprints import Box
from media_checks.keypoints import keypoints_of, levels_of, patches_of
from media_checks.turned import TURNED

VERSION = "dog2-dct30-1"
MOST = 128
# In pixels: what is read is made this large, its shape kept.
AREA = 120_000

_REACH = 8.0
_SAMPLES = 16
_LEAST_SURE = 4
# All the frequencies of some lengths, the mean apart: with each its transpose.
_FREQUENCIES = sorted(product(range(6), repeat=2), key=lambda at: (at[0] ** 2 + at[1] ** 2, at))[1:31]
_BITS = np.uint32(1) << np.arange(len(_FREQUENCIES), dtype=np.uint32)
_ROW = np.dtype([("word", "<u4"), ("unsure", "<u4"), ("x", "<u2"), ("y", "<u2"), ("scale", "<u2")])
_UNIT = 65535
_SCALE_UNIT = 1 / 256
_MOST_SIDE = 1e6


@dataclass(frozen=True)
class Features:
    """At most 128 keypoints of one photo, the clearest first.

    ``words`` (n, uint32) have 30 bits; ``unsure`` (n, uint32) has the four of them set that are the least
    sure. ``places`` (n × 2: across, down) and ``scales`` (n) are in pixels of the whole picture as it was
    read, of which ``size`` is the width and the height.
    """

    words: np.ndarray
    unsure: np.ndarray
    places: np.ndarray
    scales: np.ndarray
    size: tuple[float, float]

    def turned(self, orientation: str) -> Features:
        """The features of the picture turned."""
        rows, columns, exchanged = TURNED[orientation]
        words, unsure, places, size = self.words, self.unsure, self.places, self.size
        words = words ^ np.bitwise_or.reduce(_BITS[_odd(0) & rows ^ _odd(1) & columns], initial=0)
        places = np.abs(places - np.multiply(size, (columns, rows)))
        if exchanged:
            words, unsure = _exchanged(words), _exchanged(unsure)
            places, size = places[:, ::-1], (size[1], size[0])
        return Features(words, unsure, places, self.scales, size)

    @cached_property
    def turns(self) -> dict[str, tuple[Features, np.ndarray]]:
        """By orientation, the features of the picture turned, and the words to ask with."""
        turned = {each: self.turned(each) for each in TURNED}
        return {each: (features, features.asked_with()) for each, features in turned.items()}

    def asked_with(self) -> np.ndarray:
        """The words to ask with (n × 5): each, and each with one of its least sure bits the other way."""
        order = np.argsort(self.unsure[:, None] & _BITS, axis=1)[:, -_LEAST_SURE:]
        return np.concatenate([self.words[:, None], self.words[:, None] ^ _BITS[order]], axis=1)

    def as_json(self) -> dict[str, Any]:
        """The features as plain JSON values, at most 2.5 KB long."""
        rows = base64.b64encode(self.packed()).decode()
        return {"version": VERSION, "size": list(self.size), "rows": rows}

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> Self:
        """The features that ``as_json`` wrote. Raises ValueError for anything else."""
        width, height = (float(each) for each in values["size"])
        if values["version"] != VERSION:
            raise ValueError("these are no local features of this version")
        return cls.unpacked(base64.b64decode(values["rows"], validate=True), width, height)

    def packed(self) -> bytes:
        """Rows of 14 bytes, the least byte first: word, bits unsure, across, down, scale."""
        rows = np.zeros(len(self.words), _ROW)
        rows["word"], rows["unsure"] = self.words, self.unsure
        rows["x"], rows["y"] = np.clip(self.places / self.size, 0, 1).T * _UNIT
        rows["scale"] = np.clip(self.scales / _SCALE_UNIT, 1, _UNIT)
        return rows.tobytes()

    @classmethod
    def unpacked(cls, packed: bytes, width: float, height: float) -> Self:
        """The features in ``packed`` rows of a picture of this size. Raises ValueError for anything else."""
        rows = np.frombuffer(packed, _ROW)
        if len(rows) > MOST or (rows["word"] > _BITS.sum()).any():
            raise ValueError("these are no local features")
        if not (0 < width < _MOST_SIDE and 0 < height < _MOST_SIDE):
            raise ValueError("this is no size of a picture")
        places = np.stack([rows["x"], rows["y"]], axis=1) / _UNIT * (width, height)
        scales = np.maximum(rows["scale"], 1) * _SCALE_UNIT
        return cls(rows["word"], rows["unsure"], places, scales, (width, height))


def words_in(packed: bytes) -> np.ndarray:
    """The words alone of ``packed`` rows (n, uint32)."""
    return np.frombuffer(packed, _ROW)["word"]


def features_of(image: Image.Image, inside: Box = (0.0, 0.0, 1.0, 1.0)) -> Features:
    """The local features of what lies inside a box of an upright grey picture (mode L)."""
    left, top, right, bottom = np.multiply(inside, image.size * 2).tolist()
    box = (left, top, right, bottom)
    wide, high = box[2] - box[0], box[3] - box[1]
    factor = (AREA / (wide * high)) ** 0.5
    size = max(1, round(wide * factor)), max(1, round(high * factor))
    greys = image.resize(size, Image.Resampling.BILINEAR, box=box, reducing_gap=1.0)
    octaves = levels_of(np.asarray(greys, dtype=np.float32))
    found = keypoints_of(octaves)
    reach = _REACH * found.scales[:, None]
    whole = (found.places >= reach) & (found.places <= np.subtract(size, reach))
    found = found.only(np.flatnonzero(whole.all(axis=1)))
    found = found.only(np.argsort(-found.contrasts, kind="stable")[:MOST])
    values = _frequencies(patches_of(octaves, found, _REACH, _SAMPLES))
    weak = np.argsort(np.abs(values), axis=1, kind="stable")[:, :_LEAST_SURE]
    zoom = np.divide(size, (wide, high))
    return Features(
        (values > 0) @ _BITS,
        np.bitwise_or.reduce(_BITS[weak], axis=1),
        found.places + np.multiply(box[:2], zoom),
        found.scales,
        (image.width * float(zoom[0]), image.height * float(zoom[1])),
    )


def _frequencies(patches: np.ndarray) -> np.ndarray:
    """The lowest 30 frequencies of each patch (n × 30)."""
    cosines = _cosines()
    values = cosines @ patches @ cosines.T
    return values[:, *np.transpose(_FREQUENCIES)] if len(patches) else np.empty((0, len(_FREQUENCIES)))


@cache
def _cosines() -> np.ndarray:
    frequencies = np.arange(6)[:, None]
    return np.cos(np.pi / 2 / _SAMPLES * frequencies * (2 * np.arange(_SAMPLES) + 1)).astype(np.float32)


@cache
def _odd(axis: int) -> np.ndarray:
    """Which bits are the other way where that side is read backwards."""
    return np.transpose(_FREQUENCIES)[axis] % 2 == 1


def _exchanged(words: np.ndarray) -> np.ndarray:
    """The bits of the transposed patches."""
    order = [_FREQUENCIES.index((across, down)) for down, across in _FREQUENCIES]
    return ((words[:, None] & _BITS[order]) > 0) @ _BITS
