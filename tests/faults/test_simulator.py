"""The simulator: five hundred seeds without a violation, the same history twice, planted defects found."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator

import pytest

from tests.faults import simulator
from tests.faults.simulated import as_it_was, database
from verification import runner, settling
from verification.models import CheckRun, RunState
from verification.models.checks import CheckRunQuerySet
from verification.operations import verdicts

SEEDS, AT_ONCE = 500, 100


@pytest.fixture(autouse=True)
def own_database(django_db_blocker) -> Iterator[None]:
    """The simulator brings a database of its own."""
    with django_db_blocker.unblock():
        yield


@pytest.mark.parametrize("first", range(0, SEEDS, AT_ONCE))
def test_no_seed_violates_anything(first):
    assert simulator.play_all(range(first, first + AT_ONCE)) == []


def test_a_seed_has_one_history():
    def history() -> list[str]:
        with database() as made:
            simulator._people()
            first = sqlite3.connect(":memory:")
            made.connection.backup(first)
            as_it_was(made, first)
            return simulator.play(7, simulator._small_photo()).history

    told = history()
    assert len(told) == simulator.STEPS + 1
    assert told == history()


def a_late_worker_writes(monkeypatch):
    monkeypatch.setattr(runner, "_held", lambda claimed: CheckRun.objects.filter(pk=claimed.pk))


def a_lease_is_taken_from_the_living(monkeypatch):
    monkeypatch.setattr(CheckRunQuerySet, "takeable", lambda self, now: self.exclude(state="finished"))


def the_sweep_forgets_the_dead(monkeypatch):
    waiting = CheckRunQuerySet.due
    monkeypatch.setattr(
        CheckRunQuerySet, "due", lambda self, now: waiting(self, now).filter(state=RunState.QUEUED)
    )


def some_items_do_not_settle(monkeypatch):
    settled = settling.settle
    monkeypatch.setattr(settling, "settle", lambda pk: [] if pk.int % 8 == 0 else settled(pk))


def a_publication_is_not_recorded(monkeypatch):
    recorded = verdicts._record

    def forgetful(actor, action, verdict, **details):
        if action != "verdict.published":
            recorded(actor, action, verdict, **details)

    monkeypatch.setattr(verdicts, "_record", forgetful)


@pytest.mark.parametrize(
    "plant",
    [
        a_late_worker_writes,
        a_lease_is_taken_from_the_living,
        the_sweep_forgets_the_dead,
        some_items_do_not_settle,
        a_publication_is_not_recorded,
    ],
)
def test_a_planted_defect_is_found(plant, monkeypatch):
    plant(monkeypatch)
    assert len(simulator.play_all(range(200), most=1)) == 1
