"""Verdicts: written by one person, approved by another, published, corrected, retracted."""

from __future__ import annotations

from datetime import datetime

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from claims import custody
from claims.actors import Actor
from claims.models import Claim, ClaimState
from claims.operations import conclude_claim, reopen_claim
from claims.operations.inputs import need
from claims.permissions import Permission, require
from claims.transitions import BadInput, IllegalMove, NotPermitted, move
from verification.models import (
    Confidence,
    FeedChange,
    FeedEntry,
    FeedHead,
    Proposal,
    ProposalState,
    Rating,
    Verdict,
    VerdictState,
)
from verification.models.verdicts import VERDICT_MOVES
from verification.partners import documents

UNPUBLISHED = (VerdictState.DRAFT, VerdictState.APPROVED)


@custody.operation()
def draft_verdict(
    *, actor: Actor, claim: Claim, rating: Rating, confidence: Confidence, summary: str, rationale: str
) -> Verdict:
    """Write the next version of the verdict on a claim. A concluded claim opens again for it."""
    require(actor, Permission.WRITE_VERDICT, claim.case)
    _sensible(rating, confidence, summary, rationale)
    locked = Claim.objects.select_for_update(no_key=True).get(pk=claim.pk)
    if locked.state == ClaimState.WITHDRAWN:
        raise IllegalMove(_("The claim was withdrawn."))
    if Verdict.objects.filter(claim=locked, state__in=UNPUBLISHED).exists():
        raise IllegalMove(_("This claim has an unpublished verdict already."), code="verdict_exists")
    if locked.state == ClaimState.CONCLUDED:
        reopen_claim(actor=actor, claim=locked, reason="a correction is being written")
    last = Verdict.objects.filter(claim=locked).order_by("-version").first()
    verdict = Verdict.objects.create(
        claim=locked,
        version=last.version + 1 if last else 1,
        rating=rating,
        confidence=confidence,
        summary=summary,
        rationale=rationale,
        author=actor.user,
    )
    claim.refresh_from_db()
    custody.record(
        actor, "verdict.drafted", claim, case=claim.case, version=verdict.version, rating=str(rating)
    )
    return verdict


@custody.operation()
def revise_verdict(
    *, actor: Actor, verdict: Verdict, rating: Rating, confidence: Confidence, summary: str, rationale: str
) -> None:
    """Change a draft. Whoever changes it last is its author, and cannot approve it."""
    require(actor, Permission.WRITE_VERDICT, verdict.claim.case)
    _sensible(rating, confidence, summary, rationale)
    changed = Verdict.objects.filter(pk=verdict.pk, state=VerdictState.DRAFT).update(
        rating=rating,
        confidence=confidence,
        summary=summary,
        rationale=rationale,
        author=actor.user,
        updated_at=timezone.now(),
    )
    if not changed:
        raise IllegalMove(_("Only a draft can be changed."))
    verdict.refresh_from_db()
    _record(actor, "verdict.revised", verdict, rating=str(rating))


@custody.operation()
def approve_verdict(*, actor: Actor, verdict: Verdict) -> None:
    """Approve a draft that somebody else wrote."""
    require(actor, Permission.APPROVE_VERDICT, verdict.claim.case)
    verdict.refresh_from_db()
    if verdict.author_id == actor.user.pk:
        raise NotPermitted(_("Another person has to approve what you wrote."), code="own_verdict")
    move(verdict, VERDICT_MOVES, VerdictState.APPROVED, approver=actor.user)
    _record(actor, "verdict.approved", verdict)


@custody.operation()
def return_verdict(*, actor: Actor, verdict: Verdict, reason: str) -> None:
    """Send an approved verdict back to its draft, with a reason."""
    require(actor, Permission.APPROVE_VERDICT, verdict.claim.case)
    need(reason, "reason")
    move(verdict, VERDICT_MOVES, VerdictState.DRAFT, approver=None)
    _record(actor, "verdict.returned", verdict, reason=reason)


