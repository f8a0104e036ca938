"""The sweep: a sign of life, what is due sent again, and what died settled."""

from __future__ import annotations

from datetime import timedelta

import pytest
from celery import Celery
from django.utils import timezone

from claims.models import Evidence, EvidenceState
from config.celery import app
from media_checks import registry
from tests.builders import make_evidence
from tests.verification.runs import expire
from verification import runner, tasks
from verification.models import CheckRun, Heartbeat, RunState
from verification.models.checks import MAX_ATTEMPTS, RESEND

pytestmark = pytest.mark.django_db


def test_the_sweep_gives_a_sign_of_life():
    runner.sweep("one")
    runner.sweep("one")
    runner.sweep("two")
    assert set(Heartbeat.objects.values_list("name", flat=True)) == {"one", "two"}


def test_the_sweep_sends_what_is_due_and_not_at_once_again(run):
    assert runner.sweep("worker") == []
    CheckRun.objects.filter(pk=run.pk).update(due_at=timezone.now() - timedelta(seconds=1))
    assert runner.sweep("worker") == [run.pk]
    assert runner.sweep("worker") == []


def test_the_sweep_sends_one_run_of_an_item_that_takes_its_fellows_along(evidence):
    other = make_evidence(evidence.case)
    CheckRun.objects.update(due_at=timezone.now() - timedelta(seconds=1))
    sent = CheckRun.objects.filter(pk__in=runner.sweep("worker"))
    assert {each.evidence_id for each in sent} == {evidence.pk, other.pk}
    assert [registry.check(each.check_slug).after for each in sent] == [(), ()]
    assert runner.sweep("worker") == []
    for each in sent:
        runner.run(each.pk)
    assert set(Evidence.objects.values_list("state", flat=True)) == {EvidenceState.CHECKED}


def test_the_sweep_sends_each_run_that_was_tried(evidence):
    tried = evidence.check_runs.exclude(check_slug="reverse_date")
    for each in tried:
        runner.give_up(runner.claim(each.pk), "it crashed")
    evidence.check_runs.update(due_at=timezone.now() - timedelta(seconds=1))
    assert set(runner.sweep("worker")) == set(evidence.check_runs.values_list("pk", flat=True))


@pytest.fixture
def broker(tmp_path, monkeypatch):
    """A broker of the test's own; how many messages about runs wait there."""
    monkeypatch.delenv("CELERY_BROKER_URL", raising=False)
    celery = Celery("own", broker="filesystem://localhost", set_as_current=False)
    celery.conf.task_default_queue = "checks"
    folders = dict.fromkeys(("data_folder_in", "data_folder_out", "control_folder"), str(tmp_path))
    celery.conf.broker_transport_options = folders
    celery.set_current()
    yield lambda: len(list(tmp_path.glob("*.checks.msg")))
    app.set_current()


def make_all_due():
    CheckRun.objects.update(due_at=timezone.now() - timedelta(seconds=1))


def test_nothing_is_sent_once_more_while_enough_waits_in_the_broker(broker, evidence, tmp_path, monkeypatch):
    monkeypatch.setattr(tasks, "ENOUGH", 2)
    for _more in range(3):
        make_evidence(evidence.case)
    for _sweep in range(3):
        make_all_due()
        tasks.sweep()
    assert broker() == 4, "one message of each item"
    assert CheckRun.objects.due(timezone.now()).count() == 12, "they are still due"
    for message in tmp_path.glob("*.checks.msg"):
        message.unlink()
    tasks.sweep()
    assert broker() == 4, "a broker that lost all is filled again"


def test_a_few_that_were_tried_are_sent_again_though_enough_waits_in_the_broker(
    broker, evidence, monkeypatch
):
    monkeypatch.setattr(tasks, "ENOUGH", 0)
    monkeypatch.setattr(runner, "FEW", 1)
    make_all_due()
    tasks.sweep()
    assert broker() == 0
    for run in evidence.check_runs.filter(check_slug__in=("metadata", "perceptual_hash")):
        runner.give_up(runner.claim(run.pk), "it crashed")
    for sent in (1, 2):
        CheckRun.objects.due(timezone.now() + RESEND).update(due_at=timezone.now())
        tasks.sweep()
        assert broker() == sent


def test_the_sweep_sends_a_run_whose_worker_died(run):
    runner.claim(run.pk)
    assert runner.sweep("worker") == []
    expire(run)
    assert runner.sweep("worker") == [run.pk]
    assert runner.claim(run.pk).attempts == 2


def test_the_sweep_fails_a_run_whose_workers_died_three_times(run):
    for _attempt in range(MAX_ATTEMPTS):
        runner.claim(run.pk)
        expire(run)
    runner.sweep("worker")
    run.refresh_from_db()
    assert run.state == RunState.FAILED
    assert "its worker stopped" in run.reason
