"""One evidence item: what a published verdict says of it, its hashes, and the copies that are published."""

from __future__ import annotations

import io

from PIL import Image

from claims.actors import DESK, person
from claims.models import Stance
from tests import builders
from tests.api.conftest import Caller
from verification import operations
from verification.models import Judgement, Match
from verification.partners.evidence import evidence_page


def published_evidence(case, **given):
    """An item that stands in the published verdict of a claim of its own."""
    claim = builders.make_claim(case)
    evidence = builders.decided(builders.make_evidence(case, claim, **given))
    return evidence, builders.publish(claim)


def near_copy(content):
    """The same picture, saved once more."""
    out = io.BytesIO()
    Image.open(io.BytesIO(content)).save(out, "JPEG", quality=60)
    return out.getvalue()


def confirm(case, first, second):
    """A person says that two items show the same; whoever reviewed them reviews them again."""
    files = sorted([first.media_file_id, second.media_file_id])
    match = Match.objects.get(first=files[0], second=files[1])
    actor = person(builders.make_investigator(case))
    operations.judge_match(actor=actor, match=match, judgement=Judgement.SAME, reason="The same walls.")


def test_it_says_what_the_verdict_says_with_hashes_beside_it(partner, case):
    evidence, verdict = published_evidence(case)
    found = partner.get(f"evidence/{evidence.pk}/").json()
    (item,) = verdict.document["evidence"]
    assert {name: found[name] for name in item} == item
    assert set(found) - set(item) == {"kind", "fingerprints", "matches", "verdicts"}
    assert found["kind"] == "photo"
    assert {(each["algorithm"], each["part"], each["at"]) for each in found["fingerprints"]} == {
        ("pdq", "whole", None),
        ("phash", "whole", None),
    }
    assert found["verdicts"] == [
        {"id": str(verdict.pk), "version": 1, "url": verdict.document["url"]},
    ]


def test_evidence_that_stands_in_no_published_verdict_is_not_found(partner, case):
    claim = builders.make_claim(case)
    undecided = builders.make_evidence(case, claim)
    decided = builders.decided(builders.make_evidence(case, builders.make_claim(case)))
    builders.publish(claim)
    for each in (undecided, decided):
        assert partner.get(f"evidence/{each.pk}/").status_code == 404


def test_with_its_verdict_retracted_a_moment_ago_there_is_no_page_of_it(case):
    evidence, verdict = published_evidence(case)
    builders.retract(verdict, "The map was another.")
    assert evidence_page(DESK, evidence) is None


def test_with_its_verdict_retracted_it_is_not_found(partner, case):
    evidence, verdict = published_evidence(case)
    verdict.refresh_from_db()
    builders.retract(verdict, "It was wrong.")
    assert partner.get(f"evidence/{evidence.pk}/").status_code == 404


def test_evidence_that_was_tied_elsewhere_since_is_found_by_the_verdict_it_stands_in(partner, case):
    evidence, verdict = published_evidence(case)
    operations.tie(
        actor=person(builders.make_investigator(case)),
        evidence=evidence,
        claim=builders.make_claim(case),
        stance=Stance.SUPPORTS,
    )
    found = partner.get(f"evidence/{evidence.pk}/").json()
    assert found["stance"] == "refutes"
    assert [each["id"] for each in found["verdicts"]] == [str(verdict.pk)]


def test_a_match_shows_only_between_published_items_and_once_confirmed(partner, case):
    content = builders.picture(seed=1)
    first, _verdict = published_evidence(case, content=content)
    claim = builders.make_claim(case)
    second = builders.checked(builders.make_evidence(case, claim, content=near_copy(content)))
    confirm(case, first, second)
    builders.checked(first)
    assert partner.get(f"evidence/{first.pk}/").json()["matches"] == []
    builders.decided(second)
    builders.publish(claim)
    (match,) = partner.get(f"evidence/{first.pk}/").json()["matches"]
    assert match.pop("distance") <= 31
    assert match == {"evidence": str(second.pk), "relation": "near", "judgement": "same"}
    assert partner.get(f"evidence/{second.pk}/").json()["matches"][0]["evidence"] == str(first.pk)


def test_an_unconfirmed_match_stays_in(partner, case):
    content = builders.picture(seed=1)
    first, _verdict = published_evidence(case, content=content)
    published_evidence(case, content=near_copy(content))
    assert Match.objects.count() == 1
    assert partner.get(f"evidence/{first.pk}/").json()["matches"] == []


def test_the_same_bytes_match_exactly_and_only_where_the_partner_may_see_them(partner, case):
    content, other = builders.picture(), builders.make_case()
    first, _verdict = published_evidence(case, content=content)
    second, _verdict = published_evidence(other, content=content)
    assert partner.get(f"evidence/{first.pk}/").json()["matches"] == []
    both = Caller(builders.make_key(case, other)[1])
    assert both.get(f"evidence/{first.pk}/").json()["matches"] == [
        {"evidence": str(second.pk), "relation": "exact", "distance": 0, "judgement": "same"}
    ]


def test_an_address_alone_has_no_hashes(partner, case):
    evidence, _verdict = published_evidence(case, content=b"", source_url="https://example.org/1")
    found = partner.get(f"evidence/{evidence.pk}/").json()
    assert (found["kind"], found["sha256"], found["fingerprints"], found["matches"]) == (None, None, [], [])
