"""Whether the record and the stored bytes are still what they were: everything is read again."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from itertools import islice
from typing import Any, TypeVar
from uuid import UUID

from django.db import connection

from claims import append_only, custody, heads, storage, time_stamps
from claims.models import Case, CustodyEvent, Evidence, MediaFile

RECEIVED = "evidence.received"
AT_ONCE = 500

T = TypeVar("T")

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Break:
    """Something that is not as it was; of which ``kind``, is in docs/cli.md. ``case`` is a slug, or empty."""

    kind: str
    message: str
    case: str = ""

    def as_json(self) -> dict[str, Any]:
        """For one line of JSON."""
        return asdict(self)


def record_breaks(cases: Iterable[Case]) -> Iterator[Break]:
    """What is wrong with the records of these cases, and with the items that they say were received."""
    for case in cases:
        yield from _told("record", custody.breaks(case), case.slug)
        yield from _told("item", _item_breaks(case), case.slug)


def desk_breaks() -> Iterator[Break]:
    """What is wrong with the heads, and with the triggers that protect the tables."""
    yield from _told("head", heads.breaks())
    yield from _told("time_stamp", time_stamps.breaks())
    missing = append_only.missing(connection)
    yield from _told("trigger", (f"the trigger {name} is missing or switched off" for name in missing))


def file_break(media_file: MediaFile) -> Break | None:
    """What is wrong with the stored bytes of one file, all of which are read; None where nothing is."""
    found, size = hashlib.sha256(), 0
    try:
        for piece in storage.chunks(media_file.sha256):
            found.update(piece)
            size += len(piece)
    except FileNotFoundError:
        return Break("file", f"{media_file.sha256} is missing")
    except OSError as error:
        return Break("file", f"{media_file.sha256} cannot be read ({type(error).__name__})")
    if found.hexdigest() != media_file.sha256 or size != media_file.size:
        return Break("file", f"{media_file.sha256} was changed: {size} bytes of {media_file.size}")
    return None


def _told(kind: str, sentences: Iterable[str], case: str = "") -> Iterator[Break]:
    """Each sentence as a break. Rows that nothing of the desk can have written are a break too."""
    try:
        yield from (Break(kind, each, case) for each in sentences)
    except Exception as problem:
        log.error("What is stored as %s %s cannot be read: %s", kind, case, repr(problem))
        yield Break(kind, f"what is stored cannot be read any further ({type(problem).__name__})", case)


def _item_breaks(case: Case) -> Iterator[str]:
    lines = CustodyEvent.objects.filter(case=case, action=RECEIVED).order_by("sequence")
    for batch in _batches(lines.iterator()):
        yield from _changed_items(case, {_item(line): line for line in batch})
    for items in _batches(Evidence.objects.filter(case=case).values_list("pk", flat=True).iterator()):
        subjects = {f"evidence:{pk}": pk for pk in items}
        known = lines.filter(subject__in=subjects).values_list("subject", flat=True)
        for subject in sorted(subjects.keys() - set(known)):
            yield f"the record does not say that {subject} was received"


def _changed_items(case: Case, received: dict[UUID, CustodyEvent]) -> Iterator[str]:
    items = Evidence.objects.filter(case=case, pk__in=received).values_list("pk", "media_file")
    stored = dict(items)
    for pk, line in received.items():
        if pk not in stored:
            yield f"{line.subject}, received by line {line.sequence}, is gone"
        elif stored[pk] != line.details.get("sha256"):
            yield f"{line.subject} stands on other bytes than line {line.sequence} says"


def _item(line: CustodyEvent) -> UUID:
    return UUID(line.subject.partition(":")[2])


def _batches(rows: Iterable[T]) -> Iterator[list[T]]:
    waiting = iter(rows)
    while batch := list(islice(waiting, AT_ONCE)):
        yield batch
