"""Keypoints: places that are found again in another copy of a picture, whatever its size.

Extrema of differences of Gaussians over places and scales, as Lowe describes them ("Distinctive Image
Features from Scale-Invariant Keypoints", International Journal of Computer Vision, 2004).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import product
from typing import NamedTuple

import numpy as np

_OCTAVES, _STEPS = 5, 2
_BLUR, _GIVEN_BLUR = 1.6, 0.5
_WIDTHS = 3.0
_LEAST_SIDE = 24
_LEAST_CONTRAST = 1.5
_MOST_EDGE = 10.0
_FARTHEST = 1.0
# How much of the distance between two samples should be blurred away before they are taken.
_BLUR_OF_SPACING = 0.7
_NEIGHBOURS = [at for at in product((-1, 0, 1), repeat=3) if any(at)]


class Level(NamedTuple):
    """A blurred picture; one of its pixels is ``step`` pixels of the first one."""

    pixels: np.ndarray
    step: int


class Keypoints(NamedTuple):
    """Across and down (n × 2) and blur (n), in pixels, and contrast (n), in grey levels."""

    places: np.ndarray
    scales: np.ndarray
    contrasts: np.ndarray

    def only(self, chosen: np.ndarray) -> Keypoints:
        """Those of the mask or of the numbers."""
        return Keypoints(*(each[chosen] for each in self))


def levels_of(greys: np.ndarray) -> list[list[Level]]:
    """The greys (float32) in octaves of five levels, each 2^(1/2) times as blurred as the one before."""
    octaves: list[list[Level]] = []
    step = 1
    first = _blurred(greys, _further(_GIVEN_BLUR, _BLUR))
    while len(octaves) < _OCTAVES and min(first.shape) >= _LEAST_SIDE:
        pixels = [first]
        for at in range(1, _STEPS + 3):
            pixels.append(_blurred(pixels[-1], _further(_blur(at - 1), _blur(at)), apart=2))
        octaves.append([Level(each, step) for each in pixels])
        first, step = pixels[_STEPS][::2, ::2], 2 * step
    return octaves


def keypoints_of(octaves: Sequence[Sequence[Level]]) -> Keypoints:
    """The keypoints of a picture by its levels, in no order."""
    found = [_of_octave(levels) for levels in octaves] or [_of_octave([Level(np.zeros((8, 8)), 1)] * 6)]
    return Keypoints(*(np.concatenate(each) for each in zip(*found, strict=True)))


def patches_of(octaves: Sequence[Sequence[Level]], at: Keypoints, reach: float, samples: int) -> np.ndarray:
    """What lies round each keypoint (n × samples × samples), ``reach`` times its blur to each side."""
    patches = np.empty((len(at.scales), samples, samples), np.float32)
    line = (np.arange(samples, dtype=np.float32) + 0.5) / samples * 2 - 1
    at = Keypoints(*(each.astype(np.float32) for each in at))
    spacing = 2 * reach * at.scales / samples
    flat = [level for levels in octaves for level in levels[:_STEPS]]
    wanted = np.log2(np.maximum(_BLUR_OF_SPACING * spacing, _BLUR) / _BLUR) * _STEPS
    chosen = np.clip(np.round(wanted), 0, len(flat) - 1).astype(int)
    for number in np.unique(chosen):
        these = chosen == number
        steps = reach * at.scales[these, None] * line
        across, down = ((at.places[these, axis, None] + steps) / flat[number].step for axis in (0, 1))
        patches[these] = _sampled(flat[number].pixels, across[:, None, :], down[:, :, None])
    return patches


def _blur(level: int) -> float:
    return _BLUR * 2 ** (level / _STEPS)


def _further(blur: float, wanted: float) -> float:
    """What is blurred so much must be blurred so much more to be as blurred as is wanted."""
    return (wanted**2 - blur**2) ** 0.5


def _blurred(greys: np.ndarray, blur: float, apart: int = 1) -> np.ndarray:
    """Convolved with a Gaussian, the edges repeated; along one side, then along the other.

    What is smooth already needs samples only so many pixels ``apart``.
    """
    count = round(_WIDTHS * blur / apart)
    taps = np.exp(-0.5 * (np.arange(count + 1) * apart / blur) ** 2)
    taps = (taps / (2 * taps.sum() - taps[0])).astype(np.float32)
    margin = count * apart
    for _ in range(2):
        length = len(greys)
        wide = np.pad(greys, ((margin, margin), (0, 0)), mode="edge")
        blurred = wide[margin : margin + length] * taps[0]
        for number in range(1, count + 1):
            before, after = margin - number * apart, margin + number * apart
            beside = wide[before : before + length] + wide[after : after + length]
            beside *= taps[number]
            blurred += beside
        greys = np.ascontiguousarray(blurred.T)
    return greys


def _of_octave(levels: Sequence[Level]) -> Keypoints:
    pixels = np.stack([level.pixels for level in levels])
    differences = pixels[1:] - pixels[:-1]
    scale, down, across = (np.concatenate(each) for each in zip(*_extrema(differences), strict=True))
    offset, contrast, clear = _refined(differences, scale, down, across)
    places = np.stack([across + offset[:, 0], down + offset[:, 1]], axis=1)
    found = Keypoints(places, _BLUR * 2 ** ((scale + offset[:, 2]) / _STEPS), contrast).only(clear)
    return Keypoints(found.places * levels[0].step, found.scales * levels[0].step, found.contrasts)


def _extrema(differences: np.ndarray) -> Iterator[tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """Scale, row and column of each maximum among its 26 neighbours, then of each minimum."""
    flat, (scales, rows, columns) = differences.ravel(), differences.shape
    edge = np.ones((scales, rows, columns), dtype=bool)
    edge[1:-1, 1:-1, 1:-1] = False
    inner = flat[columns:-columns]
    for beyond, contrast in ((np.greater_equal, _LEAST_CONTRAST), (np.less_equal, -_LEAST_CONTRAST)):
        # Most pixels are told from their four nearest; the few that stay are held against all.
        extreme = beyond(inner, contrast)
        for by in (-1, 1, -columns, columns):
            extreme &= beyond(inner, flat[columns + by : len(flat) - columns + by])
        at = np.flatnonzero(extreme) + columns
        at = at[~edge.ravel()[at]]
        for scale, down, across in _NEIGHBOURS:
            at = at[beyond(flat[at], flat[at + (scale * rows + down) * columns + across])]
        yield np.unravel_index(at, differences.shape)


def _refined(
    differences: np.ndarray, scale: np.ndarray, down: np.ndarray, across: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Offsets (across, down, scale) of the fitted extrema, their contrast, and which are clear ones.

    Those on an edge, and those that the fit moves to another pixel, are not.
    """

    def value(by_scale: int, by_down: int, by_across: int) -> np.ndarray:
        return differences[scale + by_scale, down + by_down, across + by_across]

    here = value(0, 0, 0)
    units = [(0, 0, 1), (0, 1, 0), (1, 0, 0)]
    slope = np.stack([(value(*each) - value(*_minus(each))) / 2 for each in units], axis=1)
    bend = np.empty((len(here), 3, 3))
    for one, mine in enumerate(units):
        bend[:, one, one] = value(*mine) + value(*_minus(mine)) - 2 * here
        for other, theirs in enumerate(units[:one]):
            both, apart = np.add(mine, theirs), np.subtract(mine, theirs)
            mixed = value(*both) + value(*-both) - value(*apart) - value(*-apart)
            bend[:, one, other] = bend[:, other, one] = mixed / 4
    offset = -np.linalg.solve(bend + 1e-6 * np.eye(3), slope[:, :, None])[:, :, 0]
    contrast = np.abs(here + (slope * offset).sum(axis=1) / 2)
    area = bend[:, 0, 0] * bend[:, 1, 1] - bend[:, 0, 1] ** 2
    edge = (bend[:, 0, 0] + bend[:, 1, 1]) ** 2 * _MOST_EDGE >= (_MOST_EDGE + 1) ** 2 * area
    near = (np.abs(offset) < _FARTHEST).all(axis=1)
    return offset, contrast, (area > 0) & ~edge & near & (contrast > _LEAST_CONTRAST)


def _minus(at: tuple[int, int, int]) -> tuple[int, int, int]:
    return -at[0], -at[1], -at[2]


def _sampled(pixels: np.ndarray, across: np.ndarray, down: np.ndarray) -> np.ndarray:
    """The pixels at places between them, bilinear."""
    high, wide = pixels.shape
    across, down = np.clip(across, 0, wide - 1.001), np.clip(down, 0, high - 1.001)
    left, top = across.astype(np.int32), down.astype(np.int32)
    across, down = across - left, down - top
    upper = pixels[top, left] * (1 - across) + pixels[top, left + 1] * across
    lower = pixels[top + 1, left] * (1 - across) + pixels[top + 1, left + 1] * across
    return upper * (1 - down) + lower * down
