"""Thin Celery wrappers. Celery only hurries: the database is the queue of record."""

from __future__ import annotations

import logging
import socket
from collections.abc import Iterable
from typing import Any
from uuid import UUID

from celery import current_app, shared_task
from celery.signals import worker_init
from django.db import transaction
from kombu.exceptions import OperationalError

from verification import keeping, locks, runner

log = logging.getLogger(__name__)

AWAY = (OperationalError, OSError)
ENOUGH = 50


@worker_init.connect
def show_locks(**_given: Any) -> None:
    """Before a worker takes anything, in the process that its others are forked from."""
    try:
        locks.show()
    except locks.TooFewLocks as refused:
        raise SystemExit(str(refused)) from refused  # any other exception would be logged and passed over


@shared_task(name="verification.tasks.run_check", bind=True)
def run_check(self: Any, run_id: str) -> None:
    """Run one check run, then send those that waited for it."""
    carry_out(UUID(run_id), redelivered=bool((self.request.delivery_info or {}).get("redelivered")))


@shared_task(name="verification.tasks.sweep")
def sweep() -> None:
    """Give a sign of life, settle what died, and send again whatever is due."""
    send(runner.sweep(socket.gethostname(), refill=_broker_runs_low()))


@shared_task(name="verification.tasks.keep_record")
def keep_record() -> None:
    """Do what is due for the custody record; whatever is left is sent at once, or by beat later."""
    if keeping.tend():
        _send(keep_record)


def carry_out(run_id: UUID, *, redelivered: bool) -> None:
    """What a message about a run asks for. One that is delivered again had a worker that died with it:
    nobody waits for that worker's leases to end.
    """
    if redelivered:
        send(runner.release(run_id))
    send(runner.run(run_id))


def hurry(run_ids: Iterable[UUID]) -> None:
    """Send these runs to the workers once the transaction has committed."""
    ids = list(run_ids)
    transaction.on_commit(lambda: send(ids), robust=True)


def send(run_ids: Iterable[UUID]) -> int:
    """Send runs to the workers; returns how many were sent.

    A send that fails is logged, and so it and those after it are due: the next sweep sends them.
    """
    ids = list(run_ids)
    for sent, run_id in enumerate(ids):
        if not _send(run_check, str(run_id)):
            runner.make_due(ids[sent:])
            return sent
    return len(ids)


def _broker_runs_low() -> bool:
    """Whether workers may soon have nothing to do. While enough waits there, whatever is sent once more is in
    the way of what comes after it.
    """
    try:
        with current_app.connection_for_write() as broker:
            queue = broker.default_channel.queue_declare(current_app.conf.task_default_queue)
    except AWAY as error:
        _tell_away(error)
        return False
    return queue.message_count < ENOUGH


def _send(task: Any, *arguments: str) -> bool:
    try:
        task.apply_async(args=arguments, retry=False)
    except AWAY as error:
        _tell_away(error)
        return False
    return True


def _tell_away(error: Exception) -> None:
    log.warning("The broker is away (%s); what is due is sent later.", type(error).__name__)
