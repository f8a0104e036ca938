"""The runner: claim runs, have the locked child look at their file, store what it found, settle.

A run is claimed by one conditional UPDATE and finished by another that names the claim's token, so
a worker that comes late writes nothing.
"""

from __future__ import annotations

import logging
import uuid
from collections.abc import Iterable
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db.models import Exists, F, OuterRef
from django.utils import timezone

from claims import custody
from claims.actors import DESK
from claims.models import Evidence, EvidenceState
from media_checks import registry
from media_checks.contract import Check, Result
from media_checks.sandbox.client import DidNotRun
from verification import locks, settling
from verification.examining import Examination
from verification.models import CheckRun, Heartbeat, RunState
from verification.models.checks import MAX_ATTEMPTS, RESEND, UNSETTLED

log = logging.getLogger(__name__)

RETRY = timedelta(seconds=10)
SWEEP_LIMIT, FEW = 500, 100
STOPPED = "its worker stopped before the check was done"


def run(run_id: UUID) -> list[UUID]:
    """Claim a run and carry it out; returns the runs that can go next.

    Its fellows on the same evidence item go with it: one locked child examines the file for all.
    Should that child be lost, each is tried again alone, so that a file that breaks one check costs
    no other its verdict.

    Does nothing when somebody else holds the run, when it has settled, or when a check that it
    comes after has not settled yet.
    """
    claimed = claim(run_id)
    if not claimed:
        return []
    runs = [claimed, *_claim_fellows(claimed)]
    examination = Examination(claimed.evidence, _checks_for(runs))
    freed = [each for one in runs for each in _carry_out(one, examination)]
    return [each for one in freed for each in _carry_on(one, examination, claimed.lease_token)]


def release(run_id: UUID) -> list[UUID]:
    """Give up at once whatever was taken together with this run, by a worker that the broker says has died,
    even where this run had come to its end.

    Returns the runs to send: whatever waits of the same item, for that worker may have been about to take it.
    Where it lives after all, it comes late and writes nothing.
    """
    told = CheckRun.objects.filter(pk=run_id)
    held = CheckRun.objects.select_related("evidence__case").filter(
        state=RunState.RUNNING, lease_token__in=told.values("lease_token")
    )
    for each in held:
        give_up(each, STOPPED)
    item = CheckRun.objects.current().filter(evidence__in=told.values("evidence"))
    return _to_send(settling.ready(item))


def claim(run_id: UUID, token: UUID | None = None) -> CheckRun | None:
    """Take a run for this worker, with a lease; None when it cannot be taken.

    Runs that are taken together have one ``token``.
    """
    found = CheckRun.objects.filter(pk=run_id).first()
    if not found:
        return None
    now, token = timezone.now(), token or uuid.uuid4()
    before = CheckRun.objects.filter(
        evidence=OuterRef("evidence"),
        round=OuterRef("round"),
        check_slug__in=registry.check(found.check_slug).after,
        state__in=UNSETTLED,
    )
    taken = (
        CheckRun.objects.takeable(now)
        .filter(~Exists(before), pk=run_id)
        .update(
            state=RunState.RUNNING,
            attempts=F("attempts") + 1,
            lease_token=token,
            lease_until=now + timedelta(seconds=settings.LEASE_SECONDS),
        )
    )
    if not taken:
        return None
    Evidence.objects.filter(pk=found.evidence_id, state=EvidenceState.RECEIVED).update(
        state=EvidenceState.CHECKING
    )
    return CheckRun.objects.select_related("evidence__case").get(pk=run_id)


@custody.operation()
def finish(claimed: CheckRun, result: Result) -> list[UUID]:
    """Store the result, unless the lease has passed to another worker; returns what can go next."""
    changed = _held(claimed).update(
        state=RunState.FINISHED,
        verdict=result.verdict.value,
        result=result.as_json(),
        reason="",
        lease_until=None,
        finished_at=timezone.now(),
    )
    if not changed:
        log.warning("A late worker came back for run %s; nothing was written.", claimed.pk)
        return []
    _note(claimed, "check.finished", verdict=result.verdict.value)
    return settling.settle(claimed.evidence_id)


@custody.operation()
def give_up(claimed: CheckRun, reason: str) -> list[UUID]:
    """Queue the run again, after its first attempt at once and then after a while, or fail it with the reason
    once its attempts are spent; returns what can go next, which may be the run itself.
    """
    now = timezone.now()
    if claimed.attempts < MAX_ATTEMPTS:
        at_once = claimed.attempts == 1
        due = now + (RESEND if at_once else RETRY)
        queued = _held(claimed).update(state=RunState.QUEUED, reason=reason, due_at=due, lease_until=None)
        return [claimed.pk] if queued and at_once else []
    changed = _held(claimed).update(state=RunState.FAILED, reason=reason, lease_until=None, finished_at=now)
    if not changed:
        return []
    _note(claimed, "check.did_not_run", reason=reason)
    return settling.settle(claimed.evidence_id)


