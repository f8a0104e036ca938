"""Runs whose worker died, and clocks that were wrong: nothing waits longer than it must."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.conf import settings
from django.utils import timezone

from claims.models import CustodyEvent
from config.schedules import Every, steady_now
from tests.builders import make_evidence
from tests.verification.runs import a_result, expire, unread
from verification import health, runner, tasks
from verification.models import CheckRun, Heartbeat, RunState
from verification.models.checks import MAX_ATTEMPTS, RESEND

HOUR = timedelta(hours=1)


def held_with_its_fellows(run):
    claimed = runner.claim(run.pk)
    return [claimed, *runner._claim_fellows(claimed)]


def test_a_message_that_comes_again_frees_all_that_its_dead_worker_held(run):
    held = held_with_its_fellows(run)
    assert len(held) > 1
    (sent,) = runner.release(run.pk)
    again = held_with_its_fellows(CheckRun.objects.get(pk=sent))
    assert {each.pk for each in again} == {each.pk for each in held}, "the file did nothing"
    assert [each.attempts for each in again] == [2] * len(held)
    for each in held:
        assert runner.finish(each, unread(each.check_slug)) == [], "a late worker writes nothing"


def test_the_third_time_each_goes_alone(run):
    held = held_with_its_fellows(run)
    runner.release(run.pk)
    held_with_its_fellows(run)
    assert set(runner.release(run.pk)) == {each.pk for each in held}
    assert len(held_with_its_fellows(run)) == 1


def test_a_run_whose_child_was_lost_goes_with_nobody_whose_worker_stopped(run):
    lost, *stopped = held_with_its_fellows(run)
    runner.give_up(lost, "it ran out of memory")
    assert set(runner.release(run.pk)) == {lost.pk, stopped[0].pk}
    assert {each.pk for each in held_with_its_fellows(stopped[0])} == {each.pk for each in stopped}


@pytest.mark.parametrize(
    "end", [lambda run: runner.finish(run, a_result()), lambda run: runner.give_up(run, "lost")]
)
def test_it_frees_them_though_the_run_of_the_message_had_come_to_its_end(run, end):
    first, *fellows = held_with_its_fellows(run)
    end(first)
    assert fellows
    (sent,) = set(runner.release(run.pk)) - {first.pk}
    again = held_with_its_fellows(CheckRun.objects.get(pk=sent))
    assert [each.pk for each in again] == [each.pk for each in fellows]
    assert [each.attempts for each in again] == [2] * len(fellows)


def test_what_could_go_on_at_once_was_taken_with_the_rest(run, evidence, monkeypatch):
    class Died(BaseException):
        pass

    def die(claimed, result):
        if claimed.check_slug == "reverse_date":
            raise Died
        return finish(claimed, result)

    finish = runner.finish
    monkeypatch.setattr(runner, "finish", die)
    with pytest.raises(Died):
        runner.run(run.pk)
    last = evidence.check_runs.get(check_slug="reverse_date")
    assert last.state == RunState.RUNNING
    assert runner.release(run.pk) == [last.pk]


def test_a_message_that_comes_again_is_carried_out_at_once(run, evidence):
    held_with_its_fellows(run)
    tasks.carry_out(run.pk, redelivered=False)
    run.refresh_from_db()
    assert run.state == RunState.RUNNING, "somebody holds it"
    tasks.carry_out(run.pk, redelivered=True)
    run.refresh_from_db()
    assert (run.state, run.attempts) == (RunState.FINISHED, 2)
    assert CustodyEvent.objects.filter(action="check.finished", details__check="metadata").count() == 1


def test_what_another_worker_holds_is_not_freed(run, evidence):
    other = make_evidence(evidence.case).check_runs.get(check_slug="metadata")
    runner.claim(other.pk)
    runner.claim(run.pk)
    fellow = evidence.check_runs.get(check_slug="perceptual_hash")
    (sent,) = runner.release(run.pk)
    both = held_with_its_fellows(CheckRun.objects.get(pk=sent))
    assert {each.pk for each in both} == {run.pk, fellow.pk}, "it was about to take the other too"
    assert runner.claim(other.pk) is None


def test_a_message_that_comes_again_after_the_end_changes_nothing(run, evidence):
    runner.run(run.pk)
    assert runner.release(run.pk) == []
    assert set(evidence.check_runs.values_list("state", flat=True)) == {RunState.FINISHED}


def test_what_a_dead_worker_was_about_to_go_on_with_is_sent_at_once(run, evidence):
    for each in held_with_its_fellows(run):
        runner.finish(each, unread(each.check_slug))
    assert runner.release(run.pk) == [evidence.check_runs.get(check_slug="reverse_date").pk]


def test_a_run_whose_workers_die_three_times_fails_and_is_never_stuck(run):
    for _attempt in range(MAX_ATTEMPTS):
        assert runner.claim(run.pk)
        runner.release(run.pk)
    run.refresh_from_db()
    assert run.state == RunState.FAILED
    assert "its worker stopped" in run.reason


def test_a_lease_of_a_clock_that_ran_ahead_is_not_waited_for(run):
    runner.claim(run.pk)
    assert runner.sweep("a worker") == []
    CheckRun.objects.filter(pk=run.pk).update(lease_until=timezone.now() + HOUR)
    assert runner.sweep("a worker") == [run.pk]
    assert runner.claim(run.pk).attempts == 2


def test_a_lease_that_was_just_given_holds(run):
    taken = runner.claim(run.pk)
    longest = timezone.now() + timedelta(seconds=settings.LEASE_SECONDS)
    assert taken.lease_until <= longest
    assert runner.claim(run.pk) is None


def test_what_is_due_by_a_clock_that_ran_ahead_is_sent(run):
    CheckRun.objects.update(due_at=timezone.now() + RESEND - timedelta(seconds=1))
    assert runner.sweep("a worker") == []
    CheckRun.objects.filter(pk=run.pk).update(due_at=timezone.now() + HOUR)
    assert runner.sweep("a worker") == [run.pk]


def test_an_expired_lease_is_taken_once(run):
    runner.claim(run.pk)
    expire(run)
    assert runner.claim(run.pk)
    assert runner.claim(run.pk) is None


@pytest.mark.django_db(transaction=True)
def test_a_sign_of_life_from_the_future_is_none(client):
    Heartbeat.objects.create(name="a worker", at=timezone.now())
    assert client.get("/healthz").json()["worker"] == "ok"
    Heartbeat.objects.update(at=timezone.now() + HOUR)
    assert client.get("/healthz").json()["worker"] == "not well"
    assert health.longest_silence() < HOUR.total_seconds()


@pytest.mark.parametrize(("ago", "due"), [(-3600, True), (0, False), (4, False), (11, True), (3600, True)])
def test_beat_waits_for_no_clock_that_was_put_back(ago, due):
    last = steady_now() - timedelta(seconds=ago)
    assert Every(timedelta(seconds=10)).is_due(last).is_due is due
