"""The verdicts that stand before the public, one by one and in lists."""

from __future__ import annotations

from datetime import timedelta

import pytest

from claims.actors import person
from tests import builders
from tests.api.conftest import Caller
from verification import operations
from verification.models import Rating, Verdict


@pytest.fixture
def people(case):
    """Who writes and who publishes."""
    return {"author": builders.make_investigator(case), "approver": builders.make_lead(case)}


def published(case, people, **claim_fields):
    return builders.publish(builders.make_claim(case, **claim_fields), **people)


def retract(verdict):
    builders.retract(verdict, "It was wrong.")


def ids(answer):
    return [each["id"] for each in answer.json()["results"]]


def test_the_list_gives_the_documents_newest_first(partner, case, people):
    verdicts = [published(case, people) for _each in range(3)]
    assert partner.get("verdicts/").json() == {
        "results": [each.document for each in reversed(verdicts)],
        "next": None,
        "previous": None,
    }


def test_drafts_and_approved_verdicts_are_not_public(partner, case, people):
    claim = builders.make_claim(case)
    given = {"rating": "refuted", "confidence": "possible", "summary": "S", "rationale": "R"}
    verdict = operations.draft_verdict(actor=person(people["author"]), claim=claim, **given)
    assert ids(partner.get("verdicts/")) == []
    operations.approve_verdict(actor=person(people["approver"]), verdict=verdict)
    assert ids(partner.get("verdicts/")) == []
    assert partner.get(f"verdicts/{verdict.pk}/").status_code == 404
    assert partner.get(f"verdicts/{verdict.pk}/versions/").status_code == 404
    assert partner.get("verdicts/changes/").json()["results"] == []


def test_a_correction_replaces_what_it_corrects(partner, case, people):
    first = published(case, people)
    second = builders.publish(first.claim, rating=Rating.SUPPORTED, **people)
    (listed,) = partner.get("verdicts/").json()["results"]
    assert (listed["id"], listed["version"], listed["rating"]) == (str(first.pk), 2, "supported")
    for each in (first, second):
        assert partner.get(f"verdicts/{each.pk}/").json() == listed


def test_a_draft_of_a_correction_leaves_what_stands(partner, case, people):
    verdict = published(case, people)
    given = {"rating": "supported", "confidence": "possible", "summary": "Secret", "rationale": "Secret"}
    operations.draft_verdict(actor=person(people["author"]), claim=verdict.claim, **given)
    assert partner.get(f"verdicts/{verdict.pk}/").json() == verdict.document
    assert b"Secret" not in partner.get("claims/").content + partner.get("verdicts/").content


def test_a_retracted_verdict_says_so(partner, case, people):
    verdict = published(case, people)
    retract(verdict)
    (listed,) = partner.get("verdicts/").json()["results"]
    assert listed["state"] == "retracted"
    assert listed["rationale"] == verdict.document["rationale"]
    assert partner.get(f"verdicts/{verdict.pk}/").json() == listed


def test_every_version_that_was_published_can_be_read(partner, case, people):
    first = published(case, people)
    builders.publish(first.claim, **people)
    third = builders.publish(first.claim, **people)
    retract(third)
    versions = partner.get(f"verdicts/{first.pk}/versions/").json()["results"]
    assert [(each["version"], each["state"]) for each in versions] == [
        (3, "retracted"),
        (2, "published"),
        (1, "published"),
    ]
    assert versions[-1] == first.document


@pytest.mark.parametrize("size", [1, 2, 5, 7, 200])
def test_pages_give_every_verdict_once_and_lead_back(partner, case, people, size):
    verdicts = [str(published(case, people).pk) for _each in range(7)]
    same_moment = Verdict.objects.order_by("pk").first().published_at
    Verdict.objects.filter(pk__in=verdicts[2:5]).update(published_at=same_moment)
    whole = ids(partner.get("verdicts/"))
    forwards = partner.pages("verdicts/", page_size=size)
    assert [each["id"] for page in forwards for each in page["results"]] == whole
    assert all(len(page["results"]) == size for page in forwards[:-1])
    backwards = [forwards[-1]]
    while backwards[-1]["previous"]:
        backwards.append(partner.get(backwards[-1]["previous"]).json())
    assert [page["results"] for page in reversed(backwards)] == [page["results"] for page in forwards]


def test_links_are_absolute_and_keep_the_filters(partner, case, people):
    for _each in range(3):
        published(case, people)
    link = partner.get("verdicts/", rating="refuted", page_size=2).json()["next"]
    assert link.startswith("http://testserver/api/v1/verdicts/?")
    assert "rating=refuted" in link
    assert "page_size=2" in link


