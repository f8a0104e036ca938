"""Laying one picture on another: the affine warp, found step by step from a start.

Lucas and Kanade's method with gain and offset (Baker and Matthews, "Lucas-Kanade 20 Years On", 2004),
from coarse to fine, with Tukey's weights, so that what was laid over one of the pictures does not pull.
A warp is 2 × 3 and takes coordinates of one picture to the other's; both run from -1 to 1.
"""

from __future__ import annotations

import numpy as np

_LEVELS = (32, 64, 128)
_STEPS = 12
_LEAST_WITHIN = 0.09
_MOST_STRAIN = 1.35
_MOST_SCALE = 1.7
_MOST_LEAN = 0.3


def aligned(a: np.ndarray, b: np.ndarray, start: np.ndarray) -> np.ndarray | None:
    """The warp from ``a`` to ``b`` (greys of 128 × 128) that a start leads to.

    None where it leads nowhere, or so far from the start that the pictures were bent into each other.
    """
    warp = start
    for side in _LEVELS:
        refined = _refined(_reduced(a, side), _reduced(b, side), warp)
        if refined is None:
            return None
        warp = refined
    return None if _strained(start, warp) else warp


def grid(side: int) -> np.ndarray:
    """The coordinates (-1 to 1) of all pixels as rows of x, y, 1."""
    line = (np.arange(side) + 0.5) * 2 / side - 1
    across, down = np.meshgrid(line, line)
    return np.stack([across.ravel(), down.ravel(), np.ones(side * side)])


def sampled(image: np.ndarray, places: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The image at places (x, y rows, -1 to 1), bilinear; and which of them lie in it."""
    side = image.shape[0]
    x, y = (places + 1) * side / 2 - 0.5
    within = (x > -0.5) & (x < side - 0.5) & (y > -0.5) & (y < side - 0.5)
    x, y = np.clip(x, 0, side - 1.001), np.clip(y, 0, side - 1.001)
    left, top = x.astype(int), y.astype(int)
    x, y = x - left, y - top
    upper = image[top, left] * (1 - x) + image[top, left + 1] * x
    lower = image[top + 1, left] * (1 - x) + image[top + 1, left + 1] * x
    return upper * (1 - y) + lower * y, within


def inverse(warp: np.ndarray) -> np.ndarray:
    """The warp back."""
    turn = np.linalg.pinv(warp[:, :2])
    return np.column_stack([turn, -turn @ warp[:, 2]])


def cover(warp: np.ndarray) -> float:
    """The share of the picture's places that the warp puts inside the other."""
    return float((np.abs(warp @ grid(32)) <= 1).all(axis=0).mean())


def _strained(begun: np.ndarray, warp: np.ndarray) -> bool:
    """Whether a warp has left its start so far that the pictures were bent into each other."""
    across, down = np.linalg.norm(warp[:, :2], axis=0) / np.linalg.norm(begun[:, :2], axis=0)
    lean = abs(float(np.dot(*(warp[:, :2] / np.linalg.norm(warp[:, :2], axis=0)).T)))
    apart = max(across, down) / min(across, down)
    return apart > _MOST_STRAIN or max(across, down, 1 / across, 1 / down) > _MOST_SCALE or lean > _MOST_LEAN


def _reduced(pixels: np.ndarray, side: int) -> np.ndarray:
    step = pixels.shape[0] // side
    return pixels.reshape(side, step, side, step).mean(axis=(1, 3))


def _refined(a: np.ndarray, b: np.ndarray, warp: np.ndarray) -> np.ndarray | None:
    """Gauss-Newton steps of the warp, with gain and offset; None where it loses the other picture."""
    side, wanted = a.shape[0], a.ravel()
    here = grid(side)
    slope_down, slope_across = np.gradient(b, 2 / side)
    for _ in range(_STEPS):
        places = warp @ here
        seen, within = sampled(b, places)
        if within.mean() < _LEAST_WITHIN or seen[within].std() < 1:
            return None
        across, down = sampled(slope_across, places)[0], sampled(slope_down, places)[0]
        gain, offset = _light(seen[within], wanted[within])
        rest = wanted - gain * seen - offset
        columns = np.concatenate([gain * across * here, gain * down * here, [seen, np.ones_like(seen)]])
        weights = _weights(rest, within)
        normal = (columns * weights) @ columns.T
        normal[np.diag_indices(8)] += 1e-6 * np.trace(normal) / 8
        step = np.linalg.solve(normal, columns @ (weights * rest))[:6].reshape(2, 3)
        warp = warp + np.clip(step, -0.2, 0.2)
        if np.abs(step).max() < 0.1 / side:
            break
    return warp


def _light(seen: np.ndarray, wanted: np.ndarray) -> tuple[float, float]:
    gain = max(0.2, float(np.cov(seen, wanted)[0, 1] / max(seen.var(), 1)))
    return gain, float(np.median(wanted - gain * seen))


def _weights(rest: np.ndarray, within: np.ndarray) -> np.ndarray:
    """Tukey's biweight of the residuals: what is far off counts nothing."""
    reach = 4.685 * max(1.4826 * float(np.median(np.abs(rest[within]))), 2.0)
    return np.where(within, np.clip(1 - (rest / reach) ** 2, 0, 1) ** 2, 0)
