"""Archives that are not asked, or give no answer: nothing is lost, nobody waits, and the finding says so."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.db import IntegrityError, transaction

from claims.models import Consent, CustodyEvent
from tests import network
from tests.builders import checked, make_case, make_claim, make_evidence
from tests.strangers import HTTP, stranger
from tests.verification.archived import NOBODY, SITE, checked_again, dates_of, sent, states
from verification import archives
from verification.models import ArchiveLookup, LookupOutcome, RunState
from verification.phrases import phrase_of

pytestmark = pytest.mark.django_db

CAPTURED_AT = datetime(2014, 6, 12, 9, 30, tzinfo=UTC)


@pytest.fixture
def claim():
    return make_claim(make_case())


@pytest.mark.parametrize(
    ("given", "asked"),
    [
        (f"{SITE}/street.jpg#top", f"{SITE}/street.jpg"),
        (
            "https://me:secret@photos.example:8443/street.jpg?a=b",
            "https://photos.example:8443/street.jpg?a=b",
        ),
        (f"https://archive.example/web/20150101000000/{SITE}/street.jpg", f"{SITE}/street.jpg"),
        ("https://[2606:4700::1111]/a.jpg", "https://[2606:4700::1111]/a.jpg"),
        ("https://10.0.0.7/street.jpg", None),
        ("https://127.0.0.1/street.jpg", None),
        ("https://intranet/street.jpg", None),
        ("https://abcdefghijklmnop.onion/street.jpg", None),
        ("ftp://photos.example/street.jpg", None),
        ("at://did:plc:abc/app.bsky.feed.post/3k", None),
        ("https://[photos/street.jpg", None),
    ],
)
def test_an_archive_hears_of_public_addresses_alone_and_of_nothing_within_them(claim, settings, given, asked):
    with stranger(HTTP + b'[["timestamp"]]') as server:
        settings.ARCHIVE_CDX_URL = server.url
        archives.ask(make_evidence(claim.case, claim, source_url=given))
    stored = ArchiveLookup.objects.first()
    assert (stored.address if stored else None) == asked
    assert len(server.requests) == (1 if asked else 0)
    assert "secret" not in str(server.requests)


def test_an_address_alone_is_not_asked_about(claim, settings):
    with stranger(HTTP + b"[]") as server:
        settings.ARCHIVE_CDX_URL = server.url
        sent(claim, content=b"")
    assert server.requests == []


def test_what_was_given_to_this_desk_alone_is_told_to_nobody(claim, settings):
    with stranger(HTTP + b"[]") as server:
        settings.ARCHIVE_CDX_URL = server.url
        evidence = checked(sent(claim, consent=Consent.DESK_ONLY))
    assert server.requests == []
    reason = dates_of(evidence)[1]["dates.archive_not_asked"]["details"]["reason"]
    assert reason == "its sender gave the address to this desk alone"
    assert not CustodyEvent.objects.filter(action="archive.asked").exists()


def test_by_default_nobody_is_asked_and_no_connection_is_made(claim, settings):
    assert settings.ARCHIVE_CDX_URL == ""
    with network.heard() as seen:
        evidence = checked(sent(claim))
    assert seen == []
    assert "dates.archive_not_asked" not in dates_of(evidence)[1]
    assert not ArchiveLookup.objects.exists()


def test_a_connection_would_be_seen(claim, settings):
    settings.ARCHIVE_CDX_URL = NOBODY
    with network.heard() as seen:
        checked(sent(claim))
    assert seen


def test_three_checks_ask_once_and_later_rounds_not_again(claim, settings):
    with stranger(HTTP + b'[["timestamp"]]') as server:
        settings.ARCHIVE_CDX_URL = server.url
        evidence = checked_again(checked(sent(claim)))
        assert evidence.round == 2
    assert len(server.requests) == 1
    assert ArchiveLookup.objects.count() == 1


STRANGE = {
    "not there": (None, None, "it cannot be reached (ConnectionRefusedError)"),
    "slow": (b"", 0.2, "it took longer than 1 seconds"),
    "drop by drop": (HTTP, 0.2, "it took longer than 1 seconds"),
    "garbage": (HTTP + b"<html>", None, "its answer is not one of the CDX protocol"),
    "half an answer": (HTTP + b'[["timestamp"],', None, "its answer is not one of the CDX protocol"),
    "huge": (HTTP + b" " * 200_000, None, "it answered more than it may"),
    "broken": (b"HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n", None, "it answered with status 500"),
    "overrun": (b"HTTP/1.1 429 No\r\nContent-Length: 0\r\n\r\n", None, "it answered with status 429"),
}


@pytest.mark.parametrize("how", STRANGE)
def test_an_archive_that_does_not_answer_is_told_and_costs_no_check(claim, settings, how):
    answer, every, reason = STRANGE[how]
    settings.ARCHIVE_SECONDS = 1
    settings.ARCHIVE_CDX_URL = NOBODY
    with stranger(answer or b"", every=every) as server:
        if answer is not None:
            settings.ARCHIVE_CDX_URL = server.url
        evidence = checked(sent(claim))
    assert states(evidence) == {RunState.FINISHED}
    assert evidence.check_runs.count() == 3
    verdict, findings = dates_of(evidence)
    assert verdict == "inconclusive"
    assert findings["dates.archive_not_asked"]["details"]["reason"] == reason
    assert phrase_of(reason)


def test_a_useless_answer_about_one_address_keeps_nobody_else_waiting(claim, settings):
    with stranger(b"HTTP/1.1 403 No\r\nContent-Length: 0\r\n\r\n") as server:
        settings.ARCHIVE_CDX_URL = server.url
        for name in ("one.jpg", "two.jpg"):
            checked(sent(claim, name))
    assert len(server.requests) == 2


def test_of_two_workers_that_asked_the_first_one_counts(claim, settings):
    settings.ARCHIVE_CDX_URL = NOBODY
    evidence = sent(claim)
    archives.ask(evidence)
    archives._store(evidence, f"{SITE}/street.jpg", {"outcome": LookupOutcome.NOT_ARCHIVED})
    assert evidence.archive_lookups.get().outcome == LookupOutcome.AWAY
    assert CustodyEvent.objects.filter(action="archive.asked").count() == 1
    with pytest.raises(IntegrityError), transaction.atomic():
        ArchiveLookup.objects.create(
            evidence=evidence, round=1, server="x", address="x", outcome=LookupOutcome.NOT_ARCHIVED
        )


@pytest.mark.parametrize(
    "wrong",
    [{"outcome": "captured"}, {"outcome": "away"}, {"outcome": "else", "reason": "x"}]
    + [{"outcome": "not_archived", "captured_at": CAPTURED_AT}],
)
def test_the_database_forbids_what_makes_no_sense(claim, wrong):
    with pytest.raises(IntegrityError), transaction.atomic():
        ArchiveLookup.objects.create(evidence=sent(claim), round=1, server="x", address="x", **wrong)
