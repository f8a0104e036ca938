"""``manage.py up``: the embedded desk, in one process tree."""

from __future__ import annotations

import fcntl
import json
import os
import shlex
import socket
import sys
from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command, get_commands
from django.core.management.base import BaseCommand, CommandError
from django.db import connections
from kombu.exceptions import OperationalError

from claims.models import Case
from verification import tasks
from verification.supervisor import Child, Supervisor


class Command(BaseCommand):
    """Migrate, start the pages and the worker, load the demo case on first start, and stay."""

    help = "Run the whole desk on this machine: pages, worker and clock, until Ctrl-C."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """One switch: do without the demo case."""
        parser.add_argument("--no-demo", action="store_true", help="Start empty: do not load the demo case.")

    def handle(self, *args: Any, **options: Any) -> None:
        """Run until stopped. Raises CommandError when this desk already runs or its port is taken."""
        with _only_one(settings.DATA_DIR / "up.lock"), _listener(settings.PORT) as listener:
            call_command("migrate", verbosity=0, interactive=False)
            demo = None if options["no_demo"] else _demo_to_load()
            self._say(f"The desk starts at {settings.PUBLIC_URL} and keeps its data in {settings.DATA_DIR}.")
            if demo is None:
                self._say_where()
            _ask_for_a_sign_of_life()
            connections.close_all()
            supervisor = Supervisor([_web(listener), _worker()], self._say)
            if demo:
                supervisor.add(_loading(demo, self._demo_loaded))
                self._say("The demo case is being loaded and checked; this takes about a minute.")
            supervisor.run()
        self._say("The desk has stopped.")

    def _demo_loaded(self, code: int) -> None:
        if code:
            self.stderr.write(
                f"The demo case could not be loaded (exit code {code}); the next start tries again."
            )
            return
        _loading_mark().unlink(missing_ok=True)
        self._say_where()

    def _say_where(self) -> None:
        """Where to go, and with which names and passwords if the demo case is there."""
        self._say(f"Volunteers:    {settings.PUBLIC_URL}/")
        self._say(f"Investigators: {settings.PUBLIC_URL}/admin/")
        self._say(f"Partners:      {settings.PUBLIC_URL}/api/v1/")
        path = settings.DATA_DIR / "demo.json"
        if path.exists():
            demo = json.loads(path.read_text())
            for person in demo["investigators"]:
                self._say(f"  sign in as {person['username']} with {person['password']}")
            self._say(f"  and with the code that this prints: {_how_to_get_a_code()}")
            self._say(f"  {demo['partner']['name']}'s key: {demo['partner']['key']}")
        self._say("Ctrl-C stops it.")

    def _say(self, line: str) -> None:
        self.stdout.write(line)
        self.stdout.flush()


@contextmanager
def _only_one(path: Path) -> Iterator[None]:
    """Hold the desk's lock. It is the kernel's: it ends with this process, whatever ends that."""
    with path.open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as held:
            raise CommandError(f"A desk is already running on {path.parent}.") from held
        yield


@contextmanager
def _listener(port: int) -> Iterator[socket.socket]:
    """The socket that the pages are served on: bound here, so it outlives a restart of the web processes."""
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind(("127.0.0.1", port))
        except OSError as error:
            raise CommandError(
                f"Port {port} cannot be used ({error.strerror}); set PORT to another."
            ) from error
        listener.listen(512)
        yield listener


def _demo_to_load() -> str | None:
    """The command that loads the demo case, on a first start or after one that was cut short."""
    first = not Case.objects.exists() or _loading_mark().exists()
    return "load_demo" if first and "load_demo" in get_commands() else None


def _how_to_get_a_code() -> str:
    """The command as it is typed in another terminal, in the folder of the desk."""
    python = os.path.relpath(sys.executable, settings.BASE_DIR)
    folder = settings.DATA_DIR
    given = "" if folder == settings.BASE_DIR / "var" else f"DATA_DIR={shlex.quote(str(folder))} "
    return f"{given}{python} manage.py demo_code"


def _loading_mark() -> Path:
    return settings.DATA_DIR / "demo.loading"


def _ask_for_a_sign_of_life() -> None:
    """Queue a sweep, so that the desk is known to be well before the clock first strikes."""
    with suppress(OperationalError, OSError):  # The broker is away: the clock asks again.
        tasks.sweep.apply_async(retry=False)


def _web(listener: socket.socket) -> Child:
    config = str(settings.BASE_DIR / "config" / "gunicorn.py")
    bind, tmp = f"fd://{listener.fileno()}", str(_tmp_dir())
    command = _python("gunicorn", "--config", config, "--bind", bind, "--worker-tmp-dir", tmp, "config.wsgi")
    return Child("web server", command, _environment(), pass_fds=(listener.fileno(),))


def _worker() -> Child:
    pool = "threads" if settings.CELERY_BROKER_URL.startswith("filesystem:") else "prefork"
    command = _python("celery", "--quiet", "-A", "config", "worker", "--beat", "--pool", pool)
    quiet = ["--without-gossip", "--without-mingle", "--loglevel", "WARNING"]
    return Child("worker", [*command, "--concurrency", "2", *quiet], _environment())


def _loading(demo: str, ended: Any) -> Child:
    _loading_mark().touch()
    return Child("demo", _python("django", demo), _environment(), restarts=False, ended=ended)


def _python(module: str, *arguments: str) -> list[str]:
    return [sys.executable, "-m", module, *arguments]


def _environment() -> dict[str, str]:
    """The environment of the children: this one's, with every file that they write under DATA_DIR."""
    return os.environ | {
        "DATA_DIR": str(settings.DATA_DIR),
        "DJANGO_SETTINGS_MODULE": os.environ["DJANGO_SETTINGS_MODULE"],
        "PYTHONPATH": str(settings.BASE_DIR),
        "TMPDIR": str(_tmp_dir()),
    }


def _tmp_dir() -> Path:
    path = settings.DATA_DIR / "tmp"
    path.mkdir(mode=0o700, exist_ok=True)
    return path
