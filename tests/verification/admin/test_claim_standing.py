"""What a claim's page says of its verdict: what is missing, what partners see, what undermines it."""

from __future__ import annotations

import pytest

from claims.actors import person
from claims.models import Consent, Role
from tests.builders import checked, decided, make_claim, make_evidence, publish
from tests.staff import address, signed_in, staff, text_of
from verification import operations
from verification.models import Authenticity, Rating

pytestmark = pytest.mark.django_db


def test_the_page_says_what_is_missing_before_publication(desk, case, claim, investigator):
    decided(make_evidence(case, claim))
    make_evidence(case, claim)
    page = text_of(desk.get(address("claim", claim.pk)))
    assert "Nobody has written a verdict yet." in page
    assert "1 of 2 evidence items not decided." in page
    assert "1 evidence item is still being checked." in page
    draft(claim, investigator)
    page = text_of(desk.get(address("claim", claim.pk)))
    assert "Another lead must approve it, and this case has none" in page
    lead = staff(case, Role.LEAD)
    assert "Another lead must approve it: you wrote it." in text_of(desk.get(address("claim", claim.pk)))
    page = text_of(signed_in(lead).get(address("claim", claim.pk)))
    assert "A lead who did not write it must approve it." in page


def draft(claim, user, **fields):
    given = {
        "rating": Rating.REFUTED,
        "confidence": "confirmed",
        "summary": "A hospital was struck.",
        "rationale": "Two photos show it.",
    }
    return operations.draft_verdict(actor=person(user), claim=claim, **given | fields)


def test_the_page_shows_what_partners_will_see(desk, case, claim, investigator):
    shown = decided(make_evidence(case, claim))
    kept = decided(make_evidence(case, claim, consent=Consent.DESK_ONLY))
    draft(claim, investigator)
    page = desk.get(address("claim", claim.pk)).content.decode()
    preview = page[page.index("What partners will see") :]
    preview = preview[: preview.index("Before publication")]
    assert "A hospital was struck." in preview
    assert str(shown.pk)[:8] in preview
    assert str(kept.pk)[:8] not in preview
    assert investigator.username not in preview


def test_a_first_decision_is_not_shown_before_the_second(case, claim):
    case.needs_second_review = True
    case.save()
    item = checked(make_evidence(case, claim))
    review = item.reviews.get()
    first, second = (staff(case, Role.INVESTIGATOR) for _each in range(2))
    for user, shown in ((first, False), (second, True)):
        operations.assign(actor=person(user), review=review)
        operations.decide(
            actor=person(user),
            review=review,
            authenticity=[Authenticity.STAGED],
            confidence="probable",
            rationale="The same wall stands in both pictures.",
        )
        page = text_of(signed_in(second).get(address("claim", claim.pk)))
        assert ("staged" in page) is shown
        record = text_of(signed_in(second).get(address("case_custody", case.pk)))
        assert ("StagedContent" in record) is shown


def test_a_published_verdict_holds_until_something_new_comes_in(desk, case, claim):
    item = decided(make_evidence(case, claim))
    publish(claim)
    assert "may not hold any more" not in text_of(desk.get(address("claim", claim.pk)))
    late = make_evidence(case)
    given = {"evidence": late.pk, "stance": "supports"}
    assert desk.post(address("tie_evidence", claim.pk), given).status_code == 302
    late.refresh_from_db()
    checked(late)
    page = text_of(desk.get(address("claim", claim.pk)))
    assert "may not hold any more" in page
    assert "1 evidence item came in or into doubt since, and is not decided." in page
    other = make_claim(case)
    operations.tie(actor=person(staff(case, Role.LEAD)), evidence=item, claim=other, stance="context")
    page = text_of(desk.get(address("claim", claim.pk)))
    assert "1 evidence item that it rests on does not stand for this claim any more." in page


def test_another_decision_undermines_a_published_verdict(desk, case, claim):
    item = decided(make_evidence(case, claim))
    publish(claim)
    operations.ask_for_review(actor=person(staff(case, Role.LEAD)), evidence=item, reason="The shadows.")
    decided(item, authenticity=(Authenticity.STAGED,))
    page = text_of(desk.get(address("claim", claim.pk)))
    assert "1 evidence item is decided differently now than it says." in page
