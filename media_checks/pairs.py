"""Two files that may be copies: what their fingerprints, their places and their pixels say of each other."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np

from media_checks.clips import shared
from media_checks.context import Kind
from media_checks.descriptors import Descriptors
from media_checks.fingerprints import (
    LEAST_QUALITY,
    NEAR,
    ORIENTATIONS,
    PDQ,
    PHASH,
    POSSIBLE,
    UPRIGHT,
)
from media_checks.local_features import Features
from media_checks.placements import Placement, placement
from media_checks.relations import Grey, Verified, tier, verify

# Crops and tilted pictures are proposed by pHash more often than by PDQ; the pixels decide.
PHASH_PROPOSES = 12
RADIUS = {PDQ: POSSIBLE, PHASH: PHASH_PROPOSES}
WORDS = {PDQ: 4, PHASH: 1}

_MOST_HITS = 8
# Frames of two films this far apart count where a near one agrees with them on the offset.
_NEAR_BESIDE_ANOTHER = 40
# What a learned descriptor likens and the pixels do not confirm: never more than that.
SCENE = "scene"
# What the command says of a pair is one of a few words.
_SAID = {"overlay": "near"}

# The small grey picture of a file at a path (of a video, at a time in seconds); None: it cannot be had.
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
        return cls(bits.reshape(-1, WORDS[algorithm]), at, np.array(turns, dtype=np.int8))

    @classmethod
    def unplaced(cls, bits: np.ndarray) -> Hashed:
        """Of these bits, at no time and upright."""
        return cls(bits, np.zeros(len(bits), np.float32), np.zeros(len(bits), np.int8))


@dataclass(frozen=True, slots=True)
class Prints:
    """One file: where it is, its SHA-256, and the hashes to store and to ask with, by algorithm.

    ``features`` are the places of a photo, ``described`` is what the operator's model gave of it; None where
    there are none.
    """

    path: str
    sha256: str
    kind: Kind
    stored: Mapping[str, Hashed]
    asked: Mapping[str, Hashed]
    features: Features | None = None
    described: Descriptors | None = None

    @classmethod
    def of(cls, path: str, sha256: str, kind: Kind, details: Mapping[str, Any]) -> Prints:
        """From the details of a ``perceptual_hash.computed`` finding; empty ones where there is none."""
        rows, queries = details.get("fingerprints", ()), details.get("queries", ())
        if kind is Kind.VIDEO:  # of a long film the check asks with fewer frames than it stores
            queries = [*rows, *(row for row in queries if row.get("orientation", UPRIGHT) != UPRIGHT)]
        stored, asked = ({each: Hashed.of(these, each) for each in RADIUS} for these in (rows, queries))
        features = details.get("local_features")
        read = features and Features.from_json(features)
        return cls(path, sha256, kind, stored, asked, read, Descriptors.of(details))


@dataclass(frozen=True)
class Pair:
    """Two files that may be copies: ``relation`` is exact, near, clip, mirrored, rotated, crop or scene.

    ``offset`` is where the time zero of ``a`` lies in ``b``, in seconds, or the time in a film of which
    a photo is a frame; ``derived`` is "a" or "b" where the pixels tell which was made from the other;
    ``frames`` says how many of two films agree, ``agreement`` which share of the parts of two pictures,
    None where the pixels do not agree; ``likeness`` is the cosine of two descriptors, None below the
    operator's threshold.
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
    frames: int = 0
    agreement: float | None = None
    likeness: float | None = None

    def as_json(self) -> dict[str, Any]:
        """The line of ``manage.py find_copies``."""
        values = asdict(self)
        del values["frames"], values["agreement"]
        if self.offset is None:
            del values["offset"]
        if self.likeness is None:
            del values["likeness"]
        return values


@dataclass(frozen=True)
class Hit:
    """Two rows within the radius: of the asking file, of the other's stored ones, and their distance."""

    query: int
    row: int
    distance: int


def pair_of(file: Prints, other: Prints, look: Look) -> Pair | None:
    """What ``file`` is to ``other``; None where no hash, descriptor or pixel says that they are copies."""
    if file.sha256 == other.sha256:
        return Pair(file.path, other.path, "exact", 0, 1.0, True, "the same bytes")
    hits = {each: _hits(file.asked[each], other.stored[each], radius) for each, radius in RADIUS.items()}
    if file.kind is other.kind is Kind.VIDEO:
        return _films(file, other, hits[PDQ])
    if Kind.VIDEO in (file.kind, other.kind):
        return _still(file, other, hits[PDQ], look)
    return _photos(file, other, hits, look)


