"""What partners read of one evidence item, and of claims: never more than a published verdict says."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping

from django.db.models import Prefetch, QuerySet

from claims.actors import Actor
from claims.models import Claim, ClaimState, Evidence, MediaFile, Stance
from verification.models import Fingerprint, Judgement, Match, Verdict, VerdictState
from verification.models.matches import CONFIRMED
from verification.partners.documents import Document, claim_document

EXACT = "exact"
_IN_SHORT = (
    "id",
    "version",
    "state",
    "rating",
    "confidence",
    "summary",
    "published_at",
    "updated_at",
    "url",
)


def published_evidence(actor: Actor) -> QuerySet[Evidence]:
    """The evidence that stands in a published verdict which the actor may see."""
    standing = Verdict.objects.visible_to(actor).filter(state=VerdictState.PUBLISHED)
    return Evidence.objects.visible_to(actor).filter(pk__in=standing.values("evidence"))


def evidence_page(actor: Actor, evidence: Evidence) -> Document | None:
    """One of ``published_evidence``: as its latest verdict says, with hashes, matches and verdicts.

    None when the last verdict that it stood in was retracted in the meantime.
    """
    verdicts = [
        each.published_document
        for each in Verdict.objects.visible_to(actor)
        .filter(state=VerdictState.PUBLISHED, evidence=evidence)
        .order_by("-published_at", "-pk")
    ]
    if not verdicts:
        return None
    item = next(each for each in verdicts[0]["evidence"] if each["id"] == str(evidence.pk))
    media_file = evidence.media_file
    return {
        **item,
        "kind": media_file.kind if media_file else None,
        "fingerprints": _fingerprints(media_file) if media_file else [],
        "matches": _matches(actor, evidence, media_file) if media_file else [],
        "verdicts": [{name: each[name] for name in ("id", "version", "url")} for each in verdicts],
    }


def published_claims(actor: Actor) -> QuerySet[Claim]:
    """The claims that the actor may see, with what ``claim_page`` needs; withdrawn ones are gone."""
    current = Verdict.objects.current().order_by("-version")
    return (
        Claim.objects.visible_to(actor)
        .exclude(state=ClaimState.WITHDRAWN)
        .select_related("case")
        .prefetch_related(
            Prefetch("verdicts", current, to_attr="current_verdicts"),
            Prefetch("sub_claims", Claim.objects.exclude(state=ClaimState.WITHDRAWN).order_by("pk")),
        )
    )


def claim_page(claim: Claim) -> Document:
    """One of ``published_claims``, with its current verdict in short, or None where there is none."""
    newest = next(iter(claim.current_verdicts), None)  # type: ignore[attr-defined]
    document = newest.document if newest else None
    stands = document["evidence"] if document and document["state"] == "published" else []
    return {
        **claim_document(claim),
        "category": str(claim.category),
        "parent": str(claim.parent_id) if claim.parent_id else None,
        "sub_claims": [str(each.pk) for each in claim.sub_claims.all()],
        "verdict": {name: document[name] for name in _IN_SHORT} if document else None,
        "evidence": _summary(stands),
    }


def _summary(evidence: Iterable[Document]) -> dict[str, int]:
    counted = Counter(each["stance"] for each in evidence)
    return {"total": counted.total()} | {stance: counted[stance] for stance in Stance.values}


def _fingerprints(media_file: MediaFile) -> list[Mapping[str, object]]:
    found = Fingerprint.objects.filter(media_file=media_file).order_by("algorithm", "at", "part")
    return list(found.values("algorithm", "part", "bits", "quality", "at"))


def _matches(actor: Actor, evidence: Evidence, media_file: MediaFile) -> list[Document]:
    """Confirmed copies among the published evidence that the actor may see; nothing of the rest."""
    confirmed = Match.objects.of(media_file).filter(judgement__in=CONFIRMED)
    matches: dict[str | None, Match] = {
        each.second_id if each.first_id == media_file.pk else each.first_id: each for each in confirmed
    }
    others = (
        published_evidence(actor)
        .filter(media_file__in=[media_file.pk, *matches])
        .exclude(pk=evidence.pk)
        .order_by("pk")
    )
    return [_match(each, matches.get(each.media_file_id)) for each in others]


def _match(other: Evidence, match: Match | None) -> Document:
    """Without a match the bytes are the same."""
    return {
        "evidence": str(other.pk),
        "relation": str(match.relation) if match else EXACT,
        "distance": match.distance if match else 0,
        "judgement": str(match.judgement) if match else str(Judgement.SAME),
    }
