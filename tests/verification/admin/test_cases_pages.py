"""The desk's pages of cases: members, rules and the custody record."""

from __future__ import annotations

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from claims.actors import DESK
from claims.models import Case, CustodyEvent, Role
from claims.operations import add_member
from tests.builders import checked, make_administrator, make_case, make_claim, make_evidence
from tests.staff import EVERYBODY, address, signed_in, somebody, staff, text_of

pytestmark = pytest.mark.django_db

EXACT = re.compile(r"\d{4}-\d\d-\d\d \d\d:(?!00)\d\d UTC")


@pytest.fixture
def administrator():
    return make_administrator()


def test_the_list_shows_ones_own_cases_and_all_of_them_to_an_administrator(case, administrator):
    foreign = make_case()
    page = text_of(signed_in(staff(case, Role.LEAD)).get(address("cases")))
    assert case.title in page
    assert foreign.title not in page
    page = text_of(signed_in(administrator).get(address("cases")))
    assert case.title in page
    assert foreign.title in page


@pytest.mark.parametrize("page", ["case", "case_custody", "new_claim", "send_in_form"])
def test_a_foreign_case_is_not_found(case, page):
    assert signed_in(somebody("stranger", case)).get(address(page, case.pk)).status_code == 404


@pytest.mark.parametrize("kind", EVERYBODY)
def test_only_administrators_open_cases(case, kind):
    client = signed_in(somebody(kind, case))
    before = Case.objects.count()
    given = {"title": "حلب ٢٠١٦", "slug": "aleppo-2016", "needs_second_review": "on"}
    allowed = kind == "administrator"
    assert client.get(address("new_case")).status_code == (200 if allowed else 403)
    assert client.post(address("open_case"), given).status_code == (302 if allowed else 403)
    assert Case.objects.count() == before + allowed


def test_a_short_name_that_is_taken_is_refused_beside_its_field(case, administrator):
    given = {"title": "Again", "slug": case.slug}
    response = signed_in(administrator).post(address("open_case"), given)
    assert response.status_code == 400
    assert "already exists" in text_of(response)
    assert Case.objects.count() == 1


@pytest.mark.parametrize("kind", EVERYBODY)
def test_only_administrators_add_and_remove_members(case, kind):
    new = staff(make_case(), Role.LEAD)
    client = signed_in(somebody(kind, case))
    before = case.memberships.count()
    status = {"administrator": 302, "stranger": 404}.get(kind, 403)
    given = {"user": new.pk, "role": "custodian"}
    assert client.post(address("add_member", case.pk), given).status_code == status
    assert case.memberships.count() == before + (status == 302)
    member = add_member(actor=DESK, case=case, user=new, role=Role.CUSTODIAN)
    assert client.post(address("remove_member", member.pk)).status_code == status
    assert case.memberships.filter(user=new).exists() is (status != 302)


def test_a_deactivated_person_is_not_offered_as_a_member(case, administrator):
    gone = staff(make_case(), Role.LEAD)
    gone.is_active = False
    gone.save()
    client = signed_in(administrator)
    assert gone.username not in text_of(client.get(address("case", case.pk)))
    response = client.post(address("add_member", case.pk), {"user": gone.pk, "role": "lead"})
    assert response.status_code == 400
    assert not case.memberships.exists()


def test_the_record_names_people_and_follows_its_chain(case, administrator):
    lead = staff(case, Role.LEAD)
    signed_in(lead).post(
        address("open_claim", case.pk), {"statement": "So it was.", "claimant": "He", "category": "other"}
    )
    page = text_of(signed_in(lead).get(address("case_custody", case.pk) + "?verify=1"))
    assert "claim.opened" in page
    assert "So it was." in page
    assert lead.username in page
    assert "the chain is whole" in page


@pytest.mark.usefixtures("triggers_off")
def test_a_changed_line_is_named(case):
    lead = staff(case, Role.LEAD)
    assert CustodyEvent.objects.filter(case=case, sequence=1).update(details={"slug": "other"})
    page = text_of(signed_in(lead).get(address("case_custody", case.pk) + "?verify=1"))
    assert "line 1 was changed" in page


def test_the_record_comes_in_pages_at_constant_cost(case):
    lead = staff(case, Role.LEAD)
    browser = signed_in(lead)
    counts = []
    for more in (10, 190):
        for _number in range(more):
            make_claim(case)
        with CaptureQueriesContext(connection) as queries:
            first = text_of(browser.get(address("case_custody", case.pk)))
        counts.append(len(queries))
    assert counts[0] == counts[1]
    assert "case.opened" not in first
    below = re.search(r"\?below=(\d+)", first)[1]
    older = text_of(signed_in(lead).get(address("case_custody", case.pk) + f"?below={below}"))
    assert "To the newest" in older
    last = signed_in(lead).get(address("case_custody", case.pk) + "?below=3")
    assert "case.opened" in text_of(last)


@pytest.mark.usefixtures("triggers_off")
@pytest.mark.parametrize("role", [Role.LEAD, Role.CUSTODIAN])
def test_the_time_at_which_something_came_in_is_shown_to_the_hour_to_custodians_too(case, role):
    checked(make_evidence(case))
    # Only what a volunteer and the desk did at once; at the full hour itself nothing is to tell apart.
    CustodyEvent.objects.filter(case=case).update(at="2026-01-01T10:17:00Z")
    page = text_of(signed_in(staff(case, role)).get(address("case_custody", case.pk)))
    lines = page[page.index("evidence.received") - 400 : page.index("evidence.received")]
    assert not EXACT.search(lines)
