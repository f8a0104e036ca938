"""Where files are decoded behind too few locks: production does not start, any other desk says so."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests import desks, servers
from tests.desks import ROOT, Desk
from tests.media_checks.samples import photo

ALL_BUT_LIMITS = "seccomp,landlock,network_namespace"
WORKER = [sys.executable, "-m", "celery", "--quiet", "-A", "config", "worker", "--pool", "threads"]


def run(
    folder: Path, without: str, *command: str, url: str = "https://desk.example"
) -> subprocess.CompletedProcess[str]:
    """A process of a desk at this address on a machine without these locks; it is to end by itself."""
    inherited = {name: value for name, value in os.environ.items() if name not in desks.OURS}
    launched = [sys.executable, "-m", "tests.fewer_locks", without, *command] if without else command
    return subprocess.run(
        launched,
        cwd=ROOT,
        env=inherited | {"DATA_DIR": str(folder), "PUBLIC_URL": url},
        capture_output=True,
        text=True,
        timeout=90,
        check=False,
    )


@pytest.mark.parametrize(
    ("without", "lacking"),
    [
        ("seccomp", "seccomp"),
        ("landlock,network_namespace", "(landlock or network_namespace)"),
        (ALL_BUT_LIMITS, "(landlock or network_namespace) and seccomp"),
    ],
)
def test_in_production_a_worker_does_not_start_behind_too_few_locks(
    tmp_path: Path, without: str, lacking: str
):
    ended = run(tmp_path, without, *WORKER)
    assert ended.returncode == 1, ended.stderr
    assert "In production this does not start. Files would be decoded behind too few locks" in ended.stderr
    assert f"the locked child lacks {lacking} (" in ended.stderr
    assert "Operation not permitted" in ended.stderr
    assert "'The locks of the child'" in ended.stderr
    assert "ready" not in ended.stderr


@pytest.mark.parametrize("command", ["inspect", "find_copies"])
def test_in_production_a_command_that_decodes_does_not_either(tmp_path: Path, command: str):
    (tmp_path / "a.jpg").write_bytes(photo())
    given = (sys.executable, "manage.py", command, str(tmp_path / "a.jpg"))
    refused = run(tmp_path / "var", "seccomp", *given)
    assert (refused.returncode, refused.stdout) == (2, "")
    assert "the locked child lacks seccomp" in refused.stderr
    assert run(tmp_path / "var", "seccomp", *given, url="http://127.0.0.1:8000").returncode == 0
    assert run(tmp_path / "var", "", *given).returncode == 0


def test_locks_that_production_can_do_without_stop_nothing(tmp_path: Path):
    (tmp_path / "a.jpg").write_bytes(photo())
    command = (sys.executable, "manage.py", "inspect", str(tmp_path / "a.jpg"))
    done = run(tmp_path / "var", "network_namespace", *command)
    assert json.loads(done.stdout)["error"] is None


@pytest.mark.desk
def test_elsewhere_the_desk_starts_and_says_what_is_missing(tmp_path: Path):
    desk = desks._desk("embedded", tmp_path / "var")
    launched = [
        "python",
        "-m",
        "tests.fewer_locks",
        "seccomp",
        sys.executable,
        "manage.py",
        "up",
        "--no-demo",
    ]
    desk.start("up", launched)
    try:
        servers.wait_until(lambda: desk.health()[1].get("worker") == "ok", 180, "Its worker is at work")
        status, answer = desk.health()
        assert (status, answer["locks"], answer["status"]) == (503, "not well", "not well")
        assert {answer[part] for part in ("database", "broker", "worker", "record")} == {"ok"}
        said = desk.log.read_text()
        assert "Files would be decoded behind too few locks: the locked child lacks seccomp" in said
    finally:
        desk.stop()


@pytest.mark.desk
def test_every_worker_of_a_desk_on_this_machine_tells_of_locks_enough(desk: Desk):
    status, answer = desk.health()
    assert (status, answer["locks"]) == (200, "ok")