def _hits(asked: Hashed, stored: Hashed, radius: int) -> list[Hit]:
    """The nearest few rows to each hash asked with: a scene that stands still has no end of them."""
    found = []
    for query, bits in enumerate(asked.bits):
        distances = np.bitwise_count(stored.bits ^ bits).sum(axis=1)
        nearest = np.argsort(distances, kind="stable")[:_MOST_HITS]
        found += [Hit(query, int(row), int(distances[row])) for row in nearest if distances[row] <= radius]
    return found


def _photos(file: Prints, other: Prints, hits: Mapping[str, list[Hit]], look: Look) -> Pair | None:
    best = {each: min(found, key=_distance) for each, found in hits.items() if found}
    likeness = file.described.likeness(other.described) if file.described else None
    turns = {_turn(file, each, hit) for each, hit in best.items()} | ({UPRIGHT} if likeness else set())
    placed = placement(file.features, other.features) if file.features and other.features else None
    verified = _verified(look, (file.path, None), (other.path, None), sorted(turns), placed)
    agreement = verified.score if verified else None
    distance = best[PDQ].distance if PDQ in best else _nearest(file.asked[PDQ], other.stored[PDQ])
    stands = tier(distance, best[PHASH].distance if PHASH in best else None, verified)
    if stands is None and distance > NEAR and not likeness:
        return None
    if verified is None and stands is None and likeness:
        verified = Verified(SCENE, likeness, "by the descriptors; the pixels do not agree")
    elif verified is None:
        turn = _turn(file, PDQ, best[PDQ]) if PDQ in best else UPRIGHT
        name = "near" if turn == UPRIGHT else turn.split("_")[0]
        verified = Verified(name, round(1 - distance / 256, 3), "by the hashes; the pixels do not agree")
    relation, suggested = _SAID.get(verified.name, verified.name), bool(stands or likeness)
    pair = Pair(file.path, other.path, relation, distance, verified.score, suggested, verified.reason)
    return replace(pair, derived=verified.derived, agreement=agreement, likeness=likeness)


def _still(file: Prints, other: Prints, hits: Iterable[Hit], look: Look) -> Pair | None:
    """A photo that is a frame of a film."""
    best = min((hit for hit in hits if hit.distance <= NEAR), key=_distance, default=None)
    if best is None:
        return None
    of_film = file.kind is Kind.VIDEO
    second = float(file.asked[PDQ].at[best.query] if of_film else other.stored[PDQ].at[best.row])
    mine, theirs = (second, None) if of_film else (None, second)
    turns = [_turn(file, PDQ, best)]
    verified = _verified(look, (file.path, mine), (other.path, theirs), turns)
    if verified is None:
        return None
    second = round(second, 2)
    reason = f"the photo is in the film at {second} s; {verified.reason}"
    pair = Pair(file.path, other.path, "clip", best.distance, verified.score, True, reason, second)
    return replace(pair, agreement=verified.score)


def _films(file: Prints, other: Prints, hits: Sequence[Hit]) -> Pair | None:
    asked, stored = file.asked[PDQ], other.stored[PDQ]
    for number, turn in enumerate(ORIENTATIONS):
        near = [h for h in hits if h.distance <= _NEAR_BESIDE_ANOTHER and _turn(file, PDQ, h) == turn]
        times = [(float(asked.at[hit.query]), float(stored.at[hit.row]), hit.distance) for hit in near]
        found = shared(asked.at[asked.turns == number], stored.at, times)
        if found and found.distance <= NEAR:
            relation = turn.split("_")[0] if turn != UPRIGHT else "near" if found.whole else "clip"
            reason = f"frames that match at one offset: {found.frames}"
            share = round(found.share, 3)
            pair = Pair(file.path, other.path, relation, found.distance, share, found.enough, reason)
            return replace(pair, offset=found.offset, frames=found.frames)
    return None


def _verified(
    look: Look,
    one: tuple[str, float | None],
    other: tuple[str, float | None],
    turns: Sequence[str],
    placed: Placement | None = None,
) -> Verified | None:
    if not turns and not placed:
        return None
    mine, theirs = look(*one), look(*other)
    return verify(mine, theirs, turns, placed) if mine and theirs else None


def _nearest(asked: Hashed, stored: Hashed) -> int:
    distances = np.bitwise_count(asked.bits[:, None] ^ stored.bits[None]).sum(axis=2)
    return int(distances.min(initial=256))


def _turn(file: Prints, algorithm: str, hit: Hit) -> str:
    return ORIENTATIONS[file.asked[algorithm].turns[hit.query]]


def _distance(hit: Hit) -> int:
    return hit.distance
