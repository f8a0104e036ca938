"""What the locks of the child cost for a small photo, and what each keeps back.

A child is asked for what a worker asks of it, of one photo: behind all locks, behind none (a bare
fork of the same warm zygote), and with each left out. The setups are asked in turn, so that a round holds
one child of each; a child's CPU seconds are the kernel's account of it (wait4 in the zygote), so that they
hold whatever else the machine does. Then the red team of the tests: of its acts, how many each lock alone
keeps back, and which get through when it alone is missing.
"""

from __future__ import annotations

import logging
import re
import tempfile
from collections.abc import Iterable
from contextlib import ExitStack
from pathlib import Path

from benchmarks.bench_checks import CONTEXT, photo
from benchmarks.tables import heading, middle, ratio, table
from media_checks import registry
from media_checks.sandbox.client import DidNotRun, Sandbox
from tests.media_checks.sandbox import red_team, unlocked

ROUNDS, LOT = 20, 3
SIZES = {"640 by 480": (640, 480), "160 by 120": (160, 120)}
TARGET = 1.5
LOCKS = tuple(unlocked.LOCKS)
ALL, NONE = "all locks", "none: a bare fork"
SETUPS: dict[str, tuple[str, ...]] = {NONE: LOCKS, ALL: ()} | {f"all but {each}": (each,) for each in LOCKS}
_USED = re.compile(r"used ([\d.]+) s of processor time")


class Account(logging.Handler):
    """The CPU seconds of each child, as the client tells them."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.last = 0.0

    def emit(self, record: logging.LogRecord) -> None:
        """Keep what the last child used."""
        if found := _USED.search(record.getMessage()):
            self.last = float(found[1])


def used(sandbox: Sandbox, account: Account, path: Path) -> float:
    """CPU seconds of the children that examined the photo so many times, each."""
    total = 0.0
    for _ in range(LOT):
        for outcome in sandbox.examine(registry.CHECKS, path, CONTEXT):
            if isinstance(outcome, DidNotRun):
                raise outcome
        total += account.last
    return total / LOT


def measured(path: Path) -> dict[str, list[float]]:
    """CPU seconds a child, by setup, round by round."""
    account, log = Account(), logging.getLogger("media_checks.sandbox.client")
    log.addHandler(account)
    log.setLevel(logging.DEBUG)
    log.propagate = False
    with ExitStack() as running:
        sandboxes = {}
        for name, left_out in SETUPS.items():
            sandboxes[name] = running.enter_context(unlocked.sandbox(*left_out))
            used(sandboxes[name], account, path)
        rounds = [
            {name: used(each, account, path) for name, each in sandboxes.items()} for _ in range(ROUNDS)
        ]
    return {name: [each[name] for each in rounds] for name in SETUPS}


def costs(taken: dict[str, dict[str, list[float]]]) -> Iterable[tuple[object, ...]]:
    """A row a setup: milliseconds a child, and the ratio to a bare fork, round by round, for each size."""
    for name in SETUPS:
        row: list[object] = [name]
        for of_size in taken.values():
            row += [1000 * middle(of_size[name]), ratio(of_size[name], of_size[NONE])]
        yield tuple(row)


def kept_back() -> Iterable[tuple[object, ...]]:
    """A row a lock: how many acts it keeps back alone, and what gets through where it alone is missing."""
    free = {name for name, each in red_team.campaign(*LOCKS).items() if each.through}
    for lock in LOCKS:
        alone = red_team.campaign(*(each for each in LOCKS if each != lock))
        without = red_team.campaign(lock)
        blocked = sum(not alone[name].through for name in free)
        through = [name for name in without if without[name].through]
        yield lock, f"{blocked} of {len(free)}", len(through), ", ".join(through) or "nothing"


def main() -> None:
    """Print both tables."""
    heading("The locks of the child", f"All checks of one photo; {ROUNDS} rounds of {LOT}.")
    taken = {}
    with tempfile.TemporaryDirectory() as folder:
        for name, (width, height) in SIZES.items():
            path = Path(folder) / f"{name}.jpg"
            photo(path, width, height, 1)
            taken[name] = measured(path)
    columns = [part for name in SIZES for part in (f"ms of CPU, {name}", "times a bare fork")]
    table(("locks", *columns), costs(taken))
    worst = max(ratio(of_size[ALL], of_size[NONE]) for of_size in taken.values())
    print(f"All locks: at most {worst:.2f} times a bare fork (target {TARGET}).")
    heading("What each lock keeps back", f"Of the {len(red_team.TRIED)} acts of the red team.")
    table(("lock", "alone it keeps back", "without it get through", "namely"), kept_back())


if __name__ == "__main__":
    main()
