"""Every fault in its short form, on one of the set-ups; ``CORROBORATE_FULL=1`` takes both.

``python -m tests.faults --full`` runs them in full.
"""

from __future__ import annotations

import os

import pytest

from tests.faults.outcomes import lines
from tests.faults.rows import BOTH, row
from tests.faults.scene import Scene

pytestmark = [pytest.mark.desk, pytest.mark.timeout(600)]
FULL = bool(os.environ.get("CORROBORATE_FULL"))
ON_POSTGRESQL, EMBEDDED = ["postgres+redis"], ["embedded"]


def on(setups: list[str], both: bool = True) -> pytest.MarkDecorator:
    """Which set-up the short form is run on."""
    return pytest.mark.parametrize("scene", BOTH if FULL and both else setups, indirect=True)


def put_to(scene: Scene, name: str) -> None:
    """Put the desk to a fault, print what it did, and fail where a target was missed."""
    fault = row(name)
    outcome = fault.run(scene, **fault.short)
    print(lines([outcome]))
    assert outcome.missed == []


@on(ON_POSTGRESQL)
def test_no_check_is_lost_or_run_twice_though_what_examines_is_killed(scene):
    put_to(scene, "killed children")


@on(EMBEDDED)
def test_no_check_is_lost_or_run_twice_though_the_whole_worker_is_killed(scene):
    put_to(scene, "killed worker")


@on(ON_POSTGRESQL)
def test_a_broker_that_was_flushed_is_filled_again(scene):
    put_to(scene, "flushed broker")


@on(EMBEDDED)
def test_what_is_sent_in_while_the_broker_is_away_is_checked_soon_after(scene):
    put_to(scene, "broker away")


@on(ON_POSTGRESQL)
def test_a_message_that_comes_five_times_has_one_result_and_of_fifty_publishes_one_succeeds(scene):
    put_to(scene, "repeated messages")


@on(ON_POSTGRESQL, both=False)
def test_nothing_acknowledged_is_lost_though_postgresql_is_killed_and_others_are_told_to_wait(scene):
    put_to(scene, "killed PostgreSQL")


@on(ON_POSTGRESQL)
def test_a_back_up_under_load_is_restored_by_the_runbook_and_an_older_one_shows(scene):
    put_to(scene, "back-up")


@on(EMBEDDED)
@pytest.mark.usefixtures("media_folder")
def test_the_worst_files_harm_no_good_one_and_are_tried_three_times_at_most(scene):
    put_to(scene, "worst files")


@on(EMBEDDED)
def test_no_clock_that_jumps_makes_anything_happen_twice_or_never(scene):
    put_to(scene, "jumping clock")


@on(EMBEDDED)
def test_a_disk_that_is_full_or_fails_is_a_plain_error_and_nothing_is_half_there(scene):
    put_to(scene, "failing disk")


@on(EMBEDDED)
def test_a_crash_between_two_steps_leaves_neither_an_orphan_nor_a_lost_acknowledgement(scene):
    put_to(scene, "crashing intake")


@on(EMBEDDED)
def test_a_flood_is_taken_or_told_to_come_back(scene):
    put_to(scene, "flood")
