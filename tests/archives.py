"""A real web archive for the tests: pywb, in an environment of its own, with what a test puts into it.

Its pins differ from the desk's, so nothing of it is installed beside the desk. The environment is made once
a machine, in ``.test/pywb``.
"""

from __future__ import annotations

import base64
import fcntl
import hashlib
import json
import shutil
import signal
import subprocess
import sys
import tempfile
import urllib.request
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from tests.desks import ROOT
from tests.servers import Server, free_port, stopping, wait_until
from verification.supervisor import end_with_parent

PINS = ("pywb==2.10.0", "warcio==1.8.1", "setuptools<81")
FOLDER = ROOT / ".test" / "pywb"
COLLECTION = "desk"


class NotHere(Exception):
    """The archive cannot be installed on this machine; the message says why."""


@dataclass(frozen=True)
class Archived:
    """One capture: ``at`` as 2014-06-12T09:30:00Z. ``repeats`` is when the archive had these bytes before."""

    address: str
    at: str
    body: bytes = b""
    media_type: str = "image/jpeg"
    status: str = "200 OK"
    repeats: str = ""

    @property
    def digest(self) -> str:
        """SHA-1 in base32, as archives write it."""
        return base64.b32encode(hashlib.sha1(self.body).digest()).decode()


def programs() -> Path:
    """The folder of pywb's programs, installed at the first call. Raises NotHere."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    with (FOLDER / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        ready = FOLDER / "ready"
        if not ready.exists() or ready.read_text() != _wanted():
            _install()
            ready.write_text(_wanted())
    return FOLDER / "venv" / "bin"


@contextmanager
def archive(captures: Iterable[Archived]) -> Iterator[Server]:
    """A running archive of these captures; ``url`` is that of its CDX server."""
    bin_ = programs()
    folder = Path(tempfile.mkdtemp(prefix="cor-archive-"))
    try:
        with (folder / "log").open("wb") as log:
            _fill(bin_, folder, captures, log)
            port = free_port()
            url = f"http://127.0.0.1:{port}/{COLLECTION}/cdx"
            process = subprocess.Popen(
                [bin_ / "python", bin_ / "wayback", "--bind", "127.0.0.1", "--port", str(port)],
                cwd=folder,
                stdout=log,
                stderr=log,
                preexec_fn=end_with_parent(signal.SIGKILL),
            )
        server = Server(url, process)
        with stopping(server, signal.SIGTERM):
            wait_until(lambda: _answers(url), 60, f"pywb answers; its log is {folder / 'log'}")
            yield server
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _wanted() -> str:
    return f"{sys.version_info[:2]} {' '.join(PINS)}"


def _install() -> None:
    print("Installing pywb for the tests, once", flush=True)
    venv = FOLDER / "venv"
    pip = [venv / "bin" / "python", "-m", "pip", "install", "--disable-pip-version-check", "--quiet"]
    for command in ([sys.executable, "-m", "venv", "--clear", venv], [*pip, *PINS]):
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            said = (done.stderr.strip() or "no reason given").splitlines()[-1]
            raise NotHere(f"pywb cannot be installed here: {said}")


def _fill(bin_: Path, folder: Path, captures: Iterable[Archived], log) -> None:
    lines = [asdict(each) | {"body": base64.b64encode(each.body).decode()} for each in captures]
    warc = folder / "captures.warc.gz"
    python, script = bin_ / "python", ROOT / "tests" / "write_warc.py"
    subprocess.run([python, script, warc], input=json.dumps(lines).encode(), stderr=log, check=True)
    for command in (["init", COLLECTION], ["add", COLLECTION, warc]):
        subprocess.run(
            [python, bin_ / "wb-manager", *command], cwd=folder, stdout=log, stderr=log, check=True
        )


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(f"{url}?url=https://nothing.example/", timeout=5) as answer:
            return answer.status == 200
    except OSError:
        return False
