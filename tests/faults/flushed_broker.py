"""The broker is emptied in mid-run: the sweep sends again what the database says is due."""

from __future__ import annotations

import redis

from tests import servers
from tests.faults.outcomes import Outcome
from tests.faults.scene import LONGEST_S, Scene, seconds_until

NAME = "flushed broker"
WITHIN_S = 30


def run(scene: Scene, *, items: int) -> Outcome:
    """Flush it when a third has been checked; it is refilled when more of them are checked again."""
    with scene.paused_worker():
        scene.send(items)
    scene.wait_until_left(items - items // 3)
    with scene.paused_worker():
        left, messages = scene.unchecked(), waiting(scene)
        flush(scene)
    refilled = seconds_until(lambda: waiting(scene) or not scene.unchecked(), LONGEST_S, "It is refilled")
    scene.wait_until_checked()
    outcome = scene.outcome(NAME)
    outcome.recovered(refilled, WITHIN_S)
    outcome.further = f"{messages} messages lost, {left} items left"
    outcome.expect(messages > 0, "there was no message to lose")
    servers.wait_until(lambda: scene.desk.health()[0] == 200, LONGEST_S, "The desk is well")
    return scene.judged(outcome)


def flush(scene: Scene) -> None:
    """FLUSHALL, or every message of the folder."""
    if scene.on_sqlite:
        for each in (scene.desk.data_dir / "broker" / "messages").iterdir():
            each.unlink(missing_ok=True)
    else:
        client(scene).flushall()


def waiting(scene: Scene) -> int:
    """How many messages about checks wait."""
    if scene.on_sqlite:
        return len(list((scene.desk.data_dir / "broker" / "messages").glob("*.checks.msg")))
    return client(scene).llen("checks")


def client(scene: Scene) -> redis.Redis:
    """The broker, past the desk."""
    return redis.Redis.from_url(scene.desk.environment["CELERY_BROKER_URL"].replace("redis+socket", "unix"))
