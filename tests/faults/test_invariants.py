"""The judge of every fault finds what it is there to find: each violation is planted once."""

from __future__ import annotations

import base64
import shutil

import pytest
from django.conf import settings
from django.utils import timezone

from claims import custody, receipts
from claims.actors import DESK
from claims.models import Claim, CustodyEvent, Evidence, MediaFile
from tests.builders import checked, make_case, make_claim, make_evidence, publish
from tests.faults import canaries, invariants
from tests.faults.invariants import Ledger
from tests.originals import path_of
from tests.superuser import without_triggers
from verification import runner
from verification.models import CheckRun, FeedChange, FeedEntry, Review, RunState

pytestmark = pytest.mark.django_db


@pytest.fixture
def item(store, settings, tmp_path):
    settings.DATA_DIR = tmp_path
    case = make_case()
    item = checked(make_evidence(case))
    publish(make_claim(case))
    assert invariants.violations(Ledger(canaries=canaries.PLANTED)).all() == []
    return item


def found(ledger: Ledger | None = None) -> str:
    return "; ".join(invariants.violations(ledger or Ledger()).all())


def test_a_submission_that_was_acknowledged_and_is_not_there(item):
    assert "is gone" in found(Ledger(received=[(receipts.generate(), "")]))


def test_bytes_that_were_acknowledged_and_are_not_in_their_submission(item):
    code = receipts.generate()
    type(item.submission).objects.update(receipt_hash=receipts.hash_of(code))
    assert found(Ledger(received=[(code, item.media_file_id)])) == ""
    assert "is gone" in found(Ledger(received=[(code, "0" * 64)]))


def test_bytes_that_are_gone_or_changed(item):
    path = path_of(item.media_file_id)
    path.chmod(0o600)
    path.write_bytes(b"something else")
    assert "was changed" in found()
    path.unlink()
    assert "is missing" in found()


def test_a_run_that_has_not_ended_or_is_missing(item):
    CheckRun.objects.filter(check_slug="metadata").update(state=RunState.QUEUED)
    assert "is queued" in found()
    CheckRun.objects.filter(check_slug="metadata").delete()
    assert "has no run of metadata in round 1" in found()


def test_an_item_without_a_review(item):
    Review.objects.all().delete()
    assert "has no review" in found()


def test_a_run_that_ended_twice_or_without_a_line(item):
    run = item.check_runs.get(check_slug="metadata")
    with custody.operation():
        runner._note(run, "check.finished", verdict="consistent")
    assert "finished 2 times" in found()
    CheckRun.objects.filter(pk=run.pk).update(state=RunState.FAILED, reason="it crashed")
    assert "the record does not say so" in found()


def test_an_item_that_was_checked_twice_in_one_round(item):
    with custody.operation():
        custody.record(DESK, "evidence.checked", item, case=item.case, round=1)
    assert "was checked 2 times in round 1" in found()


def test_the_same_bytes_twice_in_one_submission(item):
    with without_triggers():
        twin = Evidence.objects.get(pk=item.pk)
        twin.pk = None
        twin._state.adding = True
        twin.save()
    assert "is there 2 times" in found()


def test_an_entry_of_the_feed_too_few_or_too_many(item):
    entry = FeedEntry.objects.get()
    entry.pk, entry.sequence, entry.change = None, 2, FeedChange.CORRECTED
    entry.save(force_insert=True)
    assert "2 entries" in found()
    FeedEntry.objects.all().delete()
    assert "0 entries" in found()
    assert "the feed's head is 1" in found()


def test_a_line_of_the_record_that_was_changed(item):
    with without_triggers():
        CustodyEvent.objects.filter(action="case.opened").update(actor="user:1")
    assert found()


@pytest.mark.parametrize("name", ["incoming/0f", "originals/ab/cd/" + "ab" * 32, "copies/ab/cd/x.jpg"])
def test_a_file_that_nobody_knows(item, name, monkeypatch):
    monkeypatch.setattr(invariants.media_files, "sweep_orphans", lambda older_than: 0)
    path = settings.STORAGE_FOLDER / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"x")
    assert f"nobody knows the file {name}" in found()


def test_what_a_crash_leaves_is_swept_before_it_is_judged(item):
    for name in ("incoming/0f", "originals/ab/ab/" + "ab" * 32):
        path = settings.STORAGE_FOLDER / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x")
    assert found() == ""


def test_a_media_file_without_evidence(item):
    MediaFile.objects.create(sha256="ab" * 32, size=1, media_type="image/jpeg", kind="photo")
    assert "has no evidence" in found()


@pytest.mark.parametrize("canary", canaries.PLANTED)
def test_a_canary_in_the_database(item, canary):
    Claim.objects.update(place_name=f"near {canary}, perhaps")
    told = found(Ledger(canaries=canaries.PLANTED))
    assert told == f"{canary} stands in the table claims_claim"


def test_a_canary_in_the_seal_is_where_it_belongs(item):
    make_evidence(item.case, content=b"", source_url="https://example.org", contact=canaries.CONTACT)
    assert found(Ledger(canaries=canaries.PLANTED)) == ""


@pytest.mark.parametrize("shift", [0, 1, 2])
def test_a_canary_in_a_log_or_in_the_base64_of_a_message(item, tmp_path, shift):
    (tmp_path / "a.log").write_text(f"{timezone.now()} 203.0.113.77 GET /")
    message = b"[" + b" " * shift + b'"' + canaries.CONTACT.encode() + b'"]'
    (tmp_path / "message").write_bytes(base64.b64encode(message))
    told = found(Ledger(canaries=canaries.PLANTED))
    assert "203.0.113.77 stands in the file a.log" in told
    assert "canary-contact-7f3a stands in the file message" in told


def test_a_store_that_is_gone(item):
    shutil.rmtree(settings.STORAGE_FOLDER)
    assert "is missing" in found()
