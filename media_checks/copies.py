"""Copies among many files, by their fingerprints alone; the pixels of a pair are asked for when it counts.

Of each file only its path, its digest, its hashes and its packed local features are kept: rows of 64-bit
words, compared block by block, and an index of the words that photos share.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

import numpy as np

from media_checks.local_features import Features
from media_checks.pairs import RADIUS, WORDS, Hashed, Look, Pair, Prints, pair_of
from media_checks.word_index import WordIndex, asked_for

__all__ = ["Copies", "Pair", "Prints"]

_BLOCK = 1 << 16
_IN_ROWS: dict[str, Hashed] = {}


class _Rows:
    """The hashes of one algorithm of all files, in growing arrays; those of a file stand together."""

    def __init__(self, words: int) -> None:
        self.bits = np.empty((1024, words), dtype=np.uint64)
        self.at = np.empty(1024, dtype=np.float32)
        self.turns = np.empty(1024, dtype=np.int8)
        self.owners = np.empty(1024, dtype=np.int32)
        self.count = 0

    def add(self, owner: int, hashes: Hashed) -> None:
        end = self.count + len(hashes.bits)
        while end > len(self.bits):
            self._grow()
        new = slice(self.count, end)
        self.bits[new], self.at[new], self.turns[new] = hashes.bits, hashes.at, hashes.turns
        self.owners[new] = owner
        self.count = end

    def _grow(self) -> None:
        for name in ("bits", "at", "turns", "owners"):
            full = getattr(self, name)
            setattr(self, name, np.concatenate([full, np.empty_like(full)]))

    def of(self, owner: int) -> Hashed:
        """The hashes of one file, as they were added."""
        begin, end = np.searchsorted(self.owners[: self.count], (owner, owner + 1))
        return Hashed(self.bits[begin:end], self.at[begin:end], self.turns[begin:end])

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
    _packed: list[tuple[bytes, tuple[float, float]] | None] = field(default_factory=list)
    _words: WordIndex = field(default_factory=WordIndex)
    _signs: dict[str, _Rows] = field(default_factory=dict)
    _by_sha256: dict[str, list[int]] = field(default_factory=dict)

    def add(self, file: Prints) -> None:
        """Have this file found from now on."""
        number = len(self._files)
        self._files.append(replace(file, stored=_IN_ROWS, asked=_IN_ROWS, features=None))
        self._packed.append((file.features.packed(), file.features.size) if file.features else None)
        self._by_sha256.setdefault(file.sha256, []).append(number)
        for algorithm, rows in self._rows.items():
            rows.add(number, file.stored[algorithm])
        if file.features:
            self._words.add(number, file.features.words)
        if file.described:
            signs = Hashed.unplaced(file.described.sign_words)
            self._signs.setdefault(file.described.version, _Rows(signs.bits.shape[1])).add(number, signs)

    def of(self, file: Prints) -> Iterator[Pair]:
        """Each copy of this file among those known, in their order."""
        proposed = set(self._by_sha256.get(file.sha256, ()))
        for algorithm, rows in self._rows.items():
            proposed |= rows.owners_within(file.asked[algorithm].bits, RADIUS[algorithm])
        if file.features:
            proposed |= set(self._words.sharing(asked_for(file.features)))
        if file.described and (described := self._signs.get(file.described.version)):
            proposed |= described.owners_within(file.described.sign_words, file.described.radius)
        for number in sorted(proposed):
            if pair := pair_of(file, self._known(number), self.look):
                yield pair

    def _known(self, number: int) -> Prints:
        """A file that was added, without the hashes that it was asked with: nobody asks with it again."""
        stored = {algorithm: rows.of(number) for algorithm, rows in self._rows.items()}
        packed = self._packed[number]
        features = Features.unpacked(packed[0], *packed[1]) if packed else None
        return replace(self._files[number], stored=stored, features=features)
