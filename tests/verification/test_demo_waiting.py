"""Waiting for the demo's checks: with a worker, without one, and after one that stopped."""

from __future__ import annotations

import pytest
from django.utils import timezone

from claims.models import EvidenceState
from tests.builders import make_case, make_claim, make_evidence
from verification.demo import waiting
from verification.models import Heartbeat, RunState

pytestmark = pytest.mark.django_db


def test_where_a_worker_is_alive_its_work_is_left_to_it() -> None:
    evidence = make_evidence(case := make_case(), make_claim(case))
    Heartbeat.objects.create(name="a worker", at=timezone.now())
    with pytest.raises(waiting.NotSettled):
        waiting.settle(case, print, patience=0.5)
    assert set(evidence.check_runs.values_list("state", flat=True)) == {RunState.QUEUED}


def test_where_none_is_the_checks_are_run_here() -> None:
    evidence = make_evidence(case := make_case(), make_claim(case))
    waiting.settle(case, print)
    evidence.refresh_from_db()
    assert evidence.state == EvidenceState.CHECKED
    assert set(evidence.check_runs.values_list("state", flat=True)) == {RunState.FINISHED}
