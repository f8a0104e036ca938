"""Files that break naive code, through the whole desk: sent by the form, checked by a real worker.

A share of each kind and folder, by seed, on the embedded desk; ``CORROBORATE_FULL=1`` sends all of them to
the processes of docker-compose.yml.
"""

from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest

from benchmarks.bench_hostile import LEAST_ANALYSED
from tests import desks, hostile_files
from tests.hostile_files import MOST_CPU_S, MOST_MEMORY

FULL = bool(os.environ.get("CORROBORATE_FULL"))
SHARE = 1 if FULL else 40
LONGEST_S = 5400 if FULL else 600


def worker_processes(desk: desks.Desk) -> set[int]:
    """The worker and what it forked to take tasks; not the zygotes, which come with the first file."""
    main = desk.worker()
    return {main.pid, *(each.pid for each in main.children() if "celery" in " ".join(each.cmdline()))}


@pytest.mark.desk
@pytest.mark.timeout(LONGEST_S + 900)
def test_every_hostile_file_ends_before_a_person_and_harms_nothing(
    media_folder: Path, tmp_path: Path, capsys
):
    folder, start = media_folder / "hostile", desks.SETUPS["postgres+redis" if FULL else "embedded"]
    with hostile_files.watched() as canaries, start(tmp_path / "var", demo=False, LOG_LEVEL="DEBUG") as desk:
        socket.create_connection(("127.0.0.1", hostile_files.CANARY_PORT)).close()
        canaries.file.read_bytes()
        made = hostile_files.made(folder, tmp_path / "made", canaries.file)
        files = [*hostile_files.found(folder, SHARE), *(made if FULL else made[:: SHARE // 2]), *made[-20:]]
        files = list(dict.fromkeys(files))
        desk.manage("shell", "--verbosity", "0", "-c", hostile_files.OPEN_A_CASE)
        before = worker_processes(desk)

        came = hostile_files.all_checked(desk, files, LONGEST_S)

        after, stored = worker_processes(desk), desk.manage("shell", "-v", "0", "-c", hostile_files.STORED)
    taken = [each for each in came.sent if each.taken]
    refused = [each for each in came.sent if not each.taken]
    valid = {each.sha256 for each in taken} & hostile_files.valid(folder)
    not_analysed = came.not_analysed(valid)
    with capsys.disabled():
        print(
            f"\n{len(files)} files sent, {len(refused)} refused, {len(taken)} taken and checked in"
            f" {came.seconds:.0f} s by {len(came.used)} children; dearest {max(came.used)[0]:.2f} s of CPU,"
            f" largest {max(each for _, each in came.used) >> 20} MB; not in a terminal state"
            f" {len(came.not_terminal)}; valid and taken {len(valid)}, not analysed {len(not_analysed)};"
            f" connections {canaries.connections - 1}, siblings opened {canaries.opened - 1};"
            f" runs that failed {sum(run[1] == 'failed' for item in came.items for run in item['runs'])}"
        )
    assert len(came.items) == len(taken) > 40
    assert stored.split()[-2:] == [str(len(taken)), str(len({each.sha256 for each in taken}))]
    assert {(each.status, bool(each.reason)) for each in refused} <= {(415, True), (400, True), (413, True)}
    assert came.not_terminal == []
    assert (before, canaries.connections, canaries.opened) == (after, 1, 1)
    assert len(came.used) >= len(taken), "a child told what it used for each file"
    assert max(cpu for cpu, _ in came.used) <= MOST_CPU_S + 1
    assert max(memory for _, memory in came.used) <= MOST_MEMORY
    assert len(not_analysed) <= (1 - LEAST_ANALYSED) * len(valid), not_analysed
