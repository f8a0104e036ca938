"""``manage.py up``: one process tree that starts, heals and stops as a whole."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from config.celery import NICENESS
from tests import desks
from tests.desks import Desk
from tests.servers import free_port, wait_until

pytestmark = pytest.mark.desk


@pytest.fixture
def own_desk(tmp_path: Path) -> Iterator[Desk]:
    """An embedded desk of the test's own, without the demo case."""
    with desks.embedded(tmp_path / "var", demo=False) as running:
        yield running


def up(**variables: str) -> subprocess.CompletedProcess[str]:
    """Another ``up``, which is expected to end by itself."""
    inherited = {name: value for name, value in os.environ.items() if name not in desks.OURS}
    return subprocess.run(
        [sys.executable, "manage.py", "up", "--no-demo"],
        cwd=desks.ROOT,
        env=inherited | variables,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def gone(processes: list[psutil.Process]) -> bool:
    """Whether none of these processes runs any more."""
    return not any(each.is_running() and each.status() != psutil.STATUS_ZOMBIE for each in processes)


def test_a_started_desk_is_well_where_its_port_says(own_desk: Desk) -> None:
    status, answer = own_desk.health()
    assert status == 200
    assert {answer[part] for part in ("status", "database", "broker", "worker")} == {"ok"}
    assert own_desk.url.endswith(f":{own_desk.environment['PORT']}")
    assert f"starts at {own_desk.url} " in own_desk.log.read_text()


def test_a_second_desk_on_the_same_folder_or_port_is_refused_in_plain_words(
    own_desk: Desk, tmp_path: Path
) -> None:
    same_folder = up(DATA_DIR=str(own_desk.data_dir), PORT=str(free_port()))
    same_port = up(DATA_DIR=str(tmp_path / "other"), PORT=own_desk.environment["PORT"])
    assert same_folder.returncode == same_port.returncode == 1
    assert same_folder.stderr == f"CommandError: A desk is already running on {own_desk.data_dir}.\n"
    assert f"Port {own_desk.environment['PORT']} cannot be used" in same_port.stderr
    assert own_desk.health()[0] == 200


def session_niceness(processes: list[psutil.Process]) -> set[int]:
    """The niceness of the sessions that these processes are in; none where the kernel does not weigh them."""
    said = (Path(f"/proc/{each.pid}/autogroup") for each in processes)
    return {int(each.read_text().split()[-1]) for each in said if each.exists()}


def test_a_killed_worker_and_a_killed_web_server_come_back(own_desk: Desk) -> None:
    worker = own_desk.worker()
    assert worker is not None
    with_beat = [worker, *worker.children(recursive=True)]
    assert len(with_beat) > 1
    assert {each.nice() for each in with_beat} == {NICENESS}, "the checks give way to the pages"
    assert session_niceness(with_beat) <= {NICENESS}, "also where Linux weighs sessions"
    web = own_desk.web_workers()[0].parent()
    assert web is not None
    worker.kill()
    web.kill()
    wait_until(lambda: gone([*with_beat, web]), 10, "Nothing of the killed worker is left")
    wait_until(lambda: own_desk.worker() not in (None, worker), 10, "Another worker runs")
    wait_until(lambda: own_desk.health()[0] == 200, 20, "The pages are back on the same port")
    before = own_desk.health()[1]["heartbeat_age_s"]
    wait_until(
        lambda: own_desk.health()[1].get("heartbeat_age_s", before) < before, 30, "It gives a sign of life"
    )
    assert "The worker stopped (signal 9)" in own_desk.log.read_text()
    assert "The web server stopped (signal 9)" in own_desk.log.read_text()


@pytest.mark.parametrize("stopped_by", ["SIGINT", "SIGTERM", "SIGHUP", "SIGKILL"])
def test_however_the_desk_is_stopped_no_process_stays(own_desk: Desk, stopped_by: str) -> None:
    family = own_desk.family()
    assert len(family) >= 5
    own_desk.processes["up"].send_signal(signal.Signals[stopped_by])
    code = own_desk.processes["up"].wait(20)
    wait_until(lambda: gone(family), 20, "Every process is gone")
    assert code == (-signal.SIGKILL if stopped_by == "SIGKILL" else 0)


def test_everything_that_the_desk_writes_is_in_its_folder(tmp_path: Path) -> None:
    home, scratch = tmp_path / "home", tmp_path / "scratch"
    home.mkdir()
    scratch.mkdir()
    told = {"HOME": str(home), "TMPDIR": str(scratch), "PYTHONDONTWRITEBYTECODE": "1"}
    with desks.embedded(tmp_path / "var", demo=False, **told) as running:
        assert running.health()[0] == 200
        assert (running.data_dir / "desk.sqlite3").exists()
    assert list(home.iterdir()) == []
    assert list(scratch.iterdir()) == []


def test_a_desk_comes_back_on_the_folder_that_it_left(tmp_path: Path) -> None:
    with desks.embedded(tmp_path / "var", demo=False) as first:
        first.processes["up"].kill()
        wait_until(lambda: gone(first.family()), 20, "The first is gone")
        wait_until(lambda: first.health()[0] == 0, 20, "Nobody answers")
    with desks.embedded(tmp_path / "var", demo=False) as second:
        assert second.health()[0] == 200
