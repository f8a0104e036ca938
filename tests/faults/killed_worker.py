"""kill −9 of the whole worker, again and again: what it held is run again once its leases have ended."""

from __future__ import annotations

from datetime import UTC, datetime

from tests import servers
from tests.faults.outcomes import Outcome
from tests.faults.scene import LONGEST_S, Scene

NAME = "killed worker"
HELD = "SELECT id FROM verification_checkrun WHERE state = 'running'"
ENDED = "SELECT id, finished_at FROM verification_checkrun WHERE finished_at IS NOT NULL"
# What a run needs by itself, and the time between two looks.
SECONDS_TO_RUN = 5


def run(scene: Scene, *, items: int, kills: int, within: float) -> Outcome:
    """Have so many items checked while the worker is killed so often, each time with runs in hand."""
    with scene.paused_worker():
        scene.send(items)
    held: dict[str, datetime] = {}
    for kill in range(kills):
        scene.wait_until_left(items - items * (kill + 1) // (kills + 2))
        servers.wait_until(lambda: _kill_in_hand(scene), LONGEST_S, "The worker has runs in hand")
        held |= dict.fromkeys(_names(scene.ask(HELD)), datetime.now(UTC))
        scene.start_worker_again()
    scene.wait_until_checked()
    outcome = scene.outcome(NAME)
    ended = {str(run): _time(at) for run, at in scene.ask(ENDED)}
    waited = [(ended[run] - killed_at).total_seconds() for run, killed_at in held.items()]
    outcome.recovered(max(waited, default=0), within + SECONDS_TO_RUN)
    outcome.further = f"{kills} kills in {items * 3} checks, {len(held)} runs in hand"
    outcome.expect(bool(held), "no run was in hand at any kill")
    return scene.judged(outcome)


def _kill_in_hand(scene: Scene) -> bool:
    """Stop the worker where it is, and kill it if it has runs in hand; otherwise it goes on."""
    with scene.stopped_worker():
        if in_hand := bool(scene.ask(HELD)):
            scene.kill_worker()
    return in_hand


def _names(rows: list[tuple]) -> set[str]:
    return {str(row[0]) for row in rows}


def _time(given: datetime | str) -> datetime:
    """SQLite keeps times as text, in UTC."""
    return datetime.fromisoformat(given).replace(tzinfo=UTC) if isinstance(given, str) else given
