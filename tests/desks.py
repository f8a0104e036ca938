"""The whole desk as processes: as ``manage.py up`` starts it, and as docker-compose.yml lists it."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import time
from base64 import b32decode
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import urlopen

import psutil
import yaml
from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP

from tests import servers
from verification.supervisor import end_with_parent

ROOT = Path(__file__).resolve().parent.parent
SECONDS_TO_START = 180
SECONDS_TO_LOAD_THE_DEMO = 300
OURS = (
    "DATABASE_URL",
    "CELERY_BROKER_URL",
    "DATA_DIR",
    "STORAGE_URL",
    "DJANGO_SETTINGS_MODULE",
    "PUBLIC_URL",
)


@dataclass
class Desk:
    """A running desk. ``processes`` is {"up"}, or {"web", "worker", "beat"} where each stands alone."""

    setup: str
    url: str
    data_dir: Path
    environment: dict[str, str]
    log: Path
    processes: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)
    database: servers.Server | None = None
    broker: servers.Server | None = None
    given: dict[str, int] = field(default_factory=dict)

    @property
    def demo(self) -> dict[str, Any]:
        """Who may sign in, and the partner's key: what demo.json says."""
        return json.loads((self.data_dir / "demo.json").read_text())

    def code(self, entry: dict[str, str]) -> str:
        """A code of this person's that was not given before: of the next step, if need be."""
        last = self.given.get(entry["username"], 0)
        servers.wait_until(lambda: time.time() // 30 >= last, 60, "A code that is new")
        step = self.given[entry["username"]] = max(int(time.time()) // 30, last + 1)
        return TOTP(b32decode(entry["totp"]), 6, SHA1(), 30).generate(step * 30).decode()  # noqa: S303

    def health(self) -> tuple[int, dict[str, Any]]:
        """The status and the answer of /healthz; (0, {}) while nobody answers."""
        try:
            with urlopen(f"{self.url}/healthz", timeout=10) as answer:
                return answer.status, json.load(answer)
        except HTTPError as error:
            return error.code, json.load(error)
        except OSError:
            return 0, {}

    def is_well(self) -> bool:
        """Whether /healthz says so. Raises when a process of the desk has ended."""
        for name, process in self.processes.items():
            if process.poll() is not None:
                raise RuntimeError(f"{name} ended with {process.returncode}:\n{self.log.read_text()[-4000:]}")
        return self.health()[0] == 200

    def manage(self, *arguments: str) -> str:
        """What a command of manage.py prints, run in this desk's environment; raises when it fails."""
        command = [sys.executable, "manage.py", *arguments]
        done = subprocess.run(
            command, cwd=ROOT, env=self.environment, capture_output=True, text=True, check=False
        )
        if done.returncode:
            raise RuntimeError(f"manage.py {' '.join(arguments)}: {done.stdout[-2000:]}{done.stderr[-4000:]}")
        return done.stdout

    def family(self) -> list[psutil.Process]:
        """Every process of the desk that runs, those that its processes started included."""
        family: list[psutil.Process] = []
        for process in self.processes.values():
            with suppress(psutil.NoSuchProcess):
                parent = psutil.Process(process.pid)
                family += [parent, *parent.children(recursive=True)]
        return family

    def worker(self) -> psutil.Process | None:
        """The main process of the Celery worker; None while there is none."""
        if "worker" in self.processes:
            return psutil.Process(self.processes["worker"].pid)
        children = psutil.Process(self.processes["up"].pid).children()
        return next((child for child in children if _runs(child, "celery")), None)

    def web_workers(self) -> list[psutil.Process]:
        """The processes that answer requests: children of gunicorn's own, which starts them again."""
        found: list[psutil.Process] = []
        for each in self.family():
            with suppress(psutil.NoSuchProcess):
                found += each.children() if _runs(each, "gunicorn") else []
        return found

    def start(self, name: str, command: list[str]) -> None:
        """Start one of the desk's processes; it ends with the tests, whatever ends them."""
        path = f"{Path(sys.executable).parent}:{self.environment['PATH']}"
        program = shutil.which(command[0], path=path)
        with self.log.open("ab") as output:
            self.processes[name] = subprocess.Popen(
                [program or command[0], *command[1:]],
                cwd=ROOT,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                preexec_fn=end_with_parent(signal.SIGTERM),
            )

    def stop(self) -> None:
        """Ask every process to stop, and make sure of it."""
        family = self.family()
        for process in self.processes.values():
            process.terminate()
        for process in self.processes.values():
            with suppress(subprocess.TimeoutExpired):
                process.wait(20)
        for each in family:
            with suppress(psutil.NoSuchProcess):
                each.kill()
        for process in self.processes.values():
            process.wait()


def _nothing(desk: Desk) -> None:
    """What is done before most desks start."""


@contextmanager
def embedded(
    folder: Path, *, demo: bool = True, before: Callable[[Desk], None] = _nothing, **variables: str
) -> Iterator[Desk]:
    """The desk as ``make up`` starts it, on SQLite and a folder; ``before`` sees it with nothing in it."""
    desk = _desk("embedded", folder, **variables)
    before(desk)
    desk.start("up", ["python", "manage.py", "up", *([] if demo else ["--no-demo"])])
    with _until_stopped(desk):
        if demo:
            loading = desk.data_dir / "demo.loading"
            servers.wait_until(
                lambda: desk.is_well() and (desk.data_dir / "demo.json").exists() and not loading.exists(),
                SECONDS_TO_LOAD_THE_DEMO,
                "The demo case is loaded",
            )
        yield desk


@contextmanager
def production(
    folder: Path, *, demo: bool = True, before: Callable[[Desk], None] = _nothing, **variables: str
) -> Iterator[Desk]:
    """The desk as the compose file runs it: its very commands, on a PostgreSQL and a Redis of our own."""
    with ExitStack() as stack:
        database = stack.enter_context(servers.postgresql(fsync="on"))
        broker = stack.enter_context(servers.redis())
        there = {"DATABASE_URL": database.url, "CELERY_BROKER_URL": broker.url}
        desk = _desk("postgres+redis", folder, **there, **variables)
        desk.database, desk.broker = database, broker
        before(desk)
        desk.manage(*compose_command("migrate")[2:])
        for name in ("web", "worker", "beat"):
            desk.start(name, compose_command(name))
        with _until_stopped(desk):
            if demo:
                desk.manage("load_demo")
            yield desk


SETUPS: dict[str, Callable[..., AbstractContextManager[Desk]]] = {
    "embedded": embedded,
    "postgres+redis": production,
}


def compose_command(service: str) -> list[str]:
    """A service's command in docker-compose.yml, its variables at their defaults."""
    compose = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
    line = re.sub(r"\$\{\w+:-([^}]*)\}", r"\1", compose["services"][service]["command"])
    return shlex.split(line)


def _runs(process: psutil.Process, program: str) -> bool:
    with suppress(psutil.NoSuchProcess):  # one that was killed and is not reaped yet counts as gone
        return any(Path(part).name == program for part in process.cmdline())
    return False


def _desk(setup: str, folder: Path, **variables: str) -> Desk:
    port = str(servers.free_port())
    url = f"http://127.0.0.1:{port}"
    inherited = {name: value for name, value in os.environ.items() if name not in OURS}
    told = {"PORT": port, "DATA_DIR": str(folder), "GUNICORN_CMD_ARGS": f"--bind 127.0.0.1:{port}"}
    if setup == "embedded":
        del told["GUNICORN_CMD_ARGS"]
    folder.mkdir(parents=True, exist_ok=True)
    log = folder.with_name(f"{folder.name}.log")
    return Desk(setup, url, folder, inherited | told | variables, log)


@contextmanager
def _until_stopped(desk: Desk) -> Iterator[None]:
    try:
        try:
            servers.wait_until(desk.is_well, SECONDS_TO_START, "The desk is well")
            yield
        except TimeoutError as error:
            raise TimeoutError(f"{error}\n{desk.health()}\n{desk.log.read_text()[-4000:]}") from error
    finally:
        desk.stop()
