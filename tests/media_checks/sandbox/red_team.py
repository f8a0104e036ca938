"""The red team: acts that a decoder would do only for an intruder, each tried in a real locked child."""

from __future__ import annotations

import json
import os
import signal
import socket
import threading
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext, suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from media_checks.sandbox import wire
from media_checks.sandbox.client import DidNotRun, Limits, Sandbox
from tests.media_checks.sandbox import (
    acts_on_files,
    acts_on_processes,
    acts_on_the_kernel,
    acts_on_the_network,
    unlocked,
)
from tests.media_checks.sandbox.acts import Act, Given, name_of
from tests.media_checks.sandbox.processes import locked_children

__all__ = ["ACTS", "LOCKS", "TRIED", "Outcome", "campaign", "name_of", "surroundings", "taken_over"]

ACTS: dict[str, Act] = (
    acts_on_files.ACTS | acts_on_the_network.ACTS | acts_on_processes.ACTS | acts_on_the_kernel.ACTS
) | {
    "sleep": Act(lambda given: threading.Event().wait(given["seconds"])),
    "answer without end": Act(acts_on_the_network.an_endless_answer),
    "tell its environment": Act(lambda given: dict(os.environ)),
}
# Those that only serve the others, or that no lock stops and the client does.
NO_LOCK = ("sleep", "answer without end", "tell its environment")
TRIED = tuple(name for name in ACTS if name not in NO_LOCK)
LOCKS = tuple(unlocked.LOCKS)
# As a child is given, but for less time.
LIMITS = Limits(cpu=1, wall=30)


@dataclass(frozen=True)
class Outcome:
    """Whether an act got through, and what was said of it."""

    through: bool
    said: str


def taken_over(*left_out: str) -> AbstractContextManager[Sandbox]:
    """A sandbox whose decoders are an intruder's, without these locks."""
    return unlocked.sandbox(*left_out, program="tests.media_checks.sandbox.taken_over")


def asked(sandbox: Sandbox, folder: Path, name: str, given: Mapping[str, Any], limits: Limits) -> bytes:
    """The bytes that answer a file which asks for this act. Raises DidNotRun."""
    file = folder / f"act-{threading.get_ident()}"
    file.write_text(json.dumps({"act": name, "given": dict(given)}))
    return sandbox._ask({"operation": "check"}, file, limits, wire.MOST_JSON)


def attempt(sandbox: Sandbox, folder: Path, name: str, given: Given) -> Outcome:
    """Have a child try an act, and see whether it got through."""
    try:
        with sibling(sandbox, folder) if ACTS[name].beside else nullcontext() as process:
            said = asked(sandbox, folder, name, given | {"sibling_process": process}, LIMITS)
    except DidNotRun as ended:
        return Outcome("lost while it worked" in ended.reason, ended.reason)
    answer = json.loads(said.removeprefix(acts_on_the_network.FORGED))
    return Outcome("did" in answer, str(answer.get("did", answer.get("refused"))))


def campaign(*left_out: str, acts: Iterable[str] = TRIED) -> dict[str, Outcome]:
    """Acts tried in children without these locks.

    In a folder that everybody may enter: what keeps the children out of it is to be the locks.
    """
    with TemporaryDirectory() as place, taken_over(*left_out) as sandbox:
        Path(place).chmod(0o777)
        with surroundings(Path(place)) as given:
            return {name: attempt(sandbox, Path(place), name, given) for name in acts}


@contextmanager
def surroundings(folder: Path) -> Iterator[Given]:
    """What there is to reach: another's upload, listeners of each kind, and who hands out the files."""
    upload = folder / "another upload.jpg"
    upload.write_bytes(b"somebody else's")
    upload.chmod(0o644)
    abstract = f"\0corroborate-{os.getpid()}"
    with ExitStack() as open_servers:
        tcp = open_servers.enter_context(socket.create_server(("127.0.0.1", 0), backlog=128))
        udp = open_servers.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
        udp.bind(("127.0.0.1", 0))
        for name in (str(folder / "socket"), abstract):
            server = open_servers.enter_context(socket.socket(socket.AF_UNIX))
            server.bind(name)
            server.listen(128)
        os.chmod(folder / "socket", 0o777)
        yield {
            "folder": str(folder),
            "sibling": str(upload),
            "size": upload.stat().st_size,
            "client": os.getpid(),
            "tcp": tcp.getsockname()[1],
            "udp": udp.getsockname()[1],
            "unix": str(folder / "socket"),
            "abstract": abstract.replace("\0", "@"),
        }


@contextmanager
def sibling(
    sandbox: Sandbox, folder: Path, seconds: float = 60, answered: list[bytes] | None = None
) -> Iterator[int]:
    """Another child of the same zygote, at work on somebody else's file: its process, later its answer."""
    before = set(locked_children(sandbox.process))

    def sleep() -> None:
        with suppress(DidNotRun):
            answer = asked(sandbox, folder, "sleep", {"seconds": seconds}, LIMITS)
            if answered is not None:
                answered.append(answer)

    thread = threading.Thread(target=sleep, daemon=True)
    thread.start()
    while not (new := set(locked_children(sandbox.process)) - before):
        time.sleep(0.005)
    (child,) = new
    try:
        yield child
    finally:
        with suppress(ProcessLookupError):
            os.kill(child, signal.SIGKILL)
        thread.join()
