"""Where one photo lies on another, by the places that they share."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from media_checks.local_features import Features

# So many places must lie right at once for the pixels to be looked at.
LEAST_VOTES = 3
# In shares of the greater side, for a scale read off one keypoint and for one fitted to several.
_LOOSE, _TIGHT = 0.08, 0.03
_SCALES_APART = 0.35
_ROUNDS = 3
_MOST_PAIRS = 500


@dataclass(frozen=True)
class Placement:
    """``a``, turned as ``orientation`` says, laid on ``b`` by so many shared places (``votes``).

    ``warp`` (2 × 3) takes coordinates of the turned ``a`` to those of ``b``, both from -1 to 1.
    """

    votes: int
    orientation: str
    warp: np.ndarray


def placement(a: Features, b: Features) -> Placement | None:
    """The placement with the most votes; None where fewer than three places agree on any."""
    best = max((_placed(a, b, each) for each in a.turns), key=lambda each: each.votes)
    return best if best.votes >= LEAST_VOTES else None


def _placed(a: Features, b: Features, orientation: str) -> Placement:
    turned, asked = a.turns[orientation]
    mine, theirs = _least_repeated(*np.nonzero((asked[:, :, None] == b.words).any(axis=1)))
    from_, to = (_complex(each.places)[at] for each, at in ((turned, mine), (b, theirs)))
    scales = b.scales[theirs] / turned.scales[mine]
    agreeing = _most_agreeing(from_, to, scales, max(b.size))
    scale, shift = 1 + 0j, 0j
    for _ in range(_ROUNDS):
        if _votes(mine, theirs, agreeing) < LEAST_VOTES:
            return Placement(0, orientation, np.eye(2, 3))
        scale, shift = _similarity(from_[agreeing], to[agreeing])
        agreeing = np.abs(scale * from_ + shift - to) < _TIGHT * max(b.size)
    return Placement(_votes(mine, theirs, agreeing), orientation, _warp(scale, shift, turned.size, b.size))


def _least_repeated(mine: np.ndarray, theirs: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """At most 500 pairs of places, first those of the rarest words: the windows of a house are all alike."""
    repeated = np.bincount(mine)[mine] * np.bincount(theirs)[theirs]
    first = np.argsort(repeated, kind="stable")[:_MOST_PAIRS]
    return mine[first], theirs[first]


def _complex(places: np.ndarray) -> np.ndarray:
    return places[:, 0] + 1j * places[:, 1]


def _most_agreeing(from_: np.ndarray, to: np.ndarray, scales: np.ndarray, side: float) -> np.ndarray:
    """The pairs of places that the most telling one of them puts right: by its own scale, unturned."""
    if not len(from_):
        return np.zeros(0, bool)
    moved = to[:, None] + scales[:, None] * (from_[None] - from_[:, None])
    apart = np.abs(np.log2(scales[:, None] / scales[None]))
    agreeing = (np.abs(moved - to[None]) < _LOOSE * side) & (apart < _SCALES_APART)
    return agreeing[agreeing.sum(axis=1).argmax()]


def _votes(mine: np.ndarray, theirs: np.ndarray, agreeing: np.ndarray) -> int:
    """The pairs that agree, each place of either side counted once."""
    return min(len(np.unique(mine[agreeing])), len(np.unique(theirs[agreeing])))


def _similarity(from_: np.ndarray, to: np.ndarray) -> tuple[complex, complex]:
    """The scale with its turn, and the shift, that bring some places nearest to others (least squares)."""
    here, there = from_ - from_.mean(), to - to.mean()
    scale = (here.conj() @ there) / max(float(np.abs(here @ here.conj())), 1e-9)
    return complex(scale), complex(to.mean() - scale * from_.mean())


def _warp(scale: complex, shift: complex, size: tuple[float, float], onto: tuple[float, float]) -> np.ndarray:
    similar = np.array(
        [[scale.real, -scale.imag, shift.real], [scale.imag, scale.real, shift.imag], [0, 0, 1]]
    )
    wide, high = np.divide(size, 2)
    pixels = np.array([[wide, 0, wide], [0, high, high], [0, 0, 1]])
    across, down = np.divide(2, onto)
    return np.array([[across, 0, -1], [0, down, -1]]) @ similar @ pixels
