"""Media files: bytes and the row that names them, neither without the other."""

from __future__ import annotations

import os
import threading
from datetime import timedelta

import pytest
from django.db import connection, transaction

from claims import media_files, storage
from claims.models import MediaFile
from tests.builders import make_case, make_evidence, picture, received
from tests.originals import path_of

NOW = timedelta(0)


def kept() -> set[str]:
    return {sha256 for sha256, _since in storage.originals()}


def left_by_a_crash() -> str:
    left = received(picture())
    storage.keep(left)
    return left.sha256


@pytest.mark.django_db
@pytest.mark.usefixtures("either_store")
def test_the_sweep_removes_what_no_row_names_and_nothing_else():
    named = {make_evidence(make_case()).media_file_id for _each in range(3)}
    left = left_by_a_crash()
    assert kept() == named | {left}
    assert media_files.sweep_orphans(NOW) == 1
    assert kept() == named
    assert media_files.sweep_orphans(NOW) == 0


@pytest.mark.django_db
def test_the_sweep_leaves_a_day_to_whoever_is_still_sending(store):
    left = left_by_a_crash()
    sending = received(b"half a film")
    assert media_files.sweep_orphans() == 0
    for each in (path_of(left), sending.path):
        os.utime(each, (0, 0))
    assert media_files.sweep_orphans() == 2
    assert not [each for each in store.rglob("*") if each.is_file()]


@pytest.mark.django_db
def test_the_sweep_looks_at_all_of_many_files(store, monkeypatch):
    monkeypatch.setattr(media_files, "AT_ONCE", 3)
    named = {make_evidence(make_case()).media_file_id for _each in range(4)}
    for _each in range(7):
        left_by_a_crash()
    assert media_files.sweep_orphans(NOW) == 7
    assert kept() == named


@pytest.mark.django_db(transaction=True)
def test_the_sweep_never_takes_bytes_that_a_transaction_is_about_to_name(store):
    """The bytes lay there as an orphan, and somebody sends the same while the sweep is under way."""
    again = received(content := picture())
    storage.keep(received(content))
    kept_by_the_sender, swept = threading.Event(), threading.Event()

    def send():
        with transaction.atomic():
            media_files.keep([again])
            kept_by_the_sender.set()
            swept.wait(1)  # On SQLite the sweep waits for this transaction instead.
            media_files.named(again)
        connection.close()

    sender = threading.Thread(target=send)
    sender.start()
    assert kept_by_the_sender.wait(20)
    media_files.sweep_orphans(NOW)
    swept.set()
    sender.join()
    assert kept() == {again.sha256}
    assert MediaFile.objects.get().pk == again.sha256


@pytest.mark.django_db(transaction=True)
def test_what_is_acknowledged_while_a_sweep_never_stops_has_its_bytes(store, monkeypatch):
    """Each time the same bytes are refused first, and so lie there for the sweep to take."""
    monkeypatch.setattr(storage, "discard_unfinished", lambda older_than: 0)  # It would take them before.
    stop = threading.Event()

    def sweep():
        while not stop.is_set():
            media_files.sweep_orphans(NOW)
        connection.close()

    sweeper = threading.Thread(target=sweep)
    sweeper.start()
    acknowledged = set()
    try:
        for _round in range(15):
            content = picture()
            with transaction.atomic():
                media_files.keep([received(content)])
                transaction.set_rollback(True)
            acknowledged.add(make_evidence(make_case(), content=content).media_file_id)
            assert kept() >= acknowledged
    finally:
        stop.set()
        sweeper.join()
    assert kept() == acknowledged
