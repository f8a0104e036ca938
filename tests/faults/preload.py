"""The library that sets a running desk's clock and has its calls fail: compiled, loaded, told what to do.

libfaketime sets clocks and libfiu has calls fail by chance. Neither fails the n-th call on one folder of a
process that is running already, so that every n can be tried on one desk; the few lines that do set the
clock too.
"""

from __future__ import annotations

import mmap
import shutil
import struct
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path

SOURCE = Path(__file__).with_name("preload.c")
LAYOUT = struct.Struct("=5q32s448s")


class Fault(IntEnum):
    """What happens at the n-th call; on a full disk at each from there on. As in preload.c."""

    NONE = 0
    DISK_FULL = 1
    IO_ERROR = 2
    SHORT_WRITE = 3
    CRASH_BEFORE = 4
    CRASH_AFTER = 5


@dataclass
class Preloaded:
    """The variables that load it into a process, and the memory that it reads what to do from."""

    environment: dict[str, str]
    control: mmap.mmap
    clock_offset: int = 0

    def set_clock(self, seconds: int) -> None:
        """Put the clock of every process so far ahead of the true one."""
        self.clock_offset = seconds
        struct.pack_into("=q", self.control, 0, seconds)

    @contextmanager
    def failing(self, fault: Fault, at: int, folder: Path | str) -> Iterator[None]:
        """Have the n-th call on paths that begin so fail, while this lasts."""
        self._set(Fault.NONE, at, str(folder))
        struct.pack_into("=q", self.control, 8, fault)  # last: now it holds
        try:
            yield
        finally:
            struct.pack_into("=q", self.control, 8, Fault.NONE)

    @property
    def hit(self) -> str:
        """The name of the call that failed; empty while none has."""
        *_numbers, hit, call, _folder = LAYOUT.unpack_from(self.control)
        return call.rstrip(b"\0").decode() if hit else ""

    def _set(self, fault: Fault, at: int, folder: str) -> None:
        LAYOUT.pack_into(self.control, 0, self.clock_offset, fault, at, 0, 0, b"", folder.encode())


@contextmanager
def preloaded(folder: Path) -> Iterator[Preloaded]:
    """Compile the library into the folder, and map its control file."""
    compiler = shutil.which("gcc") or shutil.which("cc")
    if compiler is None:
        raise RuntimeError("gcc is not on this machine.")
    library, path = folder / "preload.so", folder / "preload.control"
    subprocess.run([compiler, "-O1", "-shared", "-fPIC", "-o", library, SOURCE, "-ldl"], check=True)
    path.write_bytes(bytes(LAYOUT.size))
    with path.open("r+b") as file, mmap.mmap(file.fileno(), LAYOUT.size) as control:
        yield Preloaded({"LD_PRELOAD": str(library), "FAULTS_CONTROL": str(path)}, control)
