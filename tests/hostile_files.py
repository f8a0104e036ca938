"""Files that break naive code, sent to a running desk and checked by its worker: what came of each."""

from __future__ import annotations

import csv
import ctypes
import hashlib
import json
import os
import random
import re
import select
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import requests

from tests import servers
from tests.desks import Desk

CASE = "hostile"
OPEN_A_CASE = f"from tests.builders import make_case; make_case(slug='{CASE}')"
# What make_hostile.py writes into files for a decoder to fetch or to open.
CANARY_PORT, CANARY_FILE = 18999, b"/etc/hostname"
MOST_CPU_S, MOST_MEMORY = 20, 1536 << 20
WHAT_CAME_OF_THEM = """
import json
from claims.models import Evidence
from verification.models import CheckRun, Review
for item in Evidence.objects.all():
    runs = CheckRun.objects.filter(evidence=item)
    codes = [each["code"] for run in runs for each in run.result.get("findings", [])] if runs else []
    print(json.dumps({
        "sha256": item.media_file_id, "state": item.state,
        "reviews": Review.objects.filter(evidence=item).count(),
        "runs": [[run.check_slug, run.state, run.reason, run.verdict] for run in runs], "codes": codes,
    }))
"""
WAITING = "from claims.models import Evidence; print(Evidence.objects.exclude(state='checked').count())"
STORED = (
    "from claims.models import Evidence, MediaFile;print(Evidence.objects.count(), MediaFile.objects.count())"
)
_TOKEN = re.compile(r'name="form_token" value="([^"]+)"')
_ERRORS = re.compile(r'<[^>]*class="[^"]*error[^"]*"[^>]*>(.*?)</', re.DOTALL)
_USED = re.compile(r"A locked child used ([\d.]+) s of processor time, (\d+) bytes\.")


@dataclass(frozen=True)
class Sent:
    """A file, and what the form answered: 201 and the like for taken, or a reason."""

    path: Path
    sha256: str
    status: int
    reason: str

    @property
    def taken(self) -> bool:
        """Whether it is evidence now."""
        return self.status < 400


@dataclass
class Canaries:
    """What files name for a decoder to reach: how often it was reached."""

    file: Path
    connections: int = 0
    opened: int = 0


@dataclass
class Came:
    """What came of a lot of files: each as it was sent, what became of the items, what the children used."""

    sent: list[Sent]
    items: list[dict[str, Any]]
    used: list[tuple[float, int]] = field(default_factory=list)
    seconds: float = 0.0

    @property
    def not_terminal(self) -> list[dict[str, Any]]:
        """Items that are not in one terminal state with a reason, before one person."""
        return [each for each in self.items if not _is_terminal(each)]

    def not_analysed(self, valid: set[str]) -> list[str]:
        """Of these hashes, the items that could not be read or whose checks did not all run."""
        return [each["sha256"] for each in self.items if each["sha256"] in valid and not _is_analysed(each)]


def _is_terminal(item: dict[str, Any]) -> bool:
    ended = all(
        (state == "finished" and verdict) or (state == "failed" and reason)
        for _, state, reason, verdict in item["runs"]
    )
    told = bool(item["codes"]) or all(run[1] == "failed" for run in item["runs"])
    return item["state"] == "checked" and item["reviews"] == 1 and len(item["runs"]) == 3 and ended and told


def _is_analysed(item: dict[str, Any]) -> bool:
    """As ``manage.py inspect`` has it: every check ended, and not all of them could not read it."""
    unread = item["codes"].count("media.unreadable")
    return unread < len(item["runs"]) and all(run[1] == "finished" for run in item["runs"])


def made(folder: Path, into: Path, canary: Path) -> list[Path]:
    """The files that make_hostile.py makes; where they name a file of the system, they name this one too."""
    subprocess.run([sys.executable, folder / "make_hostile.py", into], check=True, capture_output=True)
    files = sorted(each for each in into.iterdir() if each.is_file())
    name = os.fsencode(canary)
    assert len(name) == len(CANARY_FILE)  # so that no length within the file changes
    for each in [each for each in files if CANARY_FILE in each.read_bytes()]:
        renamed = each.with_name(f"canary-{each.name}")
        renamed.write_bytes(each.read_bytes().replace(CANARY_FILE, name))
        files.append(renamed)
    return files


