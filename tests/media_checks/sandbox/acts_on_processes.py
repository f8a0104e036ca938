"""Acts on processes: to become another, to make more, to read, stop or steer those that run."""

from __future__ import annotations

import ctypes
import os
import resource
import signal
import socket
import struct
import sys
import threading
from typing import Any

from tests.media_checks.sandbox.acts import LIBC, Act, Given, call

# <linux/sched.h>, <linux/ptrace.h>, <linux/fcntl.h>, <sys/prctl.h>
_CLONE_NEWUSER, _PTRACE_SEIZE, _PTRACE_DETACH, _AT_EMPTY_PATH, _PR_SET_DUMPABLE = (
    1 << 28,
    0x4206,
    17,
    0x1000,
    4,
)
# In the zygote as in each of its children: what one could read of another is at the same address.
SECRET = ctypes.create_string_buffer(b"a word in the zygote's memory")


def waited_for(process: int) -> int:
    if process == 0:
        os._exit(0)
    return os.waitpid(process, 0)[0]


def by_clone3(given: Given) -> int:
    wanted = ctypes.create_string_buffer(struct.pack("<QQQQQQQQ", 0, 0, 0, 0, signal.SIGCHLD, 0, 0, 0))
    return waited_for(call("clone3", wanted, ctypes.c_size_t(64)))


def a_thread(given: Given) -> None:
    try:
        thread = threading.Thread(target=int)
        thread.start()
    except RuntimeError as refused:  # what Python makes of a thread that cannot be started
        raise PermissionError(1, str(refused)) from refused
    thread.join()


def run(given: Given) -> None:
    os.execv(sys.executable, [sys.executable, "-S", "-c", _SAYS_SO])


_SAYS_SO = (
    "import os\n"
    "for each in range(3, 32):\n"
    '    try: os.write(each, b\'{"did": "another program"}\'); os._exit(0)\n'
    "    except OSError: pass\n"
)


def run_what_is_open(given: Given) -> int:
    """A program in memory alone, which no lock on files would see."""
    program = os.memfd_create("program")
    os.write(program, b"#!/nonexistent\n")
    arguments = (ctypes.c_char_p * 1)(None)
    try:
        return call("execveat", program, b"", arguments, arguments, _AT_EMPTY_PATH)
    except FileNotFoundError:  # it was read and its interpreter looked for
        return 0


def trace(given: Given) -> int:
    call("ptrace", ctypes.c_long(_PTRACE_SEIZE), given["sibling_process"], None, None)
    return 0


def memory_of_the_zygote(name: str) -> Act:
    def copy(given: Given) -> Any:
        here = ctypes.create_string_buffer(SECRET.raw)
        size = len(SECRET)
        ours = struct.pack("@PN", ctypes.addressof(here), size)
        theirs = struct.pack("@PN", ctypes.addressof(SECRET), size)
        return call(name, os.getppid(), ours, 1, theirs, 1, 0)

    return Act(copy, root=True)


def a_descriptor_of_the_zygote(given: Given) -> int:
    return call("pidfd_getfd", call("pidfd_open", os.getppid(), 0), 0, 0)


def kill_by_limit(given: Given) -> Any:
    """A limit of processor time that a sibling has passed already."""
    return resource.prlimit(given["sibling_process"], resource.RLIMIT_CPU, (1, 1))


def enter_a_namespace(given: Given) -> Any:
    with open("/proc/self/ns/net") as namespace:
        return call("setns", namespace.fileno(), 0)


def mount(given: Given) -> Any:
    call("mount", b"none", os.fsencode(given["folder"]), b"tmpfs", 0, None)
    return call("umount2", os.fsencode(given["folder"]), 2)


def become_readable(given: Given) -> Any:
    if LIBC.prctl(_PR_SET_DUMPABLE, 1, 0, 0, 0):
        raise OSError(ctypes.get_errno() or 1, "")
    return 0


ACTS = {
    "fork": Act(lambda given: waited_for(os.fork())),
    "fork (clone3)": Act(by_clone3),
    "start a thread": Act(a_thread),
    "run a program": Act(run),
    "run a program in memory": Act(run_what_is_open),
    "trace a sibling": Act(trace, root=True, beside=True),
    "read the zygote's memory": memory_of_the_zygote("process_vm_readv"),
    "write in the zygote's memory": memory_of_the_zygote("process_vm_writev"),
    "take a descriptor of the zygote": Act(a_descriptor_of_the_zygote, root=True),
    "end a sibling": Act(lambda given: os.kill(given["sibling_process"], signal.SIGKILL), beside=True),
    "end a sibling (pidfd)": Act(
        lambda given: signal.pidfd_send_signal(os.pidfd_open(given["sibling_process"]), signal.SIGKILL),
        beside=True,
    ),
    "end a sibling by its limits": Act(kill_by_limit, beside=True),
    "end the zygote": Act(lambda given: os.kill(os.getppid(), signal.SIGKILL)),
    "end the worker": Act(lambda given: os.kill(given["client"], 0)),
    "mount a file system": Act(mount, root=True),
    "leave its namespaces": Act(lambda given: call("unshare", _CLONE_NEWUSER)),
    "enter a namespace": Act(enter_a_namespace, root=True),
    "change its root": Act(lambda given: os.chroot("/"), root=True),
    "become root": Act(lambda given: os.setresuid(0, 0, 0), root=True),
    "change the machine's name": Act(
        lambda given: call("sethostname", socket.gethostname().encode(), len(socket.gethostname())),
        root=True,
    ),
    "be readable for others": Act(become_readable),
}
