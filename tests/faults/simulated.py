"""The world of the simulator: the desk's real operations on a real database in memory, all else by chance.

Simulated are the clock, the broker (a bag of messages that come late, twice or never), the workers (which
stop wherever a file is examined, to go on later, too late or not at all), what an examination says, and
crashes: after any statement, when the transaction that it stands in is rolled back as by a killed process.
"""

from __future__ import annotations

import contextvars
import os
import random
import sqlite3
import tempfile
import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from unittest import mock

from django.conf import settings
from django.core.management import call_command
from django.db import connections
from django.db.backends.sqlite3.base import DatabaseWrapper
from django.utils import timezone
from greenlet import GreenletExit, getcurrent, greenlet

from media_checks.contract import UNREADABLE, Check, CheckVerdict, Finding, Result
from media_checks.sandbox.client import DidNotRun
from verification import runner, tasks

BEGINNING = datetime(2026, 1, 5, 12, tzinfo=UTC)
PAUSED = "paused"
# A crash here is the one before or after; Django would believe the transaction to be in another state.
BOUNDS = ("BEGIN", "SAVEPOINT", "RELEASE", "ROLLBACK")


class Crash(BaseException):
    """The process ends here."""


class World:
    """Time, messages, workers and crashes of one seed."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.now = BEGINNING
        self.messages: list[tuple[uuid.UUID, bool]] = []
        self.workers: list[tuple[greenlet, uuid.UUID]] = []
        self.broker_is_away = False
        self.is_kind = False  # in the end nothing goes wrong any more
        self._crash_after = 0

    def chance(self, share: float) -> bool:
        """Whether something that happens so often happens now."""
        return not self.is_kind and self.random.random() < share

    def take_message(self, task: Any, *arguments: str) -> bool:
        """In place of the broker: whether it took the message."""
        if self._crash_after < 0:
            raise Crash
        if self.broker_is_away:
            return False
        if arguments and not self.chance(0.1):  # some are lost
            self.messages.append((uuid.UUID(arguments[0]), False))
        return True

    def deliver(self) -> str:
        """A message reaches a worker, which works until it examines the file; some come again."""
        run_id, redelivered = message = self.random.choice(self.messages)
        if not self.chance(0.2):
            self.messages.remove(message)
        worker = greenlet(lambda: tasks.carry_out(run_id, redelivered=redelivered))
        # A browser that other tests drive leaves a loop running, where connections go by the context.
        worker.gr_context = contextvars.copy_context()
        self._go_on(worker, run_id)
        return f"{'again ' if redelivered else ''}{str(run_id)[:8]}"

    def proceed(self) -> str:
        """Some worker goes on with what the examination said."""
        worker, run_id = self.workers.pop(self.random.randrange(len(self.workers)))
        self._go_on(worker, run_id)
        return str(run_id)[:8]

    def kill_worker(self) -> str:
        """A worker ends while it examines; the broker may notice and deliver its message again."""
        worker, run_id = self.workers.pop(self.random.randrange(len(self.workers)))
        worker.throw(GreenletExit)
        if self.chance(0.5):
            self.messages.append((run_id, True))
        return str(run_id)[:8]

    def examine(self, check: Check) -> Result:
        """In place of the locked child: pause, then say something, or that it did not run."""
        getcurrent().parent.switch(PAUSED)
        if self.chance(0.15):
            raise DidNotRun("it crashed")
        verdict = self.random.choice(list(CheckVerdict))
        findings = (Finding(UNREADABLE, {"reason": "simulated"}),)
        return Result(check.slug, check.version, verdict, findings, {}, {})

    @contextmanager
    def crashing(self, share: float) -> Iterator[None]:
        """Perhaps let the process end after one of the statements, or after the commit."""
        self._crash_after = self.random.choice((-1, *range(1, 25))) if self.chance(share) else 0
        try:
            with connections["default"].execute_wrapper(self._count):
                yield
        finally:
            self._crash_after = 0

    def _count(self, execute: Callable, statement: str, *arguments: Any) -> Any:
        answer = execute(statement, *arguments)
        if self._crash_after > 0 and not statement.startswith(BOUNDS):
            self._crash_after -= 1
            if self._crash_after == 0:
                raise Crash
        return answer

    def _go_on(self, worker: greenlet, run_id: uuid.UUID) -> None:
        if worker.switch() == PAUSED:
            self.workers.append((worker, run_id))


class Examination:
    """In place of ``examining.Examination``: what the world says of a file."""

    world: World

    def __init__(self, evidence: object, checks: tuple[Check, ...]) -> None:
        self.checks = checks

    def result(self, check: Check) -> Result:
        """As the world says. Raises DidNotRun."""
        return self.world.examine(check)

    def knows(self, check: Check) -> bool:
        """Whether it was looked at ahead of its turn, and nothing has come to light since."""
        return check in self.checks and not self.world.chance(0.3)


@contextmanager
def database() -> Iterator[DatabaseWrapper]:
    """The desk's database in memory, with its tables made."""
    given = connections["default"]
    told = given.settings_dict | {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": ":memory:",
        "OPTIONS": {"transaction_mode": "IMMEDIATE"},
    }
    connections["default"] = made = DatabaseWrapper(told, "default")
    try:
        call_command("migrate", verbosity=0, interactive=False)
        yield made
    finally:
        connections["default"] = given
        made.connection.close()


def as_it_was(made: DatabaseWrapper, first: sqlite3.Connection) -> None:
    """Put a copy of the first database in the place of the one that was used."""
    used = made.connection
    made.connect()
    first.backup(made.connection)
    used.close()


@contextmanager
def simulated(world: World) -> Iterator[None]:
    """The desk in this world: its clock, its chances, its broker and its examinations; an empty store."""
    chances = random.Random(world.random.random())
    there = Path("/dev/shm") if Path("/dev/shm").is_dir() else None
    with ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(dir=there))
        Examination.world = world
        for where, name, put in (
            (timezone, "now", lambda: world.now),
            (os, "urandom", chances.randbytes),  # ids, by which rows are ordered
            (tasks, "_send", world.take_message),
            (runner, "Examination", Examination),
            (settings, "STORAGE_FOLDER", Path(folder)),
        ):
            stack.enter_context(mock.patch.object(where, name, put))
        yield


def later(world: World, seconds: float) -> None:
    """Let time pass, or have the clock put back."""
    world.now += timedelta(seconds=seconds)
