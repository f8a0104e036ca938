"""The locks on the child: what it may use up, and what it can no longer reach.

Those that children inherit are put on the zygote once, after it has loaded all that it needs;
``Limits`` are set in each child, and at last the filter of its system calls (``seccomp``). A layer
that this machine does not allow is left out, and told with the reason; that one holds is believed
only when a child has shown it (``proofs``).
"""

from __future__ import annotations

import ctypes
import errno
import os
import resource
import signal
import struct
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any, Self

from media_checks.sandbox import seccomp

_LIBC = ctypes.CDLL(None, use_errno=True)

# <linux/prctl.h>, <linux/sched.h>, <linux/landlock.h>
_PR_SET_PDEATHSIG, _PR_SET_DUMPABLE, _PR_SET_NAME, _PR_SET_NO_NEW_PRIVS = 1, 4, 15, 38
_CLONE_NEWUTS, _CLONE_NEWIPC, _CLONE_NEWUSER, _CLONE_NEWNET = 0x04000000, 0x08000000, 0x10000000, 0x40000000
_LANDLOCK_CREATE_RULESET, _LANDLOCK_RESTRICT_SELF = 444, 446
_LANDLOCK_VERSION = 1
# Version of the kernel's interface → how many rights over files it knows.
_FILE_RIGHTS = {1: 13, 2: 14, 3: 15, 4: 15}
_FILE_RIGHTS_SINCE_5 = 16

NOBODY = 65534

# Of each group at least one layer, or a decoder that was taken over reaches too much.
_NEEDED = (("resource_limits",), ("landlock", "network_namespace"), ("seccomp",))


@dataclass(frozen=True)
class Layers:
    """The locks that a child has shown to hold it, and the others with why they do not."""

    holding: tuple[str, ...]
    missing: Mapping[str, str]

    @property
    def lacking(self) -> str:
        """What production needs and is not there, as ``seccomp and (landlock or network_namespace)``."""
        unmet = [group for group in _NEEDED if not set(group) & set(self.holding)]
        return " and ".join(group[0] if len(group) == 1 else f"({' or '.join(group)})" for group in unmet)


@dataclass(frozen=True)
class Limits:
    """What one child may use: bytes of address space, seconds of processor time, seconds at all.

    A hang is judged by processor time; the wall clock is a net for what sleeps.
    """

    memory: int = 1536 << 20
    cpu: int = 20
    wall: int = 120

    def as_json(self) -> dict[str, int]:
        """The limits as plain JSON values."""
        return asdict(self)

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> Self:
        """Limits as asked for, but never above the usual ones."""
        usual = cls()
        return cls(
            **{
                each.name: min(int(values[each.name]), getattr(usual, each.name))
                for each in fields(cls)
                if each.name in values
            }
        )


def lock_zygote() -> dict[str, str]:
    """Put on all locks that children inherit; each with why it could not be put on, or an empty text.

    The last cannot be on a process that forks: it is tried on a child, and put on each of those that follow.
    """
    locks: dict[str, Callable[[], None]] = {
        "network_namespace": _leave_the_network,
        "no_new_privileges": _forbid_new_privileges,
        "landlock": _deny_all_files,
        "unprivileged_user": _become_nobody,
        "seccomp": _try_the_filter,
    }
    return {name: _refusal(lock) for name, lock in locks.items()}


def end_with(parent: int) -> None:
    """Have this process die with its parent, also where that has happened already."""
    _call(_LIBC.prctl, _PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent:
        os._exit(1)


def call_itself(name: str) -> None:
    """Have the kernel show this process under a name of at most 15 bytes."""
    _call(_LIBC.prctl, _PR_SET_NAME, ctypes.c_char_p(name.encode()), 0, 0, 0)


def limit_child(limits: Limits) -> None:
    """Put on the limits of one child."""
    for what, amount in (
        (resource.RLIMIT_AS, limits.memory),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_NOFILE, 32),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(what, (amount, amount))
    resource.setrlimit(resource.RLIMIT_CPU, (limits.cpu, limits.cpu + 1))


def _refusal(lock: Callable[[], None]) -> str:
    try:
        lock()
    except OSError as error:
        return error.strerror or type(error).__name__
    return ""


def _leave_the_network() -> None:
    """A network, host name and message queues of its own, with nothing in them."""
    own_users = 0 if os.geteuid() == 0 else _CLONE_NEWUSER
    _call(_LIBC.unshare, _CLONE_NEWNET | _CLONE_NEWIPC | _CLONE_NEWUTS | own_users)


def _forbid_new_privileges() -> None:
    _call(_LIBC.prctl, _PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)


def _become_nobody() -> None:
    """From root to the user who owns nothing; others have nothing to give up and keep this layer."""
    if os.geteuid() == 0:
        os.setgroups([])
        os.setresgid(NOBODY, NOBODY, NOBODY)
        os.setresuid(NOBODY, NOBODY, NOBODY)
    _call(_LIBC.prctl, _PR_SET_DUMPABLE, 0, 0, 0, 0)


def _try_the_filter() -> None:
    """Raises what a child meets that loads it."""
    if (process := os.fork()) == 0:
        try:
            seccomp.load()
        except OSError as error:
            os._exit(error.errno or errno.EPERM)
        os._exit(0)
    _, status = os.waitpid(process, 0)
    if number := os.waitstatus_to_exitcode(status):
        why = os.strerror(number) if number > 0 else "the process that loads it is ended"
        raise OSError(abs(number), why)


def _deny_all_files() -> None:
    """Landlock with every right it knows handled and no exception: no file, no TCP, no signal outside."""
    version = _LIBC.syscall(_LANDLOCK_CREATE_RULESET, None, ctypes.c_size_t(0), _LANDLOCK_VERSION)
    if version <= 0:
        raise OSError(ctypes.get_errno(), "this kernel has no Landlock")
    files = (1 << _FILE_RIGHTS.get(version, _FILE_RIGHTS_SINCE_5)) - 1
    network, scopes = (3 if version >= 4 else 0), (3 if version >= 6 else 0)
    length = 8 if version < 4 else 16 if version < 6 else 24
    rules = ctypes.create_string_buffer(struct.pack("<QQQ", files, network, scopes)[:length], length)
    ruleset = _call(_LIBC.syscall, _LANDLOCK_CREATE_RULESET, rules, ctypes.c_size_t(length), 0)
    try:
        _call(_LIBC.syscall, _LANDLOCK_RESTRICT_SELF, ruleset, 0)
    finally:
        os.close(ruleset)


def _call(function: Callable[..., int], *arguments: Any) -> int:
    ctypes.set_errno(0)
    answer = function(*arguments)
    if answer < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return answer
