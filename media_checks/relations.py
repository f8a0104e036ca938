"""The second stage of matching: two pictures laid over each other, and what one is to the other.

Fingerprints propose a pair; here its pixels are aligned and compared part by part. Greys of 128 × 128
are enough for that.
"""

from __future__ import annotations

import base64
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from PIL import Image

from media_checks.alignment import aligned, cover, grid, inverse, sampled
from media_checks.fingerprints import NEAR, TURNS, UPRIGHT, Box, inside
from media_checks.placements import Placement

SIDE = 128
STRONG, PERHAPS = "strong", "possible"
PHASH_AGREES = 8
# Of the parts of two pictures that have anything in them, the share that must agree.
# Measured on distinct photos, the 400 pairs nearest by each hash and 400 random: one .56, the others < .39.
LEAST_SCORE = 0.6

_BLOCK = 16
_BLOCK_AGREES = 0.6
_LEAST_SPREAD = 4.0
_LEAST_BLOCKS = 12
_LEAST_COVERED = 0.09
_WHOLE = 0.96
_OVERLAID = 0.03
_TILTED = 1.5
# What the edges of a box lose, as a share of the picture.
_ROOM = 0.06

EVERYTHING: Box = (0.0, 0.0, 1.0, 1.0)
_ORDINAL = {"a": "first", "b": "second"}


@dataclass(frozen=True)
class Grey:
    """A picture to compare: 128 × 128 greys (uint8), and the box inside its bars, in shares of its sides."""

    pixels: np.ndarray
    inside: Box = EVERYTHING

    @classmethod
    def of(cls, canonical: np.ndarray) -> Self:
        """From the canonical greys of a whole picture (512 × 512, upright)."""
        image = Image.fromarray(canonical)
        return cls(np.asarray(image.resize((SIDE, SIDE), Image.Resampling.BOX)), inside(canonical))

    def as_json(self) -> dict[str, Any]:
        """The picture as plain JSON values, 22 KB long."""
        return {"pixels": base64.b64encode(self.pixels.tobytes()).decode(), "inside": self.inside}

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> Self:
        """The picture that ``as_json`` wrote. Raises ValueError for anything else."""
        pixels = np.frombuffer(base64.b64decode(values["pixels"], validate=True), dtype=np.uint8)
        left, top, right, bottom = (float(each) for each in values["inside"])
        if not (0 <= left < right <= 1 and 0 <= top < bottom <= 1):
            raise ValueError("this is no box in a picture")
        return cls(pixels.reshape(SIDE, SIDE), (left, top, right, bottom))


@dataclass(frozen=True)
class Verified:
    """What one picture is to another: the name, 0 to 1, a reason for a person.

    ``derived`` is "a" or "b" where the pixels tell which was made from the other.
    """

    name: str
    score: float
    reason: str
    derived: str | None = None


def tier(pdq: int, phash: int | None, verified: Verified | None) -> str | None:
    """How much stands behind a pair: "strong", "possible", or None where nothing but one hash does.

    Strong are both families of hashes together; anything else needs the pixels to agree.
    """
    if pdq <= NEAR and phash is not None and phash <= PHASH_AGREES:
        return STRONG
    return PERHAPS if verified else None


def verify(
    a: Grey, b: Grey, orientations: Iterable[str] = (UPRIGHT,), placed: Placement | None = None
) -> Verified | None:
    """The relation of two pictures, ``a`` turned as one of the orientations says; None: they differ.

    Where they are ``placed`` already, that is tried too.
    """
    fits = [
        _fitted(turned, b, start, orientation)
        for orientation in orientations
        for turned in (_turned(a, orientation),)
        for start in _starts(turned, b)
    ]
    if placed:
        turned = _turned(a, placed.orientation)
        fits += [lay(turned, b, placed.warp, placed.orientation) for lay in (_fitted, _laid)]
    best = max((fit for fit in fits if fit), key=lambda fit: fit.score, default=None)
    return _named(best) if best and best.score >= LEAST_SCORE else None


@dataclass(frozen=True)
class _Fit:
    """``a`` laid on ``b``: the warp (2 × 3, on coordinates from -1 to 1), and the parts that agree."""

    a: Grey
    b: Grey
    warp: np.ndarray
    orientation: str
    agreeing: np.ndarray
    telling: np.ndarray
    livelier: str | None
    covered: tuple[float, float]

    @property
    def score(self) -> float:
        return float(self.agreeing.sum() / max(self.telling.sum(), 1))


def _turned(grey: Grey, orientation: str) -> Grey:
    if orientation == UPRIGHT:
        return grey
    mask = np.zeros((SIDE, SIDE), bool)
    left, top, right, bottom = (round(each * SIDE) for each in grey.inside)
    mask[top:bottom, left:right] = True
    rows, columns = np.nonzero(TURNS[orientation](mask))
    inside = columns.min() / SIDE, rows.min() / SIDE, (columns.max() + 1) / SIDE, (rows.max() + 1) / SIDE
    return Grey(np.ascontiguousarray(TURNS[orientation](grey.pixels)), inside)


def _starts(a: Grey, b: Grey) -> list[np.ndarray]:
    """Whole on whole, and whatever is inside bars on what is inside the other's."""
    pairs = {(a.inside, b.inside), (EVERYTHING, EVERYTHING), (EVERYTHING, b.inside), (a.inside, EVERYTHING)}
    return [_onto(mine, theirs) for mine, theirs in sorted(pairs)]


