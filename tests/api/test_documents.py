"""What partners read of a verdict."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, date, datetime

import pytest
from django.utils import timezone

from claims.actors import person
from claims.models import Consent, Role, Stance
from media_checks.sandbox import client
from tests import builders
from verification import operations
from verification.models import Authenticity, CheckRun, Rating, Review, RunState, Verdict
from verification.partners import documents

pytestmark = pytest.mark.django_db

MEMBERS = [
    "id", "version", "state", "claim", "rating", "confidence", "summary", "rationale", "evidence",
    "reviewers", "published_at", "updated_at", "url",
]  # fmt: skip


@pytest.fixture
def claim(case):
    return builders.make_claim(case, stated_on=date(2016, 11, 20))


def ids(document):
    return [each["id"] for each in document["evidence"]]


def test_it_has_the_documented_members_and_no_other(case, claim):
    builders.decided(builders.make_evidence(case, claim))
    document = builders.publish(claim).document
    (evidence,) = document["evidence"]
    assert list(document) == MEMBERS
    assert list(document["claim"]) == ["id", "statement", "claimant", "stated_on", "case", "event"]
    assert list(evidence) == ["id", "stance", "sha256", "authenticity", "checks"]
    assert {tuple(each) for each in evidence["checks"]} == {("check", "version", "verdict", "findings")}


def test_it_says_what_the_claim_and_the_verdict_say(case, claim):
    evidence = builders.decided(builders.make_evidence(case, claim, stance=Stance.SUPPORTS))
    verdict = builders.publish(claim, rating=Rating.SUPPORTED, summary="So it was.", rationale="Seen.")
    document = verdict.document
    assert document["claim"]["stated_on"] == "2016-11-20"
    assert document["claim"]["event"] == {
        "start": "2016-11-18T00:00:00Z",
        "end": "2016-11-19T00:00:00Z",
        "place": "Aleppo",
        "latitude": 36.2,
        "longitude": 37.16,
        "precision_m": 5000.0,
    }
    assert (document["rating"], document["summary"]) == ("supported", "So it was.")
    assert document["evidence"][0]["stance"] == "supports"
    assert document["evidence"][0]["sha256"] == evidence.media_file_id
    assert document["evidence"][0]["authenticity"] == ["OriginalMediaContent"]
    assert datetime.fromisoformat(document["published_at"]) == verdict.published_at
    assert document["published_at"].endswith("Z")
    assert document["url"].endswith(f"/api/v1/verdicts/{verdict.pk}/")


def test_it_is_plain_json(case, claim):
    builders.decided(builders.make_evidence(case, claim))
    document = documents.verdict_document(builders.publish(claim))
    assert json.loads(json.dumps(document)) == document
    assert {type(each) for each in document.values()} <= {str, int, dict, list}


def test_a_claim_that_says_nothing_of_time_and_place_has_empty_members(case):
    bare = builders.make_claim(
        case, event_start=None, event_end=None, place_name="", latitude=None, longitude=None, precision_m=None
    )
    assert set(builders.publish(bare).document["claim"]["event"].values()) == {None}


def test_an_address_alone_has_no_hash_and_no_checks(case, claim):
    builders.decided(builders.make_evidence(case, claim, content=b"", source_url="https://example.org/1"))
    (evidence,) = builders.publish(claim).document["evidence"]
    assert evidence["sha256"] is None
    assert evidence["checks"] == []


def test_evidence_that_nobody_decided_stays_in(case, claim):
    builders.make_evidence(case, claim)
    builders.checked(builders.make_evidence(case, claim))
    assert ids(builders.publish(claim).document) == []


def test_evidence_that_its_sender_kept_for_the_desk_stays_in(case, claim):
    builders.decided(builders.make_evidence(case, claim, consent=Consent.DESK_ONLY))
    spoken_of = builders.decided(builders.make_evidence(case, claim, consent=Consent.FINDINGS))
    shown = builders.decided(builders.make_evidence(case, claim, consent=Consent.PUBLISH))
    assert set(ids(builders.publish(claim).document)) == {str(spoken_of.pk), str(shown.pk)}


def test_evidence_of_another_claim_stays_in(case, claim):
    builders.decided(builders.make_evidence(case, builders.make_claim(case)))
    builders.decided(builders.make_evidence(case))
    assert ids(builders.publish(claim).document) == []


def decide_twice(evidence, first, second):
    """Two people decide one review, each in their own way."""
    review = Review.objects.live().get(evidence=evidence)
    for authenticity in (first, second):
        actor = person(builders.make_investigator(evidence.case))
        operations.assign(actor=actor, review=review)
        operations.decide(
            actor=actor, review=review, authenticity=authenticity, confidence="probable", rationale="Seen."
        )


def test_what_two_reviewers_disagree_about_stays_in_until_a_third_settled_it():
    case = builders.make_case(needs_second_review=True)
    claim = builders.make_claim(case)
    evidence = builders.checked(builders.make_evidence(case, claim))
    decide_twice(evidence, [Authenticity.ORIGINAL], [Authenticity.STAGED])
    assert documents.evidence_of(claim) == []
    decide_twice(evidence, [Authenticity.STAGED], [Authenticity.STAGED])
    (item,) = builders.publish(claim).document["evidence"]
    assert item["authenticity"] == ["StagedContent"]


def test_the_latest_decision_counts(case, claim):
    evidence = builders.decided(builders.make_evidence(case, claim))
    operations.ask_for_review(
        actor=person(builders.make_investigator(case)), evidence=evidence, reason="Look again."
    )
    builders.decided(evidence, authenticity=(Authenticity.EDITED,))
    (item,) = builders.publish(claim).document["evidence"]
    assert item["authenticity"] == ["EditedOrCroppedContent"]


def test_reviewers_are_counted_once_each_and_never_named(case, claim):
    both = builders.make_member(case, Role.INVESTIGATOR, Role.LEAD)
    builders.decided(builders.make_evidence(case, claim), both)
    builders.decided(builders.make_evidence(case, claim))
    document = builders.publish(claim, approver=both).document
    assert document["reviewers"] == 2
    assert both.username not in json.dumps(document)


def test_a_check_that_did_not_run_says_so_and_not_why(case, claim, monkeypatch):
    def gone(checks, *_arguments, **_more):
        return [client.DidNotRun("the child on host-17 died")] * len(checks)

    monkeypatch.setattr(client, "examine", gone)
    evidence = builders.make_evidence(case, claim)
    for _attempt in range(3):
        CheckRun.objects.filter(evidence=evidence, state=RunState.RUNNING).update(state=RunState.QUEUED)
        builders.checked(evidence)
    builders.decided(evidence)
    (item,) = builders.publish(claim).document["evidence"]
    assert {each["verdict"] for each in item["checks"]} == {"did_not_run"}
    assert "host-17" not in json.dumps(item)


def test_a_round_that_is_going_on_says_nothing_yet(case, claim):
    evidence = builders.decided(builders.make_evidence(case, claim))
    before = documents.evidence_document(documents.evidence_of(claim)[0])
    operations.request_checks(
        actor=person(builders.make_investigator(case)), evidence=evidence, reason="Again."
    )
    assert len(before["checks"]) == 3
    assert documents.evidence_document(documents.evidence_of(claim)[0])["checks"] == before["checks"]


def test_what_was_published_does_not_change_with_what_it_was_made_from(case, claim, partner):
    evidence = builders.decided(builders.make_evidence(case, claim))
    document = builders.publish(claim).document
    investigator = person(builders.make_investigator(case))
    later = builders.make_evidence(case)
    operations.tie(actor=investigator, evidence=later, claim=claim, stance=Stance.SUPPORTS)
    builders.decided(later)
    operations.ask_for_review(actor=investigator, evidence=evidence, reason="Look again.")
    builders.decided(evidence, authenticity=(Authenticity.EDITED,))
    assert documents.verdict_document(Verdict.objects.get(claim=claim)) != document
    assert partner.get(f"verdicts/{document['id']}/").json() == document


def test_a_verdict_keeps_its_id_over_its_versions(case, claim):
    first, second, third = (builders.publish(claim) for _version in range(3))
    assert {each.document["id"] for each in (first, second, third)} == {str(first.pk)}
    assert [each.document["version"] for each in (first, second, third)] == [1, 2, 3]


def test_a_retraction_leaves_readable_what_was_said(case, claim):
    document = builders.publish(claim).document
    at = timezone.now()
    taken_back = documents.retracted(document, at=at)
    assert taken_back["state"] == "retracted"
    assert datetime.fromisoformat(taken_back["updated_at"]) == at
    assert {**taken_back, "state": "published", "updated_at": document["updated_at"]} == document


def test_the_digest_is_of_the_canonical_json():
    expected = hashlib.sha256('{"a":[1,2.5,null],"b":"حلب"}'.encode()).hexdigest()
    assert documents.digest({"b": "حلب", "a": [1, 2.5, None]}) == expected


def test_the_digest_stands_in_the_record(case, claim):
    verdict = builders.publish(claim)
    event = case.custody_events.get(action="verdict.published")
    verdict.refresh_from_db()
    assert event.details["document_sha256"] == documents.digest(verdict.document)


def test_times_are_in_utc_with_z():
    assert documents.time(datetime(2016, 11, 18, 1, 2, 3, tzinfo=UTC)) == "2016-11-18T01:02:03Z"
    assert documents.time(None) is None
