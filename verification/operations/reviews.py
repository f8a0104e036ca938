"""The review queue: take, release, decide."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from django.conf import settings
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from claims import custody
from claims.actors import Actor
from claims.models import Case
from claims.permissions import Permission, permitted, require
from claims.transitions import BadInput, LostRace, NotPermitted, move
from media_checks.contract import CheckVerdict
from verification.models import Authenticity, Confidence, Decision, Review, ReviewState
from verification.models.over_cases import first_of
from verification.models.reviews import REVIEW_MOVES, ReviewReason
from verification.settling import open_review


@custody.operation()
def take_next(*, actor: Actor) -> Review | None:
    """Take the oldest review that this person may decide; None when nothing waits for them.

    A person who holds a review gets that one back first.
    """
    now = timezone.now()
    held = Review.objects.visible_to(actor).filter(
        state=ReviewState.ASSIGNED, assignee=actor.user, lease_until__gte=now
    )
    mine = held.order_by("opened_at", "id").first()
    return mine or _take_first(actor, Review.objects.takeable_by(actor, now))


@custody.operation()
def skip(*, actor: Actor, review: Review) -> Review | None:
    """Give a review back and take the one that was opened next after it; None when there is none."""
    release(actor=actor, review=review)
    later = Q(opened_at__gt=review.opened_at) | Q(opened_at=review.opened_at, id__gt=review.pk)
    return _take_first(actor, Review.objects.takeable_by(actor, timezone.now()).filter(later))


@custody.operation()
def assign(*, actor: Actor, review: Review) -> Review:
    """Take one particular review. Raises NotPermitted for evidence that the actor sent in, and for a
    review that they have decided already."""
    require(actor, Permission.REVIEW, review.evidence.case)
    now = timezone.now()
    if review.state == ReviewState.ASSIGNED and review.assignee_id == actor.user.pk:
        return _take(actor, review)
    if not Review.objects.takeable_by(actor, now).filter(pk=review.pk).exists():
        raise NotPermitted(_("You cannot take this review now."), code="not_takeable")
    return _take(actor, review)


@custody.operation()
def release(*, actor: Actor, review: Review) -> None:
    """Give a review back, so that others can take it."""
    require(actor, Permission.REVIEW, review.evidence.case)
    _hold(actor, review)
    back = ReviewState.SECOND_REVIEW if review.decisions.exists() else ReviewState.WAITING
    move(review, REVIEW_MOVES, back, assignee=None, lease_until=None)
    custody.record(actor, "review.released", review.evidence, case=review.evidence.case)


@custody.operation()
def decide(
    *,
    actor: Actor,
    review: Review,
    authenticity: Sequence[Authenticity],
    confidence: Confidence,
    rationale: str,
) -> Decision:
    """Decide about the evidence under review, with a reason.

    Sensitive items then wait for a second person; two people who disagree open another review.
    """
    evidence = review.evidence
    require(actor, Permission.REVIEW, evidence.case)
    _hold(actor, review)
    _sensible(authenticity, confidence, rationale)
    decision = Decision.objects.create(
        review=review,
        reviewer=actor.user,
        authenticity=sorted(set(map(str, authenticity))),
        confidence=confidence,
        rationale=rationale,
    )
    custody.record(
        actor,
        "evidence.decided",
        evidence,
        case=evidence.case,
        authenticity=decision.authenticity,
        confidence=str(confidence),
    )
    if needs_second(review) and review.decisions.count() < 2:
        move(review, REVIEW_MOVES, ReviewState.SECOND_REVIEW, assignee=None, lease_until=None)
        return decision
    move(review, REVIEW_MOVES, ReviewState.DECIDED, lease_until=None, decided_at=timezone.now())
    if len({tuple(each.authenticity) for each in review.decisions.all()}) > 1:
        open_review(evidence, ReviewReason.DISAGREEMENT)
    return decision


def needs_second(review: Review) -> bool:
    """Whether two people decide: where the case asks for it, and for what a check contradicts."""
    return review.evidence.case.needs_second_review or review.worst_verdict == CheckVerdict.CONTRADICTED


def _take_first(actor: Actor, takeable: QuerySet[Review]) -> Review | None:
    mine = [each for each in Case.objects.visible_to(actor) if permitted(actor, Permission.REVIEW, each)]
    cases = Case.objects.filter(pk__in=[each.pk for each in mine])
    for review in first_of(takeable.select_related("evidence__case"), cases, "opened_at", 20):
        try:
            return _take(actor, review)
        except LostRace:
            continue  # Somebody was faster with this one.
    return None


def _take(actor: Actor, review: Review) -> Review:
    """One conditional UPDATE; raises LostRace when somebody else was faster."""
    now = timezone.now()
    if review.state == ReviewState.ASSIGNED:
        free = Review.objects.filter(pk=review.pk, state=review.state, lease_until=review.lease_until)
    else:
        free = Review.objects.filter(pk=review.pk, state=review.state)
    lease_until = now + timedelta(minutes=settings.REVIEW_LEASE_MINUTES)
    if not free.update(state=ReviewState.ASSIGNED, assignee=actor.user, lease_until=lease_until):
        raise LostRace(_("Somebody else took this review first."))
    custody.record(actor, "review.assigned", review.evidence, case=review.evidence.case)
    review.refresh_from_db()
    return review


def _hold(actor: Actor, review: Review) -> None:
    """Raise unless the actor holds this review now, in the database."""
    held = Review.objects.select_for_update(no_key=True).filter(
        pk=review.pk, state=ReviewState.ASSIGNED, assignee=actor.user, lease_until__gte=timezone.now()
    )
    if not held.exists():
        raise LostRace(_("You do not hold this review any more. Take it again."), code="not_held")
    review.refresh_from_db()


def _sensible(authenticity: Sequence[str], confidence: str, rationale: str) -> None:
    if not authenticity or set(authenticity) - set(Authenticity.values):
        raise BadInput(_("Choose at least one authenticity code."), field="authenticity")
    if Authenticity.UNDETERMINED in authenticity and len(set(authenticity)) > 1:
        raise BadInput(_("What could not be determined has no other code."), field="authenticity")
    if confidence not in Confidence.values:
        raise BadInput(_("Choose how sure you are."), field="confidence")
    if not rationale.strip():
        raise BadInput(_("A decision needs its reason."), field="rationale")
