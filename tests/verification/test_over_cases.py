"""Lists over several cases: what they hold, and that an index of the cases leads to it."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.db.models import Model

from claims.models import Case
from tests.builders import make_case, make_claim, make_evidence, publish
from verification.models import FeedEntry, Review
from verification.models.over_cases import first_of

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
MOMENTS = 4


@pytest.fixture
def cases():
    """Two cases with reviews, some of them opened at the same moment, one with none; and a stranger's."""
    chance = random.Random(1)
    mine = [make_case() for _ in range(3)]
    for case, number in ((mine[0], 9), (mine[1], 4), (make_case(), 5)):
        for count in range(number):
            review = make_evidence(case, content=b"", source_url=f"https://x.org/{count}").reviews.get()
            opened_at = NOON + timedelta(minutes=chance.randrange(MOMENTS))
            Review.objects.filter(pk=review.pk).update(opened_at=opened_at)
    return Case.objects.filter(pk__in=[each.pk for each in mine])


@pytest.mark.parametrize("most", [1, 2, 4, 5, 8, 13, 20])
def test_the_first_of_several_cases_are_the_first_of_all_their_rows_together(cases, most):
    together = Review.objects.filter(case__in=cases).order_by("opened_at", "id")
    assert list(first_of(Review.objects.live(), cases, "opened_at", most)) == list(together[:most])


def test_of_no_cases_there_is_nothing(cases):
    assert list(first_of(Review.objects.live(), cases.none(), "opened_at", 5)) == []


def test_each_list_over_cases_is_entered_by_an_index_that_begins_with_the_case(cases):
    claim = make_claim(cases[0])
    publish(claim)
    live = Review.objects.live()
    lists = {
        "reviews_live": first_of(live, cases, "opened_at", 2),
        "reviews_live_by_verdict": first_of(live.filter(worst_verdict="contradicted"), cases, "opened_at", 2),
        "reviews_live_by_state": first_of(live.filter(state="second_review"), cases, "opened_at", 2),
        "reviews_live_did_not_run": first_of(live.filter(did_not_run=True), cases, "opened_at", 2),
        "feed_of_a_case": first_of(FeedEntry.objects.filter(sequence__gt=1), cases, "sequence", 2),
    }
    for index, rows in lists.items():
        assert columns_of(rows.model, index)[0] == "case_id"
        # PostgreSQL plans by what it counted, and a few rows it reads through: ``make bench`` is its test.
        if connection.vendor == "sqlite":
            assert f"USING INDEX {index} (case_id=?" in rows.explain()


def columns_of(model: type[Model], index: str) -> list[str]:
    """The columns of an index as the database itself tells."""
    with connection.cursor() as cursor:
        return connection.introspection.get_constraints(cursor, model._meta.db_table)[index]["columns"]
