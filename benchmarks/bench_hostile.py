"""Files that break naive code, all through ``manage.py inspect``: who is answered, and at what cost.

The folder that CORROBORATE_MEDIA names (``hostile/``, its MANIFEST.tsv says which files are valid), and the
files that its ``make_hostile.py`` makes; beside them the real media in ``media/``. A child's CPU seconds and
its peak of resident memory are the kernel's account of that child (wait4 in the zygote), so they hold
whatever else the machine does. Then, what the commands themselves hold of a folder ten times as large.
"""

from __future__ import annotations

import csv
import os
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np
from PIL import Image

from benchmarks.commanded import Commanded, commanded
from benchmarks.tables import heading, table

FOLDER = Path(os.environ.get("CORROBORATE_MEDIA") or "/nonexistent") / "hostile"
MOST_CPU_S, MOST_MEMORY = 20, 1536 << 20
LEAST_ANALYSED = 0.995
FEW, MANY = 200, 2000
WORST = 5
MEGABYTE = 1 << 20


def kinds(folder: Path) -> dict[str, str]:
    """The kind of each file ("hostile", "odd", "truncated", "valid") by its path, of the manifest."""
    with (folder / "MANIFEST.tsv").open(encoding="utf-8") as lines:
        return {str(folder / row["file"]): row["kind"] for row in csv.DictReader(lines, delimiter="\t")}


def answered(run: Commanded, files: int) -> tuple[object, ...]:
    """A row: files, lines, valid answers, the dearest child and the largest, and whether all is in order."""
    used = [child for _, child in run.of_files() if child]
    cpu, memory = max(each.cpu for each in used), max(each.memory for each in used)
    fine = len(run.lines) == files and cpu <= MOST_CPU_S and memory <= MOST_MEMORY
    errors = sum(line["error"] is not None for line in run.lines)
    return files, len(run.lines), len(run.lines) - errors, cpu, memory // MEGABYTE, "yes" if fine else "NO"


def errors_of(runs: Mapping[str, Commanded]) -> Iterator[tuple[object, ...]]:
    """A row for each reason that a line gives, and how many files of each set it is given for."""
    counted = {name: Counter(_error(line) for line in run.lines) for name, run in runs.items()}
    for code, message in sorted(set().union(*counted.values()) - {_error({"error": None})}):
        yield code, message, *(counts[code, message] for counts in counted.values())


def _error(line: Mapping[str, dict[str, str] | None]) -> tuple[str, str]:
    error = line["error"] or {"code": "", "message": ""}
    return error["code"], error["message"].split(" (")[0]


def analysed(run: Commanded, kind_of: Mapping[str, str]) -> tuple[int, list[str]]:
    """Of the valid files of a type that is taken as media: how many, and which were not analysed."""
    taken = [line for line in run.lines if kind_of.get(line["path"]) == "valid" and _taken(line)]
    return len(taken), [line["path"] for line in taken if line["error"]]


def _taken(line: Mapping[str, dict[str, str] | None]) -> bool:
    return (line["error"] or {}).get("code") != "not_media"


def worst(runs: Mapping[str, Commanded]) -> Iterator[tuple[object, ...]]:
    """The dearest children."""
    used = [(child, line) for run in runs.values() for line, child in run.of_files() if child]
    for child, line in sorted(used, key=lambda each: -each[0].cpu)[:WORST]:
        said = line["error"] or line["verdicts"]["perceptual_hash"]
        yield Path(line["path"]).name, child.cpu, child.memory // MEGABYTE, said


def small_photos(folder: Path, count: int) -> None:
    """So many photos of their own, of 96 by 72 pixels."""
    for number in range(count):
        cells = np.random.default_rng(number).integers(0, 255, (6, 8, 3), dtype=np.uint8)
        picture = Image.fromarray(cells).resize((96, 72), Image.Resampling.BICUBIC)
        picture.save(folder / f"{number:05}.jpg", quality=85)


def held(name: str, folder: Path) -> tuple[object, ...]:
    """A row: the peak of resident memory of a command over few files and many, and what one more adds."""
    peaks = []
    for count in (FEW, MANY):
        photos = folder / f"{name} {count}"
        photos.mkdir()
        small_photos(photos, count)
        peaks.append(commanded(name, photos).peak)
    few, many = peaks
    return name, few / MEGABYTE, many / MEGABYTE, (many - few) / (MANY - FEW)


def main() -> None:
    """Print the tables, or why nothing can be measured."""
    heading("Files that break naive code", "Through manage.py inspect, one file at a time.")
    if not (FOLDER / "MANIFEST.tsv").is_file():
        print("Skipped: CORROBORATE_MEDIA names no folder with hostile/MANIFEST.tsv.")
        sys.exit(0)
    with tempfile.TemporaryDirectory() as place:
        made = Path(place) / "made"
        subprocess.run([sys.executable, FOLDER / "make_hostile.py", made], check=True, capture_output=True)
        folders = {"found": FOLDER, "made": made, "real media": FOLDER.parent / "media"}
        runs = {name: commanded("inspect", folder) for name, folder in folders.items()}
        files = {name: sum(each.is_file() for each in folder.rglob("*")) for name, folder in folders.items()}
        columns = ("set", "files", "lines", "without an error", "most CPU s", "most MB", "all within bounds")
        table(columns, ((name, *answered(run, files[name])) for name, run in runs.items()))
        table(("error", "why", *(f"files {name}" for name in runs)), errors_of(runs))
        table(("the dearest", "CPU s", "MB", "fingerprints, or the error"), worst(runs))
        valid, not_analysed = analysed(runs["found"], kinds(FOLDER))
        print(f"Valid files of a type that is taken as media: {valid}, ", end="")
        print(f"analysed: {100 * (1 - len(not_analysed) / valid):.2f} % (target {100 * LEAST_ANALYSED} %).")
        print("\n".join(f"Not analysed: {each}" for each in not_analysed))
        heading("What the commands hold of a folder", "Their own peak of resident memory, small photos.")
        columns = ("command", f"MB at {FEW} files", f"MB at {MANY} files", "bytes a file more")
        table(columns, (held(name, Path(place)) for name in ("inspect", "find_copies")))


if __name__ == "__main__":
    main()
