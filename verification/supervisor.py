"""Supervision of the embedded desk: its processes are started, restarted when they die, stopped together.

Each runs in a session of its own, so that one Ctrl-C reaches the supervisor alone, which then stops
them in good order. The kernel stops them should the supervisor be killed outright.
"""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

POLL_SECONDS = 0.2
GRACE_SECONDS = 10
LONGEST_PAUSE_SECONDS = 30
STEADY_SECONDS = 60

_PR_SET_PDEATHSIG = 1
_C_LIBRARY = ctypes.CDLL(None, use_errno=True)


@dataclass
class Child:
    """A process under supervision. Without ``restarts`` it runs once, and ``ended`` hears its exit code."""

    name: str
    command: Sequence[str]
    environment: Mapping[str, str]
    pass_fds: tuple[int, ...] = ()
    restarts: bool = True
    ended: Callable[[int], None] | None = None
    process: subprocess.Popen[bytes] | None = None
    started_at: float = 0.0
    due_at: float = 0.0
    failures: int = field(default=0)

    def start(self) -> None:
        """Start the process, in a session of its own."""
        self.started_at = time.monotonic()
        self.process = subprocess.Popen(
            self.command,
            env=self.environment,
            pass_fds=self.pass_fds,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
            preexec_fn=end_with_parent(),
        )

    def exit_code(self) -> int | None:
        """The exit code once the process has ended, and whatever it left behind with it; else None."""
        if self.process is None:
            return None
        ended = os.waitid(os.P_PID, self.process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT)
        if ended is None:
            return None
        self.signal_all(signal.SIGKILL)  # Before it is reaped: until then its number is nobody else's.
        code, self.process = self.process.wait(), None
        return code

    def signal_all(self, number: int) -> None:
        """Send a signal to the process and to those that it started."""
        if self.process is not None:
            with suppress(ProcessLookupError):
                os.killpg(self.process.pid, number)

    def pause(self) -> float:
        """Seconds until the next start: 1, 2, 4 … 30, and 1 again after it ran steadily."""
        steady = time.monotonic() - self.started_at > STEADY_SECONDS
        self.failures = 0 if steady else self.failures + 1
        return min(2 ** max(0, self.failures - 1), LONGEST_PAUSE_SECONDS)


class Supervisor:
    """Keeps its children running until it is told to stop by SIGINT, SIGTERM or SIGHUP."""

    def __init__(self, children: Sequence[Child], say: Callable[[str], object]) -> None:
        self._children = list(children)
        self._say = say
        self._asked = 0

    def run(self) -> None:
        """Start the children, tend them, and return once all have stopped."""
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._ask)
        try:
            while not self._asked:
                for child in list(self._children):
                    self._tend(child)
                time.sleep(POLL_SECONDS)
        finally:
            self._stop()

    def add(self, child: Child) -> None:
        """Take another child; it starts within the next fifth of a second."""
        self._children.append(child)

    def _ask(self, number: int, frame: object) -> None:
        self._asked += 1

    def _tend(self, child: Child) -> None:
        if child.process is None:
            if time.monotonic() >= child.due_at:
                child.start()
            return
        code = child.exit_code()
        if code is None:
            return
        if not child.restarts:
            self._children.remove(child)
            if child.ended:
                child.ended(code)
            return
        pause = child.pause()
        child.due_at = time.monotonic() + pause
        self._say(f"The {child.name} stopped ({_meaning(code)}); it starts again in {pause:.0f} s.")

    def _stop(self) -> None:
        running = [child for child in self._children if child.process]
        for child in running:
            child.process.terminate()  # type: ignore[union-attr]
        deadline = time.monotonic() + GRACE_SECONDS
        while running := [child for child in running if child.exit_code() is None]:
            if time.monotonic() > deadline or self._asked > 1:
                for child in running:
                    child.signal_all(signal.SIGKILL)
            time.sleep(POLL_SECONDS / 4)


def end_with_parent(number: int = signal.SIGTERM) -> Callable[[], None] | None:
    """For ``preexec_fn``: have the kernel send this signal to the child when its parent dies."""
    if sys.platform != "linux":
        return None
    parent = os.getpid()

    def arrange() -> None:
        _C_LIBRARY.prctl(_PR_SET_PDEATHSIG, number)
        if os.getppid() != parent:
            os._exit(1)

    return arrange


def _meaning(code: int) -> str:
    return f"exit code {code}" if code >= 0 else f"signal {-code}"
