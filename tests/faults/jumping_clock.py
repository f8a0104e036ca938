"""The clock of every process jumps by an hour, forth and back, while checks run and workers die."""

from __future__ import annotations

import time

from tests import servers
from tests.faults.killed_worker import HELD
from tests.faults.outcomes import Outcome
from tests.faults.scene import LONGEST_S, Scene, seconds_until

NAME = "jumping clock"
HOUR = 3600
JUMPS = (HOUR, 0, -HOUR, 0)


def run(scene: Scene, *, items: int, within: float) -> Outcome:
    """Jump between the checks; the worker dies while the clock is ahead, with runs in its hands."""
    outcome = scene.outcome(NAME)
    with scene.paused_worker():
        scene.send(items)
    for number, offset in enumerate(JUMPS):
        scene.wait_until_left(items - items * (number + 1) // (len(JUMPS) + 2))
        if number == 1:
            servers.wait_until(lambda: scene.ask(HELD), LONGEST_S, "The worker has runs in hand")
            scene.kill_worker()
        scene.preloaded.set_clock(offset)
        if number == 1:
            scene.start_worker_again()
    last = time.monotonic()
    scene.send(2)
    scene.wait_until_checked()
    outcome.recovered(time.monotonic() - last, within)
    well = seconds_until(lambda: scene.desk.health()[0] == 200, LONGEST_S, "The desk is well")
    outcome.further = f"jumps to {', '.join(f'{each:+}' for each in JUMPS)} s; well {well:.1f} s later"
    return scene.judged(outcome)
