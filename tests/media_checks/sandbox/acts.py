"""What an act of the red team is made of: raw system calls, and the words for how it was refused."""

from __future__ import annotations

import ctypes
import errno
import os
import platform
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from media_checks.sandbox import seccomp

LIBC = ctypes.CDLL(None, use_errno=True)
MACHINE = seccomp.MACHINES[platform.machine()]
# Calls that no list of the filter names, and so fail with EPERM.
_OTHERS = """
openat2 437 437, clone3 435 435, statx 332 291, memfd_secret 447 447, shmget 29 194, msgget 68 186,
inotify_init1 294 26, fanotify_init 300 262, syslog 103 116, personality 135 92, kill 62 129, fchmod 91 52,
rt_tgsigqueueinfo 297 240, pipe2 293 59, eventfd2 290 19, sethostname 170 161
"""
_NUMBERS = {
    name: number
    for listed in (seccomp._ALLOWED, seccomp._MAPPING, seccomp._LIMITS, seccomp._TELL_TALES, _OTHERS)
    for name, number in seccomp.calls(listed, MACHINE).items()
}
Given = Mapping[str, Any]


@dataclass(frozen=True)
class Act:
    """Something that no decoder has to do; ``do`` returns what came of it, or raises what refused it.

    ``root`` is one that the machine refuses to anybody else, ``rare`` one that not every machine knows or
    allows, ``beside`` one that needs another child at work.
    """

    do: Callable[[Given], Any]
    root: bool = False
    rare: bool = False
    beside: bool = False


def call(name: str, *arguments: Any) -> int:
    """The system call itself, past what the C library would make of it. Raises OSError."""
    ctypes.set_errno(0)
    answer = LIBC.syscall(ctypes.c_long(_NUMBERS[name]), *arguments)
    if answer < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return answer


def name_of(refused: BaseException) -> str:
    """``EPERM``, ``EACCES`` …, or the kind of error."""
    number = getattr(refused, "errno", None)
    return errno.errorcode.get(number, str(number)) if number else type(refused).__name__
