"""libde265 without its thread: it decodes HEIF, and libheif has it start one for each picture, unasked.

A locked child may start none. Asked for none, the library decodes in the thread that calls it, but nothing
between it and us passes that wish on; so its function that starts threads is made to return at once.
"""

from __future__ import annotations

import ctypes
import mmap
import os
import platform
import re
from pathlib import Path

_LIBC = ctypes.CDLL(None, use_errno=True)
# "Return 0": a landing place for indirect calls, the result, the return.
_RETURN_ZERO = {
    "x86_64": bytes.fromhex("f30f1efa 31c0 c3"),
    "aarch64": bytes.fromhex("5f2403d5 00008052 c0035fd6"),
}
_LIBRARY = re.compile(r"\s(/\S*/libde265[^/\s]*)$", re.MULTILINE)


def decode_heif_in_one_thread() -> None:
    """Have libde265, if it is loaded, start no thread in this process and its children. Raises OSError."""
    loaded = _LIBRARY.search(Path("/proc/self/maps").read_text())
    instructions = _RETURN_ZERO.get(platform.machine())
    if not loaded or not instructions:
        return
    start = ctypes.cast(ctypes.CDLL(loaded[1]).de265_start_worker_threads, ctypes.c_void_p).value or 0
    page = start & -mmap.PAGESIZE
    pages = ctypes.c_void_p(page), ctypes.c_size_t(start + len(instructions) - page)
    _protect(*pages, mmap.PROT_READ | mmap.PROT_WRITE)
    ctypes.memmove(start, instructions, len(instructions))
    _protect(*pages, mmap.PROT_READ | mmap.PROT_EXEC)


def _protect(page: ctypes.c_void_p, length: ctypes.c_size_t, how: int) -> None:
    if _LIBC.mprotect(page, length, how):
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
