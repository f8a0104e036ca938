"""The commands for a prompt, run as anybody would, and what they and their locked children used."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
_USED = re.compile(r"A locked child used ([\d.]+) s of processor time, (\d+) bytes\.")
_SECONDS_BETWEEN_LOOKS = 0.02
# Lines about files that no child was given.
_WITHOUT_A_CHILD = ("not_media", "not_readable")


@dataclass(frozen=True)
class Used:
    """What a locked child used, by the kernel's account: CPU seconds, and its peak of resident bytes."""

    cpu: float
    memory: int


@dataclass(frozen=True)
class Commanded:
    """How a command ended, its lines, its children in their order, and its own peak of resident bytes."""

    status: int
    lines: list[dict[str, Any]]
    children: list[Used]
    peak: int
    said: str

    def of_files(self) -> Iterator[tuple[dict[str, Any], Used | None]]:
        """Each line of ``inspect`` with the child that had the file, of one job at a time."""
        children = iter(self.children)
        for line in self.lines:
            alone = (line["error"] or {}).get("code") in _WITHOUT_A_CHILD
            yield line, None if alone else next(children)


def commanded(name: str, *arguments: Any) -> Commanded:
    """Run ``manage.py name`` to its end; it has no database at hand."""
    with tempfile.TemporaryDirectory() as folder, (Path(folder) / "said").open("w+") as said:
        own = {"DATA_DIR": folder, "DJANGO_SETTINGS_MODULE": "config.settings", "LOG_LEVEL": "DEBUG"}
        process = subprocess.Popen(
            [sys.executable, "manage.py", name, *map(str, arguments)],
            cwd=ROOT,
            env=os.environ | own,
            stdout=subprocess.PIPE,
            stderr=said,
            text=True,
        )
        with ThreadPoolExecutor(1) as pool:
            watching = pool.submit(_peak, process)
            lines = [json.loads(line) for line in process.stdout or ()]
        said.seek(0)
        text = said.read()
    children = [Used(float(cpu), int(memory)) for cpu, memory in _USED.findall(text)]
    return Commanded(process.wait(), lines, children, watching.result(), text)


def _peak(process: subprocess.Popen[str]) -> int:
    """``VmHWM`` until it ends: ``ru_maxrss`` has the memory of this process too, from before the exec."""
    peak = 0
    while process.poll() is None:
        status = Path(f"/proc/{process.pid}/status").read_text(encoding="ascii")
        found = re.search(r"^VmHWM:\s+(\d+) kB$", status, re.MULTILINE)
        peak = int(found[1]) << 10 if found else peak
        time.sleep(_SECONDS_BETWEEN_LOOKS)
    return peak
