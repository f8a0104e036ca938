"""Whether two films share footage, and where: by their matching frames that agree on one offset."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

# Frames of two copies are sampled at other times: this far apart they may still be of one moment.
SAME_OFFSET_S = 1.0
LEAST_SHARE = 0.2
LEAST_FRAMES = 2
_SAME_LENGTH_S = 2.0
_SAME_MOMENT_S = 0.3
# So few bits say nothing of which of two frames is the nearer one.
_NOISE = 8


@dataclass(frozen=True)
class Shared:
    """Footage in common: ``offset`` is where the first film begins in the second, in seconds.

    ``share`` is the part of the frames of the one or the other that match where both overlap;
    ``whole`` says that the films are of one length and begin together.
    """

    offset: float
    share: float
    frames: int
    distance: int
    whole: bool

    @property
    def enough(self) -> bool:
        """Whether so much matches that a person should look."""
        return self.share >= LEAST_SHARE


def shared(first: np.ndarray, second: np.ndarray, hits: Sequence[tuple[float, float, int]]) -> Shared | None:
    """What two films, given by the times of their frames, share.

    ``hits`` are matching frames: the time in the first, in the second, and the distance of the hashes.
    None where fewer than two frames agree, unless a film has but one.
    """
    if not len(hits):
        return None
    first, second = np.unique(first), np.unique(second)
    mine, theirs, distances = (np.array(column) for column in zip(*hits, strict=True))
    offset = _offset(mine, theirs, distances)
    agreeing = np.abs(theirs - mine - offset) <= SAME_OFFSET_S
    mine, theirs, distances = mine[agreeing], theirs[agreeing], distances[agreeing]
    counts = len(set(mine.tolist())), len(set(theirs.tolist()))
    if max(counts) < min(LEAST_FRAMES, len(first), len(second)):
        return None
    whole = abs(first[-1] - second[-1]) <= _SAME_LENGTH_S and abs(offset) <= SAME_OFFSET_S
    share = max(
        counts[0] / max(_within(first + offset, second), counts[0]),
        counts[1] / max(_within(second - offset, first), counts[1]),
    )
    return Shared(round(float(offset), 2), share, max(counts), int(distances.min()), bool(whole))


def _offset(mine: np.ndarray, theirs: np.ndarray, distances: np.ndarray) -> float:
    """The offset at which the frames agree most nearly: in a slow scene many offsets agree somehow."""
    offsets = theirs - mine
    weights = 1.0 / (_NOISE + distances)
    moments, moment = np.unique(theirs, return_inverse=True)
    votes = []
    for each in offsets:
        agreeing = np.abs(offsets - each) <= _SAME_MOMENT_S
        of_moments = np.zeros(len(moments))  # each frame of the second votes once, by its nearest likeness
        np.maximum.at(of_moments, moment[agreeing], weights[agreeing])
        votes.append(of_moments.sum())
    around = np.abs(offsets - offsets[int(np.argmax(votes))]) <= _SAME_MOMENT_S
    return float(np.average(offsets[around], weights=weights[around] ** 2))


def _within(times: np.ndarray, other: np.ndarray) -> int:
    """How many of the times lie inside the other film."""
    return int(((times >= other[0] - 0.25) & (times <= other[-1] + 0.25)).sum())
