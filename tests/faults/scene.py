"""A desk that is going to be hurt: its processes within reach, and a ledger of what it acknowledged."""

from __future__ import annotations

import itertools
import json
import os
import random
import sqlite3
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import environ
import psutil
import psycopg
import requests

from media_checks.sandbox.zygote import EXAMINING, SERVING
from tests import builders, desks, servers
from tests.faults import canaries, preload
from tests.faults.invariants import Ledger, Violations
from tests.faults.outcomes import Outcome
from tests.faults.sending import Volunteers

CASE = "faults"
OPEN_A_CASE = f"from tests.builders import make_case; make_case(slug='{CASE}')"
LONGEST_S = 300
_number = itertools.count(1)


@dataclass
class Scene:
    """A running desk with an open case, whoever sends to it, and the chances of one seed."""

    desk: desks.Desk
    preloaded: preload.Preloaded
    seed: int
    patience: float = 1
    variables: dict[str, str] = field(default_factory=dict)
    volunteers: Volunteers = field(init=False)
    random: random.Random = field(init=False)

    def __post_init__(self) -> None:
        self.volunteers = Volunteers(self.desk.url, CASE)
        self.random = random.Random(self.seed)

    @property
    def on_sqlite(self) -> bool:
        """Whether this is the embedded desk."""
        return self.desk.database is None

    def picture(self) -> bytes:
        """Another photo each time; which one, the seed and how many there were say."""
        return builders.picture(seed=self.seed * 1_000_003 + next(_number))

    def send(self, number: int) -> None:
        """Send so many photos, four at a time. Raises RuntimeError when one is not taken."""
        answers = self.volunteers.send_all(self.picture() for _ in range(number))
        if refused := [each.status for each in answers if not each.is_acknowledged]:
            raise RuntimeError(f"{len(refused)} of {number} photos were not taken: {refused[:5]}")

    def ask(self, statement: str) -> list[tuple[Any, ...]]:
        """What the database answers, past the desk; raises what its driver raises while it is away."""
        if self.on_sqlite:
            path = self.desk.data_dir / "desk.sqlite3"
            with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=20)) as database:
                return database.execute(statement).fetchall()
        told = environ.Env.db_url_config(self.desk.database.url)  # type: ignore[union-attr]
        with psycopg.connect(host=told["HOST"], user=told["USER"], dbname=told["NAME"]) as database:
            return database.execute(statement).fetchall()  # type: ignore[call-overload]

    def unchecked(self) -> int:
        """How many items have not settled yet."""
        return self.ask("SELECT count(*) FROM claims_evidence WHERE state <> 'checked'")[0][0]

    def wait_until_checked(self, seconds: float = LONGEST_S) -> None:
        """Wait until every item has settled; raises TimeoutError."""
        servers.wait_until(lambda: self.unchecked() == 0, seconds, "Every item is checked")

    def wait_until_left(self, number: int) -> None:
        """Wait until at most so many items have not settled."""
        servers.wait_until(lambda: self.unchecked() <= number, LONGEST_S, f"{number} items are left")

    @contextmanager
    def paused_worker(self) -> Iterator[None]:
        """The desk without its worker for a while; it is not paused while it writes to the database."""
        family = self._workers()
        servers.wait_until(lambda: self._pause(family), LONGEST_S, "The worker can be paused")
        try:
            yield
        finally:
            _resume(family)

    def _pause(self, family: list[psutil.Process]) -> bool:
        _suspend(family)
        if not self.on_sqlite or self._is_free():
            return True
        _resume(family)
        time.sleep(0.05)
        return False

    def _is_free(self) -> bool:
        path = self.desk.data_dir / "desk.sqlite3"
        with closing(sqlite3.connect(path, timeout=0.2, isolation_level=None)) as database:
            try:
                database.execute("BEGIN IMMEDIATE")
                database.execute("ROLLBACK")
            except sqlite3.OperationalError:
                return False
        return True

    @contextmanager
    def stopped_worker(self) -> Iterator[None]:
        """The desk with its worker stopped for a moment, wherever it was."""
        family = self._workers()
        _suspend(family)
        try:
            yield
        finally:
            _resume(family)

    def kill_worker(self) -> None:
        """kill −9 of the worker and of every process that it started, all at once."""
        for each in self._workers():
            with suppress(psutil.NoSuchProcess):
                each.kill()

    def _workers(self) -> list[psutil.Process]:
        worker = self.desk.worker()
        return [worker, *worker.children(recursive=True)]  # type: ignore[union-attr,list-item]

    def start_worker_again(self) -> None:
        """As its service manager would, where the desk does not supervise it."""
        if "worker" in self.desk.processes:
            self.desk.processes["worker"].wait()
            self.desk.start("worker", desks.compose_command("worker"))
        servers.wait_until(self.desk.worker, 60, "The worker is there again")

    def examiners(self) -> list[psutil.Process]:
        """What can be killed one by one: pool children, or a pool of threads' zygote and locked children."""
        worker = self.desk.worker()
        children = worker.children() if worker else []
        if self.on_sqlite:
            groups = {each.pid for each in children}
            return [each for each in psutil.process_iter() if _group_of(each) in groups and _examines(each)]
        return [each for each in children if not _examines(each)]

    def judged(self, outcome: Outcome) -> Outcome:
        """Hold the desk, which is at rest, against the invariants, and write into the outcome what broke."""
        found = self.violations()
        outcome.lost += len(found.lost)
        outcome.duplicated += len(found.duplicated)
        outcome.missed += found.all()[:20]
        return outcome

    def outcome(self, fault: str) -> Outcome:
        """An empty outcome of a fault on this desk."""
        return Outcome(fault, self.desk.setup, self.seed, patience=self.patience)

    def violations(self) -> Violations:
        """What the invariants say, in a process of the desk's own environment."""
        ledger = Ledger(self.volunteers.received, canaries.PLANTED, [str(self.desk.log)])
        with tempfile.NamedTemporaryFile(suffix=".json") as file:
            ledger.write(Path(file.name))
            judge = f"from tests.faults import invariants; invariants.judge({file.name!r})"
            return Violations(**json.loads(self.shell(judge)))

    def shell(self, code: str) -> str:
        """The last line that Python code prints in this desk's environment."""
        return self.desk.manage("shell", "--verbosity", "0", "-c", code).splitlines()[-1]


