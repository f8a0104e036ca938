"""The desk's pages of claims: who sees what, what each verb does, and what a page says."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest

from claims.actors import DESK, person
from claims.models import Claim, ClaimState, Role
from claims.operations import add_member, open_claim, withdraw_claim
from tests.builders import make_case, make_claim, make_evidence, publish
from tests.staff import EVERYBODY, address, signed_in, somebody, staff, text_of

pytestmark = pytest.mark.django_db

OPENING = {"statement": "No hospital was struck.", "claimant": "A ministry", "category": "medical"}
MAY_OPEN = {Role.INVESTIGATOR, Role.LEAD}


def test_the_list_shows_the_claims_of_ones_own_cases_alone(desk, claim):
    foreign = make_claim(make_case(), statement="Said elsewhere.")
    page = text_of(desk.get(address("claims")))
    assert claim.statement in page
    assert foreign.statement not in page


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ("state=withdrawn", {"withdrawn"}),
        ("category=siege", {"siege"}),
        ("q=SIEGED", {"siege"}),
        ("q=militia", {"withdrawn"}),
        ("q=nothing-like-it", set()),
        ("state=no-such-state", {"siege", "withdrawn"}),
    ],
)
def test_the_list_is_narrowed_by_its_filters(desk, case, investigator, query, shown):
    made = {
        "siege": make_claim(case, statement="Nobody was besieged", category="siege"),
        "withdrawn": make_claim(case, statement="A slip of the tongue", claimant="A militia"),
    }
    withdraw_claim(actor=person(investigator), claim=made["withdrawn"], reason="Said twice.")
    page = text_of(desk.get(address("claims") + f"?{query}"))
    assert {name for name, each in made.items() if each.statement in page} == shown


def test_the_list_is_narrowed_to_one_case(case):
    other = make_case()
    user = staff(case, Role.INVESTIGATOR)
    add_member(actor=DESK, case=other, user=user, role=Role.INVESTIGATOR)
    make_claim(case, statement="Said here.")
    make_claim(other, statement="Said there.")
    page = text_of(signed_in(user).get(address("claims") + f"?case={other.slug}"))
    assert "Said there." in page
    assert "Said here." not in page


def test_older_claims_are_on_the_next_page(desk, case):
    for number in range(60):
        make_claim(case, statement=f"Claim number {number}.")
    first = desk.get(address("claims"))
    assert "Claim number 59." in text_of(first)
    assert "Claim number 9." not in text_of(first)
    older = re.search(r'href="(\?[^"]*after=[^"]*)"', first.content.decode())[1].replace("&amp;", "&")
    second = text_of(desk.get(address("claims") + older))
    assert "Claim number 9." in second
    assert "Claim number 59." not in second


@pytest.mark.parametrize("after", ["no-id", "00000000-0000-0000-0000-000000000000"])
def test_a_page_of_no_claim_is_not_found(desk, claim, after):
    assert desk.get(address("claims") + f"?after={after}").status_code == 404


@pytest.mark.parametrize("page", ["claim", "new_sub_claim", "verdict_form"])
def test_a_claim_of_a_foreign_case_is_not_found(claim, page):
    stranger = signed_in(somebody("stranger", claim.case))
    assert stranger.get(address(page, claim.pk)).status_code == 404


@pytest.mark.parametrize("kind", EVERYBODY)
def test_only_investigators_and_leads_open_claims(case, kind):
    response = signed_in(somebody(kind, case)).post(address("open_claim", case.pk), OPENING)
    assert response.status_code == (302 if kind in MAY_OPEN else 404 if kind == "stranger" else 403)
    assert Claim.objects.filter(case=case).count() == (kind in MAY_OPEN)


def test_a_claim_is_opened_with_its_time_and_place(desk, case):
    when = {"event_start": "2016-11-18T12:00", "event_end": "2016-11-18T14:00:00"}
    where = {"place_name": "حلب", "latitude": "36.2", "longitude": "37.16", "precision_m": "1000"}
    desk.post(address("open_claim", case.pk), OPENING | when | where)
    claim = case.claims.get()
    assert claim.event_start == datetime(2016, 11, 18, 12, tzinfo=UTC)
    assert claim.event_end == datetime(2016, 11, 18, 14, tzinfo=UTC)
    assert (claim.place_name, claim.latitude, claim.precision_m) == ("حلب", 36.2, 1000)
    page = text_of(desk.get(address("claim", claim.pk)))
    assert "2016-11-18 12:00 UTC" in page
    assert "36.20000, 37.16000" in page


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"statement": " "}, "This field is required."),
        ({"event_end": "2016-11-18T14:00"}, "Say from when, too."),
        ({"event_start": "2016-11-18T14:00", "event_end": "2016-11-18T12:00"}, "This is before the start."),
        ({"latitude": "36.2"}, "A position needs latitude, longitude and precision."),
        ({"latitude": "91", "longitude": "0", "precision_m": "5"}, "less than or equal to 90"),
        ({"category": "gossip"}, "gossip is not one of the available choices"),
        ({"stated_at_url": "javascript:alert(1)"}, "Enter a valid URL."),
    ],
)
def test_what_does_not_fit_is_said_beside_its_field_and_nothing_is_lost(desk, case, wrong, said):
    response = desk.post(address("open_claim", case.pk), OPENING | {"claimant": "Somebody new"} | wrong)
    assert response.status_code == 400
    assert said in text_of(response)
    assert "Somebody new" in text_of(response)
    assert not case.claims.exists()


def test_a_sub_claim_belongs_to_its_claim(desk, claim):
    assert "A ministry" in text_of(desk.get(address("new_sub_claim", claim.pk)))
    desk.post(address("open_sub_claim", claim.pk), OPENING | {"statement": "Not on Friday either."})
    assert claim.sub_claims.get().case == claim.case
    assert "Not on Friday either." in text_of(desk.get(address("claim", claim.pk)))


def test_a_claim_is_withdrawn_with_a_reason(desk, claim):
    assert desk.post(address("withdraw_claim", claim.pk), {"reason": " "}).status_code == 400
    claim.refresh_from_db()
    assert claim.state == ClaimState.OPEN
    assert desk.post(address("withdraw_claim", claim.pk), {"reason": "Said twice."}).status_code == 302
    claim.refresh_from_db()
    assert claim.state == ClaimState.WITHDRAWN


def test_a_concluded_claim_is_not_withdrawn(desk, claim):
    publish(claim)
    response = desk.post(address("withdraw_claim", claim.pk), {"reason": "No."})
    assert response.status_code == 409
    assert "This cannot go from concluded to withdrawn." in text_of(response)
    claim.refresh_from_db()
    assert claim.state == ClaimState.CONCLUDED


def test_untied_evidence_is_offered_and_tied(desk, case, claim):
    item = make_evidence(case)
    assert str(item.pk) in text_of(desk.get(address("claim", claim.pk)))
    given = {"evidence": item.pk, "stance": "refutes"}
    assert desk.post(address("tie_evidence", claim.pk), given).status_code == 302
    item.refresh_from_db()
    assert (item.claim, item.stance, item.round) == (claim, "refutes", 2)


def test_evidence_of_a_foreign_case_is_not_found_and_not_offered(desk, claim):
    item = make_evidence(make_case())
    given = {"evidence": item.pk, "stance": "refutes"}
    assert str(item.pk) not in text_of(desk.get(address("claim", claim.pk)))
    assert desk.post(address("tie_evidence", claim.pk), given).status_code == 404
    item.refresh_from_db()
    assert item.claim is None


@pytest.mark.parametrize(("kind", "status"), [("custodian", 403), ("administrator", 403), ("stranger", 404)])
@pytest.mark.parametrize(
    ("name", "given"),
    [("withdraw_claim", {"reason": "No."}), ("open_sub_claim", OPENING), ("tie_evidence", {})],
)
def test_others_change_nothing_about_a_claim(case, claim, kind, status, name, given):
    item = make_evidence(case)
    given = given or {"evidence": item.pk, "stance": "refutes"}
    response = signed_in(somebody(kind, case)).post(address(name, claim.pk), given)
    assert response.status_code == status
    claim.refresh_from_db()
    item.refresh_from_db()
    assert (claim.state, item.claim, claim.sub_claims.count()) == (ClaimState.OPEN, None, 0)


def test_every_verb_answers_to_post_alone(desk, claim):
    for name in ("open_sub_claim", "withdraw_claim", "tie_evidence", "write_verdict"):
        assert desk.get(address(name, claim.pk)).status_code == 405


def test_hostile_text_is_escaped_and_its_tricks_are_shown(desk, case):
    claim = open_claim(
        actor=DESK, case=case, statement="<script>alert(1)</script>\u202egnp.exe", claimant="<b>x</b>"
    )
    for page in (address("claims"), address("claim", claim.pk)):
        content = desk.get(page).content.decode()
        assert "<script>alert" not in content
        assert "<b>x</b>" not in content
        assert "\u202e" not in content
        assert "[U+202E]" in content
