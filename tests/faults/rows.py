"""Every fault that the desk is put to, with its short form for ``make test`` and its full one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tests.faults import (
    away_broker,
    flushed_broker,
    killed_children,
    killed_postgresql,
    killed_worker,
    repeated,
)
from tests.faults.outcomes import Outcome
from tests.faults.scene import opened

BOTH = ("embedded", "postgres+redis")
# The desk of the short forms has short leases, so that what a dead worker held is not waited for long.
QUICK = {"CHECK_SECONDS": "5", "SWEEP_SECONDS": "2"}
LEASE_AND_SWEEP_S, QUICK_LEASE_AND_SWEEP_S = 75, 22


@dataclass(frozen=True)
class Row:
    """A fault: who it hurts, and how much of it, in short and in full."""

    name: str
    run: Callable[..., Outcome]
    short: dict[str, Any]
    full: dict[str, Any]
    setups: tuple[str, ...] = BOTH
    variables: dict[str, str] = field(default_factory=dict)

    def on(self, setup: str, seed: int, size: dict[str, Any], variables: dict[str, str]) -> Outcome:
        """Put a desk of its own to it."""
        with opened(setup, seed, **variables | self.variables) as scene:
            return self.run(scene, **size)


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
)


def row(name: str) -> Row:
    """The row of this name."""
    return next(each for each in ROWS if each.name == name)
