"""The custody record: what happened to bytes and records, hash-chained within each case."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from itertools import groupby
from typing import Any
from uuid import UUID

from django.db import models, transaction
from django.utils import timezone

from claims import verify_record
from claims.actors import Actor
from claims.models import Case, CustodyEvent

Line = dict[str, Any]


@dataclass
class _Operation:
    """Lines that wait for the end of the operation, and how many blocks deep its transaction is."""

    depth: int
    lines: list[CustodyEvent]


_now: ContextVar[_Operation | None] = ContextVar("operation", default=None)


@contextmanager
def operation() -> Iterator[None]:
    """A transaction whose lines of the record are written last and together.

    So a case's record is locked for that moment alone, and many can change the case at once. An operation
    within an operation is a part of it: where it fails, all does.
    """
    outer = _now.get()
    with transaction.atomic(savepoint=not outer):
        inner = _Operation(_depth(), outer.lines if outer else [])
        token = _now.set(inner)
        try:
            yield
        finally:
            _now.reset(token)
        if not outer:
            _append(inner.lines)


def record(actor: Actor, action: str, subject: models.Model, *, case: Case, **details: Any) -> None:
    """Append one line to the case's record, when the caller's operation ends and with it.

    Raises TransactionManagementError outside an operation, and in a transaction within one, which could
    fail alone and leave the line.
    """
    inner = _now.get()
    if not inner or inner.depth != _depth():
        raise transaction.TransactionManagementError("A line belongs in the operation of its change.")
    line = CustodyEvent(
        case_id=case.pk,
        actor=actor.label,
        action=action,
        subject=subject_of(subject),
        details=details,
        salt=secrets.token_hex(16),
    )
    inner.lines.append(line)


def _depth() -> int:
    return len(transaction.get_connection().atomic_blocks)


def _append(lines: list[CustodyEvent]) -> None:
    """Write these lines, one case after another, each in the order in which they were recorded."""
    for case_id, own in groupby(sorted(lines, key=_case), key=_case):
        # Locked until the transaction ends, so that one line follows another.
        Case.objects.select_for_update(no_key=True).values_list("pk").get(pk=case_id)
        tips = CustodyEvent.objects.filter(case=case_id).order_by("-sequence")
        tip = tips.values_list("sequence", "hash").first() or (0, verify_record.GENESIS)
        CustodyEvent.objects.bulk_create(_chained(own, *tip))


def _chained(lines: Iterable[CustodyEvent], sequence: int, previous_hash: str) -> list[CustodyEvent]:
    """The lines as they follow the one with this sequence and hash."""
    chained, at = [], timezone.now()
    for line in lines:
        sequence += 1
        line.sequence, line.at, line.previous_hash = sequence, at, previous_hash
        line.hash = previous_hash = hash_of(line)
        chained.append(line)
    return chained


def _case(line: CustodyEvent) -> UUID:
    return line.case_id


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
