"""Verdicts: two people, one publication, one feed entry."""

from __future__ import annotations

import threading

import pytest
from django.db import IntegrityError, connection, transaction

from claims.actors import person
from claims.models import ClaimState
from claims.transitions import BadInput, DomainError, IllegalMove, NotPermitted
from tests.builders import (
    make_case,
    make_claim,
    make_investigator,
    make_lead,
    publish,
    retract,
)
from verification import operations
from verification.models import Confidence, FeedEntry, FeedHead, Rating, Verdict, VerdictState

pytestmark = pytest.mark.django_db


@pytest.fixture
def case():
    return make_case()


@pytest.fixture
def claim(case):
    return make_claim(case)


@pytest.fixture
def lead(case):
    return person(make_lead(case))


def draft(actor, claim, **fields):
    given = {
        "rating": Rating.REFUTED,
        "confidence": Confidence.CONFIRMED,
        "summary": "It was struck.",
        "rationale": "Two photos, one video.",
    }
    return operations.draft_verdict(actor=actor, claim=claim, **given | fields)


def approved(case, claim, lead):
    verdict = draft(person(make_investigator(case)), claim)
    operations.approve_verdict(actor=lead, verdict=verdict)
    return verdict


def test_a_verdict_goes_from_draft_over_approval_to_the_feed(case, claim, lead):
    verdict = approved(case, claim, lead)
    entry = operations.publish_verdict(actor=lead, verdict=verdict)
    verdict.refresh_from_db()
    claim.refresh_from_db()
    assert (verdict.state, claim.state) == (VerdictState.PUBLISHED, ClaimState.CONCLUDED)
    assert (entry.sequence, entry.change) == (1, "published")
    assert entry.document == verdict.document


def test_nobody_approves_what_they_wrote(claim, lead):
    verdict = draft(lead, claim)
    with pytest.raises(NotPermitted):
        operations.approve_verdict(actor=lead, verdict=verdict)
    with pytest.raises(IntegrityError), transaction.atomic():
        Verdict.objects.filter(pk=verdict.pk).update(approver=lead.user)


def test_who_revised_a_draft_cannot_approve_it(case, claim, lead):
    verdict = draft(person(make_investigator(case)), claim)
    operations.revise_verdict(
        actor=lead,
        verdict=verdict,
        rating=Rating.MISLEADING,
        confidence=Confidence.POSSIBLE,
        summary="Partly.",
        rationale="One photo.",
    )
    with pytest.raises(NotPermitted):
        operations.approve_verdict(actor=lead, verdict=verdict)


def test_an_investigator_neither_approves_nor_publishes(case, claim, lead):
    investigator = person(make_investigator(case))
    verdict = draft(lead, claim)
    with pytest.raises(NotPermitted):
        operations.approve_verdict(actor=investigator, verdict=verdict)
    operations.approve_verdict(actor=person(make_lead(case)), verdict=verdict)
    with pytest.raises(NotPermitted):
        operations.publish_verdict(actor=investigator, verdict=verdict)


def test_a_draft_is_not_published(claim, lead):
    with pytest.raises(IllegalMove):
        operations.publish_verdict(actor=lead, verdict=draft(lead, claim))
    assert not FeedEntry.objects.exists()


def test_a_correction_supersedes_and_the_feed_tells_both(case, claim, lead):
    first = publish(claim)
    second = publish(claim, rating=Rating.MOSTLY_REFUTED)
    first.refresh_from_db()
    assert (first.state, second.version) == (VerdictState.SUPERSEDED, 2)
    assert [each.change for each in FeedEntry.objects.all()] == ["published", "corrected"]


def test_a_retraction_is_an_entry_and_opens_the_claim(claim, lead):
    verdict = publish(claim)
    retract(verdict, "The video was another day.")
    entry = FeedEntry.objects.latest("sequence")
    claim.refresh_from_db()
    assert entry.change == "retracted"
    assert entry.document["state"] == "retracted"
    assert claim.state == ClaimState.OPEN
    with pytest.raises(DomainError):
        operations.propose_retraction(actor=lead, verdict=verdict, reason="Again.")
    assert FeedEntry.objects.count() == 2


def test_a_retraction_needs_its_reason(claim, lead):
    verdict = publish(claim)
    with pytest.raises(BadInput):
        operations.propose_retraction(actor=lead, verdict=verdict, reason=" ")


def test_what_is_not_checkable_is_not_published(case, claim, lead):
    verdict = draft(person(make_investigator(case)), claim, rating=Rating.NOT_CHECKABLE)
    operations.approve_verdict(actor=lead, verdict=verdict)
    with pytest.raises(BadInput):
        operations.publish_verdict(actor=lead, verdict=verdict)


def test_a_claim_has_one_unpublished_verdict(claim, lead):
    draft(lead, claim)
    with pytest.raises(IllegalMove):
        draft(lead, claim)


def test_a_returned_verdict_is_a_draft_again(case, claim, lead):
    verdict = approved(case, claim, lead)
    operations.return_verdict(actor=lead, verdict=verdict, reason="Name the second source.")
    verdict.refresh_from_db()
    assert (verdict.state, verdict.approver) == (VerdictState.DRAFT, None)


def test_what_was_published_does_not_change_with_what_follows(case, claim):
    verdict = publish(claim)
    before = FeedEntry.objects.get().document
    claim.statement = "Something else."
    claim.save()
    verdict.refresh_from_db()
    assert verdict.document == before == FeedEntry.objects.get().document


@pytest.mark.django_db(transaction=True)
def test_of_fifty_publications_at_once_one_succeeds():
    case = make_case()
    claim, lead = make_claim(case), person(make_lead(case))
    verdict = approved(case, claim, lead)
    outcomes = []

    def attempt():
        try:
            operations.publish_verdict(actor=lead, verdict=Verdict.objects.get(pk=verdict.pk))
            outcomes.append("published")
        except DomainError:
            outcomes.append("refused")
        finally:
            connection.close()

    threads = [threading.Thread(target=attempt) for _ in range(50)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert sorted(outcomes) == ["published"] + ["refused"] * 49
    assert FeedEntry.objects.count() == FeedHead.objects.get().sequence == 1


@pytest.mark.django_db(transaction=True)
def test_the_feed_is_numbered_in_the_order_of_commits():
    case = make_case()
    lead = person(make_lead(case))
    verdicts = [approved(case, make_claim(case), lead) for _ in range(8)]

    def attempt(verdict):
        operations.publish_verdict(actor=lead, verdict=verdict)
        connection.close()

    threads = [threading.Thread(target=attempt, args=(each,)) for each in verdicts]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert list(FeedEntry.objects.values_list("sequence", flat=True)) == list(range(1, 9))
