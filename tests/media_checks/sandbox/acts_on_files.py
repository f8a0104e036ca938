"""Acts on files, folders and what the kernel shows as files."""

from __future__ import annotations

import ctypes
import os
import struct
from pathlib import Path
from typing import Any

from tests.media_checks.sandbox.acts import LIBC, Act, Given, call

_AT_FDCWD = -100


def read(path: str | Path) -> int:
    with open(path, "rb") as file:
        return len(file.read(64))


def by_the_c_library(given: Given) -> int:
    """open(3): the old call on some machines, openat on the rest."""
    ctypes.set_errno(0)
    file = LIBC.open(b"/etc/passwd", os.O_RDONLY)
    if file < 0:
        raise OSError(ctypes.get_errno(), "")
    return len(os.read(file, 64))


def by_openat2(given: Given) -> int:
    how = ctypes.create_string_buffer(struct.pack("<QQQ", os.O_RDONLY, 0, 0))
    return len(os.read(call("openat2", _AT_FDCWD, b"/etc/passwd", how, ctypes.c_size_t(24)), 64))


def by_handle(given: Given) -> int:
    """A file by its number on the disk, which needs no path and passes by what watches paths."""
    handle = ctypes.create_string_buffer(struct.pack("<II", 128, 0), 136)
    mount = ctypes.c_int()
    call("name_to_handle_at", _AT_FDCWD, os.fsencode(given["sibling"]), handle, ctypes.byref(mount), 0)
    folder = os.open(given["folder"], os.O_RDONLY)
    return len(os.read(call("open_by_handle_at", folder, handle, os.O_RDONLY), 64))


def own_file_for_writing(given: Given) -> int:
    """The very file that it was given, once more and to be written."""
    links = [Path(f"/proc/self/fd/{each}") for each in range(3, 32)]
    own = next(each for each in links if os.path.lexists(each) and "act-" in os.readlink(each))
    os.close(os.open(own, os.O_WRONLY))
    return 0


def chmod_of_the_given_file(given: Given) -> int:
    for each in range(3, 32):
        try:
            return call("fchmod", each, 0o600)
        except OSError as refused:
            if refused.strerror != os.strerror(9):
                raise
    raise OSError(9, "no descriptor")


def create(given: Given) -> Any:
    return Path(given["folder"], "planted").write_bytes(b"x")


def append_to_a_sibling(given: Given) -> Any:
    with open(given["sibling"], "ab") as file:
        return file.write(b"")


def in_the_folder(given: Given, name: str) -> Path:
    """A path of this act's own; unlinked before it is used again."""
    path = Path(given["folder"], name)
    path.unlink(missing_ok=True)
    return path


def rename(given: Given) -> Any:
    return os.rename(given["sibling"], f"{given['sibling']}-away") or os.rename(
        f"{given['sibling']}-away", given["sibling"]
    )


def remove(given: Given) -> Any:
    os.link(given["sibling"], in_the_folder(given, "to be removed"))
    return os.unlink(Path(given["folder"], "to be removed"))


def make_a_folder(given: Given) -> Any:
    return os.mkdir(Path(given["folder"], "made")) or os.rmdir(Path(given["folder"], "made"))


ACTS = {
    "open a file (open)": Act(by_the_c_library),
    "open a file (openat)": Act(lambda given: read("/etc/passwd")),
    "open a file (openat2)": Act(by_openat2),
    "open a file by its handle": Act(by_handle, root=True, rare=True),
    "list a folder": Act(lambda given: os.listdir(given["folder"])),
    "read another upload": Act(lambda given: read(given["sibling"])),
    "learn the size of another upload": Act(lambda given: os.stat(given["sibling"]).st_size),
    "learn whether a file is there": Act(lambda given: call("statx", _AT_FDCWD, b"/etc", 0, 0, bytes(256))),
    "open its own file for writing": Act(own_file_for_writing),
    "change its own file's mode": Act(chmod_of_the_given_file),
    "create a file": Act(create),
    "write on another upload": Act(append_to_a_sibling),
    "link another upload": Act(lambda given: os.link(given["sibling"], in_the_folder(given, "linked"))),
    "make a symbolic link": Act(lambda given: os.symlink("/etc", in_the_folder(given, "symbolic"))),
    "rename another upload": Act(rename),
    "remove a file": Act(remove),
    "truncate another upload": Act(lambda given: os.truncate(given["sibling"], given["size"])),
    "change another upload's mode": Act(lambda given: os.chmod(given["sibling"], 0o644)),
    "change another upload's times": Act(lambda given: os.utime(given["sibling"])),
    "make a folder": Act(make_a_folder),
    "go to another folder": Act(lambda given: os.chdir("/etc")),
    "read its own memory as a file": Act(lambda given: os.close(os.open("/proc/self/mem", os.O_RDWR))),
    "read the environment of process 1": Act(lambda given: read("/proc/1/environ"), root=True, rare=True),
    "read the worker's environment": Act(lambda given: read(f"/proc/{given['client']}/environ")),
    "write the zygote's memory": Act(lambda given: os.close(os.open(f"/proc/{os.getppid()}/mem", os.O_RDWR))),
    "watch a folder": Act(lambda given: call("inotify_init1", 0)),
    "watch a file system": Act(lambda given: call("fanotify_init", 0, 0), root=True, rare=True),
}
