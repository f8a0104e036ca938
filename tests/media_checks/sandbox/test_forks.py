"""Processes that are forked from one that has a zygote: they share it, and have their own when it is gone."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

from media_checks.context import Context
from media_checks.sandbox.client import Sandbox
from tests.media_checks.samples import photo, scene
from tests.media_checks.sandbox.asking import examined
from tests.media_checks.sandbox.conftest import METADATA
from tests.media_checks.sandbox.processes import eventually, gone, standby_of


def in_a_fork(act: Callable[[], object]) -> Any:
    """What the act answers in a process that is forked from this one."""
    reading, writing = os.pipe()
    if (worker := os.fork()) == 0:
        try:
            os.write(writing, json.dumps(act()).encode())
        finally:
            os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as answer:
        told = json.loads(answer.read())
    os.waitpid(worker, 0)
    return told


def test_a_forked_worker_shares_its_parents_zygote_and_cannot_end_it(sandbox: Sandbox, file):
    path, parents = file(photo(make="Cam")), sandbox.process

    def work() -> list[int]:
        findings = examined(sandbox, METADATA, path, Context()).findings
        shared = sandbox.process
        sandbox.stop()
        return [shared, len(findings)]

    assert in_a_fork(work) == [parents, len(examined(sandbox, METADATA, path, Context()).findings)]
    assert sandbox.process == parents


def test_forked_workers_are_answered_each_its_own(sandbox: Sandbox, file):
    paths = [file(photo(scene(seed), make=f"Cam {seed}")) for seed in range(4)]

    def right(path: Path) -> int:
        make = f"Cam {paths.index(path)}."
        found = [examined(sandbox, METADATA, path, Context()).findings for _time in range(10)]
        return sum(make in " ".join(each.summary for each in findings) for findings in found)

    assert sandbox.process
    with ThreadPoolExecutor(4) as threads:
        assert list(threads.map(lambda path: in_a_fork(partial(right, path)), paths)) == [10] * 4


def test_a_forked_worker_whose_parents_zygote_is_gone_has_its_own(sandbox: Sandbox, file):
    path, parents = file(photo()), sandbox.process
    standby = standby_of(parents)

    def work() -> list[int]:
        for each in (standby, parents):
            os.kill(each, signal.SIGKILL)
        eventually(lambda: gone(parents) and gone(standby))
        findings = examined(sandbox, METADATA, path, Context()).findings
        own = sandbox.process
        sandbox.stop()
        return [own, len(findings)]

    own, findings = in_a_fork(work)
    assert own != parents
    assert findings
    assert gone(own)
    assert examined(sandbox, METADATA, path, Context()).findings
    assert sandbox.process not in (own, parents)
