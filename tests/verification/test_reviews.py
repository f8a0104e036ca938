"""The review queue and its decisions."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from claims.actors import person
from claims.models import CustodyEvent
from claims.transitions import BadInput, IllegalMove, LostRace, NotPermitted
from tests.builders import (
    checked,
    decided,
    make_case,
    make_claim,
    make_evidence,
    make_investigator,
    make_lead,
    make_member,
    picture,
)
from verification import operations, runner, settling
from verification.models import Authenticity, CheckRun, Confidence, Review, ReviewState, RunState

pytestmark = pytest.mark.django_db


@pytest.fixture
def case():
    return make_case()


@pytest.fixture
def review(case):
    return Review.objects.get(evidence=checked(make_evidence(case, content=picture(seed=3))))


@pytest.fixture
def actor(case):
    return person(make_investigator(case))


def decide(actor, review, *codes, rationale="I compared the minaret.", **fields):
    return operations.decide(
        actor=actor,
        review=review,
        authenticity=codes or [Authenticity.ORIGINAL],
        confidence=fields.get("confidence", Confidence.PROBABLE),
        rationale=rationale,
    )


def wait_for_lease_to_end(review):
    Review.objects.filter(pk=review.pk).update(lease_until=timezone.now() - timedelta(seconds=1))
    review.refresh_from_db()


def test_what_could_not_tell_or_did_not_run_is_never_headed_by_what_agrees():
    finished = [CheckRun(state=RunState.FINISHED, verdict=each) for each in ("consistent", "corroborated")]
    assert settling.worst_verdict(finished) == "corroborated"
    for verdict in ("inconclusive", "disputed", "contradicted"):
        told = [*finished, CheckRun(state=RunState.FINISHED, verdict=verdict)]
        assert settling.worst_verdict(told) == verdict
    assert settling.worst_verdict([*finished, CheckRun(state=RunState.FAILED)]) == "did_not_run"


def test_a_photo_that_is_cut_off_is_headed_by_what_could_not_be_told(case):
    evidence = checked(make_evidence(case, content=picture(seed=3)[:4000]))
    assert evidence.reviews.get().worst_verdict == "inconclusive"


def test_the_next_review_is_the_oldest(case, review, actor):
    checked(make_evidence(case, content=picture(seed=4)))
    assert operations.take_next(actor=actor) == review


def test_who_holds_a_review_gets_that_one_back(review, actor):
    assert operations.take_next(actor=actor) == operations.take_next(actor=actor) == review
    assert CustodyEvent.objects.filter(action="review.assigned").count() == 1


def test_two_people_never_hold_the_same_review(case, review, actor):
    operations.take_next(actor=actor)
    assert operations.take_next(actor=person(make_investigator(case))) is None


def test_of_two_who_take_the_same_row_one_loses(case, review, actor):
    late = Review.objects.get(pk=review.pk)
    operations.assign(actor=actor, review=review)
    with pytest.raises(NotPermitted):
        operations.assign(actor=person(make_investigator(case)), review=late)


def test_a_lease_that_ran_out_frees_the_review(case, review, actor):
    operations.take_next(actor=actor)
    wait_for_lease_to_end(review)
    second = person(make_investigator(case))
    assert operations.take_next(actor=second) == review
    with pytest.raises(LostRace):
        decide(actor, review)


def test_nobody_reviews_what_they_sent_in(case):
    sender = make_investigator(case)
    evidence = checked(make_evidence(case, actor=person(sender)))
    assert operations.take_next(actor=person(sender)) is None
    with pytest.raises(NotPermitted):
        operations.assign(actor=person(sender), review=evidence.reviews.get())
    assert operations.take_next(actor=person(make_investigator(case)))


def test_a_stranger_and_a_custodian_get_no_review(case, review):
    assert operations.take_next(actor=person(make_investigator(make_case()))) is None
    from_custodian = person(make_member(case, "custodian"))
    assert operations.take_next(actor=from_custodian) is None
    with pytest.raises(NotPermitted):
        operations.assign(actor=from_custodian, review=review)


def test_a_released_review_waits_for_others(case, review, actor):
    operations.assign(actor=actor, review=review)
    operations.release(actor=actor, review=review)
    assert operations.take_next(actor=person(make_investigator(case))) == review


def test_a_decision_closes_the_review_with_its_reason(review, actor):
    operations.assign(actor=actor, review=review)
    decision = decide(actor, review, Authenticity.ORIGINAL, Authenticity.DECONTEXTUALIZED)
    review.refresh_from_db()
    assert review.state == ReviewState.DECIDED
    assert decision.authenticity == ["DecontextualizedContent", "OriginalMediaContent"]
    event = CustodyEvent.objects.get(action="evidence.decided")
    assert event.details["confidence"] == "probable"


@pytest.mark.parametrize(
    ("codes", "fields"),
    [
        (["Fake"], {}),
        ([Authenticity.UNDETERMINED, Authenticity.ORIGINAL], {}),
        ([Authenticity.ORIGINAL], {"rationale": "  "}),
        ([Authenticity.ORIGINAL], {"confidence": "very"}),
    ],
)
def test_a_decision_that_says_too_little_is_refused(review, actor, codes, fields):
    operations.assign(actor=actor, review=review)
    with pytest.raises(BadInput):
        decide(actor, review, *codes, **fields)
    assert not review.decisions.exists()


def test_nobody_decides_a_review_that_they_do_not_hold(review, actor):
    with pytest.raises(LostRace):
        decide(actor, review)


def test_a_sensitive_case_has_two_people_decide():
    case = make_case(needs_second_review=True)
    evidence = checked(make_evidence(case))
    first, second = person(make_investigator(case)), person(make_investigator(case))
    review = operations.take_next(actor=first)
    decide(first, review)
    assert Review.objects.get(pk=review.pk).state == ReviewState.SECOND_REVIEW
    assert operations.take_next(actor=first) is None
    decide(second, operations.take_next(actor=second))
    assert evidence.reviews.get().state == ReviewState.DECIDED
    assert evidence.reviews.get().decisions.count() == 2


def test_two_people_who_disagree_open_another_review():
    case = make_case(needs_second_review=True)
    evidence = checked(make_evidence(case))
    for code in (Authenticity.ORIGINAL, Authenticity.STAGED):
        actor = person(make_investigator(case))
        decide(actor, operations.take_next(actor=actor), code)
    assert Review.objects.live().get(evidence=evidence).reason == "disagreement"


def test_a_second_review_that_is_released_still_needs_its_second_person():
    case = make_case(needs_second_review=True)
    checked(make_evidence(case))
    first, second = person(make_investigator(case)), person(make_investigator(case))
    decide(first, operations.take_next(actor=first))
    review = operations.take_next(actor=second)
    operations.release(actor=second, review=review)
    assert Review.objects.get(pk=review.pk).state == ReviewState.SECOND_REVIEW


def test_the_database_allows_one_live_review_an_evidence_item(review):
    with pytest.raises(IntegrityError), transaction.atomic():
        Review.objects.create(evidence=review.evidence, case=review.case)


def test_doubt_opens_a_new_review_and_keeps_the_old_decision(case, review, actor):
    evidence = decided(review.evidence)
    operations.ask_for_review(actor=actor, evidence=evidence, reason="The shadow is wrong.")
    assert evidence.reviews.count() == 2
    assert evidence.reviews.filter(state=ReviewState.DECIDED).get().decisions.count() == 1
    with pytest.raises(BadInput):
        operations.ask_for_review(actor=actor, evidence=evidence, reason="")


def test_a_check_that_did_not_run_can_be_tried_again_by_a_person(case, actor):
    evidence = make_evidence(case, content=picture(seed=3))
    run = evidence.check_runs.get(check_slug="metadata")
    for _attempt in range(3):
        runner.give_up(runner.claim(run.pk), "it crashed")
    checked(evidence)
    run.refresh_from_db()
    operations.retry_run(actor=actor, run=run)
    checked(evidence)
    run.refresh_from_db()
    assert run.state == RunState.FINISHED
    assert evidence.reviews.get().worst_verdict != "did_not_run"
    with pytest.raises(IllegalMove):
        operations.retry_run(actor=actor, run=run)


def test_a_new_round_overtakes_the_one_that_waits(case, actor):
    evidence = make_evidence(case)
    operations.request_checks(actor=actor, evidence=evidence, reason="The claim changed.")
    assert evidence.round == 2
    overtaken = CheckRun.objects.filter(evidence=evidence, round=1)
    assert {each.reason for each in overtaken} == {"overtaken by a later round"}
    checked(evidence)
    assert evidence.reviews.count() == 1


def test_tying_evidence_to_a_claim_of_another_case_is_refused(case, review, actor):
    from_elsewhere = make_case()
    with pytest.raises(BadInput):
        operations.tie(
            actor=actor, evidence=review.evidence, claim=make_claim(from_elsewhere), stance="supports"
        )


def test_a_lead_reviews_as_investigators_do(case, review):
    lead = person(make_lead(case))
    assert operations.take_next(actor=lead) == review
