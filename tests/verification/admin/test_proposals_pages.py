"""The desk's pages of proposals: what waits for whom, who agrees, and what is shown once."""

from __future__ import annotations

import pytest

from claims.models import Role
from tests.builders import make_evidence, publish
from tests.staff import EVERYBODY, address, signed_in, somebody, staff, text_of
from verification.models import Proposal, VerdictState

pytestmark = pytest.mark.django_db

CONTACT, NAME, REASON = "+963 911 000 111", "IMG_Abu_Omar.jpg", "He asked for help."


@pytest.fixture
def submission(case):
    return make_evidence(case, contact=CONTACT, name=NAME).submission


@pytest.fixture
def asker(case):
    return signed_in(staff(case, Role.CUSTODIAN))


@pytest.fixture
def reading(asker, submission):
    asker.post(address("propose_reading", submission.pk), {"reason": REASON})
    return Proposal.objects.get()


def test_a_source_is_read_by_two_through_the_pages_and_shown_once(case, asker, reading):
    second = signed_in(staff(case, Role.CUSTODIAN))
    assert "1 proposal waits for your answer" in text_of(second.get(address("index")))
    page = text_of(second.get(address("proposal", reading.pk)))
    assert REASON in page
    assert CONTACT not in page
    second.post(address("agree", reading.pk))
    assert "1 proposal of yours was agreed to" in text_of(asker.get(address("index")))
    assert CONTACT not in text_of(second.get(address("proposal", reading.pk)))
    answer = asker.post(address("read_source", reading.pk))
    assert all(each in text_of(answer) for each in (CONTACT, NAME, "exact time of receipt"))
    assert "no-store" in answer["Cache-Control"]
    again = asker.post(address("read_source", reading.pk))
    assert again.status_code == 409
    assert CONTACT not in text_of(again)
    assert asker.get(address("read_source", reading.pk)).status_code == 405


@pytest.mark.parametrize("kind", EVERYBODY)
@pytest.mark.parametrize("verb", ["agree", "refuse"])
def test_only_another_custodian_answers(case, reading, kind, verb):
    answer = signed_in(somebody(kind, case)).post(address(verb, reading.pk), {"reason": "No."})
    assert answer.status_code == {"custodian": 302, "stranger": 404}.get(kind, 403)
    reading.refresh_from_db()
    assert (reading.state == "open") is (kind != "custodian")


def test_who_asked_cannot_agree_and_the_page_offers_it_to_nobody_who_may_not(case, asker, reading):
    place = address("agree", reading.pk)
    assert asker.post(place).status_code == 403
    assert place not in text_of(asker.get(address("proposal", reading.pk)))
    assert place not in text_of(signed_in(staff(case, Role.LEAD)).get(address("proposal", reading.pk)))
    assert place in text_of(signed_in(staff(case, Role.CUSTODIAN)).get(address("proposal", reading.pk)))


def test_a_desk_with_one_custodian_is_told_what_to_do(case, asker, reading):
    page = address("proposal", reading.pk)
    assert "Nobody else in this case may agree." in text_of(asker.get(page))
    assert "Ask an administrator to give a second person the role of custodian" in text_of(asker.get(page))
    other = staff(case, Role.CUSTODIAN)
    assert f"<bdi>{other.username}</bdi>" in text_of(asker.get(page))


def test_a_refusal_needs_its_reason_and_who_asked_reads_it(case, asker, reading):
    second = signed_in(staff(case, Role.CUSTODIAN))
    assert second.post(address("refuse", reading.pk), {"reason": " "}).status_code == 400
    second.post(address("refuse", reading.pk), {"reason": "Ask the lawyer first."})
    assert "Ask the lawyer first." in text_of(asker.get(address("proposal", reading.pk)))
    assert asker.post(address("read_source", reading.pk)).status_code == 409


def test_who_asked_withdraws_it(case, asker, reading):
    other = signed_in(staff(case, Role.CUSTODIAN))
    assert other.post(address("withdraw_proposal", reading.pk)).status_code == 403
    assert asker.post(address("withdraw_proposal", reading.pk)).status_code == 302
    reading.refresh_from_db()
    assert reading.state == "withdrawn"


def test_a_proposal_of_a_foreign_case_is_not_found_and_not_listed(case, reading):
    stranger = signed_in(somebody("stranger", case))
    assert stranger.get(address("proposal", reading.pk)).status_code == 404
    assert str(reading.pk) not in text_of(stranger.get(address("proposals")))
    assert "waits for your answer" not in text_of(stranger.get(address("index")))


def test_the_claim_s_page_says_that_a_retraction_is_proposed_and_the_verdict_stands(claim):
    verdict = publish(claim)
    lead = signed_in(staff(claim.case, Role.LEAD))
    lead.post(address("propose_retraction", verdict.pk), {"reason": REASON})
    page = text_of(lead.get(address("claim", claim.pk)))
    assert "Somebody proposes to retract it." in page
    verdict.refresh_from_db()
    assert verdict.state == VerdictState.PUBLISHED
