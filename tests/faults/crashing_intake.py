"""The web process dies between any two steps of taking a file in, and at moments that chance chooses."""

from __future__ import annotations

import threading
import time
from collections import Counter
from contextlib import suppress

import psutil

from claims.receipts import new_form_token
from tests.faults.failing_disk import again_until_answered, attempts, places
from tests.faults.outcomes import Outcome
from tests.faults.preload import Fault
from tests.faults.scene import Scene

NAME = "crashing intake"
KINDS = (Fault.CRASH_BEFORE, Fault.CRASH_AFTER)
LONGEST_UPLOAD_S = 0.3


def run(scene: Scene, *, every: int, kills: int) -> Outcome:
    """Crash before and after the n-th call, for every n or one in ``every``; then so many at random."""
    outcome, told = scene.outcome(NAME), Counter[str]()
    with scene.paused_worker():
        for place in places(scene):
            for kind in KINDS:
                for call, answer, again in attempts(scene, kind, place, every):
                    told[f"{kind.name.lower()} → {answer.status or 'no answer'}"] += 1
                    outcome.expect(again.is_acknowledged, f"after {kind.name} at {call}: {again.status}")
        for _kill in range(kills):
            outcome.expect(_killed_at_random(scene), "after a kill nothing was taken")
    outcome.further = "; ".join(f"{number} × {what}" for what, number in sorted(told.items()))
    outcome.further += f"; {kills} kills at random"
    outcome.expect(bool(told), "nothing crashed")
    scene.wait_until_checked()
    return scene.judged(outcome)


def _killed_at_random(scene: Scene) -> bool:
    """Kill every web process in the middle of an upload; whether the same form is taken afterwards."""
    content, token = scene.picture(), new_form_token()
    upload = threading.Thread(target=scene.volunteers.send, args=(content,), kwargs={"token": token})
    upload.start()
    time.sleep(scene.random.random() * LONGEST_UPLOAD_S)
    for each in scene.desk.web_workers():
        with suppress(psutil.NoSuchProcess):
            each.kill()
    upload.join()
    return again_until_answered(scene, content, token).is_acknowledged
