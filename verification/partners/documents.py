"""What partners read of a verdict: built once, at publication, and frozen.

Every document is made of plain JSON values by the functions of this file and of ``redaction``;
what they do not name cannot leave.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from itertools import groupby
from typing import Any

from django.conf import settings
from django.db.models import Prefetch, QuerySet

from claims.models import Claim, Consent, Evidence
from verification.models import CheckRun, Decision, Review, ReviewState, RunState, Verdict
from verification.models.checks import UNSETTLED
from verification.partners.redaction import finding_document
from verification.settling import DID_NOT_RUN

Document = dict[str, Any]


def verdict_document(verdict: Verdict) -> Document:
    """The verdict as partners read it; its ``published_at`` and ``updated_at`` must be set."""
    items = evidence_of(verdict.claim)
    reviewers = {each.reviewer_id for item in items for each in decisions_on(item)} | {verdict.approver_id}
    identity = identity_of(verdict)
    return {
        "id": identity,
        "version": verdict.version,
        "state": "published",
        "claim": claim_document(verdict.claim),
        "rating": str(verdict.rating),
        "confidence": str(verdict.confidence),
        "summary": verdict.summary,
        "rationale": verdict.rationale,
        "evidence": [evidence_document(each) for each in items],
        "reviewers": len(reviewers - {None}),
        "published_at": time(verdict.published_at),
        "updated_at": time(verdict.updated_at),
        "url": f"{settings.PUBLIC_URL}/api/v1/verdicts/{identity}/",
    }


def retracted(document: Mapping[str, Any], at: datetime) -> Document:
    """The document of a verdict that was taken back at this time: what was said stays readable."""
    return {**document, "state": "retracted", "updated_at": time(at)}


def digest(document: Mapping[str, Any]) -> str:
    """SHA-256, in hex, of the document's canonical JSON (sorted keys, no spaces, UTF-8)."""
    canonical = json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(canonical.encode()).hexdigest()


def identity_of(verdict: Verdict) -> str:
    """The id under which partners know a verdict: that of its first version, in all versions."""
    if verdict.version == 1:
        return str(verdict.pk)
    return str(Verdict.objects.only("pk").get(claim=verdict.claim_id, version=1).pk)


def claim_document(claim: Claim) -> Document:
    """The claim as partners read it inside a verdict."""
    return {
        "id": str(claim.pk),
        "statement": claim.statement,
        "claimant": claim.claimant,
        "stated_on": claim.stated_on.isoformat() if claim.stated_on else None,
        "case": claim.case.slug,
        "event": {
            "start": time(claim.event_start),
            "end": time(claim.event_end),
            "place": claim.place_name or None,
            "latitude": claim.latitude,
            "longitude": claim.longitude,
            "precision_m": claim.precision_m,
        },
    }


def evidence_of(claim: Claim) -> list[Evidence]:
    """The evidence that a verdict on this claim stands on, with reviews and runs at hand.

    That is what reviewers have decided, and what its sender lets the desk speak of.
    """
    items = Evidence.objects.filter(claim=claim).exclude(submission__consent=Consent.DESK_ONLY)
    return [each for each in with_answers(items).order_by("received_at", "pk") if _authenticity(each)]


def with_answers(items: QuerySet[Evidence]) -> QuerySet[Evidence]:
    """The items with what ``evidence_document`` needs of their decided reviews and of their runs."""
    decided = Review.objects.filter(state=ReviewState.DECIDED).order_by("-decided_at", "-pk")
    runs = CheckRun.objects.order_by("-round", "check_slug")
    return items.select_related("case").prefetch_related(
        Prefetch("reviews", decided.prefetch_related("decisions"), to_attr="decided_reviews"),
        Prefetch("check_runs", runs, to_attr="runs_by_round"),
    )


def evidence_document(evidence: Evidence) -> Document:
    """One of ``with_answers`` as partners read it: what was decided, and what the checks found."""
    return {
        "id": str(evidence.pk),
        "stance": str(evidence.stance),
        "sha256": evidence.media_file_id,
        "authenticity": _authenticity(evidence),
        "checks": [
            _check_document(each, exact_places=evidence.case.publishes_exact_places)
            for each in _settled_runs(evidence.runs_by_round)  # type: ignore[attr-defined]
        ],
    }


def time(moment: datetime | None) -> str | None:
    """RFC 3339 in UTC with Z."""
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z") if moment else None


def decisions_on(evidence: Evidence) -> list[Decision]:
    """The decisions of the latest decided review; none where no review was decided."""
    reviews = evidence.decided_reviews  # type: ignore[attr-defined]
    return list(reviews[0].decisions.all()) if reviews else []


def _authenticity(evidence: Evidence) -> list[str]:
    """What the reviewers decided; empty where they have not, or where two of them disagree."""
    answers = {tuple(each.authenticity) for each in decisions_on(evidence)}
    return list(answers.pop()) if len(answers) == 1 else []


def _settled_runs(runs: Iterable[CheckRun]) -> list[CheckRun]:
    """The runs of the latest round that has ended; a round that is going on says nothing yet."""
    for _round, found in groupby(runs, key=lambda each: each.round):
        of_round = list(found)
        if not any(each.state in UNSETTLED for each in of_round):
            return of_round
    return []


def _check_document(run: CheckRun, *, exact_places: bool) -> Document:
    """One check; that it did not run is said, and never looks like nothing found."""
    return {
        "check": run.check_slug,
        "version": run.version,
        "verdict": DID_NOT_RUN if run.state == RunState.FAILED else run.verdict,
        "findings": [finding_document(each, exact_places=exact_places) for each in run.findings],
    }
