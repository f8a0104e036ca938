"""The broker is away when something is sent in: it is kept and acknowledged, and the sweep sends it later."""

from __future__ import annotations

import runpy
import shutil
import socket
import time
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest
from celery import Celery
from django.conf import settings as desk_settings
from django.utils import timezone

from claims.models import Evidence
from config.celery import app
from tests.doorways import FOR_FILES, TAKEN, World
from tests.originals import path_of
from tests.servers import free_port
from tests.volunteering import code_in, photo
from verification import runner, tasks
from verification.models import CheckRun, RunState

pytestmark = pytest.mark.django_db(transaction=True)

# How long the answer may take at most: who sends something does not wait for the broker.
SECONDS = {"refuses": 4, "has lost its folder": 4, "says nothing": 9}
TRIED = [
    *(("refuses", door) for door in FOR_FILES),
    *(("has lost its folder", door) for door in FOR_FILES),
    ("says nothing", "form"),
]


@pytest.fixture
def world(settings, tmp_path):
    settings.STORAGE_FOLDER = tmp_path / "media"
    return World()


@pytest.fixture
def away(request, monkeypatch, tmp_path):
    """The desk's Celery as its settings make it for this broker; the desk's own again afterwards."""
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        url = {
            "refuses": f"redis://127.0.0.1:{free_port()}/0",
            "says nothing": f"redis://127.0.0.1:{silent.getsockname()[1]}/0",
            "has lost its folder": "filesystem://localhost",
        }[request.param]
        monkeypatch.setenv("CELERY_BROKER_URL", url)
        monkeypatch.setenv("DATA_DIR", str(tmp_path / "var"))
        told = runpy.run_path(str(Path(desk_settings.BASE_DIR) / "config" / "settings.py"))
        shutil.rmtree(tmp_path / "var" / "broker", ignore_errors=True)
        celery = Celery("away", set_as_current=False)
        celery.config_from_object(SimpleNamespace(**told), namespace="CELERY")
        celery.set_current()
        yield request.param
        app.set_current()


@pytest.mark.parametrize(("away", "door"), TRIED, indirect=["away"])
def test_what_is_sent_in_while_the_broker_is_away_is_kept_and_sent_by_a_later_sweep(world, away, door):
    before = set(Evidence.objects.values_list("pk", flat=True))
    start = time.monotonic()
    answer = FOR_FILES[door](world, photo())
    assert time.monotonic() - start < SECONDS[away]
    assert answer.status_code == TAKEN[door]
    if door == "form":
        assert world.volunteer.look(code_in(answer)).status_code == 200
    item = Evidence.objects.exclude(pk__in=before).get()
    assert path_of(item.media_file_id).exists()
    runs = item.check_runs.filter(state=RunState.QUEUED)
    assert runs.count() == 3
    later_a_sweep_sends(runs)


def later_a_sweep_sends(runs):
    """What nobody took is due at once: one run of the item now, its fellows, which go with it, later."""
    due = set(runner.sweep("a worker")) & set(runs.values_list("pk", flat=True))
    assert len(due) == 1
    assert tasks.send(due) == 0
    assert due <= set(runner.sweep("a worker")), "it is due again"
    CheckRun.objects.update(due_at=timezone.now() - timedelta(seconds=1))
    due = runner.sweep("a worker")
    assert len(set(due) & set(runs.values_list("pk", flat=True))) == 1
    app.set_current()
    assert tasks.send(due) == len(due)
