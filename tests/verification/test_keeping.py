"""Everything is read again once a day, slice by slice, and what is broken is shown loudly."""

from __future__ import annotations

import logging
import os
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from claims import storage
from claims.models import CustodyEvent, RecordReading, Role
from tests.builders import make_case, make_claim, make_evidence, received
from tests.originals import path_of
from tests.staff import signed_in, staff
from verification import health, keeping, tasks

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("store")]


@pytest.fixture
def items():
    case = make_case()
    claim = make_claim(case)
    return [make_evidence(case, claim) for _ in range(5)]


def lose(item) -> None:
    path_of(item.media_file_id).unlink()


def read_all() -> RecordReading:
    while keeping.tend():
        pass
    return RecordReading.objects.first()


def days_ago(days: float):
    return timezone.now() - timedelta(days=days)


def test_all_is_read_once_a_day(items):
    reading = read_all()
    assert (reading.files, reading.broken, reading.breaks) == (5, 0, [])
    assert reading.finished_at
    assert keeping.tend() is False
    assert RecordReading.objects.count() == 1
    RecordReading.objects.update(started_at=days_ago(1.1))
    assert read_all().pk != reading.pk


def test_what_a_crash_left_in_the_store_is_removed_before_all_is_read(items):
    left = received(b"nobody was told that this was kept")
    storage.keep(left)
    os.utime(path_of(left.sha256), (0, 0))
    assert (read_all().files, read_all().broken) == (5, 0)
    assert not path_of(left.sha256).exists()


def test_a_store_that_cannot_be_listed_keeps_nobody_from_reading_the_record(items, monkeypatch, caplog):
    def broken(older_than: float) -> int:
        raise OSError("planted")

    monkeypatch.setattr(storage, "discard_unfinished", broken)
    assert read_all().files == 5
    assert "was not swept: OSError" in caplog.text


def test_a_reading_goes_on_where_its_last_slice_ended(items, monkeypatch):
    monkeypatch.setattr(keeping, "SLICE_SECONDS", -1)
    files = []
    while keeping.tend():
        files.append(RecordReading.objects.get().files)
    assert files == [0, 1, 2, 3, 4, 5]
    assert RecordReading.objects.get().files == 5


def test_a_slice_is_not_read_twice_at_once_and_a_dead_worker_holds_it_up_for_an_hour_only(items):
    keeping.tend()
    RecordReading.objects.update(lease_until=timezone.now() + keeping.LEASE)
    assert keeping.tend() is False
    assert RecordReading.objects.get().finished_at is None
    RecordReading.objects.update(lease_until=days_ago(0))
    assert read_all().files == 5


def test_a_late_worker_writes_nothing(items):
    keeping.tend()
    late = keeping._taken()
    RecordReading.objects.update(lease_until=timezone.now() + timedelta(hours=2))
    keeping._read_on(late)
    stored = RecordReading.objects.get()
    assert (stored.finished_at, stored.files) == (None, 0)


@pytest.mark.usefixtures("triggers_off")
def test_breaks_of_the_record_and_of_files_are_kept_and_logged(items, caplog):
    lose(items[0])
    CustodyEvent.objects.filter(sequence=2).update(actor="user:1")
    with caplog.at_level(logging.CRITICAL):
        reading = read_all()
    kinds = [each["kind"] for each in reading.breaks]
    assert kinds.count("record") == kinds.count("file") == 1
    assert reading.broken == len(reading.breaks)
    assert f"{items[0].media_file_id} is missing" in caplog.text


def test_what_is_kept_of_many_breaks_is_bounded(items, monkeypatch):
    monkeypatch.setattr(keeping, "MOST_KEPT", 2)
    for item in items:
        lose(item)
    reading = read_all()
    assert (reading.broken, len(reading.breaks)) == (5, 2)


def test_a_break_is_shown_on_the_front_page_and_in_the_health(items):
    case = items[0].case
    lead = staff(case, Role.LEAD)
    read_all()
    assert "custody record and files whole" in signed_in(lead).get("/admin/").content.decode()
    lose(items[0])
    RecordReading.objects.update(started_at=days_ago(1.1))
    read_all()
    page = signed_in(lead).get("/admin/").content.decode()
    assert "THE CUSTODY RECORD OR STORED FILES ARE BROKEN (1 breaks)" in page
    assert items[0].media_file_id not in page
    RecordReading.objects.create()  # A new reading that has found nothing yet takes nothing back.
    assert health.broken() == 1


@pytest.mark.django_db(transaction=True)
def test_a_break_is_told_to_whoever_watches(items):
    assert Client().get("/healthz").json()["record"] == "ok"
    RecordReading.objects.create(broken=1, finished_at=timezone.now())
    answer = Client().get("/healthz")
    assert (answer.status_code, answer.json()["record"]) == (503, "not well")


def test_a_reading_that_does_not_come_to_its_end_is_said(items):
    assert not keeping.is_overdue()
    RecordReading.objects.create(started_at=days_ago(1.9))
    assert not keeping.is_overdue()
    RecordReading.objects.update(started_at=days_ago(2.1))
    assert keeping.is_overdue()
    page = signed_in(staff(items[0].case, Role.LEAD)).get("/admin/").content.decode()
    assert "were not read again for two days or more" in page


@pytest.mark.usefixtures("triggers_off")
def test_a_desk_whose_worker_never_read_anything_is_overdue(items):
    CustodyEvent.objects.update(at=days_ago(3))
    assert keeping.is_overdue()


def test_the_task_sends_itself_on_while_there_is_more(items):
    for _ in range(2):
        tasks.keep_record()
    assert RecordReading.objects.get().finished_at