@contextmanager
def opened(setup: str, seed: int, patience: float = 1, **variables: str) -> Iterator[Scene]:
    """A desk of its own in a folder that goes with it, with an open case and a worker that is warm."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="cor-faults-")))
        preloaded = stack.enter_context(preload.preloaded(folder))
        started = desks.SETUPS[setup](folder / "var", demo=False, **preloaded.environment, **variables)
        desk = stack.enter_context(started)
        scene = Scene(desk, preloaded, seed, patience, variables)
        desk.manage("shell", "--verbosity", "0", "-c", OPEN_A_CASE)
        scene.send(4)
        scene.wait_until_checked()
        yield scene


def seconds_until(true: Callable[[], object], most: float, what: str) -> float:
    """How long it takes until this is so; raises TimeoutError."""
    start = time.monotonic()
    servers.wait_until(true, most, what)
    return time.monotonic() - start


def answers_at(url: str) -> bool:
    """Whether the desk's own health says that its database is there."""
    with suppress(requests.RequestException, ValueError):
        return requests.get(f"{url}/healthz", timeout=10).json()["database"] == "ok"
    return False


def _group_of(process: psutil.Process) -> int | None:
    """A zygote that stood by is no child of the worker, but still of its zygote's group."""
    with suppress(ProcessLookupError):
        return os.getpgid(process.pid)
    return None


def _examines(process: psutil.Process) -> bool:
    with suppress(psutil.NoSuchProcess):
        return process.name() in (SERVING, EXAMINING) and process.status() != psutil.STATUS_ZOMBIE
    return False


def _suspend(family: list[psutil.Process]) -> None:
    for each in family:
        with suppress(psutil.NoSuchProcess):
            each.suspend()


def _resume(family: list[psutil.Process]) -> None:
    for each in family:
        with suppress(psutil.NoSuchProcess):
            each.resume()
