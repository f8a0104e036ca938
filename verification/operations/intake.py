"""Taking evidence in, and having it checked, again where its context changed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from claims import custody
from claims import operations as claims
from claims.actors import Actor
from claims.models import Claim, Evidence, EvidenceState, Stance, Submission
from claims.models.evidence import EVIDENCE_MOVES
from claims.permissions import Permission, require
from claims.transitions import BadInput, IllegalMove, move
from verification import matching, runner, settling, tasks
from verification.models import CheckRun, Review, RunState
from verification.models.reviews import ReviewReason


@custody.operation()
def submit(*, actor: Actor, **given: Any) -> list[Evidence]:
    """Take a submission and queue its check runs, in one transaction.

    Takes and returns what ``claims.operations.take_submission`` does, and raises what it raises.
    """
    items = claims.take_submission(actor=actor, **given)
    _have_checked(items)
    return items


@custody.operation()
def add_to_submission(
    *,
    actor: Actor,
    submission: Submission,
    files: Sequence[claims.ReceivedFile],
    said: claims.Statement,
    claim: Claim | None = None,
) -> list[Evidence]:
    """Add evidence items to a submission and queue their check runs, in one transaction."""
    added = claims.add_evidence(actor=actor, submission=submission, files=files, said=said, claim=claim)
    _have_checked(added)
    return added


@custody.operation()
def request_checks(*, actor: Actor, evidence: Evidence, reason: str) -> None:
    """Run every check of an item again, as a new round; what earlier rounds found stays.

    A round that is still going on is overtaken: its runs may end, but the item settles by the
    runs of its latest round alone.
    """
    require(actor, Permission.TRIAGE, evidence.case)
    _check_again(actor, evidence, reason)


def check_undescribed(*, actor: Actor, most: int) -> int:
    """Start a new round of items whose photo has not been described as today's are; at most so many.

    Returns how many were started, each in a transaction of its own. Items whose checks are going on are
    left out, for they are described by that.
    """
    started = 0
    for evidence in matching.undescribed()[:most]:
        request_checks(actor=actor, evidence=evidence, reason="photos are described otherwise today")
        started += 1
    return started


@custody.operation()
def retry_run(*, actor: Actor, run: CheckRun) -> None:
    """Queue a failed run again, with fresh attempts."""
    evidence = run.evidence
    require(actor, Permission.TRIAGE, evidence.case)
    queued = CheckRun.objects.filter(pk=run.pk, state=RunState.FAILED, round=F("evidence__round")).update(
        state=RunState.QUEUED, attempts=0, reason="", finished_at=None, due_at=timezone.now() + runner.RESEND
    )
    if not queued:
        raise IllegalMove(_("Only a check that did not run can be tried again."))
    if evidence.state == EvidenceState.CHECKED:
        move(evidence, EVIDENCE_MOVES, EvidenceState.CHECKING)
    custody.record(actor, "check.retried", evidence, case=evidence.case, check=run.check_slug)
    tasks.hurry([run.pk])


@custody.operation()
def tie(*, actor: Actor, evidence: Evidence, claim: Claim, stance: Stance) -> None:
    """Tie an item to a claim; what is claimed of it changed, so it is checked again."""
    claims.tie_evidence(actor=actor, evidence=evidence, claim=claim, stance=stance)
    _check_again(actor, evidence, "tied to a claim")


@custody.operation()
def attest(*, actor: Actor, evidence: Evidence, reason: str) -> None:
    """Say that the actor saw the content at its address; its copies are checked again with that."""
    claims.attest_source(actor=actor, evidence=evidence, reason=reason)
    for each in copies_of(evidence):
        _check_again(actor, each, "the address of a copy was attested")


@custody.operation()
def ask_for_review(*, actor: Actor, evidence: Evidence, reason: str) -> Review:
    """Open a review of an item that was decided, because somebody doubts the decision."""
    require(actor, Permission.REVIEW, evidence.case)
    if not reason.strip():
        raise BadInput(_("Say why it should be looked at again."), field="reason")
    if evidence.state != EvidenceState.CHECKED:
        raise IllegalMove(_("Its checks have not settled yet; a review opens when they have."))
    custody.record(actor, "review.asked", evidence, case=evidence.case, reason=reason)
    return settling.open_review(evidence, ReviewReason.ASKED)


def copies_of(evidence: Evidence) -> list[Evidence]:
    """The item and every other item in its case with the same bytes."""
    if not evidence.media_file_id:
        return [evidence]
    return list(Evidence.objects.filter(case=evidence.case, media_file=evidence.media_file))


def check_again(actor: Actor, items: Iterable[Evidence], reason: str) -> None:
    """Start a new round for each item, for other operations; in their transaction."""
    for each in items:
        _check_again(actor, each, reason)


def _check_again(actor: Actor, evidence: Evidence, reason: str) -> None:
    """Start a new round of an item. Runs of the round before that have not ended are overtaken."""
    if not evidence.media_file_id:
        return
    locked = Evidence.objects.select_for_update(no_key=True).get(pk=evidence.pk)
    CheckRun.objects.current().filter(evidence=locked, state=RunState.QUEUED).update(
        state=RunState.FAILED, reason="overtaken by a later round", finished_at=timezone.now()
    )
    Evidence.objects.filter(pk=evidence.pk).update(round=F("round") + 1, state=EvidenceState.CHECKING)
    evidence.refresh_from_db(fields=["round", "state"])
    custody.record(
        actor, "checks.requested", evidence, case=evidence.case, reason=reason, round=evidence.round
    )
    tasks.hurry(runner.queue_checks([evidence]))


def _have_checked(items: list[Evidence]) -> None:
    tasks.hurry(runner.queue_checks(items))
    for each in items:
        if not each.media_file_id:
            settling.settle_address(each)
