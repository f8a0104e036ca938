"""Real servers for the tests, each in a folder of its own, and gone afterwards whatever happens."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import psutil

from tests import system
from verification.supervisor import end_with_parent


@dataclass
class Server:
    """A running server: its address for the settings, and its process, so that tests can hurt it.

    What can be killed and started again knows how, and whether it answers.
    """

    url: str
    process: subprocess.Popen[bytes]
    start: Callable[[], subprocess.Popen[bytes]] | None = None
    answers: Callable[[], bool] | None = None

    def kill(self) -> None:
        """kill -9 of it and of every process that it started, all at once."""
        family = [*psutil.Process(self.process.pid).children(recursive=True), self.process]
        for each in family:
            with suppress(psutil.NoSuchProcess):  # one that ended by itself a moment ago
                each.kill()
        for each in family:
            each.wait()

    def start_again(self) -> None:
        """Start it again as it was, and wait until it answers."""
        self.process = self.start()
        wait_until(self.answers, 60, "The server answers again")


def free_port() -> int:
    """A port that nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_until(true: Callable[[], object], seconds: float, what: str) -> None:
    """Ask again and again; raises TimeoutError when the answer was no for so long."""
    deadline = time.monotonic() + seconds
    while not true():
        if time.monotonic() > deadline:
            raise TimeoutError(f"{what}: not within {seconds:.0f} s")
        time.sleep(0.1)


@contextmanager
def postgresql(**settings: str) -> Iterator[Server]:
    """A PostgreSQL of our own with these settings, with an empty database "desk", on a socket in a folder."""
    programs = system.postgresql()
    if programs is None:
        raise RuntimeError("PostgreSQL is not on this machine.")
    account = _account()
    with _folder(account) as folder:
        data, log = folder / "data", folder / "log"
        create = [programs / "initdb", "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-sync"]
        subprocess.run([*create, "--locale=C"], user=account, cwd="/", check=True, stdout=subprocess.DEVNULL)
        settings = {"fsync": "off", "max_connections": "120", "listen_addresses": "", **settings}
        tuned = [f"--{name}={value}" for name, value in settings.items()]
        reach = ["-h", folder, "-U", "postgres"]
        ready = [programs / "pg_isready", "-q", *reach]

        def start() -> subprocess.Popen[bytes]:
            with log.open("ab") as output:
                return subprocess.Popen(
                    [programs / "postgres", "-D", data, "-k", folder, *tuned],
                    user=account,
                    cwd="/",
                    stdout=output,
                    stderr=output,
                    preexec_fn=end_with_parent(signal.SIGQUIT),
                )

        def answers() -> bool:
            return subprocess.run(ready, check=False).returncode == 0

        server = Server(f"postgres://postgres@/{folder}/desk", start(), start, answers)
        with stopping(server, signal.SIGINT):
            wait_until(answers, 30, "PostgreSQL answers")
            subprocess.run([programs / "createdb", *reach, "desk"], check=True)
            yield server


@contextmanager
def redis() -> Iterator[Server]:
    """A Redis of our own, with nothing in it, on a socket in a private folder."""
    program = system.redis_server()
    if program is None:
        raise RuntimeError("Redis is not on this machine.")
    with _folder() as folder:
        path = folder / "redis.sock"
        options = ["--port", "0", "--unixsocket", path, "--dir", folder, "--save", "", "--appendonly", "no"]

        def start() -> subprocess.Popen[bytes]:
            with (folder / "log").open("ab") as output:
                return subprocess.Popen(
                    [program, *options, "--maxmemory-policy", "noeviction"],
                    stdout=output,
                    preexec_fn=end_with_parent(signal.SIGKILL),
                )

        def answers() -> bool:
            with socket.socket(socket.AF_UNIX) as probe, suppress(OSError):
                probe.connect(str(path))
                return True
            return False

        server = Server(f"redis+socket://{path}", start(), start, answers)
        with stopping(server, signal.SIGTERM):
            wait_until(answers, 10, "Redis listens")
            yield server


@contextmanager
def s3() -> Iterator[Server]:
    """An S3 server of our own, with nothing in it."""
    port = free_port()
    process = subprocess.Popen(
        [sys.executable, "-m", "moto.server", "--host", "127.0.0.1", "--port", str(port)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        preexec_fn=end_with_parent(signal.SIGKILL),
    )
    server = Server(f"http://127.0.0.1:{port}", process)
    with stopping(server, signal.SIGKILL):
        wait_until(lambda: _listens(port), 60, "The S3 server listens")
        yield server


@contextmanager
def stopping(server: Server, number: int) -> Iterator[None]:
    """Stop the server afterwards by that signal, or by force when it does not go."""
    try:
        yield
    finally:
        process = server.process
        process.send_signal(signal.SIGCONT)
        process.send_signal(number)
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@contextmanager
def _folder(account: str | None = None) -> Iterator[Path]:
    """A private folder with a short path: the path of a Unix socket has 107 characters at most."""
    folder = Path(tempfile.mkdtemp(prefix="cor-", dir="/tmp"))
    if account:
        shutil.chown(folder, account)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _account() -> str | None:
    """PostgreSQL refuses to run as root: the account that it runs as, where we are root."""
    if os.geteuid() != 0:
        return None
    known = {each.pw_name for each in pwd.getpwall()}
    return "postgres" if "postgres" in known else "nobody"
