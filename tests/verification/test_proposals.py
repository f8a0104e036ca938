"""Two people for retracting a verdict and for reading a source: neither acts alone."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from claims import custody
from claims.actors import DESK, person
from claims.models import CustodyEvent, Membership, Role
from claims.permissions import Permission, people_who
from claims.transitions import BadInput, DomainError, IllegalMove, NotPermitted
from tests.builders import (
    make_administrator,
    make_case,
    make_claim,
    make_evidence,
    make_investigator,
    make_lead,
    make_member,
    publish,
)
from verification import operations
from verification.models import Proposal, ProposalState, VerdictState
from verification.operations.verdicts import retract_verdict

pytestmark = pytest.mark.django_db

CONTACT, NAME, REASON = "+963 911 000 111", "IMG_Abu_Omar.jpg", "He asked for help."


@pytest.fixture
def case(db):
    return make_case()


@pytest.fixture
def submission(case):
    return make_evidence(case, contact=CONTACT, name=NAME).submission


@pytest.fixture
def custodians(case):
    return [person(make_member(case, Role.CUSTODIAN)) for _each in range(3)]


@pytest.fixture
def leads(case):
    return [person(make_lead(case)) for _each in range(2)]


@pytest.fixture
def verdict(case, leads):
    return publish(make_claim(case))


@pytest.fixture
def reading(submission, custodians):
    return operations.propose_reading(actor=custodians[0], submission=submission, reason=REASON)


@pytest.fixture
def retraction(verdict, leads):
    return operations.propose_retraction(actor=leads[0], verdict=verdict, reason=REASON)


def actions(case):
    """What the record of the case says was done about proposals and sources."""
    lines = CustodyEvent.objects.filter(case=case).order_by("sequence")
    return [
        (each.action, each.actor)
        for each in lines
        if each.action.startswith(("source", "retraction", "verdict.retracted"))
    ]


def test_a_source_is_read_by_one_custodian_once_another_agreed(case, reading, custodians):
    asker, second, _third = custodians
    operations.agree(actor=second, proposal=reading)
    opened = operations.read_source(actor=asker, proposal=reading)
    assert opened["contact"] == [CONTACT]
    assert opened["file_name"] == [NAME]
    assert len(opened["exact_time"]) == 1
    assert reading.state == ProposalState.DONE
    assert actions(case) == [
        ("source_reading.proposed", asker.label),
        ("source_reading.agreed", second.label),
        ("source.read", asker.label),
    ]
    read = CustodyEvent.objects.get(action="source.read")
    assert read.details == {"reason": REASON, "proposal": str(reading.pk)}
    assert list(custody.breaks(case)) == []


def test_it_is_read_once(reading, custodians):
    operations.agree(actor=custodians[1], proposal=reading)
    operations.read_source(actor=custodians[0], proposal=reading)
    for again in (reading, Proposal.objects.get()):
        with pytest.raises(DomainError):
            operations.read_source(actor=custodians[0], proposal=again)
    assert CustodyEvent.objects.filter(action="source.read").count() == 1


def test_it_is_not_read_before_anybody_agreed(reading, custodians):
    with pytest.raises(IllegalMove):
        operations.read_source(actor=custodians[0], proposal=reading)
    assert not CustodyEvent.objects.filter(action="source.read").exists()


def test_an_agreement_lapses_within_the_hour(reading, custodians):
    operations.agree(actor=custodians[1], proposal=reading)
    assert timedelta(minutes=59) < reading.until - timezone.now() <= timedelta(hours=1)
    Proposal.objects.update(until=timezone.now())
    reading.refresh_from_db()
    with pytest.raises(IllegalMove, match="lapsed"):
        operations.read_source(actor=custodians[0], proposal=reading)
    assert not Proposal.objects.ready_for(custodians[0]).exists()


def test_only_who_asked_reads_it(reading, custodians):
    operations.agree(actor=custodians[1], proposal=reading)
    for other in custodians[1:]:
        with pytest.raises(NotPermitted):
            operations.read_source(actor=other, proposal=reading)


def test_a_verdict_is_retracted_once_another_lead_agreed(case, verdict, retraction, leads):
    verdict.refresh_from_db()
    assert verdict.state == VerdictState.PUBLISHED
    operations.agree(actor=leads[1], proposal=retraction)
    verdict.refresh_from_db()
    assert (verdict.state, verdict.retraction_reason) == (VerdictState.RETRACTED, REASON)
    assert retraction.state == ProposalState.DONE
    assert actions(case) == [
        ("retraction.proposed", leads[0].label),
        ("retraction.agreed", leads[1].label),
        ("verdict.retracted", leads[1].label),
    ]


def test_nobody_agrees_to_or_refuses_what_they_proposed(reading, retraction, custodians, leads):
    for proposal, asker in ((reading, custodians[0]), (retraction, leads[0])):
        with pytest.raises(NotPermitted):
            operations.agree(actor=asker, proposal=proposal)
        with pytest.raises(NotPermitted):
            operations.refuse(actor=asker, proposal=proposal, reason="No.")


def test_the_database_refuses_one_person_as_both(reading):
    now = timezone.now()
    agreed = {"state": "agreed", "answered_at": now, "until": now}
    for second in (reading.asked_by, None):
        with pytest.raises(IntegrityError), transaction.atomic():
            Proposal.objects.update(answered_by=second, **agreed)


def test_who_may_not_propose_or_agree_is_refused(
    case, submission, verdict, reading, retraction, custodians, leads
):
    investigator, administrator = person(make_investigator(case)), person(make_administrator())
    stranger = person(make_lead(make_case()))
    for actor in (investigator, administrator, stranger, leads[1]):
        with pytest.raises(NotPermitted):
            operations.propose_reading(actor=actor, submission=submission, reason=REASON)
        with pytest.raises(NotPermitted):
            operations.agree(actor=actor, proposal=reading)
    for actor in (investigator, administrator, stranger, custodians[1]):
        with pytest.raises(NotPermitted):
            operations.propose_retraction(actor=actor, verdict=verdict, reason=REASON)
        with pytest.raises(NotPermitted):
            operations.agree(actor=actor, proposal=retraction)


def test_the_desk_itself_is_no_second_person(verdict, submission, reading, retraction):
    for proposal in (reading, retraction):
        with pytest.raises(NotPermitted):
            operations.agree(actor=DESK, proposal=proposal)
    with pytest.raises(NotPermitted):
        operations.propose_reading(actor=DESK, submission=submission, reason=REASON)
    with pytest.raises(NotPermitted):
        operations.read_source(actor=DESK, proposal=reading)


def test_without_a_reason_nothing_is_proposed_or_refused(submission, reading, custodians):
    with pytest.raises(BadInput):
        operations.propose_reading(actor=custodians[1], submission=submission, reason="  ")
    with pytest.raises(BadInput):
        operations.refuse(actor=custodians[1], proposal=reading, reason=" ")
    with pytest.raises(IntegrityError), transaction.atomic():
        Proposal.objects.update(reason="")


def test_what_was_refused_or_withdrawn_is_not_agreed_to_any_more(case, submission, reading, custodians):
    operations.refuse(actor=custodians[1], proposal=reading, reason="Ask the lawyer first.")
    assert reading.answer == "Ask the lawyer first."
    withdrawn = operations.propose_reading(actor=custodians[0], submission=submission, reason=REASON)
    with pytest.raises(NotPermitted):
        operations.withdraw_proposal(actor=custodians[1], proposal=withdrawn)
    operations.withdraw_proposal(actor=custodians[0], proposal=withdrawn)
    for each in (reading, withdrawn):
        with pytest.raises(IllegalMove):
            operations.agree(actor=custodians[2], proposal=each)
        with pytest.raises(IllegalMove):
            operations.read_source(actor=custodians[0], proposal=each)
    assert [action for action, _actor in actions(case)] == [
        "source_reading.proposed",
        "source_reading.refused",
        "source_reading.proposed",
        "source_reading.withdrawn",
    ]


def test_the_same_is_not_proposed_twice_at_once(verdict, submission, reading, retraction, custodians, leads):
    with pytest.raises(IllegalMove):
        operations.propose_reading(actor=custodians[0], submission=submission, reason=REASON)
    with pytest.raises(IllegalMove):
        operations.propose_retraction(actor=leads[1], verdict=verdict, reason=REASON)
    operations.propose_reading(actor=custodians[1], submission=submission, reason=REASON)


def test_whoever_left_the_case_since_gets_nothing(reading, retraction, custodians, leads):
    operations.agree(actor=custodians[1], proposal=reading)
    Membership.objects.filter(user__in=[custodians[0].user, leads[0].user]).delete()
    with pytest.raises(NotPermitted):
        operations.read_source(actor=custodians[0], proposal=reading)
    with pytest.raises(IllegalMove):
        operations.agree(actor=leads[1], proposal=retraction)


def test_a_verdict_that_was_corrected_since_is_not_retracted_by_an_older_proposal(verdict, retraction, leads):
    publish(verdict.claim)
    with pytest.raises(IllegalMove):
        operations.agree(actor=leads[1], proposal=retraction)
    retraction.refresh_from_db()
    assert retraction.state == ProposalState.OPEN


def test_there_is_no_way_round_the_second_person(retraction, leads):
    for actor in (*leads, DESK):
        with pytest.raises(IllegalMove):
            retract_verdict(actor=actor, proposal=retraction)
    assert not hasattr(operations, "retract_verdict")


def test_what_waits_is_what_somebody_else_proposed_and_this_person_may_answer(
    case, reading, retraction, custodians, leads
):
    waiting = {
        "asker": custodians[0],
        "custodian": custodians[1],
        "lead": leads[1],
        "investigator": person(make_investigator(case)),
        "administrator": person(make_administrator()),
        "stranger": person(make_member(make_case(), *Role)),
    }
    found = {name: list(Proposal.objects.waiting_for(actor)) for name, actor in waiting.items()}
    assert {name: each for name, each in found.items() if each} == {
        "custodian": [reading],
        "lead": [retraction],
    }


def test_people_who_may_answer_are_those_with_the_role_who_may_sign_in(case, custodians):
    custodians[2].user.is_active = False
    custodians[2].user.save()
    assert set(people_who(Permission.READ_SOURCE, case)) == {each.user for each in custodians[:2]}
