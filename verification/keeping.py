"""Keeping the custody record: what a worker does about it when nobody asks.

Once a day it signs a head, has it time-stamped where the operator names an authority, removes what crashes
left in the store, and begins to read the whole record and every stored file again. The record is read in one
go; the files in slices, so that they never hold up a worker for long and a killed one costs a slice alone. No
more than a file's piece and a batch of rows is ever in memory.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterable
from datetime import timedelta

from django.conf import settings
from django.utils import timezone

from claims import heads, integrity, media_files, time_stamps
from claims.integrity import Break
from claims.models import Case, CustodyEvent, CustodyHead, MediaFile, RecordReading
from claims.transitions import LostRace
from verification import asking

log = logging.getLogger(__name__)

EVERY = timedelta(days=1)
OVERDUE = 2 * EVERY
SLICE_SECONDS = 60
STAMP_SECONDS = 20
# RFC 3161, 3.4.
HEADERS = {"Content-Type": "application/timestamp-query", "Accept": "application/timestamp-reply"}
LEASE = timedelta(hours=1)
MOST_KEPT = 100
# Files are fetched so many at a time: a statement left open would be in the way of a write on SQLite.
AT_ONCE = 100


def tend() -> bool:
    """Do what is due; returns whether there is more to be read."""
    if heads.is_due(timezone.now()):
        sign_head()
    if settings.TIME_STAMP_URL:
        stamp_newest()
    reading = _taken()
    return reading is not None and _read_on(reading)


def sign_head() -> None:
    """Sign a head; somebody else's of the same moment is as good."""
    try:
        head = heads.sign()
    except LostRace:
        return
    log.info("Signed head %s over %s lines of the custody record.", head.number, head.lines)


def stamp_newest() -> None:
    """Have the newest head time-stamped; it covers all before it. What fails is tried again the next time."""
    head = CustodyHead.objects.filter(time_stamp=None).order_by("-number").first()
    if head is None or CustodyHead.objects.filter(number__gt=head.number).exists():
        return
    asked = time_stamps.request_for(head)
    try:
        answer = asking.answer_of(settings.TIME_STAMP_URL, STAMP_SECONDS, HEADERS, body=asked.as_bytes())
        time_stamps.keep(head, answer, asked, settings.TIME_STAMP_URL)
    except asking.NoAnswer as problem:
        log.warning("Head %s got no time stamp: %s.", head.number, problem.reason)
    except time_stamps.BadTimeStamp as problem:
        log.error("Head %s got a time stamp that is not one: %s.", head.number, problem)


def is_overdue() -> bool:
    """Whether it is too long ago that everything was read, on a desk that has something to read."""
    since = timezone.now() - OVERDUE
    if RecordReading.objects.filter(finished_at__gt=since).exists():
        return False
    reading = RecordReading.objects.order_by("pk").values_list("started_at", flat=True)[:1]
    line = CustodyEvent.objects.order_by("pk").values_list("at", flat=True)[:1]
    began = [*reading, *line][:1]
    return bool(began) and began[0] < since


def last_readings() -> list[RecordReading]:
    """The reading that is under way, if one is, and the last that was finished."""
    under_way = RecordReading.objects.filter(finished_at=None).order_by("-pk")[:1]
    finished = RecordReading.objects.exclude(finished_at=None).order_by("-pk")[:1]
    return [*under_way, *finished]


def _taken() -> RecordReading | None:
    """The reading to go on with, leased to this worker; a new one once a day. None while another has it."""
    now = timezone.now()
    last = RecordReading.objects.order_by("-pk").first()
    if last is None or (last.finished_at and last.started_at < now - EVERY):
        last = RecordReading.objects.create()
    mine = now + LEASE
    free = RecordReading.objects.filter(pk=last.pk, finished_at=None, lease_until__lte=timezone.now())
    if not free.update(lease_until=mine):
        return None
    last.refresh_from_db()
    return last


def _read_on(reading: RecordReading) -> bool:
    """Read one slice; returns whether there is more."""
    if not reading.record_read:
        _sweep_orphans()
        _note(reading, integrity.record_breaks(Case.objects.order_by("pk").iterator()))
        _note(reading, integrity.desk_breaks())
        return _store(reading, record_read=True)
    deadline = time.monotonic() + SLICE_SECONDS
    while files := list(MediaFile.objects.filter(sha256__gt=reading.reached).order_by("sha256")[:AT_ONCE]):
        for media_file in files:
            found = integrity.file_break(media_file)
            _note(reading, [found] if found else [])
            reading.files, reading.reached = reading.files + 1, media_file.sha256
            if time.monotonic() > deadline:
                return _store(reading)
    reading.finished_at = timezone.now()
    log.info("Read the custody record and %s files: %s breaks.", reading.files, reading.broken)
    return _store(reading)


def _sweep_orphans() -> None:
    """A store that does not answer keeps nobody from reading the record."""
    try:
        media_files.sweep_orphans()
    except OSError as problem:
        log.error("What crashes left in the store was not swept: %s.", type(problem).__name__)


def _note(reading: RecordReading, found: Iterable[Break]) -> None:
    for each in found:
        log.critical("BROKEN: %s %s %s", each.kind, each.case, each.message)
        reading.broken += 1
        if len(reading.breaks) < MOST_KEPT:
            reading.breaks.append(each.as_json())


def _store(reading: RecordReading, **changes: bool) -> bool:
    """Write down how far it came and let go of it, unless its lease has passed to another worker."""
    names = ("finished_at", "reached", "files", "broken", "breaks")
    RecordReading.objects.filter(pk=reading.pk, lease_until=reading.lease_until).update(
        lease_until=timezone.now(), **{name: getattr(reading, name) for name in names}, **changes
    )
    return reading.finished_at is None
