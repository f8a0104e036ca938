"""The hashes of a picture in all eight orientations, at little more than the cost of one.

Turned pixels hash otherwise than the shortcuts of the hashes' own papers say: PDQ averages over windows
that lie half a pixel off the middle, and samples off the middle too, so that a mirrored picture is not
sampled where its original was. But all that it does before its threshold is linear, along one side and then
along the other: two products of matrices, of which a mirrored side is one read backwards and a quarter turn
the transpose. These are the bits of the turned pixels, not an estimate of them.
"""

from __future__ import annotations

from functools import cache

import numpy as np

# What is turned, in the order in which the pixels are: rows read backwards, columns, then both exchanged.
TURNED = {
    "upright": (False, False, False),
    "mirrored": (False, True, False),
    "rotated_90": (False, True, True),
    "rotated_180": (True, True, False),
    "rotated_270": (True, False, True),
    "mirrored_90": (False, False, True),
    "mirrored_180": (True, False, False),
    "mirrored_270": (True, True, True),
}
_SAMPLES, _FREQUENCIES, _PASSES = 64, 16, 2
_LOW = 8


def pdq_of_turns(greys: np.ndarray) -> dict[str, str]:
    """PDQ of square canonical greys (uint8, n × n) in each orientation, in hex."""
    forwards = _pdq_side(len(greys))
    sides = np.concatenate([forwards, forwards[:, ::-1]])
    values = sides @ greys.astype(np.float32) @ sides.T
    found = {}
    for name, (rows, columns, exchanged) in TURNED.items():
        down, across = _FREQUENCIES * rows, _FREQUENCIES * columns
        block = values[down : down + _FREQUENCIES, across : across + _FREQUENCIES]
        block = block.T if exchanged else block
        middle = np.sort(block, axis=None)[block.size // 2 - 1]
        found[name] = _hex((block > middle).ravel()[::-1])
    return found


def phash_of_turns(greys: np.ndarray) -> dict[str, str]:
    """imagehash's pHash of square greys (uint8, n × n) in each orientation, in hex."""
    cosines = _cosines(_LOW, len(greys), first=0)
    low = cosines @ greys.astype(float) @ cosines.T
    signs = (-1.0) ** np.arange(_LOW)  # of the cosines, read backwards
    found = {}
    for name, (rows, columns, exchanged) in TURNED.items():
        block = low * (signs[:, None] if rows else 1) * (signs if columns else 1)
        block = block.T if exchanged else block
        found[name] = _hex((block > np.median(block)).ravel())
    return found


@cache
def _pdq_side(side: int) -> np.ndarray:
    """What PDQ does along one side (16 × n): average twice, sample, take the low frequencies."""
    window = (side + 127) // 128
    ahead = (window + 2) // 2
    averaged = np.zeros((side, side))
    for at in range(side):
        begin, end = max(0, at + ahead - window), min(side, at + ahead)
        averaged[at, begin:end] = 1 / (end - begin)
    sampled = [int((at + 0.5) * side / _SAMPLES) for at in range(_SAMPLES)]
    smoothed = np.linalg.matrix_power(averaged, _PASSES)[sampled]
    return (_cosines(_FREQUENCIES, _SAMPLES, first=1) @ smoothed).astype(np.float32)


@cache
def _cosines(count: int, length: int, first: int) -> np.ndarray:
    """Rows of a discrete cosine transform (type II), but for their scale, from one frequency on."""
    frequencies = np.arange(first, first + count)[:, None]
    return np.cos(np.pi / 2 / length * frequencies * (2 * np.arange(length) + 1))


def _hex(bits: np.ndarray) -> str:
    return np.packbits(bits).tobytes().hex()
