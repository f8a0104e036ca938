"""The claims of a partner's cases, with what was published on them."""

from __future__ import annotations

import pytest

from claims import operations as claims
from claims.actors import person
from claims.models import Stance
from tests import builders
from tests.api.conftest import Caller
from verification import operations

MEMBERS = {
    "id", "statement", "claimant", "stated_on", "case", "event", "category", "parent", "sub_claims",
    "verdict", "evidence",
}  # fmt: skip
NOTHING = {"total": 0, "supports": 0, "refutes": 0, "context": 0}


def one(caller, claim):
    return caller.get(f"claims/{claim.pk}/").json()


def test_a_claim_without_a_verdict_has_none(partner, case):
    claim = builders.make_claim(case)
    found = one(partner, claim)
    assert set(found) == MEMBERS
    assert found["verdict"] is None
    assert found["evidence"] == NOTHING
    assert partner.get("claims/").json()["results"] == [found]


def test_a_claim_has_its_current_verdict_in_short(partner, case):
    claim = builders.make_claim(case)
    document = builders.publish(claim).document
    short = {
        name: document[name]
        for name in document
        if name not in ("claim", "rationale", "evidence", "reviewers")
    }
    assert one(partner, claim)["verdict"] == short
    corrected = builders.publish(claim)
    assert one(partner, claim)["verdict"]["version"] == 2
    corrected.refresh_from_db()
    builders.retract(corrected, "It was wrong.")
    assert one(partner, claim)["verdict"]["state"] == "retracted"


def test_only_published_evidence_is_counted(partner, case):
    claim = builders.make_claim(case)
    address = {"content": b"", "source_url": "https://example.org/1"}
    for stance in (Stance.SUPPORTS, Stance.REFUTES, Stance.REFUTES):
        builders.decided(builders.make_evidence(case, claim, stance=stance, **address))
    builders.make_evidence(case, claim, **address)
    assert one(partner, claim)["evidence"] == NOTHING
    verdict = builders.publish(claim)
    assert one(partner, claim)["evidence"] == {"total": 3, "supports": 1, "refutes": 2, "context": 0}
    verdict.refresh_from_db()
    builders.retract(verdict, "It was wrong.")
    assert one(partner, claim)["evidence"] == NOTHING


def test_sub_claims_name_each_other(partner, case):
    claim = builders.make_claim(case)
    parts = [builders.make_claim(case, parent=claim) for _each in range(2)]
    assert set(one(partner, claim)["sub_claims"]) == {str(each.pk) for each in parts}
    assert {one(partner, each)["parent"] for each in parts} == {str(claim.pk)}


def test_a_withdrawn_claim_is_gone(partner, case):
    parent = builders.make_claim(case)
    claim = builders.make_claim(case, parent=parent)
    claims.withdraw_claim(
        actor=person(builders.make_investigator(case)), claim=claim, reason="Said by nobody."
    )
    assert partner.get(f"claims/{claim.pk}/").status_code == 404
    assert len(partner.get("claims/").json()["results"]) == 1
    assert one(partner, parent)["sub_claims"] == []


def test_whether_a_correction_is_being_written_does_not_show(partner, case):
    claim = builders.make_claim(case)
    builders.publish(claim)
    before = partner.get(f"claims/{claim.pk}/").content
    given = {"rating": "supported", "confidence": "possible", "summary": "S", "rationale": "R"}
    operations.draft_verdict(actor=person(builders.make_investigator(case)), claim=claim, **given)
    assert partner.get(f"claims/{claim.pk}/").content == before


@pytest.mark.parametrize("size", [1, 3, 5])
def test_pages_give_every_claim_once(partner, case, size):
    made = [str(builders.make_claim(case).pk) for _each in range(5)]
    pages = partner.pages("claims/", page_size=size, case=case.slug)
    assert [each["id"] for page in pages for each in page["results"]] == made[::-1]


def test_claims_of_one_case(case):
    other = builders.make_case()
    claim, _elsewhere = builders.make_claim(case), builders.make_claim(other)
    caller = Caller(builders.make_key(case, other)[1])
    assert [each["id"] for each in caller.get("claims/", case=case.slug).json()["results"]] == [str(claim.pk)]
    assert len(caller.get("claims/").json()["results"]) == 2
