"""Waiting for the checks of the demo case: the workers' where there are any, else done right here."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import timedelta

from django.conf import settings
from django.db.models import QuerySet
from django.utils import timezone

from claims.models import Case, Evidence, EvidenceState
from verification import locks, runner
from verification.models import CheckRun, Heartbeat

PATIENCE_SECONDS = 300
_POLL_SECONDS = 0.3
_SAY_SECONDS = 5.0
_RUNS_AT_ONCE = 12

Say = Callable[[str], object]


class NotSettled(Exception):
    """The checks did not end in time; running the command again goes on from here."""


def settle(case: Case, say: Say, patience: float = PATIENCE_SECONDS) -> None:
    """Return once every item of the case is checked; says now and then how many are not.

    Raises NotSettled after ``patience`` seconds without any progress.
    """
    waiting, told_at, moved_at = _waiting(case).count(), 0.0, time.monotonic()
    while waiting:
        if time.monotonic() - told_at > _SAY_SECONDS:
            say(f"  Still to be checked: {waiting} …")
            told_at = time.monotonic()
        if time.monotonic() - moved_at > patience:
            raise NotSettled(f"{waiting} items have not been checked in {patience:.0f} s.")
        if worker_is_alive():
            time.sleep(_POLL_SECONDS)
        else:
            _work(case)
        before, waiting = waiting, _waiting(case).count()
        moved_at = moved_at if waiting == before else time.monotonic()


def worker_is_alive() -> bool:
    """Whether a worker gave a sign of life within three sweeps."""
    recent = timezone.now() - timedelta(seconds=3 * settings.SWEEP_SECONDS)
    return Heartbeat.objects.filter(at__gte=recent).exists()


def _waiting(case: Case) -> QuerySet[Evidence]:
    return Evidence.objects.filter(case=case).exclude(state=EvidenceState.CHECKED)


def _work(case: Case) -> None:
    """Carry out some runs, as a worker would. Raises TooFewLocks."""
    locks.require()
    runs = CheckRun.objects.current().filter(evidence__case=case)
    takeable = runs.takeable(timezone.now()).order_by("created_at", "check_slug")
    for run_id in takeable.values_list("pk", flat=True)[:_RUNS_AT_ONCE]:
        runner.run(run_id)
    if not takeable.exists() and _waiting(case).exists():
        time.sleep(_POLL_SECONDS)
