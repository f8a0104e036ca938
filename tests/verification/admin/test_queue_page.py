"""The review queue: whose reviews it shows, in which order, and what its filters let through."""

from __future__ import annotations

import re

import pytest
from django.urls import reverse

from claims import operations as claims
from claims.actors import DESK
from claims.models import Role
from tests.builders import checked, make_case, make_evidence
from tests.staff import text_of
from verification import runner
from verification.admin import queue
from verification.models import Review
from verification.models.checks import MAX_ATTEMPTS

pytestmark = pytest.mark.django_db


def links(case, number):
    """The reviews of so many addresses, oldest first."""
    items = [make_evidence(case, content=b"", source_url=f"https://x.org/{count}") for count in range(number)]
    return [str(item.reviews.get().pk) for item in items]


def listed(desk, query=""):
    """The reviews on this page of the queue, and the query of the next page."""
    page = text_of(desk.get(reverse("admin:queue") + query))
    after = re.search(r'rel="next" href="([^"]+)"', page)
    return re.findall(r'<a href="/admin/reviews/([0-9a-f-]{36})/">', page), after and after[1]


def test_the_reviews_of_all_my_cases_stand_in_one_list_oldest_first(desk, case, investigator):
    other, strangers = make_case(), make_case()
    claims.add_member(actor=DESK, case=other, user=investigator, role=Role.INVESTIGATOR)
    mine = [*links(other, 2), *links(case, 2)]
    links(strangers, 2)
    mine += links(other, 1)
    assert listed(desk) == (mine, None)


def test_every_review_stands_on_one_page_of_the_queue(desk, case, investigator):
    other = make_case()
    claims.add_member(actor=DESK, case=other, user=investigator, role=Role.INVESTIGATOR)
    mine = [*links(case, queue.ROWS), *links(other, queue.ROWS), *links(case, 3)]
    found, query = listed(desk)
    while query:
        more, query = listed(desk, query)
        found += more
    assert found == mine


def test_the_filters_narrow_the_queue(desk, case, investigator):
    other = make_case()
    claims.add_member(actor=DESK, case=other, user=investigator, role=Role.INVESTIGATOR)
    here, there = links(case, 1), links(other, 2)
    assert listed(desk, f"?case={case.slug}")[0] == here
    assert listed(desk, f"?case={other.slug}&state=waiting")[0] == there
    assert listed(desk, "?state=second_review")[0] == []
    assert listed(desk, "?verdict=contradicted")[0] == []


def test_what_did_not_run_can_be_asked_for(desk, case):
    links(case, 1)
    item = make_evidence(case)
    run = item.check_runs.get(check_slug="metadata")
    for _attempt in range(MAX_ATTEMPTS):
        runner.give_up(runner.claim(run.pk), "it crashed")
    review = Review.objects.get(evidence=checked(item))
    assert review.did_not_run
    assert listed(desk, "?failed=on")[0] == [str(review.pk)]
