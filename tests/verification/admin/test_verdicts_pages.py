"""The desk's pages of verdicts: two people, one after the other, and nothing behind anybody's back."""

from __future__ import annotations

import pytest

from claims.actors import person
from claims.models import ClaimState, Role
from tests.builders import make_case, make_claim, publish
from tests.staff import EVERYBODY, address, signed_in, somebody, staff, text_of
from verification import operations
from verification.models import FeedEntry, Verdict, VerdictState

pytestmark = pytest.mark.django_db

WRITTEN = {
    "rating": "refuted",
    "confidence": "confirmed",
    "summary": "A hospital was struck.",
    "rationale": "Two photos show it.",
}
STATE_BY_VERB = {
    "approve_verdict": VerdictState.APPROVED,
    "publish_verdict": VerdictState.PUBLISHED,
    "return_verdict": VerdictState.DRAFT,
    "propose_retraction": VerdictState.PUBLISHED,
}


@pytest.fixture
def author(case):
    return staff(case, Role.INVESTIGATOR)


@pytest.fixture
def lead(case):
    return staff(case, Role.LEAD)


@pytest.fixture
def draft(claim, author):
    return operations.draft_verdict(actor=person(author), claim=claim, **WRITTEN)


def moved(verdict, to, lead):
    """The draft, brought to the state from which a verb goes on."""
    if to != VerdictState.DRAFT:
        operations.approve_verdict(actor=person(lead), verdict=verdict)
    if to == VerdictState.PUBLISHED:
        operations.publish_verdict(actor=person(lead), verdict=verdict)
    return verdict


def press(user, name, verdict):
    """Press a verb's button on the claim's page, with everything that its form carries."""
    verdict.refresh_from_db()
    given = {"seen": verdict.updated_at.isoformat(), "reason": "The second photo is from 2014."}
    return signed_in(user).post(address(name, verdict.pk), given)


def test_a_verdict_is_written_approved_published_and_retracted_through_the_pages(claim, author, lead):
    assert signed_in(author).post(address("write_verdict", claim.pk), WRITTEN).status_code == 302
    verdict = claim.verdicts.get()
    for name in ("approve_verdict", "publish_verdict", "propose_retraction"):
        page = signed_in(lead).get(address("claim", claim.pk))
        assert address(name, verdict.pk) in text_of(page)
        assert press(lead, name, verdict).status_code == 302
        verdict.refresh_from_db()
        assert verdict.state == STATE_BY_VERB[name]
    second = signed_in(staff(claim.case, Role.LEAD))
    assert second.post(address("agree", verdict.proposals.get().pk)).status_code == 302
    verdict.refresh_from_db()
    assert verdict.state == VerdictState.RETRACTED
    assert [each.change for each in FeedEntry.objects.order_by("sequence")] == ["published", "retracted"]
    assert "The second photo is from 2014." in text_of(signed_in(author).get(address("claim", claim.pk)))


@pytest.mark.parametrize("kind", EVERYBODY)
def test_only_investigators_and_leads_write_verdicts(claim, kind):
    response = signed_in(somebody(kind, claim.case)).post(address("write_verdict", claim.pk), WRITTEN)
    may = kind in (Role.INVESTIGATOR, Role.LEAD)
    assert response.status_code == (302 if may else 404 if kind == "stranger" else 403)
    assert claim.verdicts.count() == may


@pytest.mark.parametrize("kind", EVERYBODY)
@pytest.mark.parametrize(
    ("name", "before"),
    [
        ("approve_verdict", VerdictState.DRAFT),
        ("return_verdict", VerdictState.APPROVED),
        ("publish_verdict", VerdictState.APPROVED),
        ("propose_retraction", VerdictState.PUBLISHED),
    ],
)
def test_only_leads_approve_return_publish_and_propose_to_retract(draft, lead, kind, name, before):
    verdict = moved(draft, before, lead)
    response = press(somebody(kind, verdict.claim.case), name, verdict)
    verdict.refresh_from_db()
    assert response.status_code == {Role.LEAD: 302, "stranger": 404}.get(kind, 403)
    assert verdict.state == (STATE_BY_VERB[name] if kind == Role.LEAD else before)
    assert verdict.proposals.count() == (kind == Role.LEAD and name == "propose_retraction")


@pytest.mark.parametrize(
    ("name", "state"),
    [
        ("approve_verdict", VerdictState.APPROVED),
        ("approve_verdict", VerdictState.PUBLISHED),
        ("return_verdict", VerdictState.DRAFT),
        ("publish_verdict", VerdictState.DRAFT),
        ("publish_verdict", VerdictState.PUBLISHED),
        ("propose_retraction", VerdictState.DRAFT),
        ("propose_retraction", VerdictState.APPROVED),
    ],
)
def test_a_verb_from_the_wrong_state_says_so_and_changes_nothing(draft, lead, case, name, state):
    verdict = moved(draft, state, lead)
    feed = FeedEntry.objects.count()
    response = press(staff(case, Role.LEAD), name, verdict)
    assert response.status_code == 409
    assert 'class="message error"' in text_of(response)
    verdict.refresh_from_db()
    assert (verdict.state, FeedEntry.objects.count()) == (state, feed)


