"""Thin Celery wrappers. Celery only hurries: the database is the queue of record."""

from __future__ import annotations

import logging
import socket
from collections.abc import Iterable
from typing import Any
from uuid import UUID

from celery import shared_task
from celery.signals import worker_init
from django.db import transaction
from kombu.exceptions import OperationalError

from verification import keeping, locks, runner

log = logging.getLogger(__name__)


@worker_init.connect
def show_locks(**_given: Any) -> None:
    """Before a worker takes anything, in the process that its others are forked from."""
    try:
        locks.show()
    except locks.TooFewLocks as refused:
        raise SystemExit(str(refused)) from refused  # any other exception would be logged and passed over


@shared_task(name="verification.tasks.run_check")
def run_check(run_id: str) -> None:
    """Run one check run, then send those that waited for it."""
    send(runner.run(UUID(run_id)))


@shared_task(name="verification.tasks.sweep")
def sweep() -> None:
    """Give a sign of life, settle what died, and send again whatever is due."""
    send(runner.sweep(worker=socket.gethostname()))


@shared_task(name="verification.tasks.keep_record")
def keep_record() -> None:
    """Do what is due for the custody record; whatever is left is sent at once, or by beat later."""
    if keeping.tend():
        _send(keep_record)


def hurry(run_ids: Iterable[UUID]) -> None:
    """Send these runs to the workers once the transaction has committed."""
    ids = list(run_ids)
    transaction.on_commit(lambda: send(ids), robust=True)


def send(run_ids: Iterable[UUID]) -> int:
    """Send runs to the workers; returns how many were sent.

    A send that fails is logged and forgotten, and so are those after it: the sweep sends them.
    """
    sent = 0
    for run_id in run_ids:
        if not _send(run_check, str(run_id)):
            break
        sent += 1
    return sent


def _send(task: Any, *arguments: str) -> bool:
    try:
        task.apply_async(args=arguments, retry=False)
    except (OperationalError, OSError) as error:
        log.warning("The broker is away (%s); what is due is sent later.", type(error).__name__)
        return False
    return True
