"""The zygote and the one that stands by: what becomes of both, and of their files, when either ends."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from unittest.mock import Mock

import pytest

from media_checks.context import Context
from media_checks.sandbox import client, wire
from media_checks.sandbox.client import DidNotRun, Limits, Sandbox
from media_checks.sandbox.zygote import Server
from tests.media_checks.samples import photo, scene, slow_film
from tests.media_checks.sandbox.asking import examined
from tests.media_checks.sandbox.conftest import HASH, METADATA
from tests.media_checks.sandbox.processes import eventually, gone, locked_children, server_of, standby_of

PROJECT = Path(__file__).resolve().parents[3]


def test_a_child_that_is_killed_harms_nobody_else(sandbox: Sandbox, file):
    with ThreadPoolExecutor(2) as threads:
        doomed = threads.submit(examined, sandbox, HASH, file(slow_film()), Context())
        child = eventually(partial(locked_children, sandbox.process))[0]
        beside = examined(sandbox, METADATA, file(photo(make="Cam")), Context())
        os.kill(child, signal.SIGKILL)

        with pytest.raises(DidNotRun, match="killed from outside"):
            doomed.result()
    assert beside.findings


def test_a_zygote_that_is_killed_takes_its_children_along_and_is_replaced_by_one_as_warm(
    sandbox: Sandbox, file
):
    zygote, film = sandbox.process, file(slow_film())
    with ThreadPoolExecutor(1) as threads:
        for _time in range(3):
            doomed = threads.submit(examined, sandbox, HASH, film, Context())
            server, standby = server_of(zygote), standby_of(zygote)
            child = eventually(partial(locked_children, zygote))[0]
            os.kill(server, signal.SIGKILL)
            with pytest.raises(DidNotRun, match="lost"):
                doomed.result()
            eventually(partial(gone, child))
            assert examined(sandbox, METADATA, file(photo()), Context()).findings
            assert server_of(zygote) == standby
    assert sandbox.process == zygote


def test_a_zygote_that_is_killed_with_its_standby_is_started_again(file):
    sandbox = Sandbox()
    with ThreadPoolExecutor(1) as threads:
        zygote = sandbox.process
        doomed = threads.submit(examined, sandbox, HASH, file(slow_film()), Context())
        child = eventually(partial(locked_children, zygote))[0]
        for each in (standby_of(zygote), server_of(zygote)):
            os.kill(each, signal.SIGKILL)

        with pytest.raises(DidNotRun, match="lost"):
            doomed.result()
    eventually(lambda: gone(child))
    assert examined(sandbox, METADATA, file(photo()), Context()).findings
    assert sandbox.process != zygote
    sandbox.stop()


def test_a_standby_that_is_killed_is_replaced_while_files_are_examined(sandbox: Sandbox, file):
    zygote = sandbox.process
    with ThreadPoolExecutor(1) as threads:
        beside = threads.submit(examined, sandbox, METADATA, file(slow_film()), Context())
        for _time in range(3):
            standby = standby_of(zygote)
            os.kill(standby, signal.SIGKILL)
            eventually(partial(gone, standby))
            assert standby_of(zygote) != standby
        assert beside.result().findings


def test_a_zygote_that_ends_by_a_defect_is_replaced_by_nobody(file):
    sandbox = Sandbox()
    zygote, standby = sandbox.process, standby_of(sandbox.process)
    wire.send(sandbox._zygote().control, ["no request"])
    eventually(lambda: gone(zygote) and gone(standby))
    assert examined(sandbox, METADATA, file(photo()), Context()).findings
    sandbox.stop()


def test_what_waits_for_a_zygote_that_is_killed_is_answered_by_the_next(sandbox: Sandbox, file):
    server = server_of(sandbox.process)
    os.kill(server, signal.SIGSTOP)
    with ThreadPoolExecutor(4) as threads:
        asked = [
            threads.submit(examined, sandbox, METADATA, file(photo(make=f"Cam {number}")), Context())
            for number in range(4)
        ]
        time.sleep(0.3)
        os.kill(server, signal.SIGKILL)
        for number, each in enumerate(asked):
            assert f"Cam {number}." in " ".join(finding.summary for finding in each.result().findings)


def test_a_zygote_serves_where_there_is_no_room_for_another(monkeypatch: pytest.MonkeyPatch):
    ours, theirs = wire.control_sockets()
    server, before = Server(theirs, {}), len(os.listdir("/proc/self/fd"))
    monkeypatch.setattr(os, "fork", Mock(side_effect=BlockingIOError(11, "no more processes")))
    server._have_one_stand_by()
    assert server.standby == 0
    assert len(os.listdir("/proc/self/fd")) == before
    ours.close()
    theirs.close()


def test_one_that_cannot_stand_by_does_not_serve_beside_the_other(monkeypatch: pytest.MonkeyPatch):
    ours, theirs = wire.control_sockets()
    monkeypatch.setattr(os, "fork", lambda: 0)
    monkeypatch.setattr(
        "media_checks.sandbox.zygote.call_itself", Mock(side_effect=PermissionError(1, "not allowed"))
    )
    with pytest.raises(PermissionError):
        Server(theirs, {})._have_one_stand_by()
    ours.close()
    theirs.close()


def test_a_zygote_that_answers_nothing_is_given_up_with_its_standby(file, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(client, "_SECONDS_OF_GRACE", 1)
    sandbox, path = Sandbox(), file(photo())
    first = sandbox.process
    zygote = standby_of(first)
    os.kill(first, signal.SIGKILL)
    standby = eventually(lambda: standby_of(first) if server_of(first) == zygote else None)
    os.kill(zygote, signal.SIGSTOP)
    with pytest.raises(DidNotRun, match="lost"):
        examined(sandbox, METADATA, path, Context(), limits=Limits(wall=1))
    eventually(lambda: gone(zygote) and gone(standby))
    assert examined(sandbox, METADATA, path, Context()).findings
    sandbox.stop()


def test_a_zygote_that_was_stopped_leaves_no_standby(file):
    sandbox = Sandbox()
    standby = standby_of(sandbox.process)
    sandbox.stop()
    eventually(partial(gone, standby))


def test_nothing_outlives_a_client_that_is_killed(file):
    code = (
        "import sys, threading\n"
        "from media_checks.contract import Context\n"
        "from media_checks.registry import check\n"
        "from media_checks.sandbox.client import Sandbox\n"
        "sandbox = Sandbox()\n"
        "print(sandbox.process, flush=True)\n"
        "sandbox.examine((check('perceptual_hash'),), sys.argv[1], Context())\n"
    )
    path = file(slow_film())
    client = subprocess.Popen([sys.executable, "-c", code, str(path)], stdout=subprocess.PIPE, cwd=PROJECT)
    zygote = int(client.stdout.readline())
    child = eventually(partial(locked_children, zygote))[0]
    standby = standby_of(zygote)

    client.kill()
    client.wait()

    eventually(lambda: gone(zygote) and gone(child) and gone(standby))
    client.stdout.close()


def test_a_stopped_sandbox_starts_again_when_it_is_asked(file):
    sandbox = Sandbox()
    first = sandbox.process
    sandbox.stop()

    assert gone(first)
    assert examined(sandbox, METADATA, file(photo()), Context()).findings
    sandbox.stop()


def test_threads_share_one_zygote(sandbox: Sandbox, file):
    paths = [file(photo(scene(seed), make=f"Cam {seed}")) for seed in range(12)]

    with ThreadPoolExecutor(6) as threads:
        results = list(threads.map(lambda path: examined(sandbox, METADATA, path, Context()), paths))

    for seed, result in enumerate(results):
        assert f"Cam {seed}." in " ".join(finding.summary for finding in result.findings)
