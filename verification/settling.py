"""Settling: when every run of an evidence item has ended, the item is checked and a review opens."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from claims import custody
from claims.actors import DESK
from claims.models import Evidence, EvidenceState
from claims.models.evidence import EVIDENCE_MOVES
from claims.transitions import move
from media_checks import registry
from media_checks.contract import CheckVerdict
from verification.models import CheckRun, Review, RunState
from verification.models.checks import UNSETTLED
from verification.models.reviews import ReviewReason

DID_NOT_RUN = "did_not_run"
WORST_FIRST = (
    CheckVerdict.CONTRADICTED,
    DID_NOT_RUN,
    CheckVerdict.DISPUTED,
    CheckVerdict.INCONCLUSIVE,
    CheckVerdict.CORROBORATED,
    CheckVerdict.CONSISTENT,
    CheckVerdict.NOT_APPLICABLE,
)


@custody.operation()
def settle(evidence_id: UUID) -> list[UUID]:
    """Move an item on when all its current runs have ended; else return the runs that can go now.

    In the operation that ends a run, so that no item is left behind whose last worker died.
    """
    locked = Evidence.objects.select_for_update(no_key=True, of=["self"])
    evidence = locked.select_related("case").get(pk=evidence_id)
    runs = list(CheckRun.objects.current().filter(evidence=evidence))
    if any(each.state in UNSETTLED for each in runs):
        return [each.pk for each in ready(runs) if registry.check(each.check_slug).after]
    if evidence.state == EvidenceState.CHECKED:
        return []
    settled = _last_settled(evidence)
    move(evidence, EVIDENCE_MOVES, EvidenceState.CHECKED)
    _record_checked(evidence)
    _ask_for_review(evidence, runs, settled)
    return []


def settle_address(evidence: Evidence) -> None:
    """Open the review of an item that is an address alone, in the operation that received it as checked."""
    _record_checked(evidence)
    _record_opening(Review.objects.create(evidence=evidence, case=evidence.case, reason=ReviewReason.CHECKED))


def open_review(evidence: Evidence, reason: ReviewReason) -> Review:
    """Open a review, or bring the live one up to date; in the caller's operation."""
    runs = list(CheckRun.objects.filter(evidence=evidence, round=evidence.round))
    found = {
        "worst_verdict": worst_verdict(runs),
        "did_not_run": any(each.state == RunState.FAILED for each in runs),
    }
    live = Review.objects.live().filter(evidence=evidence)
    new = {"case_id": evidence.case_id, "reason": reason, **found}
    review, is_new = live.get_or_create(evidence=evidence, defaults=new)
    if is_new:
        _record_opening(review)
    else:
        live.update(**found)
        review.refresh_from_db()
    return review


def ready(runs: Iterable[CheckRun]) -> list[CheckRun]:
    """Of one item's current runs those that wait for nothing but a worker."""
    unsettled = {each.check_slug: each for each in runs if each.state in UNSETTLED}
    return [
        each
        for slug, each in unsettled.items()
        if each.state == RunState.QUEUED and not unsettled.keys() & set(registry.check(slug).after)
    ]


def worst_verdict(runs) -> str:
    """The weightiest verdict of these runs; what did not run or could not tell outweighs what agrees."""
    verdicts = {DID_NOT_RUN if each.state == RunState.FAILED else each.verdict for each in runs}
    return next((str(each) for each in WORST_FIRST if each in verdicts), "")


def _record_checked(evidence: Evidence) -> None:
    custody.record(DESK, "evidence.checked", evidence, case=evidence.case, round=evidence.round)


def _record_opening(review: Review) -> None:
    evidence = review.evidence
    custody.record(DESK, "review.opened", evidence, case=evidence.case, reason=str(review.reason))


def _last_settled(evidence: Evidence) -> int:
    """The last round that settled, by the record, or 0; a round that another overtook never does."""
    line = custody.history_of(evidence).filter(action="evidence.checked").last()
    return line.details["round"] if line else 0


def _ask_for_review(evidence: Evidence, runs: list[CheckRun], settled: int) -> None:
    """The first time always, and when a check of the same round was tried again; else only when the checks
    came out differently than in the last round that settled: it is the one that a person may have seen.
    """
    before = CheckRun.objects.filter(evidence=evidence, round=settled)
    changed = settled in (0, evidence.round) or _outcome(before) != _outcome(runs)
    if changed or Review.objects.live().filter(evidence=evidence).exists():
        open_review(evidence, ReviewReason.CHECKED_AGAIN if settled else ReviewReason.CHECKED)


def _outcome(runs) -> dict[str, tuple[str, str]]:
    return {each.check_slug: (each.state, each.verdict) for each in runs}
