"""kill −9 of PostgreSQL while volunteers send: what was acknowledged is there, others are told to wait."""

from __future__ import annotations

import time

from tests.faults.outcomes import Outcome
from tests.faults.scene import Scene, seconds_until
from tests.faults.sending import Stream, statuses

NAME = "killed PostgreSQL"
WITHIN_S = 10
MOST_S = 120


def run(scene: Scene, *, kills: int, seconds: float) -> Outcome:
    """Kill it so often under submissions; each time it is away, and then there, for so long."""
    outcome, volunteers, healed = scene.outcome(NAME), scene.volunteers, []
    database = scene.desk.database
    assert database
    before = len(volunteers.answers)
    with Stream(volunteers, scene.picture):
        for _kill in range(kills):
            time.sleep(seconds + scene.random.random())
            database.kill()
            time.sleep(seconds)
            start, known = time.monotonic(), len(volunteers.received)
            database.start_again()
            seconds_until(lambda known=known: len(volunteers.received) > known, MOST_S, "One is taken again")
            healed.append(time.monotonic() - start)
        time.sleep(seconds)
    outcome.recovered(max(healed), WITHIN_S)
    answers = volunteers.answers[before:]
    outcome.further = f"{kills} kills, {statuses(answers)}"
    unfair = [each.status for each in answers if not each.is_fair]
    outcome.expect(not unfair, f"neither taken nor told when to come back: {unfair[:5]}")
    outcome.expect(any(each.status == 503 for each in answers), "nobody met it while it was away")
    scene.wait_until_checked()
    return scene.judged(outcome)
