"""kill −9 of the worker in the middle of fifty checks: every run ends exactly once, on both set-ups."""

from __future__ import annotations

import json
import time

import psutil
import pytest

from tests import desks, servers

ITEMS = 17  # with three checks each: 51 runs
QUICK = {"CHECK_SECONDS": "10", "SWEEP_SECONDS": "2"}
LONGEST_S = 150

SUBMIT = f"""
from tests.builders import make_case, make_evidence, picture
case = make_case(slug="faults")
for seed in range({ITEMS}):
    make_evidence(case, content=picture(seed=seed))
"""
COUNT = """
import json
from claims.custody import breaks
from claims.models import Case, CustodyEvent, Evidence
from verification.models import CheckRun, Review
events = CustodyEvent.objects
print(json.dumps({
    "runs": CheckRun.objects.count(),
    "finished": CheckRun.objects.filter(state="finished").count(),
    "failed": CheckRun.objects.filter(state="failed").count(),
    "tried_again": CheckRun.objects.filter(attempts__gt=1).count(),
    "recorded": events.filter(action="check.finished").count(),
    "settled": events.filter(action="evidence.checked").count(),
    "checked": Evidence.objects.filter(state="checked").count(),
    "reviews": Review.objects.count(),
    "breaks": [each for case in Case.objects.all() for each in breaks(case)],
}))
"""

pytestmark = [pytest.mark.desk, pytest.mark.timeout(600)]


def count(desk: desks.Desk) -> dict:
    return json.loads(desk.manage("shell", "--verbosity", "0", "-c", COUNT).splitlines()[-1])


def kill_the_worker(desk: desks.Desk) -> None:
    """kill −9 of the worker, and of every process that it started, all at once."""
    worker = desk.worker()
    for each in [worker, *worker.children(recursive=True)]:
        each.kill()
    if "worker" in desk.processes:  # nobody supervises it here: start it as its service manager would
        desk.processes["worker"].wait()
        desk.start("worker", desks.compose_command("worker"))


@pytest.mark.parametrize("setup", desks.SETUPS)
def test_every_run_ends_exactly_once_though_the_worker_is_killed(setup, tmp_path, capsys):
    with desks.SETUPS[setup](tmp_path / "var", demo=False, **QUICK) as desk:
        desk.manage("shell", "--verbosity", "0", "-c", SUBMIT)
        servers.wait_until(lambda: count(desk)["finished"] >= 5, LONGEST_S, "The first runs finish")
        before = count(desk)
        assert before["finished"] < before["runs"] == ITEMS * 3, "the worker was too fast to be hurt"
        victim = desk.worker().pid
        kill_the_worker(desk)
        killed_at = time.monotonic()
        servers.wait_until(
            lambda: count(desk)["checked"] == ITEMS, LONGEST_S, f"Every item is checked, after {before}"
        )
        after = count(desk)
        recovered = time.monotonic() - killed_at
        with capsys.disabled():
            print(
                f"\n{setup}: killed at {before['finished']} of {before['runs']} runs,"
                f" lost {after['runs'] - after['finished']}, duplicated {after['recorded'] - after['runs']},"
                f" tried again {after['tried_again']}, all done after {recovered:.0f} s"
            )
        assert not psutil.pid_exists(victim)
        assert after["finished"] == after["recorded"] == after["runs"] == ITEMS * 3
        assert after["settled"] == after["reviews"] == ITEMS
        assert after["failed"] == 0
        assert after["breaks"] == []
