"""The database is the queue of record: claiming, finishing, retrying, sweeping."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path
from uuid import uuid4

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from claims.actors import person
from claims.models import CustodyEvent, Evidence, EvidenceState
from media_checks import registry
from media_checks.contract import CheckVerdict
from media_checks.sandbox import client
from tests.builders import checked, decided, make_case, make_evidence, make_lead
from tests.media_checks.samples import saved, scene
from tests.verification.runs import a_result, expire, unread
from verification import examining, operations, runner, settling
from verification.models import CheckRun, Review, RunState
from verification.models.checks import MAX_ATTEMPTS

pytestmark = pytest.mark.django_db


def another_round(evidence):
    """The item as it stands before the runs of its next round are written."""
    checked(evidence)
    Evidence.objects.filter(pk=evidence.pk).update(round=2, state=EvidenceState.CHECKING)
    evidence.refresh_from_db()
    return evidence


def states(evidence, round_number):
    return set(evidence.check_runs.filter(round=round_number).values_list("state", flat=True))


def recorded_requests(monkeypatch):
    """The checks of each request to the locked child, which answers as ever."""
    asked = []
    real = client.examine

    def recording(checks, *args, **options):
        asked.append(tuple(check.slug for check in checks))
        return real(checks, *args, **options)

    monkeypatch.setattr(client, "examine", recording)
    return asked


def test_a_submission_has_a_run_of_every_check_from_the_same_transaction(evidence):
    queued = set(evidence.check_runs.values_list("check_slug", "version", "state"))
    assert queued == {(each.slug, each.version, "queued") for each in registry.CHECKS}


def test_two_runs_of_one_check_version_and_round_cannot_exist(run):
    with pytest.raises(IntegrityError), transaction.atomic():
        CheckRun.objects.create(
            evidence=run.evidence, check_slug=run.check_slug, version=run.version, due_at=timezone.now()
        )


def test_of_two_workers_one_claims_a_run(run):
    assert runner.claim(run.pk)
    assert runner.claim(run.pk) is None


def test_a_late_worker_writes_nothing(run):
    late = runner.claim(run.pk)
    expire(run)
    current = runner.claim(run.pk)
    assert current.attempts == 2
    assert runner.finish(late, a_result()) == []
    run.refresh_from_db()
    assert run.state == RunState.RUNNING
    runner.finish(current, a_result())
    run.refresh_from_db()
    assert (run.state, run.verdict) == (RunState.FINISHED, "inconclusive")
    assert CustodyEvent.objects.filter(action="check.finished").count() == 1


def test_a_late_worker_cannot_fail_a_run_either(run):
    late = runner.claim(run.pk)
    expire(run)
    runner.finish(runner.claim(run.pk), a_result())
    late.attempts = MAX_ATTEMPTS
    assert runner.give_up(late, "too late") == []
    run.refresh_from_db()
    assert (run.state, run.reason) == (RunState.FINISHED, "")


def test_a_finished_run_is_not_claimed_again(run):
    runner.finish(runner.claim(run.pk), a_result())
    assert runner.claim(run.pk) is None


def test_a_run_is_tried_three_times_and_then_failed_with_its_reason(run):
    for _attempt in range(MAX_ATTEMPTS):
        runner.give_up(runner.claim(run.pk), "it ran out of memory")
    run.refresh_from_db()
    assert (run.state, run.reason) == (RunState.FAILED, "it ran out of memory")
    assert runner.claim(run.pk) is None


def test_an_unknown_run_is_nobody_s_business():
    assert runner.run(uuid4()) == []


def test_a_check_waits_for_the_one_that_it_comes_after(evidence):
    after = evidence.check_runs.get(check_slug="reverse_date")
    before = evidence.check_runs.get(check_slug="perceptual_hash")
    assert runner.run(after.pk) == []
    after.refresh_from_db()
    assert (after.state, after.attempts) == (RunState.QUEUED, 0)
    runner.give_up(runner.claim(before.pk), "it crashed")
    assert runner.run(before.pk) == [after.pk]


def test_one_run_is_sent_of_each_item_and_its_fellows_go_with_it_in_one_child(evidence, monkeypatch):
    (sent,) = runner.queue_checks([another_round(evidence)])
    asked = recorded_requests(monkeypatch)
    assert runner.run(sent) == []
    assert asked == [("metadata", "perceptual_hash", "reverse_date")]
    assert states(evidence, 2) == {"finished"}


def test_what_was_found_ahead_of_its_turn_stands_only_if_no_copy_came_to_light(monkeypatch):
    case = make_case()
    checked(make_evidence(case, content=saved(scene())))
    copy = make_evidence(case, content=saved(scene(), quality=40))
    asked = recorded_requests(monkeypatch)
    after = copy.check_runs.get(check_slug="reverse_date")
    assert runner.run(copy.check_runs.get(check_slug="metadata").pk) == [after.pk]
    after.refresh_from_db()
    assert (after.state, after.attempts) == (RunState.QUEUED, 0)
    assert runner.run(after.pk) == []
    assert asked == [("metadata", "perceptual_hash", "reverse_date"), ("reverse_date",)]
    after.refresh_from_db()
    assert after.state == RunState.FINISHED


def test_runs_whose_child_was_lost_are_tried_again_at_once_alone(evidence, monkeypatch):
    asked = recorded_requests(monkeypatch)
    monkeypatch.setattr(examining.storage, "local", lambda sha256: nullcontext(Path("/nowhere/at/all")))
    first, second = evidence.check_runs.filter(check_slug__in=("metadata", "perceptual_hash"))
    assert set(runner.run(first.pk)) == {first.pk, second.pk}
    assert states(evidence, 1) == {"queued"}
    assert runner.run(second.pk) == []
    assert runner.run(first.pk) == []
    assert asked == [
        ("metadata", "perceptual_hash", "reverse_date"),
        ("perceptual_hash",),
        ("metadata",),
    ]
    first.refresh_from_db()
    assert (first.attempts, first.reason) == (2, "the file cannot be opened (No such file or directory)")
    assert first.due_at <= timezone.now() + runner.RETRY, "and the last time a while later"


def test_a_defect_before_the_child_is_asked_is_a_reason_and_not_a_lost_run(evidence, monkeypatch):
    def broken(evidence):
        raise RuntimeError("planted")

    monkeypatch.setattr(examining.archives, "ask", broken)
    runner.run(evidence.check_runs.get(check_slug="metadata").pk)
    fellows = evidence.check_runs.filter(check_slug__in=("metadata", "perceptual_hash"))
    assert {(each.state, each.reason) for each in fellows} == {
        (RunState.QUEUED, "a defect of the desk: RuntimeError")
    }


def test_a_run_that_another_worker_holds_is_left_to_it(evidence, monkeypatch):
    asked = recorded_requests(monkeypatch)
    theirs = runner.claim(evidence.check_runs.get(check_slug="metadata").pk)
    runner.run(evidence.check_runs.get(check_slug="perceptual_hash").pk)
    assert asked == [("perceptual_hash", "reverse_date")]
    assert runner.finish(theirs, a_result()) == []
    assert states(evidence, 1) == {"finished"}


def test_when_every_run_has_settled_a_review_opens(evidence):
    checked(evidence)
    assert evidence.state == EvidenceState.CHECKED
    assert Review.objects.get(evidence=evidence).state == "waiting"


def test_a_review_opens_though_a_check_did_not_run(evidence):
    for slug in ("metadata", "perceptual_hash"):
        run = evidence.check_runs.get(check_slug=slug)
        for _attempt in range(MAX_ATTEMPTS):
            runner.give_up(runner.claim(run.pk), "it crashed")
    checked(evidence)
    assert Review.objects.get(evidence=evidence).worst_verdict == settling.DID_NOT_RUN
    assert evidence.check_runs.get(check_slug="reverse_date").state == RunState.FINISHED


def test_a_round_asked_for_before_the_first_settled_comes_to_a_person_though_it_says_the_same(
    evidence, monkeypatch
):
    with monkeypatch.context() as died:
        died.setattr(settling, "settle", lambda evidence_id: [])
        for slug in ("metadata", "perceptual_hash", "reverse_date"):
            runner.run(evidence.check_runs.get(check_slug=slug).pk)
    assert states(evidence, 1) == {"finished"}
    operations.request_checks(actor=person(make_lead(evidence.case)), evidence=evidence, reason="Again.")
    checked(evidence)
    assert (evidence.round, evidence.state) == (2, EvidenceState.CHECKED)
    first, second = (
        dict(evidence.check_runs.filter(round=each).values_list("check_slug", "verdict")) for each in (1, 2)
    )
    assert first == second
    assert Review.objects.get(evidence=evidence).state == "waiting"


def ended(evidence, as_it_is, slugs=("metadata", "perceptual_hash", "reverse_date")):
    """These runs of the item's round, each with this result."""
    for slug in slugs:
        run = evidence.check_runs.get(check_slug=slug, round=evidence.round)
        runner.finish(runner.claim(run.pk), as_it_is(slug))


