"""The disk is full, fails or takes half, at the n-th call of taking a file in, for every n."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from claims.receipts import new_form_token
from tests.faults.outcomes import Outcome
from tests.faults.preload import Fault
from tests.faults.scene import Scene
from tests.faults.sending import Answer

NAME = "failing disk"
KINDS = (Fault.DISK_FULL, Fault.IO_ERROR, Fault.SHORT_WRITE)
MOST_CALLS = 200


def run(scene: Scene, *, every: int) -> Outcome:
    """Fail at every n-th call, or at one in ``every`` of them, as the seed says."""
    outcome, told = scene.outcome(NAME), Counter[str]()
    with scene.paused_worker():
        for place in places(scene):
            for kind in KINDS:
                for call, answer, again in attempts(scene, kind, place, every):
                    told[f"{kind.name.lower()} → {answer.status}"] += 1
                    where = f"{kind.name} at {call} of {place.name}"
                    outcome.expect(answer.is_fair, f"{where}: {answer.status}")
                    outcome.expect(again.is_acknowledged, f"after {where}: {again.status}")
    outcome.further = "; ".join(f"{number} × {what}" for what, number in sorted(told.items()))
    outcome.expect(any(told.values()), "no call failed")
    scene.wait_until_checked()
    return scene.judged(outcome)


def places(scene: Scene) -> list[Path]:
    """What paths begin with that taking a file in writes to: the store, and the embedded database."""
    store = scene.desk.data_dir / "media"
    return [store, scene.desk.data_dir / "desk.sqlite3"] if scene.on_sqlite else [store]


def attempts(scene: Scene, kind: Fault, place: Path, every: int) -> Iterator[tuple[str, Answer, Answer]]:
    """For each n: the call that failed, what the sender was told, and what, sending the same form again."""
    at = 0
    while (at := at + scene.random.randint(1, 2 * every - 1)) < MOST_CALLS:
        content, token = scene.picture(), new_form_token()
        with scene.preloaded.failing(kind, at, place):
            answer = scene.volunteers.send(content, token=token)
            call = scene.preloaded.hit
        if not call:
            return
        yield f"{call} ({at})", answer, again_until_answered(scene, content, token)


def again_until_answered(scene: Scene, content: bytes, token: str) -> Answer:
    """Send the same form again, as a browser does whose connection broke."""
    for _try in range(5):
        if (answer := scene.volunteers.send(content, token=token)).status:
            break
    return answer
