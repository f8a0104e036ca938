"""Matching: store fingerprints, find the files that may be copies, and what they say of an evidence item.

Commit what ``store`` inserted before ``find`` runs: two files that arrive at once each see the
other then. Searched in one transaction they would miss each other.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from claims.models import Evidence, EvidenceState, MediaFile
from media_checks.context import EarlierCopy, Kind, Weight
from media_checks.descriptors import Descriptors
from media_checks.fingerprints import HEX_DIGITS, LEAST_QUALITY, NEAR, PDQ, UPRIGHT
from media_checks.local_features import VERSION, Features
from media_checks.pairs import RADIUS, Pair, Prints, pair_of
from media_checks.reading import addresses
from media_checks.relations import Grey
from media_checks.word_index import asked_for
from verification import archives, descriptor_index, fingerprint_index, working_copies
from verification.models import Fingerprint, Judgement, LocalFeatures, Match, Relation
from verification.models.matches import CONFIRMED

# So many pictures are laid over each other for one that arrives: beyond, the hashes alone must do.
MOST_COMPARED = 50


@transaction.atomic
def store(media_file: MediaFile, told: Mapping[str, Any]) -> None:
    """Store what ``perceptual_hash.computed`` tells of a file; what is there already stays as it is."""
    fresh = [
        Fingerprint(
            media_file=media_file,
            algorithm=row["algorithm"],
            part=row.get("part", "whole"),
            bits=row["bits"],
            quality=row["quality"],
            at=row.get("at"),
        )
        for row in told["fingerprints"]
    ]
    Fingerprint.objects.bulk_create(fresh, ignore_conflicts=True)
    if packed := told.get("local_features"):
        features = Features.from_json(packed)
        width, height = features.size
        values = {"version": VERSION, "width": width, "height": height, "rows": features.packed()}
        known = LocalFeatures.objects.filter(media_file=media_file)
        known.exclude(version=VERSION).delete()
        known.get_or_create(media_file=media_file, defaults=values)


@dataclass
class Found:
    """The pairs of a file, and the files that may be copies but could not be laid over it."""

    pairs: list[Pair] = field(default_factory=list)
    not_compared: list[MediaFile] = field(default_factory=list)


@dataclass
class _Look:
    """The small grey pictures for one pair; ``missed`` says that one was asked for and not had."""

    allowed: bool
    missed: bool = False

    def __call__(self, sha256: str, at: float | None) -> Grey | None:
        grey = working_copies.grey(sha256, at) if self.allowed else None
        self.missed |= grey is None
        return grey


def find(media_file: MediaFile, told: Mapping[str, Any]) -> Found:
    """Every file that may be a copy of this one, by the details of its ``perceptual_hash.computed``.

    None within 31 of 256 bits is missed. Photos are also proposed by hashes further off, by shared places
    and by learned descriptors; of the first two those stay whose pixels agree. ``a`` of each pair is this
    file, ``b`` the other, by their SHA-256.
    """
    mine, found = Prints.of(media_file.pk, media_file.pk, Kind(media_file.kind), told), Found()
    for number, other in enumerate(_proposed(media_file, mine, told["queries"])):
        look = _Look(allowed=number < MOST_COMPARED)
        pair = pair_of(mine, _prints(other, mine.described, places=look.allowed), look)
        if pair and (pair.suggested or (pair.distance <= NEAR and not pair.frames)):
            found.pairs.append(pair)
        unplaced = mine.features and other.kind == Kind.PHOTO and not look.allowed
        if not pair and (look.missed or unplaced):
            found.not_compared.append(other)
    return found


def searches(kind: Kind, queries: Sequence[Mapping[str, Any]]) -> Iterator[tuple[str, list[str], int]]:
    """The algorithm, the hashes and the radius of each search: a wide one for photos as they stand alone."""
    told = [row for row in queries if row["quality"] >= LEAST_QUALITY]
    yield PDQ, [row["bits"] for row in told if row["algorithm"] == PDQ], NEAR
    if kind is Kind.PHOTO:
        upright = [row for row in told if row.get("orientation", UPRIGHT) == UPRIGHT]
        for algorithm, radius in RADIUS.items():
            yield algorithm, [row["bits"] for row in upright if row["algorithm"] == algorithm], radius


def record_matches(pairs: Iterable[Pair]) -> list[Match]:
    """One match for each pair, made once however often it is found."""
    return [_match(pair) for pair in pairs]


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


def undescribed() -> QuerySet[Evidence]:
    """Checked evidence whose photo has fingerprints, but not today's local features or descriptors.

    All of it that can be described: a photo with too little in it has no fingerprint either.
    """
    same = OuterRef("media_file")
    lacking = Q(~Exists(LocalFeatures.objects.filter(media_file=same, version=VERSION)))
    if settings.DESCRIPTOR_MODEL:
        lacking |= Q(~descriptor_index.has_described(same, settings.DESCRIPTOR_MODEL))
    fingerprinted = Exists(Fingerprint.objects.filter(media_file=same, at=None))
    found = Evidence.objects.filter(lacking, fingerprinted, state=EvidenceState.CHECKED)
    return found.order_by("received_at", "pk")


def _proposed(media_file: MediaFile, mine: Prints, queries: Sequence[Mapping[str, Any]]) -> list[MediaFile]:
    """The files to hold this one against, the nearest first: by the share of bits that differ."""
    by_file = _sharing_words(mine)
    shares: dict[int, float] = {}
    for algorithm, hashes, radius in searches(Kind(media_file.kind), queries):
        bits = 4 * HEX_DIGITS[algorithm]
        for near in fingerprint_index.within(algorithm, hashes, radius):
            share = near.distance / bits
            shares[near.fingerprint_id] = min(share, shares.get(near.fingerprint_id, share))
    for fingerprint in Fingerprint.objects.only("media_file").in_bulk(list(shares)).values():
        owner, share = fingerprint.media_file_id, shares[fingerprint.pk]
        by_file[owner] = min(share, by_file.get(owner, share))
    for owner, share in descriptor_index.near(mine.described):
        by_file[owner] = min(share, by_file.get(owner, share))
    by_file.pop(media_file.pk, None)
    files = MediaFile.objects.in_bulk(list(by_file))
    return [files[sha256] for sha256 in sorted(by_file, key=lambda each: (by_file[each], each))]


def _sharing_words(mine: Prints) -> dict[str, float]:
    """The photos that share words with this one: as near as hashes of which so small a share differs."""
    shared = fingerprint_index.sharing(asked_for(mine.features)) if mine.features else {}
    known = LocalFeatures.objects.filter(version=VERSION).only("media_file").in_bulk(list(shared))
    return {each.media_file_id: 1 / (1 + shared[number]) for number, each in known.items()}


def _prints(media_file: MediaFile, alike: Descriptors | None, *, places: bool) -> Prints:
    """What is stored of a file; of its descriptors those that can be compared with these."""
    rows = Fingerprint.objects.filter(media_file=media_file).order_by("at", "part")
    stored = list(rows.values("algorithm", "bits", "quality", "at", "part"))
    prints = Prints.of(media_file.pk, media_file.pk, Kind(media_file.kind), {"fingerprints": stored})
    known = LocalFeatures.objects.filter(media_file=media_file, version=VERSION).first() if places else None
    features = Features.unpacked(bytes(known.rows), known.width, known.height) if known else None
    return replace(prints, features=features, described=descriptor_index.of(media_file, alike))


def _match(pair: Pair) -> Match:
    first, second = sorted([pair.a, pair.b])
    offset = pair.offset if first == pair.a or not pair.frames else -(pair.offset or 0.0)
    match, _created = Match.objects.get_or_create(
        first_id=first,
        second_id=second,
        defaults={
            "relation": _relation(pair),
            "distance": pair.distance,
            "frames": pair.frames,
            "offset": offset,
            "agreement": pair.agreement,
            "likeness": pair.likeness,
            "seems_derived_id": {"a": pair.a, "b": pair.b}.get(pair.derived or ""),
        },
    )
    return match


def _relation(pair: Pair) -> Relation:
    if pair.frames:
        return {"mirrored": Relation.MIRRORED, "rotated": Relation.ROTATED}.get(pair.relation, Relation.CLIP)
    return Relation.FRAME if pair.relation == "clip" else Relation(pair.relation)


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
    for other in others.filter(known).exclude(pk=evidence.pk).prefetch_related("archive_lookups"):
        for not_after, weight, source in _bounds(other):
            yield EarlierCopy(str(other.pk), relation, confirmed, distance, not_after, weight, source)


def _bounds(other: Evidence) -> Iterator[tuple[Any, Weight, str]]:
    yield other.certainly_received_by, Weight.B, "receipt"
    for dated in addresses.times_in(other.source_url):
        weight = dated.attested_weight if other.source_attested_by_id else Weight.D
        yield dated.at, weight, dated.platform
    archived = archives.capture_of(other)
    if archived and archived.same_bytes:
        yield archived.at, Weight.B, "archive capture"
