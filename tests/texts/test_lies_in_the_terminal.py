"""Lies in files and in their names, told at a prompt: nothing of them is a command to the terminal."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.desks import ROOT
from tests.texts.lies import LIES
from tests.texts.told import lying_photo

VERIFIER = ROOT / "claims" / "verify_record.py"


def prompted(*arguments: str | Path, data: Path) -> str:
    """What a command says, on either stream."""
    command = [sys.executable, "manage.py", *map(str, arguments)]
    environment = os.environ | {"DATA_DIR": str(data), "DJANGO_SETTINGS_MODULE": "config.settings"}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, check=False)
    return (done.stdout + done.stderr).decode(errors="surrogateescape")


def named(folder: Path) -> list[Path]:
    """A photo under each name that a file system takes, of which some are no text."""
    folder.mkdir()
    found = []
    for lie in [*map(str.encode, LIES.values()), b"\xff\xfe\x1b[31m"]:
        name = lie.replace(b"/", b"|").replace(b"\0", b"")[:200] + b".jpg"
        path = folder / os.fsdecode(name)
        path.write_bytes(lying_photo())
        found.append(path)
    return found


def is_quiet(text: str) -> bool:
    """Whether the text is what a terminal prints, and no command to it."""
    return all(line.isprintable() and line.isascii() for line in text.split("\n"))


@pytest.mark.parametrize("command", ["inspect", "find_copies"])
def test_what_files_say_of_themselves_and_are_called_is_printed_and_not_obeyed(command, tmp_path):
    files = named(tmp_path / "files")
    said = prompted(command, tmp_path / "files", data=tmp_path / "var")
    assert is_quiet(said)
    lines = [json.loads(line) for line in said.splitlines()]
    assert len(lines) >= len(files) - 1 if command == "inspect" else lines


@pytest.mark.parametrize(
    "lie", ["a terminal's commands", "text turned around", "line ends", "line separators"]
)
def test_what_a_forged_bag_says_is_printed_and_not_obeyed(lie, tmp_path):
    forged = LIES[lie].replace("\r", "").replace("\n", "")
    (tmp_path / "data").mkdir()
    (tmp_path / "bagit.txt").write_text("BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n")
    (tmp_path / "bag-info.txt").write_text(f"External-Identifier: {forged}\n")
    (tmp_path / "manifest-sha256.txt").write_text(f"{'0' * 64}  data/{forged}\n")
    (tmp_path / "tagmanifest-sha256.txt").write_text(f"{'0' * 64}  {forged}\n")
    command = [sys.executable, str(VERIFIER), str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "BREAK" in done.stdout
    assert all(line.isprintable() for line in done.stdout.split("\n"))
    assert done.stderr == ""


@pytest.mark.parametrize("command", ["verify_custody", "export_case", "inspect"])
def test_what_was_typed_is_not_obeyed_when_it_is_refused(command, tmp_path):
    lie = LIES["a terminal's commands"]
    more = [str(tmp_path / "bag"), "--by", lie, "--reason", lie] if command == "export_case" else []
    first = ["--case", lie] if command == "verify_custody" else [lie]
    said = prompted(command, *first, *more, data=tmp_path / "var")
    assert said
    assert "\x1b" not in said
