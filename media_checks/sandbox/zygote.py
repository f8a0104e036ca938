"""The zygote: loads every decoder once, locks itself, and forks one child a file.

It looks at no file itself. It ends when its client's end of the socket closes, and takes the children
that still run with it. Should it be killed, the kernel kills them; and another, which was forked from it
to stand by and is as warm, goes on at once with what waits in the socket.
"""

from __future__ import annotations

import ctypes
import gc
import json
import os
import select
import signal
import socket
import sys
import time
import warnings
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, BinaryIO

from media_checks.context import DescriptorModel
from media_checks.descriptors import UnfitModel
from media_checks.sandbox import seccomp, wire
from media_checks.sandbox.locks import Limits, call_itself, end_with, limit_child, lock_zygote
from media_checks.sandbox.proofs import shown
from media_checks.sandbox.warmth import warm_up
from media_checks.sandbox.work import answer

# What the kernel calls each of them, for whoever looks at the processes.
SERVING, STANDING_BY, EXAMINING = "zygote", "zygote standby", "locked child"


@dataclass(frozen=True)
class Child:
    """A running child: its process, a descriptor that becomes readable when it ends, and its deadline."""

    process: int
    ended: int
    status: int
    deadline: float


class Server:
    """Takes requests from the control socket and watches the children that they became.

    ``standby`` is a descriptor that becomes readable when the process that stands by has ended; 0 for none.
    """

    def __init__(self, control: socket.socket, refusals: Mapping[str, str]):
        self.control = control
        self.refusals = refusals
        self.children: dict[int, Child] = {}
        self.standby = 0

    def serve(self) -> None:
        """Work until the control socket is closed, and have another process stand by."""
        while not wire.is_closed(self.control):
            self._have_one_stand_by()
            ready = self._wait()
            for descriptor in ready & self.children.keys():
                self._reap(self.children.pop(descriptor), timed_out=False)
            self._end_the_late()
            if self.standby in ready:
                self._bury_the_standby()
            if self.control.fileno() in ready:
                self._take()
        for child in self.children.values():
            os.kill(child.process, signal.SIGKILL)

    def _have_one_stand_by(self) -> None:
        """Fork a process that waits until this one has ended; then it does the same, and goes on here."""
        while not self.standby and not wire.is_closed(self.control):
            this = os.pidfd_open(os.getpid())
            try:
                process = os.fork()
            except OSError:  # no room for it: tried again at the next request
                os.close(this)
                return
            if process:
                self.standby = os.pidfd_open(process)
            else:
                self._stand_by(this)
            os.close(this)

    def _stand_by(self, predecessor: int) -> None:
        """The children, and the descriptors that tell of them, are the predecessor's: they end with it."""
        self._forget_children()
        call_itself(STANDING_BY)
        select.select([predecessor], [], [])
        call_itself(SERVING)

    def _bury_the_standby(self) -> None:
        os.waitid(os.P_PIDFD, self.standby, os.WEXITED)
        os.close(self.standby)
        self.standby = 0

    def _wait(self) -> set[int]:
        poll = select.poll()
        for descriptor in filter(None, (self.control.fileno(), self.standby, *self.children)):
            poll.register(descriptor, select.POLLIN)
        nearest = min((child.deadline for child in self.children.values()), default=None)
        timeout = None if nearest is None else max(0.0, nearest - time.monotonic()) * 1000 + 1
        return {descriptor for descriptor, _ in poll.poll(timeout)}

    def _end_the_late(self) -> None:
        now = time.monotonic()
        for child in [each for each in self.children.values() if each.deadline <= now]:
            del self.children[child.ended]
            os.kill(child.process, signal.SIGKILL)
            self._reap(child, timed_out=True)

    def _take(self) -> None:
        request, descriptors = wire.receive(self.control)
        if request is None:
            return
        media, answers, status = descriptors
        limits = Limits.from_json(request.get("limits", {}))
        try:
            self._fork(request, limits, media, answers, status)
        except OSError as error:
            _report(status, {"not_started": error.strerror})
        os.close(media)
        os.close(answers)

    def _fork(self, request: Any, limits: Limits, media: int, answers: int, status: int) -> None:
        parent = os.getpid()
        process = os.fork()
        if process == 0:
            self._become_child(request, limits, parent, media, answers, status)
        ended = os.pidfd_open(process)
        self.children[ended] = Child(process, ended, status, time.monotonic() + limits.wall)

    def _become_child(
        self, request: Any, limits: Limits, parent: int, media: int, answers: int, status: int
    ) -> None:
        """The child's whole life; it leaves by the kernel's door so that nothing of the zygote runs."""
        try:
            end_with(parent)
            call_itself(EXAMINING)
            limit_child(limits)
            self._let_go(status)
            with os.fdopen(media, "rb") as stream:  # looks at its descriptor, which the filter forbids
                wire.write_all(answers, self._answer(request, limits, stream))
            os._exit(0)
        finally:
            os._exit(1)

    def _let_go(self, status: int) -> None:
        """In the child: of all that would let it speak to anybody but by its answer."""
        self.control.close()
        os.close(status)
        if self.standby:
            os.close(self.standby)
        self._forget_children()

    def _forget_children(self) -> None:
        for child in self.children.values():
            os.close(child.ended)
            os.close(child.status)
        self.children.clear()

    def _answer(self, request: Any, limits: Limits, stream: BinaryIO) -> bytes:
        """In the child: of its own locks, or of the file, with its system calls filtered from here on."""
        if request["operation"] == "layers":
            return wire.encoded(shown(limits, self.refusals))
        if not self.refusals["seccomp"]:
            seccomp.load()
        return answer(request, stream)

    def _reap(self, child: Child, *, timed_out: bool) -> None:
        _, code, usage = os.wait4(child.process, 0)
        os.close(child.ended)
        ended = {
            "exit": os.WEXITSTATUS(code) if os.WIFEXITED(code) else None,
            "signal": os.WTERMSIG(code) if os.WIFSIGNALED(code) else None,
            "timed_out": timed_out,
            "cpu": usage.ru_utime + usage.ru_stime,
            "memory": usage.ru_maxrss * 1024,
        }
        _report(child.status, ended)


def _report(status: int, values: dict[str, Any]) -> None:
    try:
        os.write(status, wire.encoded(values))
    except OSError:  # the client has gone on without waiting
        pass
    finally:
        os.close(status)


def _tidy() -> None:
    """Leave as little as can be for a child to copy when it writes: no garbage, no freed memory."""
    gc.collect()
    gc.freeze()
    with suppress(AttributeError):  # a C library without it
        ctypes.CDLL(None).malloc_trim(0)


def main() -> None:
    """Have the control socket served whose descriptor comes first; second comes a descriptor model."""
    control = socket.socket(fileno=int(sys.argv[1]))
    model = DescriptorModel.from_json(json.loads(sys.argv[2])) if len(sys.argv) > 2 else None
    warnings.simplefilter("ignore")
    try:
        warm_up(model)
    except UnfitModel as unfit:
        wire.send(control, {"failed": str(unfit)})
        return
    except Exception as error:
        wire.send(control, {"failed": f"{type(error).__name__}: {error}"})
        return
    _tidy()
    refusals = lock_zygote()
    call_itself(SERVING)
    wire.send(control, {"ready": True})
    try:
        Server(control, refusals).serve()
    finally:  # where it is a defect that ends it, nobody goes on in its place: the next has it too
        with suppress(OSError):
            control.shutdown(socket.SHUT_RDWR)


if __name__ == "__main__":
    main()