def asked_again(evidence, lead):
    operations.request_checks(actor=person(lead), evidence=evidence, reason="Again.")
    evidence.refresh_from_db()


def test_what_came_out_differently_comes_to_a_person_though_a_round_in_between_never_settled(evidence):
    lead = make_lead(evidence.case)
    ended(evidence, unread)
    decided(evidence, lead)

    def contradicted(slug):
        return replace(unread(slug), verdict=CheckVerdict.CONTRADICTED)

    asked_again(evidence, lead)
    ended(evidence, contradicted, ["metadata", "perceptual_hash"])
    late = runner.claim(evidence.check_runs.get(check_slug="reverse_date", round=2).pk)
    asked_again(evidence, lead)
    runner.finish(late, contradicted("reverse_date"))
    ended(evidence, contradicted)
    assert [each.reason for each in evidence.reviews.order_by("opened_at")] == ["checked", "checked_again"]


def test_what_came_out_the_same_comes_to_a_person_once(evidence):
    lead = make_lead(evidence.case)
    ended(evidence, unread)
    decided(evidence, lead)
    asked_again(evidence, lead)
    ended(evidence, unread)
    assert evidence.reviews.count() == 1


def test_settling_twice_opens_one_review(evidence):
    checked(evidence)
    assert settling.settle(evidence.pk) == []
    assert Review.objects.filter(evidence=evidence).count() == 1


def test_an_address_alone_goes_to_a_person_at_once():
    evidence = make_evidence(make_case(), content=b"", source_url="https://example.org/post/1")
    evidence.refresh_from_db()
    assert evidence.state == EvidenceState.CHECKED
    assert Review.objects.filter(evidence=evidence).exists()
    assert not evidence.check_runs.exists()


def test_a_broken_check_is_a_run_with_a_reason_and_not_a_pass(run, monkeypatch):
    monkeypatch.setattr(examining.storage, "local", lambda sha256: nullcontext(Path("/nowhere/at/all")))
    for _attempt in range(MAX_ATTEMPTS):
        runner.run(run.pk)
    run.refresh_from_db()
    assert run.state == RunState.FAILED
    assert "cannot be opened" in run.reason
    assert run.verdict == ""


@pytest.mark.parametrize(
    ("state", "fields"),
    [("finished", {"verdict": ""}), ("failed", {"reason": ""}), ("running", {}), ("passed", {})],
)
def test_the_database_itself_refuses_a_run_that_says_less_than_its_state(run, state, fields):
    with pytest.raises(IntegrityError), transaction.atomic():
        CheckRun.objects.filter(pk=run.pk).update(state=state, **fields)
