"""kill −9 of the worker in the middle of fifty checks: every run ends exactly once, on both set-ups."""

from __future__ import annotations

import json
import time
from contextlib import suppress

import psutil
import pytest

from tests import desks, servers

ITEMS = 17  # with three checks each: 51 runs
QUICK = {"CHECK_SECONDS": "10", "SWEEP_SECONDS": "2"}
LONGEST_S = 150

SUBMIT = f"""
from django.db import transaction
from tests.builders import make_case, make_evidence, picture
case = make_case(slug="faults")
with transaction.atomic():  # all at once: the worker must not be done with the first before the last is in
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


def half_done(desk: desks.Desk) -> bool:
    """Whether the worker is in the middle of them; asked of /healthz, which answers at once."""
    return 0 < desk.health()[1].get("queue_depth", 0) < ITEMS * 2


def kill_the_worker(desk: desks.Desk) -> None:
    """kill −9 of the worker, and of every process that it started, all at once."""
    worker = desk.worker()
    for each in [worker, *worker.children(recursive=True)]:
        with suppress(psutil.NoSuchProcess):  # a child that went with its parent
            each.kill()


def start_it_again(desk: desks.Desk) -> None:
    """As its service manager would, where the desk does not supervise it."""
    if "worker" in desk.processes:
        desk.processes["worker"].wait()
        desk.start("worker", desks.compose_command("worker"))


@pytest.mark.parametrize("setup", desks.SETUPS)
def test_every_run_ends_exactly_once_though_the_worker_is_killed(setup, tmp_path, capsys):
    with desks.SETUPS[setup](tmp_path / "var", demo=False, **QUICK) as desk:
        desk.manage("shell", "--verbosity", "0", "-c", SUBMIT)
        servers.wait_until(lambda: half_done(desk), LONGEST_S, "Some runs finish")
        victim = desk.worker().pid
        kill_the_worker(desk)
        killed_at = time.monotonic()
        before = count(desk)
        assert 0 < before["finished"] < before["runs"] == ITEMS * 3
        start_it_again(desk)
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
