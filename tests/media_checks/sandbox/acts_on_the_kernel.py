"""Acts at the kernel's less trodden doors, and acts that use up what is there."""

from __future__ import annotations

import ctypes
import mmap
import os
import platform
import resource
import signal
import struct
import time
from contextlib import ExitStack
from typing import Any

from tests.media_checks.sandbox.acts import Act, Given, call

_RETURN = {"x86_64": b"\xc3", "aarch64": b"\xc0\x03\x5f\xd6"}[platform.machine()]
_BPF_MAP_CREATE = 0


def bpf(given: Given) -> Any:
    """An array of one number."""
    wanted = ctypes.create_string_buffer(struct.pack("<IIIII", 2, 4, 4, 1, 0), 72)
    return os.close(call("bpf", _BPF_MAP_CREATE, wanted, 72))


def count_events(given: Given) -> Any:
    """The processor's clock, of this process."""
    wanted = ctypes.create_string_buffer(struct.pack("<IIQ", 1, 112, 0), 112)
    return os.close(call("perf_event_open", wanted, 0, -1, -1, 0))


def new_machine_code(given: Given) -> None:
    with mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC) as page:
        page.write(_RETURN)
        address = ctypes.c_char.from_buffer(page)
        ctypes.CFUNCTYPE(None)(ctypes.addressof(address))()
        del address


def hold_memory(given: Given) -> int:
    return len(bytearray(1700 << 20))


def use_the_processor(seconds: float) -> int:
    begun = time.process_time()
    while time.process_time() - begun < seconds:
        pass
    return 0


def ignore_the_end_of_its_time(given: Given) -> int:
    signal.signal(signal.SIGXCPU, signal.SIG_IGN)
    return use_the_processor(2.5)


def write_a_file(given: Given) -> int:
    file = os.memfd_create("written")
    return os.write(file, b"x")


def many_descriptors(given: Given) -> int:
    with ExitStack() as kept:
        for _ in range(40):
            kept.callback(os.close, os.dup(0))
    return 40


def raise_limits(given: Given) -> Any:
    """To what the zygote has, which is more than its children are given."""
    for each in (resource.RLIMIT_AS, resource.RLIMIT_CPU, resource.RLIMIT_FSIZE):
        resource.setrlimit(each, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))


ACTS = {
    "load a program into the kernel": Act(bpf, root=True, rare=True),
    "count the machine's events": Act(count_events, root=True, rare=True),
    "work past the filter (io_uring)": Act(
        lambda given: call("io_uring_setup", 1, ctypes.create_string_buffer(120)), rare=True
    ),
    "hold the kernel up (userfaultfd)": Act(lambda given: call("userfaultfd", 0), rare=True),
    "read the kernel's keys": Act(lambda given: call("keyctl", 0, -2, 1), rare=True),
    "read the kernel's log": Act(
        lambda given: call("syslog", 3, ctypes.create_string_buffer(64), 64), root=True, rare=True
    ),
    "become another kind of Linux": Act(lambda given: call("personality", 0x0008)),
    "make a file in memory": Act(lambda given: os.close(os.memfd_create("made"))),
    "make a secret file in memory": Act(lambda given: call("memfd_secret", 0), rare=True),
    "share memory": Act(lambda given: call("shmget", 0, 4096, 0o1600)),
    "share a queue": Act(lambda given: call("msgget", 0, 0o1600)),
    "share a counter": Act(lambda given: os.close(call("eventfd2", 0, 0))),
    "run new machine code": Act(new_machine_code),
    "hold 1.7 GB": Act(hold_memory),
    "use the processor for too long": Act(lambda given: use_the_processor(1.3)),
    "ignore that its time is over": Act(ignore_the_end_of_its_time),
    "write a file": Act(write_a_file),
    "keep forty descriptors": Act(many_descriptors),
    "raise its limits": Act(raise_limits),
}
