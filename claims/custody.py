"""The custody record: what happened to bytes and records, hash-chained within each case."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from typing import Any

from django.db import models, transaction
from django.utils import timezone

from claims import verify_record
from claims.actors import Actor
from claims.models import Case, CustodyEvent

Line = dict[str, Any]


def record(actor: Actor, action: str, subject: models.Model, *, case: Case, **details: Any) -> CustodyEvent:
    """Append one line to the case's record, in the caller's transaction.

    Lines of one case are written one after another: the case's row is locked until the
    transaction ends. Raises TransactionManagementError outside a transaction.
    """
    if not transaction.get_connection().in_atomic_block:
        raise transaction.TransactionManagementError("A line belongs in the transaction of its change.")
    Case.objects.select_for_update(no_key=True).get(pk=case.pk)
    last = CustodyEvent.objects.filter(case=case).order_by("-sequence").first()
    event = CustodyEvent(
        case=case,
        sequence=last.sequence + 1 if last else 1,
        at=timezone.now(),
        actor=actor.label,
        action=action,
        subject=subject_of(subject),
        details=details,
        previous_hash=last.hash if last else verify_record.GENESIS,
        salt=secrets.token_hex(16),
    )
    event.hash = hash_of(event)
    event.save(force_insert=True)
    return event


def subject_of(record_: models.Model) -> str:
    """How the record names another record: "evidence:<id>"."""
    return f"{record_._meta.model_name}:{record_.pk}"


def history_of(subject: models.Model) -> models.QuerySet[CustodyEvent]:
    """The lines about one record, oldest first."""
    return CustodyEvent.objects.filter(subject=subject_of(subject)).order_by("sequence")


def hash_of(event: CustodyEvent) -> str:
    """SHA-256, in hex, of the line; over what, is in ``claims.verify_record``."""
    return verify_record.hash_of(line_of(event))


def line_of(event: CustodyEvent, shows: Callable[[str], bool] = lambda name: True) -> Line:
    """The line as it is hashed and exported, with its hash: each value as ``{"salt", "value"}``.

    ``shows`` says of the name of each detail, and of "at", the exact time, whether it may be read.
    """

    def value(name: str, given: Any) -> dict[str, Any]:
        shown = verify_record.salted(event.salt, name, given)
        return shown if shows(name) else verify_record.withheld(shown)

    return {
        "case": str(event.case_id),
        "sequence": event.sequence,
        "hour": event.at.replace(minute=0, second=0, microsecond=0).isoformat(),
        "at": value("at", event.at.isoformat()),
        "actor": event.actor,
        "action": event.action,
        "subject": event.subject,
        "details": {name: value(name, given) for name, given in event.details.items()},
        "previous_hash": event.previous_hash,
        "hash": event.hash,
    }


def lines_of(case: Case) -> Iterator[Line]:
    """The case's record from its beginning, a line at a time."""
    events = CustodyEvent.objects.filter(case=case).order_by("sequence")
    return (line_of(event) for event in events.iterator())


def breaks(case: Case) -> Iterator[str]:
    """One sentence for each line of the case's record that does not follow from the one before."""
    return verify_record.line_breaks(lines_of(case))