def test_a_page_does_not_shift_while_others_publish(partner, case, people):
    verdicts = [str(published(case, people).pk) for _each in range(4)]
    first = partner.get("verdicts/", page_size=2).json()
    published(case, people)
    second = partner.get(first["next"]).json()
    assert [each["id"] for page in (first, second) for each in page["results"]] == verdicts[::-1]


def test_filter_by_case(case, people):
    from_here = published(case, people)
    other = builders.make_case()
    elsewhere = builders.publish(builders.make_claim(other))
    caller = Caller(builders.make_key(case, other)[1])
    assert ids(caller.get("verdicts/", case=case.slug)) == [str(from_here.pk)]
    assert ids(caller.get("verdicts/", case=other.pk)) == [str(elsewhere.pk)]
    assert len(ids(caller.get("verdicts/"))) == 2


def test_filter_by_claim_and_rating(partner, case, people):
    refuted = published(case, people)
    claim = builders.make_claim(case)
    supported = builders.publish(claim, rating=Rating.SUPPORTED, **people)
    assert ids(partner.get("verdicts/", claim=claim.pk)) == [str(supported.pk)]
    assert ids(partner.get("verdicts/", rating="supported")) == [str(supported.pk)]
    assert ids(partner.get("verdicts/", rating="refuted")) == [str(refuted.pk)]
    assert ids(partner.get("verdicts/", rating="refuted", claim=claim.pk)) == []


def test_filter_by_the_time_of_publication(partner, case, people):
    first, second, third = (published(case, people) for _each in range(3))
    moment = second.published_at
    assert ids(partner.get("verdicts/", published_after=moment.isoformat())) == [str(third.pk)]
    assert ids(partner.get("verdicts/", published_before=moment.isoformat())) == [str(first.pk)]
    between = {
        "published_after": first.document["published_at"],
        "published_before": (moment + timedelta(microseconds=1)).isoformat(),
    }
    assert ids(partner.get("verdicts/", **between)) == [str(second.pk)]


@pytest.mark.parametrize(
    ("place", "found"),
    [
        ("36.2,37.16,0.1", True),  # the very place
        ("36.3,37.16,11.0", False),  # a tenth of a degree of latitude is 11.1 km
        ("36.3,37.16,11.2", True),
        ("36.2,37.26,8.9", False),  # a tenth of a degree of longitude there is 9.0 km
        ("36.2,37.26,9.1", True),
        ("-36.2,-142.84,19000", False),  # the other side of the earth
        ("-36.2,-142.84,20040", True),
    ],
)
def test_filter_by_a_circle(partner, case, people, place, found):
    verdict = published(case, people)
    published(case, people, latitude=None, longitude=None, precision_m=None)
    assert ids(partner.get("verdicts/", place=place)) == ([str(verdict.pk)] if found else [])


def test_a_circle_reaches_over_the_date_line(partner, case, people):
    verdict = published(case, people, latitude=0.0, longitude=179.99)
    assert ids(partner.get("verdicts/", place="0,-179.99,3")) == [str(verdict.pk)]


@pytest.mark.parametrize("words", ["no HOSPITAL", "ministry", "was struck", "photos show", "100 %"])
def test_filter_by_words(partner, case, people, words):
    verdict = builders.publish(builders.make_claim(case), rationale="Two photos show it, to 100 %.", **people)
    other = builders.make_claim(case, statement="Nobody left.", claimant="A general")
    builders.publish(other, summary="Many left.", rationale="They were counted.", **people)
    assert ids(partner.get("verdicts/", q=words)) == [str(verdict.pk)]


def test_words_are_no_pattern(partner, case, people):
    published(case, people)
    assert ids(partner.get("verdicts/", q="_ospital")) == []
    assert ids(partner.get("verdicts/", q="%")) == []


@pytest.mark.parametrize("path", ["verdicts/", "verdicts/{id}/", "verdicts/{id}/versions/", "claims/"])
def test_what_did_not_change_is_not_sent_again(partner, case, people, path):
    verdict = published(case, people)
    address = path.format(id=verdict.pk)
    answer = partner.get(address)
    assert answer["ETag"].startswith('W/"')
    assert answer["Cache-Control"] == "private, no-cache"
    assert "Authorization" in answer["Vary"]
    again = partner.get(address, headers={"If-None-Match": f'"other", {answer["ETag"]}'})
    assert (again.status_code, again.content, again["ETag"]) == (304, b"", answer["ETag"])
    builders.publish(verdict.claim, **people)
    changed = partner.get(address, headers={"If-None-Match": answer["ETag"]})
    assert changed.status_code == 200
    assert changed["ETag"] != answer["ETag"]


def test_a_head_is_an_answer_without_its_body(partner, case, people):
    published(case, people)
    answer = partner.send("HEAD", "verdicts/")
    assert (answer.status_code, answer.content) == (200, b"")
    assert answer["ETag"] == partner.get("verdicts/")["ETag"]
