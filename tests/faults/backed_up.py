"""A back-up under load, restored on an empty machine by docs/backup.md; and an older one, which must show."""

from __future__ import annotations

import tempfile
import time
from dataclasses import replace
from pathlib import Path

from tests import desks
from tests.faults import runbook
from tests.faults.outcomes import Outcome
from tests.faults.scene import Scene
from tests.faults.sending import Stream

NAME = "back-up"
SIGN = "from claims import heads; print(heads.sign().number)"


def run(scene: Scene, *, items: int, seconds: float, most: int) -> Outcome:
    """Back up while at most ``most`` are sent, restore elsewhere, hold both ages against a witness."""
    scene.send(items)
    scene.wait_until_checked()
    with tempfile.TemporaryDirectory(prefix="cor-backup-") as folder:
        place = Path(folder)
        known, took = _back_up_under_load(scene, place, seconds, most)
        scene.shell(SIGN)
        exported = runbook.commands(runbook.AFTERWARDS)[1]
        runbook.followed(exported, scene.desk, HEADS=place / "newer.jsonl")
        outcome = _restored(scene, place, known)
        outcome.further = (
            f"{len(known)} acknowledged before, {len(scene.volunteers.received)} after;"
            f" backed up in {took:.1f} s; {outcome.further}"
        )
    return outcome


def _back_up_under_load(scene: Scene, place: Path, seconds: float, most: int) -> tuple[list, float]:
    """What had been acknowledged when it began, and how long it took. The witness has the head before it."""
    exported = runbook.commands(runbook.AFTERWARDS)[1]
    (block,) = runbook.commands(runbook.BACK_UP[scene.desk.setup])
    scene.shell(SIGN)
    runbook.followed(exported, scene.desk, HEADS=place / "heads.jsonl")
    with Stream(scene.volunteers, scene.picture, most=most):
        time.sleep(seconds)
        known = list(scene.volunteers.received)
        start = time.monotonic()
        runbook.followed(block, scene.desk, BACKUP=place / "backup")
        took = time.monotonic() - start
        time.sleep(seconds)
    return known, took


def _restored(scene: Scene, place: Path, known: list) -> Outcome:
    """The restored desk, judged: everything known is there, the older head fits, the newer is missed."""
    (block,) = runbook.commands(runbook.RESTORE[scene.desk.setup])
    check, _export = runbook.commands(runbook.AFTERWARDS)
    start = time.monotonic()

    def restore(desk: desks.Desk) -> None:
        runbook.followed(block, desk, BACKUP=place / "backup")

    setup = desks.SETUPS[scene.desk.setup]
    with setup(place / "restored" / "var", demo=False, before=restore, **scene.variables) as desk:
        took = time.monotonic() - start
        elsewhere = replace(scene, desk=desk)
        elsewhere.volunteers.answers = [a for a in scene.volunteers.answers if (a.code, a.sha256) in known]
        elsewhere.wait_until_checked()
        outcome = elsewhere.judged(elsewhere.outcome(NAME))
        outcome.recovered_in_s = took
        whole = runbook.follow(check, desk, HEADS=place / "heads.jsonl")
        rolled_back = runbook.follow(check, desk, HEADS=place / "newer.jsonl")
    outcome.expect(whole.returncode == 0, f"verify_custody finds breaks: {whole.stdout[-500:]}")
    shows = rolled_back.returncode == 1 and "which the witness has, is gone" in rolled_back.stdout
    outcome.expect(shows, f"the roll-back does not show: {rolled_back.stdout[-500:]}")
    outcome.further = f"roll-back {'shows' if shows else 'does not show'}"
    return outcome
