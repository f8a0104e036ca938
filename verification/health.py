"""``GET /healthz``: whether the database, the broker and the workers answer and the record is whole."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from datetime import timedelta
from threading import Thread
from typing import Any

from celery import current_app
from django.conf import settings
from django.db import connection
from django.db.models import Count, Max, Min
from django.http import HttpRequest, JsonResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from media_checks.sandbox.locks import Layers
from verification import keeping
from verification.models import CheckRun, Heartbeat, RunState

ANSWER_SECONDS = 3


@never_cache
@require_safe
def healthz(request: HttpRequest) -> JsonResponse:
    """200 with the state of each part, or 503 when one is not well. It names no address and no error text."""
    questions = {"database": queue_now, "broker": _broker, "record": _record, "locks": locks_now}
    answers = _within(ANSWER_SECONDS, questions)
    queue = answers["database"] or dict.fromkeys(("heartbeat_age_s", "queue_depth", "oldest_waiting_s"))
    age = queue["heartbeat_age_s"]
    well = {name: answers[name] is not None for name in questions}
    well["record"] = bool(answers["record"])
    well["locks"] = well["locks"] and not answers["locks"].lacking
    well["worker"] = age is not None and is_of_now(age)
    parts = {name: "ok" if is_well else "not well" for name, is_well in well.items()}
    status = "ok" if all(well.values()) else "not well"
    return JsonResponse({"status": status, **parts, **queue}, status=200 if all(well.values()) else 503)


def longest_silence() -> int:
    """Seconds after which a worker without a sign of life counts as gone.

    A worker whose every slot is busy sweeps only after the longest check, with what it asks before.
    """
    return settings.LONGEST_RUN_SECONDS + 3 * settings.SWEEP_SECONDS


def is_of_now(age: float) -> bool:
    """Whether a sign of life of this age in seconds says that a worker lives. One from the future is of a
    clock that was put back since."""
    return abs(age) <= longest_silence()


def broker_answers() -> bool:
    """Whether the broker answers within a second."""
    return _within(1, {"broker": _broker})["broker"] is not None


def queue_now() -> dict[str, Any]:
    """Ages in seconds; the depth counts the runs that wait, those of earlier rounds included."""
    now = timezone.now()
    beat = Heartbeat.objects.aggregate(last=Max("at"))["last"]
    waiting = CheckRun.objects.filter(state=RunState.QUEUED).aggregate(
        depth=Count("pk"), oldest=Min("created_at")
    )
    age = {
        "heartbeat_age_s": beat and round((now - beat).total_seconds(), 1),
        "oldest_waiting_s": waiting["oldest"] and round((now - waiting["oldest"]).total_seconds(), 1),
    }
    return {**age, "queue_depth": waiting["depth"]}


def locks_now() -> Layers | None:
    """The locks of that living worker whose child shows the fewest; None where one has not told."""
    living = timezone.now() - timedelta(seconds=longest_silence())
    told = list(Heartbeat.objects.filter(at__gte=living).values_list("locks", flat=True))
    shown = [Layers(tuple(each["holding"]), each["missing"]) for each in told if each is not None]
    if not shown or len(shown) < len(told):
        return None
    return min(shown, key=lambda each: (not each.lacking, len(each.holding)))


def broken() -> int:
    """How many breaks the last readings of the record and of the stored files have found."""
    return max((each.broken for each in keeping.last_readings()), default=0)


def _record() -> bool:
    return not broken() and not keeping.is_overdue()


def _broker() -> dict[str, Any]:
    """Nothing to tell but that it answers; raises when it does not."""
    if settings.CELERY_BROKER_URL.startswith("filesystem:"):
        folder = settings.CELERY_BROKER_TRANSPORT_OPTIONS["data_folder_in"]
        if not os.access(folder, os.R_OK | os.W_OK | os.X_OK):
            raise OSError("The broker's folder cannot be written.")
        return {}
    with current_app.connection_for_write(connect_timeout=ANSWER_SECONDS) as broker:
        broker.ensure_connection(max_retries=1, timeout=ANSWER_SECONDS)
        broker.default_channel.client.ping()
    return {}


def _within(seconds: float, questions: dict[str, Callable[[], Any]]) -> dict[str, Any]:
    """What each question answers, asked all at once; None where it raised or the time was over.

    Each has a thread of its own: a server that takes a connection and then says nothing can hold
    up a thread for minutes, but not the answer.
    """
    answers: dict[str, Any] = dict.fromkeys(questions)

    def ask(name: str) -> None:
        try:
            answers[name] = questions[name]()
        except Exception:
            answers[name] = None
        finally:
            connection.close()

    threads = [Thread(target=ask, args=(name,), daemon=True) for name in questions]
    for thread in threads:
        thread.start()
    deadline = time.monotonic() + seconds
    for thread in threads:
        thread.join(max(0, deadline - time.monotonic()))
    return dict(answers)