@custody.operation()
def publish_verdict(*, actor: Actor, verdict: Verdict) -> FeedEntry:
    """Publish an approved verdict: the version before it is superseded, the feed gets one entry."""
    claim = verdict.claim
    require(actor, Permission.PUBLISH_VERDICT, claim.case)
    head = _lock_feed()
    if verdict.rating == Rating.NOT_CHECKABLE:
        raise BadInput(_("What is not checkable is not published."), field="rating")
    if verdict.state != VerdictState.APPROVED:
        raise IllegalMove(_("Only an approved verdict can be published."))
    before = Verdict.objects.filter(claim=claim, state=VerdictState.PUBLISHED).first()
    if before:
        move(before, VERDICT_MOVES, VerdictState.SUPERSEDED)
    now = timezone.now()
    verdict.published_at, verdict.updated_at = now, now
    document = documents.verdict_document(verdict)
    move(
        verdict,
        VERDICT_MOVES,
        VerdictState.PUBLISHED,
        published_at=now,
        updated_at=now,
        document=document,
    )
    verdict.evidence.set([each["id"] for each in document["evidence"]])
    _record(actor, "verdict.published", verdict, document_sha256=documents.digest(document))
    claim.refresh_from_db()
    conclude_claim(actor=actor, claim=claim, permission=Permission.PUBLISH_VERDICT)
    earlier = Verdict.objects.filter(claim=claim, published_at__isnull=False).exclude(pk=verdict.pk)
    change = FeedChange.CORRECTED if earlier.exists() else FeedChange.PUBLISHED
    return _announce(head, verdict, change, document, now)


@custody.operation()
def retract_verdict(*, actor: Actor, proposal: Proposal) -> FeedEntry:
    """Take a published verdict back, as one person proposed and another agreed; the reason is published."""
    require(actor, Permission.PUBLISH_VERDICT, proposal.case)
    verdict, reason = proposal.verdict, proposal.reason
    if verdict is None or proposal.state != ProposalState.AGREED:
        raise IllegalMove(_("Another person has to agree first."))
    verdict.refresh_from_db()
    if verdict.state != VerdictState.PUBLISHED:
        raise IllegalMove(_("Only a published verdict can be retracted."))
    head, now = _lock_feed(), timezone.now()
    document = documents.retracted(verdict.published_document, at=now)
    move(
        verdict,
        VERDICT_MOVES,
        VerdictState.RETRACTED,
        retraction_reason=reason,
        updated_at=now,
        document=document,
    )
    _record(actor, "verdict.retracted", verdict, reason=reason, proposal=str(proposal.pk))
    claim = verdict.claim
    if claim.state == ClaimState.CONCLUDED:
        reopen_claim(actor=actor, claim=claim, reason="its verdict was retracted")
    return _announce(head, verdict, FeedChange.RETRACTED, document, now)


def _lock_feed() -> FeedHead:
    """The feed's head, locked until the transaction ends: entries are numbered in commit order."""
    FeedHead.objects.get_or_create(pk=1)
    return FeedHead.objects.select_for_update().get(pk=1)


def _announce(
    head: FeedHead, verdict: Verdict, change: FeedChange, document: dict, at: datetime
) -> FeedEntry:
    head.sequence += 1
    head.save(update_fields=["sequence"])
    return FeedEntry.objects.create(
        sequence=head.sequence,
        case=verdict.claim.case,
        verdict=verdict,
        change=change,
        document=document,
        at=at,
    )


def _record(actor: Actor, action: str, verdict: Verdict, **details: str) -> None:
    claim = verdict.claim
    custody.record(actor, action, claim, case=claim.case, version=verdict.version, **details)


def _sensible(rating: str, confidence: str, summary: str, rationale: str) -> None:
    if rating not in Rating.values:
        raise BadInput(_("Choose a rating."), field="rating")
    if confidence not in Confidence.values:
        raise BadInput(_("Choose how sure you are."), field="confidence")
    need(summary, "summary")
    need(rationale, "rationale")