def test_nobody_approves_their_own_verdict(case, claim):
    lead = staff(case, Role.LEAD)
    verdict = operations.draft_verdict(actor=person(lead), claim=claim, **WRITTEN)
    assert address("approve_verdict", verdict.pk) not in text_of(
        signed_in(lead).get(address("claim", claim.pk))
    )
    response = press(lead, "approve_verdict", verdict)
    assert response.status_code == 403
    assert "Another person has to approve what you wrote." in text_of(response)
    verdict.refresh_from_db()
    assert verdict.state == VerdictState.DRAFT


def test_what_was_changed_after_it_was_read_is_not_approved(draft, author, lead):
    read = {"seen": draft.updated_at.isoformat()}
    operations.revise_verdict(actor=person(author), verdict=draft, **WRITTEN | {"rating": "supported"})
    response = signed_in(lead).post(address("approve_verdict", draft.pk), read)
    assert response.status_code == 409
    assert "Read it again." in text_of(response)
    draft.refresh_from_db()
    assert draft.state == VerdictState.DRAFT


def test_a_draft_is_changed_and_its_new_author_cannot_approve_it(draft, lead):
    form = text_of(signed_in(lead).get(address("verdict_form", draft.claim_id)))
    assert "A hospital was struck." in form
    given = WRITTEN | {"seen": draft.updated_at.isoformat(), "summary": "Two were."}
    assert signed_in(lead).post(address("write_verdict", draft.claim_id), given).status_code == 302
    assert Verdict.objects.get().summary == "Two were."
    assert press(lead, "approve_verdict", draft).status_code == 403


def test_two_people_do_not_overwrite_each_others_draft(draft, author, lead):
    read = draft.updated_at.isoformat()
    operations.revise_verdict(actor=person(author), verdict=draft, **WRITTEN | {"summary": "Mine."})
    given = WRITTEN | {"seen": read, "summary": "Written by the other one."}
    response = signed_in(lead).post(address("write_verdict", draft.claim_id), given)
    assert response.status_code == 409
    assert "Written by the other one." in text_of(response)
    draft.refresh_from_db()
    assert draft.summary == "Mine."


def test_a_second_draft_beside_the_first_is_refused(draft, lead):
    response = signed_in(lead).post(address("write_verdict", draft.claim_id), WRITTEN)
    assert response.status_code == 409
    assert "This claim has an unpublished verdict already." in text_of(response)
    assert Verdict.objects.count() == 1


@pytest.mark.parametrize("name", ["rating", "confidence", "summary", "rationale"])
def test_a_verdict_needs_all_of_its_parts(claim, author, name):
    response = signed_in(author).post(address("write_verdict", claim.pk), WRITTEN | {name: ""})
    assert response.status_code == 400
    assert "This field is required." in text_of(response)
    assert not claim.verdicts.exists()


@pytest.mark.parametrize("name", ["return_verdict", "propose_retraction"])
def test_a_step_back_needs_its_reason(draft, lead, name):
    before = VerdictState.PUBLISHED if name == "propose_retraction" else VerdictState.APPROVED
    verdict = moved(draft, before, lead)
    response = signed_in(lead).post(address(name, verdict.pk), {"reason": " "})
    assert response.status_code == 400
    assert "This field is required." in text_of(response)
    verdict.refresh_from_db()
    assert verdict.state == before


def test_what_is_not_checkable_is_not_published(claim, author, lead):
    verdict = operations.draft_verdict(
        actor=person(author), claim=claim, **WRITTEN | {"rating": "not_checkable"}
    )
    operations.approve_verdict(actor=person(lead), verdict=verdict)
    assert "“Not checkable” is not published" in text_of(signed_in(lead).get(address("claim", claim.pk)))
    assert press(lead, "publish_verdict", verdict).status_code == 400
    claim.refresh_from_db()
    assert claim.state == ClaimState.OPEN


def test_a_correction_starts_from_what_was_published_and_becomes_the_next_version(claim, author, lead):
    publish(claim, author, lead, summary="One hospital was struck.")
    form = text_of(signed_in(author).get(address("verdict_form", claim.pk)))
    assert "One hospital was struck." in form
    signed_in(author).post(address("write_verdict", claim.pk), WRITTEN)
    claim.refresh_from_db()
    assert claim.state == ClaimState.OPEN
    assert sorted(claim.verdicts.values_list("version", "state")) == [(1, "published"), (2, "draft")]


def test_the_list_shows_the_verdicts_of_ones_own_cases_alone(draft, author):
    publish(make_claim(make_case(), statement="Said elsewhere."))
    page = text_of(signed_in(author).get(address("verdicts")))
    assert draft.claim.statement in page
    assert "Said elsewhere." not in page


@pytest.mark.parametrize(
    ("query", "shown"),
    [("state=draft", True), ("state=published", False), ("rating=refuted", True), ("rating=satire", False)],
)
def test_the_list_is_narrowed_by_its_filters(draft, author, query, shown):
    page = text_of(signed_in(author).get(address("verdicts") + f"?{query}"))
    assert (draft.claim.statement in page) is shown
