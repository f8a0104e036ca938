"""Folders that break naive code, through the commands: every file is told, and nothing grows."""

from __future__ import annotations

import ast
import contextlib
import os
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.bench_hostile import LEAST_ANALYSED, MOST_CPU_S, MOST_MEMORY, analysed, kinds
from benchmarks.commanded import commanded
from tests.media_checks.samples import photo

EVERY = 14
# The dearest and the largest of the whole, as ``make bench`` lists them.
WORST = ("avif_8192x8192.avif", "png_200k_tiny_chunks.png", "tiff_20000_ifds.tif", "jpeg_scan_bomb_*.jpg")


@pytest.fixture(scope="module")
def made(media_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("made")
    subprocess.run([sys.executable, media_folder / "hostile" / "make_hostile.py", folder], check=True)
    return folder


@pytest.mark.timeout(280)
def test_every_hostile_file_is_answered_within_its_bounds(media_folder: Path, made: Path):
    kind_of = kinds(media_folder / "hostile")
    asked = [*(next(made.glob(name)) for name in WORST), *sorted(made.iterdir())[::EVERY]]
    asked += [*sorted(map(Path, kind_of))[::EVERY], *(media_folder / "hostile").rglob("*timeout*")]
    assert len(asked) > 130

    run = commanded("inspect", *asked)

    assert [line["path"] for line in run.lines] == [str(path) for path in asked]
    assert run.status == 1
    codes = {line["error"]["code"] for line in run.lines if line["error"]}
    assert codes == {"not_media", "unreadable"}, "no child was ended"
    dear = [line["path"] for line, child in run.of_files() if child and child.cpu > MOST_CPU_S / 4]
    large = [line["path"] for line, child in run.of_files() if child and child.memory > MOST_MEMORY]
    assert (dear, large) == ([], [])
    assert all(child.cpu > 0 and child.memory > 1 << 20 for _, child in run.of_files() if child)
    valid, not_analysed = analysed(run, kind_of)
    assert valid > 20
    assert len(not_analysed) <= (1 - LEAST_ANALYSED) * valid, not_analysed


def test_a_file_is_told_whatever_its_name(media_folder: Path, tmp_path: Path):
    lines = (media_folder / "hostile" / "hostile_filenames.txt").read_text(encoding="utf-8").splitlines()
    names = {ast.literal_eval(line).replace("/", "_").replace("\0", "_") for line in lines} | {"a\udcff.jpg"}
    for name in names:
        with contextlib.suppress(OSError, ValueError):  # longer than a name may be, or none at all
            (tmp_path / name).write_bytes(photo())
    written = sorted(tmp_path.iterdir())
    assert len(written) > 25

    run = commanded("inspect", tmp_path)

    assert [line["path"] for line in run.lines] == [str(each) for each in written]
    assert [line["error"] for line in run.lines] == [None] * len(written)


@pytest.mark.parametrize("command", ["inspect", "find_copies"])
def test_what_a_folder_holds_beside_files_is_told_and_harms_nothing(command: str, tmp_path: Path):
    (tmp_path / "b.jpg").write_bytes(photo())
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "in a.jpg").write_bytes(photo())
    (tmp_path / "a.jpg").write_bytes(photo())
    (tmp_path / "circle").symlink_to(tmp_path, target_is_directory=True)
    (tmp_path / "nowhere.jpg").symlink_to(tmp_path / "not there.jpg")
    (tmp_path / "loop.jpg").symlink_to(tmp_path / "loop.jpg")
    os.mkfifo(tmp_path / "pipe.jpg")

    run = commanded(command, tmp_path)

    errors = [line for line in run.lines if line.get("error")]
    assert {line["error"]["code"] for line in errors} == {"not_readable"}
    told = [str(Path(line["path"]).relative_to(tmp_path)) for line in errors]
    assert told == ["circle", "loop.jpg", "nowhere.jpg", "pipe.jpg"]
    others = [line for line in run.lines if not line.get("error")]
    if command == "inspect":
        assert [Path(line["path"]).name for line in others] == ["in a.jpg", "a.jpg", "b.jpg"]
    else:
        assert [line["relation"] for line in others] == ["exact"] * 3


@pytest.mark.parametrize("command", ["inspect", "find_copies"])
def test_a_folder_deeper_than_a_path_can_be_long_is_told(command: str, tmp_path: Path):
    (tmp_path / "z.jpg").write_bytes(photo())
    inner = os.open(tmp_path, os.O_RDONLY)
    for _ in range(2100):
        os.mkdir("d", dir_fd=inner)
        outer, inner = inner, os.open("d", os.O_RDONLY, dir_fd=inner)
        os.close(outer)
    os.close(inner)
    try:
        run = commanded(command, tmp_path)
    finally:
        subprocess.run(["rm", "-rf", tmp_path / "d"], check=True)

    deep, *rest = run.lines
    assert deep["path"].startswith(f"{tmp_path}/d/d/d")
    assert deep["error"] == {"code": "not_readable", "message": "File name too long"}
    assert [(line["path"], line["error"]) for line in rest] == (
        [(str(tmp_path / "z.jpg"), None)] if command == "inspect" else []
    )
