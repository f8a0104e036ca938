"""The fingerprint index: store, find within a radius, and what the matches say of an evidence item.

Commit what ``store`` inserted before ``find`` runs: two files that arrive at once each see the
other then. Searched in one transaction they would miss each other.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from django.db import transaction
from django.db.models import Q, QuerySet

from claims.models import Evidence, MediaFile
from media_checks.contract import EarlierCopy, Weight
from media_checks.fingerprints import LEAST_QUALITY, NEAR, PDQ, UPRIGHT
from media_checks.reading import addresses
from verification.models import Fingerprint, Judgement, Match, Relation
from verification.models.matches import CONFIRMED

_CHUNK = 50_000
_SAME_OFFSET_S = 1.0
_LEAST_FRAMES = 2


@dataclass(frozen=True)
class Hit:
    """A stored fingerprint within the radius of a query: times in seconds, None for a photo."""

    media_file_id: str
    distance: int
    at: float | None
    query_at: float | None
    orientation: str


@transaction.atomic
def store(media_file: MediaFile, rows: Iterable[dict[str, Any]]) -> None:
    """Store the fingerprints of a file; those that are there already stay as they are."""
    fresh = [
        Fingerprint(
            media_file=media_file,
            algorithm=row["algorithm"],
            part=row.get("part", "whole"),
            bits=row["bits"],
            quality=row["quality"],
            at=row.get("at"),
        )
        for row in rows
    ]
    Fingerprint.objects.bulk_create(fresh, ignore_conflicts=True)


def find(media_file: MediaFile, queries: Iterable[dict[str, Any]]) -> list[Hit]:
    """Every stored PDQ fingerprint of another file within 31 of 256 bits of a query: none is missed.

    Fingerprints of a quality below 50 are neither asked for nor found: too many pictures share them.
    """
    asked = [row for row in queries if row["algorithm"] == PDQ and row["quality"] >= LEAST_QUALITY]
    if not asked:
        return []
    wanted = _packed([row["bits"] for row in asked])
    others = Fingerprint.objects.filter(algorithm=PDQ, quality__gte=LEAST_QUALITY).exclude(
        media_file=media_file
    )
    hits = []
    for chunk in _chunks(others):
        stored = _packed([bits for _file, bits, _at in chunk])
        for query, bits in zip(asked, wanted, strict=True):
            distances = np.bitwise_count(stored ^ bits).sum(axis=1)
            hits += [
                _hit(chunk[row], query, int(distances[row])) for row in np.flatnonzero(distances <= NEAR)
            ]
    return hits


def record_matches(media_file: MediaFile, hits: Iterable[Hit]) -> list[Match]:
    """One match for each other file that was hit, made once however often it is found."""
    by_file: dict[str, list[Hit]] = defaultdict(list)
    for hit in hits:
        by_file[hit.media_file_id].append(hit)
    return [match for other, found in by_file.items() if (match := _match(media_file, other, found))]


def earlier_copies(evidence: Evidence) -> tuple[EarlierCopy, ...]:
    """What the desk knows of other copies of this content, for the checks.

    A copy in another case counts only once a person has confirmed the match, so that nobody
    learns of a case from a check on another one.
    """
    media_file = evidence.media_file
    if media_file is None:
        return ()
    exact = _copies(evidence, Evidence.objects.filter(media_file=media_file), "exact", True, 0)
    matches = Match.objects.of(media_file).exclude(judgement=Judgement.DIFFERENT)
    near = [copy for match in matches for copy in _copies_by(evidence, match, match.other(media_file))]
    return (*exact, *near)


def searched_files() -> int:
    """How many media files the index knows."""
    return MediaFile.objects.count()


def _chunks(rows: QuerySet[Fingerprint]) -> Iterator[list[tuple[str, str, float | None]]]:
    chunk = []
    for row in rows.values_list("media_file_id", "bits", "at").iterator(chunk_size=_CHUNK):
        chunk.append(row)
        if len(chunk) == _CHUNK:
            yield chunk
            chunk = []
    if chunk:
        yield chunk


def _packed(bits: Sequence[str]) -> np.ndarray:
    """Hashes in hex as an array of four 64-bit words each."""
    return np.frombuffer(bytes.fromhex("".join(bits)), dtype=np.uint64).reshape(len(bits), 4)


def _hit(row: tuple[str, str, float | None], query: dict[str, Any], distance: int) -> Hit:
    media_file_id, _bits, at = row
    return Hit(media_file_id, distance, at, query.get("at"), query.get("orientation", UPRIGHT))


def _match(media_file: MediaFile, other_id: str, hits: list[Hit]) -> Match | None:
    offset, agreeing = _best_offset(hits)
    best = min(agreeing, key=lambda hit: hit.distance)
    of_videos = best.at is not None and best.query_at is not None
    if of_videos and len({hit.query_at for hit in agreeing}) < _LEAST_FRAMES:
        return None
    first, second = sorted([media_file.pk, other_id])
    match, _created = Match.objects.get_or_create(
        first_id=first,
        second_id=second,
        defaults={
            "relation": _relation(best),
            "distance": best.distance,
            "frames": len({hit.query_at for hit in agreeing}) if of_videos else 0,
            "offset": (offset if first == media_file.pk else -offset) if of_videos else None,
        },
    )
    return match


def _best_offset(hits: list[Hit]) -> tuple[float, list[Hit]]:
    """The offset in seconds on which most frames agree, and the hits that agree with it."""
    timed = [hit for hit in hits if hit.at is not None and hit.query_at is not None]
    if not timed:
        return 0.0, hits
    groups: dict[int, list[Hit]] = defaultdict(list)
    for hit in timed:
        groups[round((hit.at - hit.query_at) / _SAME_OFFSET_S)].append(hit)  # type: ignore[operator]
    best = max(groups.values(), key=lambda group: len({hit.query_at for hit in group}))
    offsets = [hit.at - hit.query_at for hit in best]  # type: ignore[operator]
    return round(sum(offsets) / len(offsets), 3), best


def _relation(hit: Hit) -> Relation:
    if hit.at is not None and hit.query_at is not None:
        return Relation.CLIP
    if hit.at is not None or hit.query_at is not None:
        return Relation.FRAME
    if hit.orientation.startswith("mirrored"):
        return Relation.MIRRORED
    return Relation.NEAR if hit.orientation == UPRIGHT else Relation.ROTATED


def _copies_by(evidence: Evidence, match: Match, file: MediaFile) -> Iterator[EarlierCopy]:
    confirmed = match.judgement in CONFIRMED
    other = Evidence.objects.filter(media_file=file)
    relation = "near" if match.frames == 0 else "frame"
    yield from _copies(evidence, other, relation, confirmed, match.distance)


def _copies(
    evidence: Evidence, others: QuerySet[Evidence], relation: str, confirmed: bool, distance: int
) -> Iterator[EarlierCopy]:
    known = Q(case=evidence.case_id)
    if confirmed and relation != "exact":
        known |= ~Q(case=evidence.case_id)
    for other in others.filter(known).exclude(pk=evidence.pk):
        for not_after, weight, source in _bounds(other):
            yield EarlierCopy(str(other.pk), relation, confirmed, distance, not_after, weight, source)


def _bounds(other: Evidence) -> Iterator[tuple[Any, Weight, str]]:
    yield other.certainly_received_by, Weight.B, "receipt"
    for dated in addresses.times_in(other.source_url):
        weight = dated.attested_weight if other.source_attested_by_id else Weight.D
        yield dated.at, weight, dated.platform
