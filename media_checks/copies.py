"""Copies among many files, by their fingerprints alone; the pixels of a pair are asked for when it counts.

Of each file only its hashes are kept: rows of 64-bit words, compared block by block.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from media_checks.pairs import RADIUS, WORDS, Look, Pair, Prints, pair_of

__all__ = ["Copies", "Pair", "Prints"]

_BLOCK = 1 << 16


class _Rows:
    """The hashes of one algorithm of all files, in one growing array."""

    def __init__(self, words: int) -> None:
        self.bits = np.empty((1024, words), dtype=np.uint64)
        self.owners = np.empty(1024, dtype=np.int32)
        self.count = 0

    def add(self, owner: int, bits: np.ndarray) -> None:
        end = self.count + len(bits)
        while end > len(self.bits):
            self.bits, self.owners = (
                np.concatenate([each, np.empty_like(each)]) for each in (self.bits, self.owners)
            )
        self.bits[self.count : end] = bits
        self.owners[self.count : end] = owner
        self.count = end

    def owners_within(self, asked: np.ndarray, radius: int) -> set[int]:
        """The files with a row within the radius of any of the hashes asked with."""
        found: set[int] = set()
        for begin in range(0, self.count, _BLOCK):
            end = min(begin + _BLOCK, self.count)
            for bits in asked:
                near = np.bitwise_count(self.bits[begin:end] ^ bits).sum(axis=1) <= radius
                found.update(self.owners[begin:end][near].tolist())
        return found


@dataclass
class Copies:
    """The files known so far; ``look`` gives the small grey picture of a file (at a time of a video)."""

    look: Look
    _files: list[Prints] = field(default_factory=list)
    _rows: dict[str, _Rows] = field(default_factory=lambda: {each: _Rows(WORDS[each]) for each in RADIUS})
    _signs: dict[str, _Rows] = field(default_factory=dict)
    _by_sha256: dict[str, list[int]] = field(default_factory=dict)

    def add(self, file: Prints) -> None:
        """Have this file found from now on."""
        number = len(self._files)
        self._files.append(file)
        self._by_sha256.setdefault(file.sha256, []).append(number)
        for algorithm, rows in self._rows.items():
            rows.add(number, file.stored[algorithm].bits)
        if file.described:
            signs = file.described.sign_words
            self._signs.setdefault(file.described.version, _Rows(signs.shape[1])).add(number, signs)

    def of(self, file: Prints) -> Iterator[Pair]:
        """Each copy of this file among those known, in their order."""
        proposed = set(self._by_sha256.get(file.sha256, ()))
        for algorithm, rows in self._rows.items():
            proposed |= rows.owners_within(file.asked[algorithm].bits, RADIUS[algorithm])
        if file.described and (described := self._signs.get(file.described.version)):
            proposed |= described.owners_within(file.described.sign_words, file.described.radius)
        for number in sorted(proposed):
            if pair := pair_of(file, self._files[number], self.look):
                yield pair
