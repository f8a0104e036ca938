"""Celery as the desk sets it up: how soon it sees that something was lost, or is there again."""

from __future__ import annotations

import logging
import subprocess
import sys

import pytest
from celery import concurrency
from celery.app.log import Logging
from celery.utils.log import LoggingProxy
from kombu.exceptions import OperationalError

from config.celery import app
from config.pool import TaskPool
from tests.servers import free_port


def test_a_broker_that_is_away_is_tried_every_two_seconds_and_not_less_and_less_often():
    waited: list[float] = []
    with (
        app.connection_for_read(f"redis://127.0.0.1:{free_port()}/0") as broker,
        pytest.raises(OperationalError),
    ):
        broker.ensure_connection(lambda error, seconds: waited.append(seconds), max_retries=2)
    assert waited == [2, 2]


def test_celery_leaves_the_log_as_the_settings_have_it(monkeypatch):
    monkeypatch.setattr(Logging, "_setup", False)
    root = logging.getLogger()
    before = root.level, list(root.handlers)
    app.log.setup(loglevel=logging.CRITICAL, redirect_stdouts=True)
    assert (root.level, root.handlers) == before
    assert not isinstance(sys.stderr, LoggingProxy)


def test_the_worker_looks_ten_times_a_second_whether_a_process_of_its_pool_was_lost():
    chosen = concurrency.get_implementation(app.conf.worker_pool)
    assert chosen is TaskPool
    pool = chosen.Pool.__new__(chosen.Pool)
    assert pool.timers == {pool.maintain_pool: 0.1}


def test_a_process_of_the_pool_goes_through_nothing_that_the_worker_had_loaded_in_search_of_garbage():
    code = (
        "import gc\n"
        "from config.celery import app\n"
        "from config.pool import TaskPool\n"
        "loaded = len(gc.get_objects())\n"
        "pool = TaskPool(1, app=app, initargs=(app, 'here'))\n"
        "pool.start()\n"
        "print(loaded, pool._pool.apply_async(gc.get_freeze_count).get(timeout=60))\n"
        "pool.terminate()\n"
    )
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded, frozen = map(int, told.stdout.split())
    assert frozen > 0.9 * loaded > 10_000
