"""Every fault that the desk is put to, with its short form for ``make test`` and its full one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tests.faults import (
    away_broker,
    backed_up,
    crashing_intake,
    failing_disk,
    flood,
    flushed_broker,
    jumping_clock,
    killed_children,
    killed_postgresql,
    killed_worker,
    repeated,
    simulator,
    worst_files,
)
from tests.faults.outcomes import Outcome
from tests.faults.scene import opened

BOTH = ("embedded", "postgres+redis")
# The desk of the short forms has short leases, so that what a dead worker held is not waited for long.
QUICK = {"CHECK_SECONDS": "5", "SWEEP_SECONDS": "2"}
# Others may be at work where the short forms run: they judge what is lost, hardly what it took.
PATIENCE = 4
LEASE_AND_SWEEP_S, QUICK_LEASE_AND_SWEEP_S = 75, 22


@dataclass(frozen=True)
class Row:
    """A fault: who it hurts, and how much of it, in short and in full."""

    name: str
    run: Callable[..., Outcome]
    short: dict[str, Any]
    full: dict[str, Any]
    setups: tuple[str, ...] = BOTH

    def on(self, setup: str, seed: int, *, full: bool) -> Outcome:
        """Put a desk of its own to it; the simulator has its own in memory."""
        if self.run is simulator.run:
            return simulator.run(seed, **self.full if full else self.short)
        if full:
            with opened(setup, seed) as scene:
                return self.run(scene, **self.full)
        with opened(setup, seed, PATIENCE, **QUICK) as scene:
            return self.run(scene, **self.short)


ROWS = (
    Row(
        killed_children.NAME,
        killed_children.run,
        short={"items": 12, "kills": 2, "timed": False},
        full={"items": 334, "kills": 10, "timed": True},
    ),
    Row(
        killed_worker.NAME,
        killed_worker.run,
        short={"items": 12, "kills": 1, "within": QUICK_LEASE_AND_SWEEP_S},
        full={"items": 200, "kills": 5, "within": LEASE_AND_SWEEP_S},
    ),
    Row(flushed_broker.NAME, flushed_broker.run, short={"items": 24}, full={"items": 200}),
    Row(
        away_broker.NAME,
        away_broker.run,
        short={"items": 6, "seconds": 3},
        full={"items": 200, "seconds": 60},
    ),
    Row(
        killed_postgresql.NAME,
        killed_postgresql.run,
        short={"kills": 1, "seconds": 1},
        full={"kills": 5, "seconds": 5},
        setups=("postgres+redis",),
    ),
    Row(repeated.NAME, repeated.run, short={"items": 6}, full={"items": 200}),
    Row(
        backed_up.NAME,
        backed_up.run,
        short={"items": 2, "seconds": 1, "most": 20},
        full={"items": 500, "seconds": 10, "most": 2000},
    ),
    Row(
        worst_files.NAME,
        worst_files.run,
        short={"worst": 5, "good": 10},
        full={"worst": 20, "good": 500},
    ),
    Row(
        jumping_clock.NAME,
        jumping_clock.run,
        short={"items": 12, "within": QUICK_LEASE_AND_SWEEP_S},
        full={"items": 120, "within": LEASE_AND_SWEEP_S},
    ),
    Row(failing_disk.NAME, failing_disk.run, short={"every": 5}, full={"every": 1}),
    Row(
        crashing_intake.NAME,
        crashing_intake.run,
        short={"every": 40, "kills": 1},
        full={"every": 1, "kills": 20},
    ),
    Row(
        flood.NAME,
        flood.run,
        short={"small": 100, "real": 5, "timed": False},
        full={"small": 10_000, "real": 500, "timed": True},
    ),
    Row(simulator.NAME, simulator.run, short={"seeds": 500}, full={"seeds": 10_000}, setups=("in memory",)),
)


def row(name: str) -> Row:
    """The row of this name."""
    return next(each for each in ROWS if each.name == name)
