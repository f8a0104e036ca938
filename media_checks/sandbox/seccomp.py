"""The filter of system calls (seccomp): a child may do what decoding takes, and nothing else.

An allow-list. What no decoder has a use for and an intruder begins with ends the child at once; anything
else fails with EPERM, which a decoder reports as an error like another. The filter is a program of some
190 instructions for the kernel's BPF machine, written here and not by libseccomp: that library may be
absent, its binding for Python is no longer kept, and it would be asked again in each child. The numbers
are held against libseccomp's in the tests.
"""

from __future__ import annotations

import ctypes
import errno
import os
import platform
import struct
from dataclasses import dataclass
from functools import cache

_LIBC = ctypes.CDLL(None, use_errno=True)

# <linux/prctl.h>, <linux/seccomp.h>, <linux/bpf_common.h>
_PR_SET_SECCOMP, _SECCOMP_MODE_FILTER = 22, 2
KILL, REFUSE, ALLOW = 0x80000000, 0x00050000 | errno.EPERM, 0x7FFF0000
_LOAD, _RETURN, _JUMP_IF_EQUAL, _JUMP_IF_LEAST, _JUMP_IF_ANY_BIT = 0x20, 0x06, 0x15, 0x35, 0x45
# struct seccomp_data: the call's number, the architecture, and six arguments of 64 bits, low half first.
_NUMBER, _ARCHITECTURE, _ARGUMENTS = 0, 4, 16
# On x86_64 a number with this bit is a call of x32, a second table behind the same architecture.
_X32 = 0x40000000

# Calls by name, with their numbers on x86_64 and on aarch64.
_ALLOWED = """
read 0 63, readv 19 65, pread64 17 67, write 1 64, lseek 8 62, close 3 57, fstat 5 80,
brk 12 214, munmap 11 215, mremap 25 216, madvise 28 233, futex 202 98,
exit 60 93, exit_group 231 94, restart_syscall 219 128,
rt_sigaction 13 134, rt_sigprocmask 14 135, rt_sigreturn 15 139, sigaltstack 131 132,
getpid 39 172, gettid 186 178, sched_yield 24 124, sched_getaffinity 204 123, getrandom 318 278,
clock_gettime 228 113, clock_getres 229 114, clock_nanosleep 230 115, gettimeofday 96 169, getrusage 98 165
"""
# As above, as far as their arguments bring nothing new.
_MAPPING = "mmap 9 222, mprotect 10 226"
_LIMITS = "prlimit64 302 261"
_SIGNAL = "tgkill 234 131"
# Nothing that is decoded leads here.
_TELL_TALES = """
execve 59 221, execveat 322 281, ptrace 101 117, process_vm_readv 310 270, process_vm_writev 311 271,
socket 41 198, socketpair 53 199, connect 42 203, bind 49 200, listen 50 201, accept 43 202, accept4 288 242,
sendto 44 206, sendmsg 46 211, sendmmsg 307 269, recvmsg 47 212, recvmmsg 299 243,
pidfd_open 434 434, pidfd_getfd 438 438, pidfd_send_signal 424 424, kcmp 312 272,
mount 165 40, umount2 166 39, pivot_root 155 41, chroot 161 51, unshare 272 97, setns 308 268,
open_by_handle_at 304 265, name_to_handle_at 303 264,
bpf 321 280, perf_event_open 298 241, userfaultfd 323 282,
io_uring_setup 425 425, io_uring_enter 426 426, io_uring_register 427 427,
keyctl 250 219, add_key 248 217, request_key 249 218,
init_module 175 105, finit_module 313 273, kexec_load 246 104, reboot 169 142,
setuid 105 146, setgid 106 144, setreuid 113 145, setregid 114 143, setresuid 117 147, setresgid 119 149,
setgroups 116 159, capset 126 91
"""


@dataclass(frozen=True)
class Machine:
    """An architecture: its name for the kernel's audit (<linux/audit.h>), and its column above."""

    audit: int
    column: int
    has_x32: bool = False


MACHINES = {"x86_64": Machine(0xC000003E, 1, has_x32=True), "aarch64": Machine(0xC00000B7, 2)}

_PROT_EXEC = 4


