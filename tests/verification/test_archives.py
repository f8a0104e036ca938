"""The look-up in web archives, against a real one: pywb with captures made here."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from claims.models import CustodyEvent
from tests import archives as real
from tests.builders import checked, make_case, make_claim, make_evidence, picture
from tests.verification.archived import NOBODY, PHOTO, SITE, checked_again, dates_of, sent, signals, states
from verification import archives, cdx
from verification.models import ArchiveLookup, LookupOutcome, RunState

pytestmark = [pytest.mark.django_db, pytest.mark.xdist_group("pywb")]

OTHER = picture(seed=2)
IN_2014, IN_2015 = "2014-06-12T09:30:00Z", "2015-01-01T00:00:00Z"
CAPTURED_AT = datetime(2014, 6, 12, 9, 30, tzinfo=UTC)
CAPTURES = (
    real.Archived(f"{SITE}/street.jpg", "2013-05-01T00:00:00Z", b"<p>Not here", "text/html", "404 Not Found"),
    real.Archived(f"{SITE}/street.jpg", IN_2015, PHOTO),
    real.Archived(f"{SITE}/street.jpg", IN_2014, PHOTO),
    real.Archived(f"{SITE}/street.jpg", "2016-01-01T00:00:00Z", PHOTO, repeats=IN_2014),
    real.Archived(f"{SITE}/post.html", IN_2014, b"<img src=street.jpg>", "text/html"),
    real.Archived(f"{SITE}/replaced.jpg", IN_2014, OTHER),
    real.Archived(f"{SITE}/replaced.jpg", IN_2015, PHOTO),
    real.Archived(f"{SITE}/gone.jpg", IN_2014, b"<p>Not here", "text/html", "404 Not Found"),
    real.Archived(f"{SITE}/repeated.jpg", IN_2015, PHOTO, repeats=IN_2014),
    real.Archived(f"{SITE}/after.jpg", "2016-11-19T20:00:00Z", PHOTO),
)


@pytest.fixture(scope="module")
def archive() -> Iterator[str]:
    """The address of a running archive's CDX server."""
    try:
        real.programs()
    except real.NotHere as problem:
        pytest.skip(str(problem))
    with real.archive(CAPTURES) as server:
        yield server.url


@pytest.fixture
def asking(archive, settings) -> str:
    """The desk asks that archive."""
    settings.ARCHIVE_CDX_URL = archive
    return archive


@pytest.fixture
def claim():
    return make_claim(make_case())


@pytest.mark.parametrize(
    "address", [f"{SITE}/street.jpg", "http://www.photos.example:80/street.jpg", f"{SITE}/Street.jpg"]
)
def test_the_earliest_capture_with_its_digest_is_found(archive, address):
    found = cdx.earliest(archive, address, seconds=10)
    assert found == cdx.Capture(CAPTURED_AT, "image/jpeg", CAPTURES[1].digest)


@pytest.mark.parametrize("name", ["none.jpg", "gone.jpg", "repeated.jpg", "street.jpg?x=1", "str*", "*"])
def test_what_was_never_captured_as_asked_is_not_found(archive, name):
    assert cdx.earliest(archive, f"{SITE}/{name}", seconds=10) is None


def test_the_same_bytes_before_the_claimed_time_contradict_it(asking, claim):
    evidence = checked(sent(claim))
    verdict, findings = dates_of(evidence)
    assert verdict == "contradicted"
    assert "2014-06-12 09:30 UTC" in findings["dates.earlier_copy"]["summary"]
    assert signals(findings)["archive capture of the same bytes"]["weight"] == "B"
    assert states(evidence) == {RunState.FINISHED}
    (stored,) = ArchiveLookup.objects.all()
    assert (stored.outcome, stored.captured_at, stored.same_bytes) == ("captured", CAPTURED_AT, True)
    assert (stored.server, stored.address, stored.round) == (asking, f"{SITE}/street.jpg", 1)
    asked = CustodyEvent.objects.get(action="archive.asked")
    assert asked.subject == f"evidence:{evidence.pk}"
    assert asked.details["outcome"] == "captured"


def test_soon_after_the_claimed_time_they_speak_for_it(asking, claim):
    verdict, findings = dates_of(checked(sent(claim, "after.jpg")))
    assert verdict == "consistent"
    assert "dates.existed_soon_after" in findings


@pytest.mark.parametrize(
    ("name", "source", "note"),
    [
        ("post.html", "archive capture of a page", "whether the page showed this content is not known"),
        ("replaced.jpg", "archive capture of a file", "its digest is not that of the received file"),
    ],
)
def test_a_page_or_another_file_weighs_little_and_says_why(asking, claim, name, source, note):
    verdict, findings = dates_of(checked(sent(claim, name)))
    assert verdict == "disputed"
    assert "dates.earlier_copy" not in findings
    signal = signals(findings)[source]
    assert (signal["weight"], signal["note"]) == ("D", note)
    assert findings["dates.outside_claim"]["details"]["note"] == note


@pytest.mark.parametrize("name", ["none.jpg", "gone.jpg"])
def test_what_was_never_archived_says_nothing(asking, claim, name):
    evidence = checked(sent(claim, name))
    verdict, findings = dates_of(evidence)
    assert (verdict, set(findings)) == ("inconclusive", {"dates.none", "dates.envelope"})
    assert not signals(findings)
    assert evidence.archive_lookups.get().outcome == LookupOutcome.NOT_ARCHIVED


def test_an_identical_file_is_bound_by_the_capture_too(asking, claim):
    checked(sent(claim))
    verdict, findings = dates_of(checked(make_evidence(claim.case, claim, content=PHOTO)))
    assert verdict == "contradicted"
    assert findings["dates.earlier_copy"]["details"]["note"] == "same bytes, archive capture"


def test_a_capture_of_other_bytes_is_no_story_of_a_copy(asking, claim):
    checked(sent(claim, "replaced.jpg"))
    _verdict, findings = dates_of(checked(make_evidence(claim.case, claim, content=PHOTO)))
    assert "dates.earlier_copy" not in findings


def test_it_is_asked_again_in_the_next_round(archive, claim, settings):
    settings.ARCHIVE_CDX_URL = NOBODY
    evidence = checked(sent(claim))
    settings.ARCHIVE_CDX_URL = archive
    verdict, findings = dates_of(checked_again(evidence))
    assert verdict == "contradicted"
    assert "dates.archive_not_asked" not in findings
    assert [each.outcome for each in evidence.archive_lookups.all()] == ["away", "captured"]


def test_an_archive_that_is_away_is_left_alone_for_a_while(archive, claim, settings):
    settings.ARCHIVE_CDX_URL = archive
    away = sent(claim)
    ArchiveLookup.objects.create(
        evidence=away, round=1, server=archive, address="x", outcome=LookupOutcome.AWAY, reason="slow"
    )
    evidence = checked(sent(claim, "post.html"))
    reason = dates_of(evidence)[1]["dates.archive_not_asked"]["details"]["reason"]
    assert reason == "it did not answer others a moment ago"
    assert evidence.archive_lookups.get().outcome == LookupOutcome.NOT_ASKED
    ArchiveLookup.objects.update(asked_at=timezone.now() - archives.REST - timedelta(seconds=1))
    checked_again(evidence)
    assert evidence.archive_lookups.last().outcome == LookupOutcome.CAPTURED


def test_what_was_captured_stays_known_when_the_archive_is_no_longer_asked(asking, claim, settings):
    evidence = checked(sent(claim))
    settings.ARCHIVE_CDX_URL = ""
    assert dates_of(checked_again(evidence))[0] == "contradicted"
