"""The client of the locked child: hands it one file at a time and distrusts every answer.

Safe to use from several threads and after a fork: a process starts its zygote when it first needs one,
shares it with those that it forks from then on, and starts another when it has died.
"""

from __future__ import annotations

import atexit
import json
import logging
import os
import signal
import socket
import subprocess
import sys
import threading
import weakref
from collections.abc import Sequence
from contextlib import ExitStack, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from media_checks.context import Context, DescriptorModel
from media_checks.contract import Check, Result
from media_checks.relations import Grey
from media_checks.sandbox import answers, wire
from media_checks.sandbox.answers import DidNotRun, Ending, Lost
from media_checks.sandbox.locks import Layers, Limits

__all__ = ["DidNotRun", "Layers", "Limits", "Lost", "Sandbox", "examine", "grey", "layers", "load", "render"]

_ROOT = Path(__file__).resolve().parent.parent.parent
_ENVIRONMENT = {
    "PYTHONPATH": str(_ROOT),
    "PYTHONUTF8": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "ORT_DISABLE_TELEMETRY": "1",
    # A child lives for one file: memory that it frees is kept for its next picture instead of being
    # given back and asked for again, page by page (measured: 38 ms less of 46 for a small photo).
    "MALLOC_MMAP_THRESHOLD_": str(64 << 20),
    "MALLOC_TRIM_THRESHOLD_": str(256 << 20),
    # Where the kernel has large pages to give, one fault brings two megabytes instead of four kilobytes.
    "GLIBC_TUNABLES": "glibc.malloc.hugetlb=1",
}
_LOG = logging.getLogger(__name__)
_ZYGOTE = "media_checks.sandbox.zygote"
_SECONDS_TO_START = 60
_SECONDS_OF_GRACE = 15