def _onto(mine: Box, theirs: Box) -> np.ndarray:
    (x, y, across, down), (u, v, wide, high) = _centred(mine), _centred(theirs)
    return np.array([[wide / across, 0, u - x * wide / across], [0, high / down, v - y * high / down]])


def _centred(box: Box) -> tuple[float, float, float, float]:
    left, top, right, bottom = (2 * each - 1 for each in box)
    return (left + right) / 2, (top + bottom) / 2, (right - left) / 2, (bottom - top) / 2


def _fitted(a: Grey, b: Grey, start: np.ndarray, orientation: str) -> _Fit | None:
    """The fit that a start leads to; None where it leads nowhere."""
    warp = aligned(a.pixels, b.pixels, start)
    return None if warp is None else _laid(a, b, warp, orientation)


def _laid(a: Grey, b: Grey, warp: np.ndarray, orientation: str) -> _Fit | None:
    """The fit of a warp as it is; None where it leaves too little of either picture in the other."""
    covered = cover(warp), cover(inverse(warp))
    return _judged(a, b, warp, orientation, covered) if min(covered) >= _LEAST_COVERED else None


def _judged(a: Grey, b: Grey, warp: np.ndarray, orientation: str, covered: tuple[float, float]) -> _Fit:
    """What agrees of the picture that lies further inside the other: its parts are all to be found there."""
    if covered[0] >= covered[1]:
        agreeing, telling, (mine, theirs) = _compared(a, b, warp)
    else:
        agreeing, telling, (theirs, mine) = _compared(b, a, inverse(warp))
    apart = telling & ~agreeing
    return _Fit(a, b, warp, orientation, agreeing, telling, _livelier(mine[apart], theirs[apart]), covered)


def _compared(a: Grey, b: Grey, warp: np.ndarray) -> tuple[np.ndarray, np.ndarray, tuple]:
    """The parts (blocks of 16 × 16) of ``a`` that correlate with ``b``, that are telling; both's spreads."""
    seen, within = sampled(b.pixels.astype(float), warp @ grid(SIDE))
    mine, theirs = _blocks(a.pixels.astype(float)), _blocks(seen.reshape(SIDE, SIDE))
    inside = _blocks(within.reshape(SIDE, SIDE).astype(float)).mean(axis=1) > 0.95
    spread = mine.std(axis=1), theirs.std(axis=1)
    telling = inside & (np.maximum(*spread) > _LEAST_SPREAD) & ~(_burnt(mine) | _burnt(theirs))
    products = ((mine - mine.mean(1, keepdims=True)) * (theirs - theirs.mean(1, keepdims=True))).mean(1)
    agreeing = telling & (products > _BLOCK_AGREES * np.maximum(spread[0] * spread[1], 1.0))
    if telling.sum() < _LEAST_BLOCKS:
        agreeing[:] = False
    return agreeing, telling, spread


def _burnt(blocks: np.ndarray) -> np.ndarray:
    """Blocks that are mostly black or white altogether, as brightening leaves them."""
    return ((blocks < 3) | (blocks > 252)).mean(axis=1) > 0.3


def _blocks(pixels: np.ndarray) -> np.ndarray:
    count = SIDE // _BLOCK
    return pixels.reshape(count, _BLOCK, count, _BLOCK).swapaxes(1, 2).reshape(count * count, -1)


def _livelier(mine: np.ndarray, theirs: np.ndarray) -> str | None:
    """Which picture has more in the parts that differ: the one that something was laid over."""
    if not len(mine):
        return None
    ratio = (mine.mean() + 1) / (theirs.mean() + 1)
    return "a" if ratio > 1.3 else "b" if ratio < 1 / 1.3 else None


def _named(fit: _Fit) -> Verified:
    parts = f"{int(fit.agreeing.sum())} of {int(fit.telling.sum())} parts agree"
    score = round(fit.score, 3)
    tilt = abs(float(np.degrees(np.arctan2(fit.warp[1, 0] - fit.warp[0, 1], np.trace(fit.warp[:, :2])))))
    in_b, in_a = fit.covered
    if fit.orientation != UPRIGHT:
        name, _, turn = fit.orientation.partition("_")
        return Verified(name, score, f"{name}{f' by {turn}°' if turn else ''}; {parts}")
    if tilt > _TILTED:
        return Verified("rotated", score, f"turned by {tilt:.0f}°; {parts}")
    if min(in_a, in_b) < _WHOLE:
        return _cut(fit, score, parts)
    if 1 - fit.score > _OVERLAID:
        over = f"the {_ORDINAL[fit.livelier]}" if fit.livelier else "one of them"
        return Verified("overlay", score, f"something lies over {over}; {parts}", fit.livelier)
    return Verified("near", score, parts)


def _cut(fit: _Fit, score: float, parts: str) -> Verified:
    """One shows more than the other: bars round it, or a part that the other lacks."""
    in_b, in_a = fit.covered
    framed, more, other = ("a", in_b, in_a) if in_b < in_a else ("b", in_a, in_b)
    inside = {"a": _share(fit.a.inside), "b": _share(fit.b.inside)}
    if abs(inside.pop(framed) - more) <= _ROOM and min(inside.values()) - _ROOM <= other:
        return Verified("near", score, f"bars round the {_ORDINAL[framed]}; {parts}", framed)
    if other >= _WHOLE:
        smaller = "b" if framed == "a" else "a"
        return Verified("crop", score, f"the {_ORDINAL[smaller]} is cut out; {parts}", smaller)
    return Verified("crop", score, f"each shows what the other lacks; {parts}")


def _share(box: Box) -> float:
    left, top, right, bottom = box
    return (right - left) * (bottom - top)