def sweep(worker: str, *, refill: bool = True) -> list[UUID]:
    """Give a sign of life, fail runs whose workers died too often, and return the runs to send.

    To ``refill`` the broker, those that are due; else a few of them that were tried before. What stays due
    is sent by a later sweep.
    """
    now = timezone.now()
    Heartbeat.objects.update_or_create(name=worker, defaults={"at": now, "locks": locks.told()})
    freed = [
        each
        for dead in CheckRun.objects.due(now).filter(state=RunState.RUNNING, attempts__gte=MAX_ATTEMPTS)[:FEW]
        for each in give_up(dead, f"{STOPPED}, three times")
    ]
    waiting = CheckRun.objects.due(now).order_by("due_at").defer("result", "reason")
    due = list(waiting[:SWEEP_LIMIT] if refill else waiting.filter(attempts__gt=0)[:FEW])
    CheckRun.objects.filter(pk__in=[each.pk for each in due]).update(due_at=now + RESEND)
    return freed + _to_send(due)


def make_due(run_ids: Iterable[UUID]) -> None:
    """Have the next sweep send these runs, for nobody has been told of them."""
    CheckRun.objects.filter(pk__in=run_ids, state=RunState.QUEUED).update(due_at=timezone.now())


def queue_checks(evidence: Iterable[Evidence]) -> list[UUID]:
    """Write a run of every check for the current round of these evidence items; in a transaction.

    Returns one run of each item to send: its fellows go with it. An address alone has no bytes to
    check: it settles at once, and its review says so.
    """
    now: datetime = timezone.now()
    runs = [
        CheckRun(
            evidence=each, check_slug=check.slug, version=check.version, round=each.round, due_at=now + RESEND
        )
        for each in evidence
        if each.media_file_id
        for check in registry.CHECKS
    ]
    CheckRun.objects.bulk_create(runs)
    return _to_send(runs)


def _to_send(runs: Iterable[CheckRun]) -> list[UUID]:
    """Which of these runs to send: of those of one item that go together, one that comes after no other,
    for whoever takes it takes its fellows along; and each that goes alone.
    """
    chosen: dict[object, UUID] = {}
    for each in sorted(runs, key=lambda run: bool(registry.check(run.check_slug).after)):
        alone = _goes_alone(each, each.attempts)
        chosen.setdefault(each.pk if alone else (each.evidence_id, each.round), each.pk)
    return list(chosen.values())


def _goes_alone(run: CheckRun, tries: int) -> bool:
    """Whether a run tried so often goes without its fellows: from the second time on where its locked
    child was lost, from the third where only its worker stopped.
    """
    return tries > (1 if run.reason == STOPPED else 0)


def _claim_fellows(claimed: CheckRun) -> list[CheckRun]:
    if _goes_alone(claimed, claimed.attempts - 1):
        return []
    of_its_item = CheckRun.objects.current().filter(
        evidence=claimed.evidence_id, round=claimed.round, state=RunState.QUEUED
    )
    fellows = [each.pk for each in of_its_item if not _goes_alone(each, each.attempts)]
    return [fellow for run_id in fellows if (fellow := claim(run_id, claimed.lease_token))]


def _checks_for(runs: list[CheckRun]) -> tuple[Check, ...]:
    """The checks of these runs and, unless one goes alone, those that come after them alone."""
    slugs = {each.check_slug for each in runs}
    alone = any(_goes_alone(each, each.attempts - 1) for each in runs)
    followers = set() if alone else slugs
    return tuple(
        check
        for check in registry.CHECKS
        if check.slug in slugs or (check.after and followers.issuperset(check.after))
    )


def _carry_out(claimed: CheckRun, examination: Examination) -> list[UUID]:
    """Finish a claimed run with what was found, or give it up; returns what can go next."""
    try:
        result = examination.result(registry.check(claimed.check_slug))
    except DidNotRun as problem:
        return give_up(claimed, problem.reason)
    except Exception as defect:
        log.exception("Check run %s broke", claimed.pk)
        return give_up(claimed, f"a defect of the desk: {type(defect).__name__}")
    return finish(claimed, result)


def _carry_on(run_id: UUID, examination: Examination, token: UUID | None) -> list[UUID]:
    """Finish a run that can go now with what was found ahead of its turn, or leave it to be sent."""
    slug, attempts = CheckRun.objects.values_list("check_slug", "attempts").get(pk=run_id)
    if attempts or not examination.knows(registry.check(slug)):
        return [run_id]
    claimed = claim(run_id, token)
    return _carry_out(claimed, examination) if claimed else []


def _held(claimed: CheckRun):
    return CheckRun.objects.filter(pk=claimed.pk, state=RunState.RUNNING, lease_token=claimed.lease_token)


def _note(claimed: CheckRun, action: str, **details: str) -> None:
    evidence = claimed.evidence
    custody.record(
        DESK,
        action,
        evidence,
        case=evidence.case,
        check=claimed.check_slug,
        version=claimed.version,
        round=claimed.round,
        **details,
    )
