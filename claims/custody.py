"""The custody record: what happened to bytes and records, hash-chained within each case."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from typing import Any

from django.db import models, transaction
from django.utils import timezone

from claims.actors import Actor
from claims.models import Case, CustodyEvent

GENESIS = "0" * 64


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
        previous_hash=last.hash if last else GENESIS,
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
    """SHA-256, in hex, over the line's canonical JSON, the hash before it included."""
    line = {
        "case": str(event.case_id),
        "sequence": event.sequence,
        "at": event.at.isoformat(),
        "actor": event.actor,
        "action": event.action,
        "subject": event.subject,
        "details": event.details,
        "previous_hash": event.previous_hash,
    }
    canonical = json.dumps(line, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(canonical.encode()).hexdigest()


def breaks(case: Case) -> Iterator[str]:
    """One sentence for each line of the case's record that does not follow from the one before."""
    previous, sequence = GENESIS, 0
    for event in CustodyEvent.objects.filter(case=case).order_by("sequence").iterator():
        sequence += 1
        if event.sequence != sequence:
            yield f"line {sequence} is missing before line {event.sequence}"
            sequence = event.sequence
        if event.previous_hash != previous:
            yield f"line {event.sequence} does not follow from the line before it"
        if hash_of(event) != event.hash:
            yield f"line {event.sequence} was changed"
        previous = event.hash
