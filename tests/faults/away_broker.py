"""The broker is away while things are sent in: each is taken at once, and checked soon after its return."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager

from tests.faults.outcomes import Outcome
from tests.faults.scene import Scene, seconds_until
from tests.faults.sending import statuses

NAME = "broker away"
WITHIN_S = 30
MOST_S = 240


def run(scene: Scene, *, items: int, seconds: float) -> Outcome:
    """Send so many photos, spread over the time that the broker is away."""
    with away(scene):
        start, answers = time.monotonic(), []
        for number in range(items):
            time.sleep(max(0.0, start + seconds * number / items - time.monotonic()))
            answers.append(scene.volunteers.send(scene.picture()))
        time.sleep(max(0.0, start + seconds - time.monotonic()))
    outcome = scene.outcome(NAME)
    outcome.recovered(seconds_until(lambda: not scene.unchecked(), MOST_S, "All are checked"), WITHIN_S)
    outcome.further = f"away for {seconds:g} s, {statuses(answers)}"
    outcome.expect(all(each.is_acknowledged for each in answers), f"not all were taken: {outcome.further}")
    return scene.judged(outcome)


@contextmanager
def away(scene: Scene) -> Iterator[None]:
    """Redis is killed and started again, empty; the folder of messages is elsewhere for a while."""
    if scene.desk.broker:
        scene.desk.broker.kill()
        yield
        scene.desk.broker.start_again()
        return
    there = scene.desk.data_dir / "broker"
    elsewhere = there.rename(there.with_name("broker-away"))
    yield
    if there.exists():  # the worker, which was started again meanwhile, has made another
        shutil.rmtree(elsewhere)
    else:
        elsewhere.rename(there)
