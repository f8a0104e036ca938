"""Copies among many files, by their fingerprints alone; the pixels of a pair are asked for when it counts.

Of each file only its hashes are kept: rows of 64-bit words, compared block by block.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any

import numpy as np

from media_checks.clips import shared
from media_checks.contract import Kind
from media_checks.fingerprints import LEAST_QUALITY, NEAR, ORIENTATIONS, PDQ, PHASH, POSSIBLE, UPRIGHT
from media_checks.relations import Grey, Verified, tier, verify

# Crops and tilted pictures are proposed by pHash more often than by PDQ; the pixels decide.
PHASH_PROPOSES = 12

_BLOCK = 1 << 16
_RADIUS = {PDQ: POSSIBLE, PHASH: PHASH_PROPOSES}
_WORDS = {PDQ: 4, PHASH: 1}
# What the command says of a pair is one of a few words.
_SAID = {"overlay": "near"}

Look = Callable[[str, float | None], Grey | None]


@dataclass(frozen=True)
class Hashed:
    """The hashes of one algorithm: ``bits`` (n × words, uint64), seconds, numbers of orientations."""

    bits: np.ndarray
    at: np.ndarray
    turns: np.ndarray

    @classmethod
    def of(cls, rows: Iterable[Mapping[str, Any]], algorithm: str) -> Hashed:
        """From the rows of a ``perceptual_hash.computed`` finding."""
        kept = [row for row in rows if row["algorithm"] == algorithm and row["quality"] >= LEAST_QUALITY]
        bits = np.frombuffer(bytes.fromhex("".join(row["bits"] for row in kept)), dtype=np.uint64)
        turns = [ORIENTATIONS.index(row.get("orientation", UPRIGHT)) for row in kept]
        at = np.array([row["at"] or 0.0 for row in kept], dtype=np.float32)
        return cls(bits.reshape(-1, _WORDS[algorithm]), at, np.array(turns, dtype=np.int8))


@dataclass(frozen=True)
class Prints:
    """One file: where it is, its SHA-256, and the hashes to store and to ask with, by algorithm."""

    path: str
    sha256: str
    kind: Kind
    stored: Mapping[str, Hashed]
    asked: Mapping[str, Hashed]

    @classmethod
    def of(cls, path: str, sha256: str, kind: Kind, details: Mapping[str, Any]) -> Prints:
        """From the details of a ``perceptual_hash.computed`` finding; empty ones where there is none."""
        rows, queries = details.get("fingerprints", ()), details.get("queries", ())
        if kind is Kind.VIDEO:
            queries = rows  # The check asks with fewer frames where a film is long.
        stored, asked = ({each: Hashed.of(these, each) for each in _RADIUS} for these in (rows, queries))
        return cls(path, sha256, kind, stored, asked)


@dataclass(frozen=True)
class Pair:
    """Two files that may be copies: ``relation`` is exact, near, clip, mirrored, rotated or crop.

    ``offset`` is where the time zero of ``a`` lies in ``b``, in seconds, or the time in a film of which
    a photo is a frame; ``derived`` is "a" or "b" where the pixels tell which was made from the other.
    """

    a: str
    b: str
    relation: str
    distance: int
    score: float
    suggested: bool
    reason: str
    offset: float | None = None
    derived: str | None = None

    def as_json(self) -> dict[str, Any]:
        """The line of ``manage.py find_copies``."""
        values = asdict(self)
        if self.offset is None:
            del values["offset"]
        return values


@dataclass(frozen=True)
class _Hit:
    """Two rows within the radius: of the asking file, of the stored, and their distance."""

    query: int
    row: int
    distance: int


class _Rows:
    """The hashes of one algorithm of all files, in one growing array."""

    def __init__(self, words: int) -> None:
        self.bits = np.empty((1024, words), dtype=np.uint64)
        self.owners = np.empty(1024, dtype=np.int32)
        self.at = np.empty(1024, dtype=np.float32)
        self.count = 0

    def add(self, owner: int, hashes: Hashed) -> None:
        end = self.count + len(hashes.bits)
        while end > len(self.bits):
            self.bits, self.owners, self.at = (
                np.concatenate([each, np.empty_like(each)]) for each in (self.bits, self.owners, self.at)
            )
        self.bits[self.count : end] = hashes.bits
        self.owners[self.count : end] = owner
        self.at[self.count : end] = hashes.at
        self.count = end

    def within(self, bits: np.ndarray, radius: int) -> Iterator[_Hit]:
        """Every row within the radius of any of the hashes asked with."""
        for begin in range(0, self.count, _BLOCK):
            block = self.bits[begin : min(begin + _BLOCK, self.count)]
            for query, asked in enumerate(bits):
                distances = np.bitwise_count(block ^ asked).sum(axis=1)
                for row in np.flatnonzero(distances <= radius):
                    yield _Hit(query, begin + int(row), int(distances[row]))


@dataclass
class Copies:
    """The files known so far; ``look`` gives the small grey picture of a file (at a time of a video)."""

    look: Look
    _files: list[Prints] = field(default_factory=list)
    _rows: dict[str, _Rows] = field(default_factory=lambda: {each: _Rows(_WORDS[each]) for each in _RADIUS})
    _by_sha256: dict[str, list[int]] = field(default_factory=dict)

    def add(self, file: Prints) -> None:
        """Have this file found from now on."""
        number = len(self._files)
        self._files.append(file)
        self._by_sha256.setdefault(file.sha256, []).append(number)
        for algorithm, rows in self._rows.items():
            rows.add(number, file.stored[algorithm])

    def of(self, file: Prints) -> Iterator[Pair]:
        """Each copy of this file among those known, in their order."""
        same = set(self._by_sha256.get(file.sha256, ()))
        hits: dict[int, dict[str, list[_Hit]]] = {number: {} for number in same}
        for algorithm, rows in self._rows.items():
            for hit in rows.within(file.asked[algorithm].bits, _RADIUS[algorithm]):
                found = hits.setdefault(int(rows.owners[hit.row]), {})
                found.setdefault(algorithm, []).append(hit)
        for number in sorted(hits):
            other = self._files[number]
            if number in same:
                yield Pair(file.path, other.path, "exact", 0, 1.0, True, "the same bytes")
            elif pair := self._pair(file, other, hits[number]):
                yield pair

    def _pair(self, file: Prints, other: Prints, hits: dict[str, list[_Hit]]) -> Pair | None:
        if file.kind is other.kind is Kind.VIDEO:
            return self._films(file, other, hits.get(PDQ, []))
        if Kind.VIDEO in (file.kind, other.kind):
            return self._still(file, other, hits.get(PDQ, []))
        return self._photos(file, other, hits)

    def _photos(self, file: Prints, other: Prints, hits: dict[str, list[_Hit]]) -> Pair | None:
        best = {each: min(found, key=lambda hit: hit.distance) for each, found in hits.items()}
        turns = {ORIENTATIONS[file.asked[each].turns[hit.query]] for each, hit in best.items()}
        verified = self._verified(file.path, None, other.path, None, sorted(turns))
        distance = best[PDQ].distance if PDQ in best else _nearest(file.asked[PDQ], other.stored[PDQ])
        stands = tier(distance, best[PHASH].distance if PHASH in best else None, verified)
        if stands is None and distance > NEAR:
            return None
        turn = ORIENTATIONS[file.asked[PDQ].turns[best[PDQ].query]] if PDQ in best else UPRIGHT
        if verified is None:
            name = "near" if turn == UPRIGHT else turn.split("_")[0]
            verified = Verified(name, round(1 - distance / 256, 3), "by the hashes; the pixels do not agree")
        return _told(file, other, verified, distance, stands is not None)

    def _still(self, file: Prints, other: Prints, hits: list[_Hit]) -> Pair | None:
        """A photo that is a frame of a film."""
        near = [hit for hit in hits if hit.distance <= NEAR]
        if not near:
            return None
        best = min(near, key=lambda hit: hit.distance)
        mine, theirs = file.asked[PDQ].at[best.query], self._rows[PDQ].at[best.row]
        of_video = file.kind is Kind.VIDEO
        verified = self._verified(
            file.path,
            float(mine) if of_video else None,
            other.path,
            None if of_video else float(theirs),
            [ORIENTATIONS[file.asked[PDQ].turns[best.query]]],
        )
        if verified is None:
            return None
        second = round(float(mine if of_video else theirs), 2)
        reason = f"the photo is in the film at {second} s; {verified.reason}"
        return Pair(file.path, other.path, "clip", best.distance, verified.score, True, reason, second)

    def _films(self, file: Prints, other: Prints, hits: list[_Hit]) -> Pair | None:
        mine, theirs = file.asked[PDQ].at, self._rows[PDQ].at
        near = [hit for hit in hits if hit.distance <= NEAR]
        times = [(float(mine[hit.query]), float(theirs[hit.row]), hit.distance) for hit in near]
        found = shared(mine, other.stored[PDQ].at, times)
        if found is None:
            return None
        relation = "near" if found.whole else "clip"
        reason = f"frames that match at one offset: {found.frames}"
        score, suggested = round(found.share, 3), found.enough
        pair = Pair(file.path, other.path, relation, found.distance, score, suggested, reason)
        return replace(pair, offset=found.offset)

    def _verified(
        self, a: str, a_at: float | None, b: str, b_at: float | None, turns: Iterable[str]
    ) -> Verified | None:
        mine, theirs = self.look(a, a_at), self.look(b, b_at)
        return verify(mine, theirs, turns) if mine and theirs else None


def _nearest(asked: Hashed, stored: Hashed) -> int:
    distances = np.bitwise_count(asked.bits[:, None] ^ stored.bits[None]).sum(axis=2)
    return int(distances.min(initial=256))


def _told(file: Prints, other: Prints, verified: Verified, distance: int, suggested: bool) -> Pair:
    relation = _SAID.get(verified.name, verified.name)
    pair = Pair(file.path, other.path, relation, distance, verified.score, suggested, verified.reason)
    return replace(pair, derived=verified.derived)
