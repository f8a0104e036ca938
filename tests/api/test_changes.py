"""The change feed: in commit order, nothing missed, nothing moved."""

from __future__ import annotations

import threading

import pytest
from django.db import connection

from claims.actors import DESK, person
from tests import builders
from tests.api.conftest import Caller
from verification import operations
from verification.models import FeedEntry


def feed(caller, cursor=None, **query):
    """Everything after a cursor, and the cursor to come back with."""
    changes = []
    while True:
        page = caller.get("verdicts/changes/", **query | ({"cursor": cursor} if cursor else {})).json()
        assert set(page) == {"results", "next_cursor", "has_more"}
        changes += page["results"]
        cursor = page["next_cursor"]
        if not page["has_more"]:
            return changes, cursor


def retract(verdict):
    builders.retract(verdict, "It was wrong.")


def test_an_empty_feed_has_a_cursor_to_come_back_with(partner, case):
    changes, cursor = feed(partner)
    assert changes == []
    verdict = builders.publish(builders.make_claim(case))
    changes, _cursor = feed(partner, cursor)
    assert changes == [{"sequence": 1, "change": "published", "verdict": verdict.document}]


def test_publishing_correcting_and_retracting_are_entries_in_their_order(partner, case):
    first = builders.publish(builders.make_claim(case))
    second = builders.publish(first.claim)
    retract(second)
    third = builders.publish(first.claim)
    changes, _cursor = feed(partner)
    assert [each["change"] for each in changes] == ["published", "corrected", "retracted", "corrected"]
    assert [each["verdict"]["version"] for each in changes] == [1, 2, 2, 3]
    assert [each["verdict"]["state"] for each in changes] == [
        "published",
        "published",
        "retracted",
        "published",
    ]
    assert {each["verdict"]["id"] for each in changes} == {str(first.pk)}
    assert changes[0]["verdict"] == first.document
    assert changes[-1]["verdict"] == third.document


def test_an_entry_stays_as_it_read_when_its_verdict_was_retracted(partner, case):
    verdict = builders.publish(builders.make_claim(case))
    before, _cursor = feed(partner)
    retract(verdict)
    after, _cursor = feed(partner)
    assert after[:1] == before


def test_coming_back_gives_only_what_is_new(partner, case):
    builders.publish(builders.make_claim(case))
    _changes, cursor = feed(partner)
    assert feed(partner, cursor) == ([], cursor)
    new = builders.publish(builders.make_claim(case))
    changes, later = feed(partner, cursor)
    assert [each["verdict"]["id"] for each in changes] == [str(new.pk)]
    assert feed(partner, later)[0] == []


def test_pages_are_bounded_and_follow_each_other(partner, case):
    for _each in range(5):
        builders.publish(builders.make_claim(case))
    page = partner.get("verdicts/changes/", page_size=2).json()
    assert (len(page["results"]), page["has_more"]) == (2, True)
    changes, _cursor = feed(partner, page_size=2)
    assert [each["sequence"] for each in changes] == [1, 2, 3, 4, 5]


def test_entries_of_foreign_cases_are_left_out(partner, stranger, case):
    builders.publish(builders.make_claim(case))
    builders.publish(builders.make_claim(builders.make_case()))
    builders.publish(builders.make_claim(case))
    assert [each["sequence"] for each in feed(partner)[0]] == [1, 3]
    assert feed(stranger)[0] == []


def test_a_newly_granted_case_is_there_from_its_first_change(case):
    other = builders.make_case()
    key, text = builders.make_key(case)
    builders.publish(builders.make_claim(other))
    assert feed(Caller(text))[0] == []
    operations.grant_case(actor=DESK, partner=key.partner, case=other)
    assert [each["sequence"] for each in feed(Caller(text))[0]] == [1]


def test_a_poll_that_finds_nothing_new_is_not_sent_again(partner, case):
    builders.publish(builders.make_claim(case))
    cursor = feed(partner)[1]
    answer = partner.get("verdicts/changes/", cursor=cursor)
    again = partner.get("verdicts/changes/", cursor=cursor, headers={"If-None-Match": answer["ETag"]})
    assert again.status_code == 304
    builders.publish(builders.make_claim(case))
    changed = partner.get("verdicts/changes/", cursor=cursor, headers={"If-None-Match": answer["ETag"]})
    assert changed.status_code == 200


@pytest.mark.django_db(transaction=True)
def test_nothing_is_missed_while_others_publish():
    """Four people publish at once, each in a case of their own; a consumer polls all the while."""
    cases = [builders.make_case() for _each in range(4)]
    caller = Caller(builders.make_key(*cases)[1])
    work = [(_approved(case), person(builders.make_lead(case))) for case in cases for _each in range(6)]
    done = threading.Event()
    seen: list[int] = []

    def follow():
        cursor = None
        while True:
            last_round = done.is_set()
            changes, cursor = feed(caller, cursor, page_size=3)
            seen.extend(each["sequence"] for each in changes)
            if last_round:
                return

    def publish(share):
        for verdict, lead in share:
            operations.publish_verdict(actor=lead, verdict=verdict)

    consumer = _start(follow)
    publishers = [_start(publish, work[number::4]) for number in range(4)]
    for each in publishers:
        each.join()
    done.set()
    consumer.join()
    assert seen == list(FeedEntry.objects.order_by("sequence").values_list("sequence", flat=True))
    assert seen == list(range(1, len(work) + 1))


def _approved(case):
    """A verdict that only waits for its publication."""
    given = {"rating": "refuted", "confidence": "possible", "summary": "S", "rationale": "R"}
    author = person(builders.make_investigator(case))
    verdict = operations.draft_verdict(actor=author, claim=builders.make_claim(case), **given)
    operations.approve_verdict(actor=person(builders.make_lead(case)), verdict=verdict)
    return verdict


def _start(function, *arguments):
    def run():
        try:
            function(*arguments)
        finally:
            connection.close()

    thread = threading.Thread(target=run)
    thread.start()
    return thread
