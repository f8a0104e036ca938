"""What a locked child shows of its locks: it tries acts that one lock alone refuses.

A layer counts when its acts are refused, each with the very error of that lock: one that failed for
another reason proves nothing.
"""

from __future__ import annotations

import ctypes
import errno
import mmap
import os
import signal
import socket
import sys
from collections.abc import Callable, Iterable, Mapping
from contextlib import ExitStack, suppress

from media_checks.sandbox import seccomp
from media_checks.sandbox.locks import Limits

_LIBC = ctypes.CDLL(None, use_errno=True)
_PR_GET_NO_NEW_PRIVS = 39  # <linux/prctl.h>
FORBIDS_NOTHING = "it is put on and forbids nothing"
# More than a child may have open.
_MANY = 64

# An act, and the errors by which its lock refuses it.
Act = tuple[Callable[[], object], tuple[int, ...]]


def shown(limits: Limits, refusals: Mapping[str, str]) -> dict[str, str]:
    """Every layer with why it is missing, or an empty text where it holds; for a child under ``limits``.

    ``refusals`` tell why a lock could not be put on; of the others it is tried what they forbid. The
    filter of system calls is put on here, when the others have been shown: under it none could be.
    """
    told = {layer: refusals.get(layer) or _unrefused(acts) for layer, acts in _acts(limits).items()}
    return told | {"seccomp": refusals.get("seccomp") or _unfiltered()}


def _acts(limits: Limits) -> dict[str, tuple[Act, ...]]:
    return {
        "resource_limits": (
            (lambda: mmap.mmap(-1, limits.memory), (errno.ENOMEM,)),
            (_keep_many_open, (errno.EMFILE,)),
            (_write_a_file, (errno.EFBIG,)),
        ),
        "network_namespace": ((_reach_this_machine, (errno.ENETUNREACH,)),),
        "no_new_privileges": ((_may_gain_privileges, (errno.EPERM,)),),
        "landlock": ((lambda: os.close(os.open(os.devnull, os.O_RDONLY)), (errno.EACCES,)),),
        # In a user namespace of its own there is no root to become.
        "unprivileged_user": ((lambda: os.setresuid(0, 0, 0), (errno.EPERM, errno.EINVAL)),),
    }


def _unfiltered() -> str:
    """Why the filter does not show itself: it has to end whoever runs a program, and to refuse a pipe."""
    if not _ends_whoever_runs_a_program():
        return FORBIDS_NOTHING
    seccomp.load()
    return _unrefused([(os.pipe, (errno.EPERM,))])


def _ends_whoever_runs_a_program() -> bool:
    if (process := os.fork()) == 0:
        seccomp.load()
        with suppress(OSError):
            os.execv(sys.executable, [sys.executable])  # noqa: S606
        os._exit(0)
    _, status = os.waitpid(process, 0)
    return os.waitstatus_to_exitcode(status) == -signal.SIGSYS


def _unrefused(acts: Iterable[Act]) -> str:
    """Why these acts do not show their lock; an empty text where they do."""
    for act, refusals in acts:
        try:
            act()
        except OSError as error:
            if error.errno not in refusals:
                return f"it cannot be tried here ({error.strerror})"
        else:
            return FORBIDS_NOTHING
    return ""


def _keep_many_open() -> None:
    with ExitStack() as kept:
        for _ in range(_MANY):
            kept.callback(os.close, os.dup(0))


def _write_a_file() -> None:
    file = os.memfd_create("tried")
    try:
        os.write(file, b"x")
    finally:
        os.close(file)


def _reach_this_machine() -> None:
    """By a datagram socket, which sends nothing when it connects: Landlock knows TCP alone."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as reaching:
        reaching.connect(("127.0.0.1", 9))


def _may_gain_privileges() -> None:
    """The kernel's own word: without files there is no program by which it could be tried."""
    if _LIBC.prctl(_PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1:
        raise PermissionError(errno.EPERM, os.strerror(errno.EPERM))
