"""A list costs the same number of queries however many rows it has, and however deep its page lies."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests import builders

FEW, MANY = 10, 200


@pytest.fixture
def publish(case):
    """Publish so many verdicts, each on a claim with a sub-claim."""
    author, approver = builders.make_investigator(case), builders.make_lead(case)

    def run(number):
        for _each in range(number):
            claim = builders.make_claim(case)
            builders.make_claim(case, parent=claim)
            builders.publish(claim, author, approver)

    return run


def queries(caller, path, **query):
    """How many queries an answer took, and the answer."""
    with CaptureQueriesContext(
        connection,
    ) as captured:
        answer = caller.get(path, **query)
    assert answer.status_code == 200
    return len(captured), answer.json()


@pytest.mark.parametrize("path", ["verdicts/", "verdicts/changes/", "claims/"])
def test_a_list_of_ten_and_of_two_hundred_take_the_same_queries(partner, publish, path):
    publish(FEW)
    few, short = queries(partner, path, page_size=MANY)
    publish(MANY - FEW)
    many, long = queries(partner, path, page_size=MANY)
    assert len(short["results"]) in (FEW, 2 * FEW)
    assert len(long["results"]) == MANY
    assert many == few <= 6


def test_every_version_takes_the_same_queries(partner, case):
    author, approver = builders.make_investigator(case), builders.make_lead(case)
    claim = builders.make_claim(case)
    first = builders.publish(claim, author, approver)
    few, _short = queries(partner, f"verdicts/{first.pk}/versions/")
    for _version in range(20):
        builders.publish(claim, author, approver)
    many, long = queries(partner, f"verdicts/{first.pk}/versions/")
    assert len(long["results"]) == 21
    assert many == few


def test_a_deep_page_takes_the_queries_of_the_first(partner, publish):
    publish(30)
    link = partner.pages("verdicts/", page_size=2)[-1]["previous"]
    first, _page = queries(partner, "verdicts/", page_size=2)
    deep, _page = queries(partner, link)
    assert deep == first
    cursor = partner.get("verdicts/changes/", page_size=28).json()["next_cursor"]
    assert queries(partner, "verdicts/changes/", cursor=cursor)[0] == queries(partner, "verdicts/changes/")[0]


def test_evidence_takes_the_same_queries_with_many_copies(partner, case):
    author, approver = builders.make_investigator(case), builders.make_lead(case)
    content = builders.picture()

    def copies(number):
        claim = builders.make_claim(case)
        items = [builders.make_evidence(case, claim, content=content) for _each in range(number)]
        for each in items:
            builders.decided(each, author, approver)
        builders.publish(claim, author, approver)
        return items[0]

    first = copies(1)
    few, _alone = queries(partner, f"evidence/{first.pk}/")
    copies(5)
    many, found = queries(partner, f"evidence/{first.pk}/")
    assert len(found["matches"]) == 5
    assert many == few