def calls(listed: str, machine: Machine) -> dict[str, int]:
    """The numbers of listed calls on this machine."""
    rows = (each.split() for each in listed.split(","))
    return {row[0]: int(row[machine.column]) for row in rows}


def program(machine: Machine, process: int) -> bytes:
    """The filter for the process with this number, as the kernel's BPF machine reads it."""
    own_process = _requires((0, 0, process))
    signals = [_if(number, own_process) for number in calls(_SIGNAL, machine).values()]
    return _allowing(machine) + _joined(signals) + _refusing(machine)


@cache
def _allowing(machine: Machine) -> bytes:
    no_new_limit = _requires((0, 0, 0), (2, 0, 0), (2, 4, 0))
    blocks = [
        _head(machine),
        *(_if(number, [_return(ALLOW)]) for number in calls(_ALLOWED, machine).values()),
        *(_if(number, _forbids_bit(2, _PROT_EXEC)) for number in calls(_MAPPING, machine).values()),
        *(_if(number, no_new_limit) for number in calls(_LIMITS, machine).values()),
    ]
    return _joined(blocks)


@cache
def _refusing(machine: Machine) -> bytes:
    tell_tales = [_if(number, [_return(KILL)]) for number in calls(_TELL_TALES, machine).values()]
    return _joined([*tell_tales, [_return(REFUSE)]])


def _joined(blocks: list[list[bytes]]) -> bytes:
    return b"".join(instruction for block in blocks for instruction in block)


def load() -> None:
    """Filter the calls of this process from now on, without a way back. Raises OSError."""
    machine = MACHINES.get(platform.machine())
    if machine is None or struct.calcsize("P") != 8:
        raise OSError(errno.ENOSYS, f"no filter is written for this kind of machine ({platform.machine()})")
    instructions = program(machine, os.getpid())
    kept = ctypes.create_string_buffer(instructions, len(instructions))
    described = struct.pack("@HP", len(instructions) // 8, ctypes.addressof(kept))
    ctypes.set_errno(0)
    if _LIBC.prctl(_PR_SET_SECCOMP, _SECCOMP_MODE_FILTER, described, 0, 0):
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


def _head(machine: Machine) -> list[bytes]:
    """Calls of another architecture end the process: their numbers mean something else."""
    head = [_load(_ARCHITECTURE), _jump(_JUMP_IF_EQUAL, machine.audit, 1, 0), _return(KILL), _load(_NUMBER)]
    if machine.has_x32:
        head += [_jump(_JUMP_IF_LEAST, _X32, 0, 1), _return(KILL)]
    return head


def _if(number: int, then: list[bytes]) -> list[bytes]:
    return [_jump(_JUMP_IF_EQUAL, number, 0, len(then)), *then]


def _requires(*wanted: tuple[int, int, int]) -> list[bytes]:
    """Allowed where each of these halves of arguments (number, 0 or 4 bytes in) is the given value."""
    tests: list[bytes] = []
    for left, (argument, half, value) in zip(range(len(wanted) - 1, -1, -1), wanted, strict=True):
        to_refusal = 2 * left + 1
        tests += [_load(_argument(argument, half)), _jump(_JUMP_IF_EQUAL, value, 0, to_refusal)]
    return [*tests, _return(ALLOW), _return(REFUSE)]


def _forbids_bit(argument: int, bit: int) -> list[bytes]:
    return [
        _load(_argument(argument, 0)),
        _jump(_JUMP_IF_ANY_BIT, bit, 1, 0),
        _return(ALLOW),
        _return(REFUSE),
    ]


def _argument(number: int, half: int) -> int:
    return _ARGUMENTS + 8 * number + half


def _load(offset: int) -> bytes:
    return _instruction(_LOAD, 0, 0, offset)


def _return(answer: int) -> bytes:
    return _instruction(_RETURN, 0, 0, answer)


def _jump(test: int, value: int, if_so: int, if_not: int) -> bytes:
    return _instruction(test, if_so, if_not, value)


def _instruction(code: int, if_so: int, if_not: int, value: int) -> bytes:
    """struct sock_filter."""
    return struct.pack("<HBBI", code, if_so, if_not, value)