def valid(folder: Path) -> set[str]:
    """The hashes of the files that the manifest calls valid."""
    with (folder / "MANIFEST.tsv").open(encoding="utf-8") as lines:
        return {row["sha256"] for row in csv.DictReader(lines, delimiter="\t") if row["kind"] == "valid"}


def found(folder: Path, share: int = 1, seed: int = 5) -> list[Path]:
    """The files of the manifest, or of each of its kinds and folders one in so many, by seed."""
    with (folder / "MANIFEST.tsv").open(encoding="utf-8") as lines:
        rows = sorted((row["kind"], row["file"]) for row in csv.DictReader(lines, delimiter="\t"))
    groups: dict[tuple[str, str], list[str]] = {}
    for kind, file in rows:
        groups.setdefault((kind, file.split("/")[0]), []).append(file)
    chance = random.Random(seed)
    return [folder / file for each in groups.values() for file in chance.sample(each, -(-len(each) // share))]


@contextmanager
def watched() -> Iterator[Canaries]:
    """Listen where files tell a decoder to connect, and watch the file that they tell it to open."""
    descriptor, name = tempfile.mkstemp(prefix="", dir="/tmp")
    os.close(descriptor)
    canaries, over = Canaries(Path(name)), threading.Event()
    libc = ctypes.CDLL(None)
    events = libc.inotify_init1(os.O_NONBLOCK)
    assert libc.inotify_add_watch(events, os.fsencode(name), 0x20) > 0  # IN_OPEN
    with socket.create_server(("127.0.0.1", CANARY_PORT), backlog=128) as server:
        watching = threading.Thread(target=_watch, args=(canaries, server, events, over))
        watching.start()
        try:
            yield canaries
        finally:
            over.set()
            watching.join()
            os.close(events)
            canaries.file.unlink()


def _watch(canaries: Canaries, server: socket.socket, events: int, over: threading.Event) -> None:
    while not over.is_set():
        ready, _, _ = select.select([server, events], [], [], 0.2)
        if server in ready:
            server.accept()[0].close()
            canaries.connections += 1
        if events in ready:
            canaries.opened += len(os.read(events, 1 << 16)) // 16


def send(desk: Desk, paths: Sequence[Path]) -> list[Sent]:
    """Each in a submission of its own, through the volunteers' form, as a browser sends it."""
    with ThreadPoolExecutor(2) as senders:
        return list(senders.map(lambda path: _send(desk, path), paths))


def _send(desk: Desk, path: Path) -> Sent:
    address, content = f"{desk.url}/en/submit/{CASE}/", path.read_bytes()
    token = _TOKEN.search(requests.get(address, timeout=60).text)
    given = {"consent": "findings", "stance": "context", "form_token": token[1] if token else ""}
    answer = requests.post(address, given, files={"files": ("file.jpg", content)}, timeout=120)
    reasons = " ".join(re.sub(r"<[^>]+>|\s+", " ", each).strip() for each in _ERRORS.findall(answer.text))
    return Sent(path, hashlib.sha256(content).hexdigest(), answer.status_code, reasons)


def all_checked(desk: Desk, paths: Sequence[Path], seconds: float) -> Came:
    """Send them all, wait until the desk's worker is done with them, and see what came of each."""
    begun = time.monotonic()
    sent = send(desk, paths)
    waiting = ("shell", "--verbosity", "0", "-c", WAITING)
    servers.wait_until(lambda: _pausing(desk.manage(*waiting)) == "0", seconds, "Every item is checked")
    lines = desk.manage("shell", "--verbosity", "0", "-c", WHAT_CAME_OF_THEM).splitlines()
    used = [(float(cpu), int(memory)) for cpu, memory in _USED.findall(desk.log.read_text(errors="replace"))]
    items = []
    for line in lines:
        with suppress(ValueError):
            items.append(json.loads(line))
    return Came(sent, items, used, time.monotonic() - begun)


def _pausing(said: str) -> str:
    time.sleep(2)
    return said.split()[-1]