@dataclass
class _Running:
    """A zygote that has said that it is ready, and the descriptor model it has loaded."""

    process: subprocess.Popen[bytes]
    control: socket.socket
    model: DescriptorModel | None

    def stop(self) -> None:
        """End it with all that was forked from it, which is its process group; of another's, let go.

        The socket is shut, not closed: another thread may be about to send on its descriptor. While the
        zygote has not been waited for, its group is no other's.
        """
        if self.process.returncode is not None:
            return
        with suppress(OSError):
            self.control.shutdown(socket.SHUT_RDWR)
        with suppress(OSError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


class Sandbox:
    """One zygote and the requests that it answers.

    A descriptor model is loaded before the locks. So a request that needs another than the zygote has is
    answered by a zygote of its own, and the first goes on with its own requests.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._running: list[_Running] = []
        _all.add(self)

    def load(self, model: DescriptorModel) -> None:
        """Start a zygote with this model, if none has it. Raises DidNotRun, and names the wrong setting."""
        self._zygote(model)

    def layers(self) -> Layers:
        """The locks of this machine's children, as one of them shows by trying. Raises DidNotRun."""
        return answers.layers(self._ask({"operation": "layers"}, os.devnull, Limits(), wire.MOST_JSON))

    @property
    def process(self) -> int:
        """The process group of the zygote, whose first process it was; starts it. Raises DidNotRun."""
        return self._zygote().process.pid

    def examine(
        self,
        checks: Sequence[Check],
        file: str | os.PathLike[str] | int,
        context: Context,
        *,
        sha256: str = "",
        limits: Limits | None = None,
    ) -> list[Result | DidNotRun]:
        """Run checks on a file (a path, or a descriptor, whose position moves) in one locked child.

        One after the other; for each its result, or why it has none, in plain words: that the child
        crashed, ran out of memory or time, or answered what the check does not declare.

        The limits are the child's, and so those of all checks together: where it is lost, none
        has a result.
        """
        request = {
            "operation": "check",
            "checks": [check.slug for check in checks],
            "context": context.as_json(),
            "sha256": sha256,
        }
        try:
            most, model = wire.most_results(len(checks)), context.descriptor_model
            answer = self._ask(request, file, limits or Limits(), most, model)
            return answers.results(checks, answer)
        except DidNotRun as problem:
            return [problem] * len(checks)

    def render(
        self,
        file: str | os.PathLike[str] | int,
        edge: int,
        at: float | None = None,
        *,
        limits: Limits | None = None,
    ) -> bytes:
        """A working copy: an upright JPEG without metadata, at most ``edge`` pixels long, 4 MB.

        Of a video, the frame at ``at`` seconds. Raises Unreadable where there is nothing to show,
        DidNotRun as ``examine`` does.
        """
        request = {"operation": "render", "edge": edge, "at": at}
        return answers.jpeg(self._ask(request, file, limits or Limits(), wire.MOST_JPEG))

    def grey(
        self,
        file: str | os.PathLike[str] | int,
        at: float | None = None,
        *,
        limits: Limits | None = None,
    ) -> Grey:
        """A photo, or the frame of a video at ``at`` seconds, small and grey: to be compared.

        Raises as ``render`` does.
        """
        return answers.grey(
            self._ask({"operation": "grey", "at": at}, file, limits or Limits(), wire.MOST_JSON)
        )

    def stop(self) -> None:
        """End the zygote, if there is one."""
        with self._lock:
            while self._running:
                self._running.pop().stop()

    def borrow(self) -> None:
        """In a forked child: go on with the parent's zygote, without ever ending it."""
        self._lock = threading.Lock()
        for zygote in self._running:
            zygote.process.returncode = 0  # whoever started it waits for it, and ends it

    def _ask(
        self,
        request: dict[str, Any],
        file: Any,
        limits: Limits,
        most: int,
        model: DescriptorModel | None = None,
    ) -> bytes:
        with ExitStack() as open_files:
            media = _descriptor(file, open_files)
            answering, written = wire.pipe(open_files)
            ending, noted = wire.pipe(open_files)
            descriptors = media, written.fileno(), noted.fileno()
            zygote = self._send(request | {"limits": limits.as_json()}, descriptors, model)
            written.close()  # or the pipes would never come to their end
            noted.close()
            answer, last_word = wire.read_both(answering, ending, most, limits.wall + _SECONDS_OF_GRACE)
            is_stuck = not last_word and not wire.is_closed(ending)
        if is_stuck:
            self._give_up(zygote)
        ended = Ending.read(last_word)
        _LOG.debug("A locked child used %.3f s of processor time, %d bytes.", ended.cpu, ended.memory)
        return answers.settled(answer, ended, limits, most)

    def _send(
        self, request: dict[str, Any], descriptors: tuple[int, int, int], model: DescriptorModel | None
    ) -> _Running:
        for last_try in (False, True):
            zygote = self._zygote(model)
            try:
                wire.send(zygote.control, request, descriptors)
            except ValueError as error:
                raise DidNotRun(str(error)) from error
            except OSError as error:
                self._give_up(zygote)
                if last_try:
                    raise DidNotRun("the locked child cannot be reached") from error
            else:
                return zygote
        raise AssertionError("unreachable")

    def _zygote(self, model: DescriptorModel | None = None) -> _Running:
        """A zygote with this model; any will do where none is needed."""
        with self._lock:
            for dead in [each for each in self._running if wire.is_closed(each.control)]:
                dead.stop()
                self._running.remove(dead)
            found = next((each for each in self._running if model in (None, each.model)), None)
            if found is None:
                found = _start(model)
                self._running.append(found)
            return found

    def _give_up(self, zygote: _Running) -> None:
        """Stop a zygote that does not answer, unless another thread has already."""
        with self._lock:
            zygote.stop()
            if zygote in self._running:
                self._running.remove(zygote)


def _start(model: DescriptorModel | None) -> _Running:
    """Start a zygote with no environment but what Python needs, and wait until it is warm and locked."""
    loading = [json.dumps(asdict(model))] if model else []
    ours, theirs = wire.control_sockets()
    with theirs:
        process = subprocess.Popen(
            [sys.executable, "-s", "-m", _ZYGOTE, str(theirs.fileno()), *loading],
            env=_ENVIRONMENT,
            cwd="/",
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            pass_fds=(theirs.fileno(),),
            process_group=0,  # Ctrl-C is not for it; of a session of its own it would not give way to anybody
        )
    running = _Running(process, ours, model)
    ours.settimeout(_SECONDS_TO_START)
    try:
        ready, _ = wire.receive(ours)
    except (OSError, ValueError):
        ready = None
    if not ready or "ready" not in ready:
        running.stop()
        raise DidNotRun(f"the locked child does not start ({(ready or {}).get('failed', 'no word from it')})")
    ours.settimeout(None)
    return running


def _descriptor(file: Any, open_files: ExitStack) -> int:
    if isinstance(file, int):
        return file
    try:
        descriptor = os.open(file, os.O_RDONLY | os.O_CLOEXEC)
    except OSError as error:
        raise DidNotRun(f"the file cannot be opened ({error.strerror})") from error
    open_files.callback(os.close, descriptor)
    return descriptor


_all: weakref.WeakSet[Sandbox] = weakref.WeakSet()
_sandbox = Sandbox()
atexit.register(_sandbox.stop)

load = _sandbox.load
examine = _sandbox.examine
render = _sandbox.render
grey = _sandbox.grey
layers = _sandbox.layers


def _borrow_after_fork() -> None:
    for each in list(_all):
        each.borrow()


os.register_at_fork(after_in_child=_borrow_after_fork)
