"""kill −9 of the processes that examine files, one after another, while the checks go on.

On PostgreSQL and Redis that is a pool child of the worker. The embedded worker is a pool of threads: there
it is the zygote, which takes every locked child along, or one of these.
"""

from __future__ import annotations

import time
from contextlib import suppress

import psutil

from tests.faults.outcomes import Outcome
from tests.faults.scene import Scene

NAME = "killed children"
MOST_TIMES = 1.2


def run(scene: Scene, *, items: int, kills: int, timed: bool) -> Outcome:
    """Have so many items checked with so many kills, evenly spread; before and after it as many undisturbed,
    for a machine that others use gets faster and slower.
    """
    before = _seconds_to_check(scene, items, kills=0)
    disturbed = _seconds_to_check(scene, items, kills=kills)
    undisturbed = (before + _seconds_to_check(scene, items, kills=0)) / 2
    outcome = scene.outcome(NAME)
    times = disturbed / undisturbed
    outcome.further = f"{kills} kills in {items * 3} checks, {times:.2f} × {undisturbed:.1f} s"
    if timed:
        outcome.expect(times <= MOST_TIMES, f"{times:.2f} × as long, not {MOST_TIMES} × at most")
    return scene.judged(outcome)


def _seconds_to_check(scene: Scene, items: int, kills: int) -> float:
    with scene.paused_worker():
        scene.send(items)
    start = time.monotonic()
    for kill in range(kills):
        scene.wait_until_left(items - items * (kill + 1) // (kills + 2))
        _kill_one(scene)
    scene.wait_until_checked()
    return time.monotonic() - start


def _kill_one(scene: Scene) -> None:
    victim = scene.random.choice(scene.examiners())
    with suppress(psutil.NoSuchProcess):  # it was replaced at this very moment
        victim.kill()
