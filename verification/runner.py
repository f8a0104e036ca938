"""The runner: claim a run, hand its file to the locked child, store what it found, settle.

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
from django.db import transaction
from django.db.models import Exists, F, OuterRef
from django.utils import timezone

from claims import custody, sealing, storage
from claims.actors import DESK
from claims.models import Evidence, EvidenceState, MediaFile
from media_checks import registry
from media_checks.contract import Context, Finding, Place, Result, result_of
from media_checks.sandbox import client
from verification import matching, settling, working_copies
from verification.models import CheckRun, Heartbeat, RunState
from verification.models.checks import MAX_ATTEMPTS, UNSETTLED

log = logging.getLogger(__name__)

# A queued run is sent again this long after it was last sent.
RESEND = timedelta(seconds=20)
RETRY = timedelta(seconds=5)
SWEEP_LIMIT = 500


def run(run_id: UUID) -> list[UUID]:
    """Claim a run and carry it out; returns the runs that can go next.

    Does nothing when somebody else holds the run, when it has settled, or when a check that it
    comes after has not settled yet.
    """
    claimed = claim(run_id)
    if not claimed:
        return []
    try:
        result = _examine(claimed)
    except client.DidNotRun as problem:
        return give_up(claimed, problem.reason)
    except Exception as defect:
        log.exception("Check run %s broke", run_id)
        return give_up(claimed, f"a defect of the desk: {type(defect).__name__}")
    return finish(claimed, result)


def claim(run_id: UUID) -> CheckRun | None:
    """Take a run for this worker, with a lease; None when it cannot be taken."""
    found = CheckRun.objects.select_related("evidence").filter(pk=run_id).first()
    if not found:
        return None
    now, token = timezone.now(), uuid.uuid4()
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
    found.refresh_from_db()
    return found


def finish(claimed: CheckRun, result: Result) -> list[UUID]:
    """Store the result, unless the lease has passed to another worker; returns what can go next."""
    with transaction.atomic():
        changed = _held(claimed).update(
            state=RunState.FINISHED,
            verdict=result.verdict.value,
            result=result.as_json(),
            reason="",
            lease_token=None,
            lease_until=None,
            finished_at=timezone.now(),
        )
        if not changed:
            log.warning("A late worker came back for run %s; nothing was written.", claimed.pk)
            return []
        _note(claimed, "check.finished", verdict=result.verdict.value)
    return settling.settle(claimed.evidence_id)


def give_up(claimed: CheckRun, reason: str) -> list[UUID]:
    """Queue the run again after a while, or fail it with the reason once its attempts are spent."""
    now = timezone.now()
    if claimed.attempts < MAX_ATTEMPTS:
        _held(claimed).update(
            state=RunState.QUEUED,
            reason=reason,
            due_at=now + RETRY * claimed.attempts,
            lease_token=None,
            lease_until=None,
        )
        return []
    with transaction.atomic():
        changed = _held(claimed).update(
            state=RunState.FAILED, reason=reason, lease_token=None, lease_until=None, finished_at=now
        )
        if not changed:
            return []
        _note(claimed, "check.did_not_run", reason=reason)
    return settling.settle(claimed.evidence_id)


def sweep(worker: str) -> list[UUID]:
    """Give a sign of life, fail runs whose workers died too often, and return the runs to send."""
    now = timezone.now()
    Heartbeat.objects.update_or_create(name=worker, defaults={"at": now})
    freed = [
        each
        for dead in CheckRun.objects.due(now).filter(state=RunState.RUNNING, attempts__gte=MAX_ATTEMPTS)[:100]
        for each in give_up(dead, "its worker stopped before the check was done, three times")
    ]
    for evidence_id in settling.unsettled():
        freed += settling.settle(evidence_id)
    due = list(
        CheckRun.objects.due(now).order_by("due_at").values_list("pk", flat=True)[: SWEEP_LIMIT - len(freed)]
    )
    CheckRun.objects.filter(pk__in=due).update(due_at=now + RESEND)
    return freed + due


def queue_checks(evidence: Iterable[Evidence]) -> list[UUID]:
    """Write a run of every check for the current round of these evidence items; in a transaction.

    An address alone has no bytes to check: it settles at once, and its review says so.
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
    return [each.pk for each in runs if not registry.check(each.check_slug).after]


def _examine(claimed: CheckRun) -> Result:
    evidence = Evidence.objects.select_related("claim", "media_file").get(pk=claimed.evidence_id)
    path = storage.path_of(evidence.media_file_id or "")
    check = registry.check(claimed.check_slug)
    result = client.examine(
        check,
        path,
        context_of(evidence),
        sha256=evidence.media_file_id or "",
        limits=client.Limits(wall=settings.CHECK_SECONDS),
    )
    if check.follow_up:
        _index(evidence.media_file, result.findings)  # type: ignore[arg-type]
        working_copies.make(evidence.media_file)  # type: ignore[arg-type]
        added = tuple(check.follow_up(result.findings, context_of(evidence, searched=True)))
        result = result_of(check, (*map(_without_queries, result.findings), *added))
    return result


def _index(media_file: MediaFile, findings: Iterable[Finding]) -> None:
    """Store the fingerprints that a check found, and only then search for what is near them."""
    for found in findings:
        if "queries" in found.details:
            matching.store(media_file, found.details["fingerprints"])
            matching.record_matches(media_file, matching.find(media_file, found.details["queries"]))


def _without_queries(found: Finding) -> Finding:
    """The finding without the rows that served the search alone."""
    return Finding(found.code, {name: each for name, each in found.details.items() if name != "queries"})


def context_of(evidence: Evidence, *, searched: bool = False) -> Context:
    """What the desk knows about an evidence item, for its checks."""
    claim = evidence.claim
    place = None
    if claim and claim.latitude is not None:
        place = Place(claim.latitude, claim.longitude, claim.precision_m)  # type: ignore[arg-type]
    return Context(
        claimed_start=claim.event_start if claim else None,
        claimed_end=(claim.event_end or claim.event_start) if claim else None,
        place=place,
        stated_start=evidence.said_start,
        stated_end=evidence.said_end,
        file_name=sealing.file_name_of(evidence),
        source_url=evidence.source_url,
        source_attested=evidence.source_attested_by_id is not None,
        received_at=evidence.certainly_received_by,
        earlier_copies=matching.earlier_copies(evidence),
        searched=matching.searched_files() if searched else None,
    )


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
