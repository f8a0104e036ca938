"""A machine with fewer locks, as a container's runtime or an old kernel makes one, for a program.

``python -m tests.fewer_locks seccomp,landlock,network_namespace PROGRAM …``: the kernel refuses the calls
that put these locks on. It is done by the same means, a filter of system calls that the program inherits.
"""

from __future__ import annotations

import ctypes
import os
import platform
import struct
import sys

from media_checks.sandbox import locks, seccomp

_X86_64 = platform.machine() == "x86_64"
# The first argument of prctl that loads a filter; the calls of Landlock and of namespaces.
_PRCTL = 157 if _X86_64 else 167
_UNSHARE = 272 if _X86_64 else 97
_LANDLOCK_CREATE_RULESET = 444


def program(without: list[str]) -> bytes:
    """A filter that allows everything but to put on these locks."""
    refuse = [seccomp._return(seccomp.REFUSE)]
    loads_a_filter = [
        seccomp._load(seccomp._argument(0, 0)),
        *seccomp._if(seccomp._PR_SET_SECCOMP, refuse),
        seccomp._return(seccomp.ALLOW),
    ]
    blocks = {
        "seccomp": seccomp._if(_PRCTL, loads_a_filter),
        "landlock": seccomp._if(_LANDLOCK_CREATE_RULESET, refuse),
        "network_namespace": seccomp._if(_UNSHARE, refuse),
    }
    head, tail = [seccomp._load(0)], [seccomp._return(seccomp.ALLOW)]
    return seccomp._joined([head, *(blocks[name] for name in without), tail])


def main() -> None:
    """Take the locks away, then become the program."""
    instructions = program(sys.argv[1].split(","))
    kept = ctypes.create_string_buffer(instructions, len(instructions))
    described = struct.pack("@HP", len(instructions) // 8, ctypes.addressof(kept))
    locks._forbid_new_privileges()
    locks._call(seccomp._LIBC.prctl, seccomp._PR_SET_SECCOMP, 2, described, 0, 0)
    os.execvp(sys.argv[2], sys.argv[2:])


if __name__ == "__main__":
    main()
