"""Which of many photos share words with one: an inverted index in memory."""

from __future__ import annotations

import numpy as np

from media_checks.local_features import Features
from media_checks.placements import LEAST_VOTES

# Most words are told apart by so many of their bits.
_FIRST = np.uint32((1 << 16) - 1)
_BLOCK = 1 << 20


def asked_for(features: Features) -> np.ndarray:
    """The words to look for, of all eight orientations of a photo (uint32, in order, each once)."""
    return np.unique([asked for _turned, asked in features.turns.values()])


class WordIndex:
    """The words of the photos known so far, and whose they are: 8 bytes a word."""

    def __init__(self) -> None:
        self._words = np.empty(1024, dtype=np.uint32)
        self._owners = np.empty(1024, dtype=np.int32)
        self._count = 0

    def add(self, owner: int, words: np.ndarray) -> None:
        """Have a photo (by a number from 0 on) found by these words from now on."""
        words = np.unique(words)
        end = self._count + len(words)
        while end > len(self._words):
            self._words, self._owners = (
                np.concatenate([each, np.empty_like(each)]) for each in (self._words, self._owners)
            )
        self._words[self._count : end] = words
        self._owners[self._count : end] = owner
        self._count = end

    def sharing(self, asked: np.ndarray) -> dict[int, int]:
        """The photos that share three words or more with those ``asked_for``, and how many."""
        first = np.zeros(_FIRST + 1, dtype=bool)
        first[asked & _FIRST] = True
        owners = []
        for begin in range(0, self._count, _BLOCK):
            end = min(begin + _BLOCK, self._count)
            perhaps = begin + np.flatnonzero(first[self._words[begin:end] & _FIRST])
            owners.append(self._owners[perhaps[np.isin(self._words[perhaps], asked)]])
        found, shared = np.unique(np.concatenate([np.empty(0, np.int32), *owners]), return_counts=True)
        enough = shared >= LEAST_VOTES
        return dict(zip(found[enough].tolist(), shared[enough].tolist(), strict=True))
