"""Two people for an act, and many of them at once: each act is agreed to and done once."""

from __future__ import annotations

import threading

import pytest
from django.db import connection

from claims import custody
from claims.actors import person
from claims.models import CustodyEvent, Role
from claims.transitions import DomainError
from tests.builders import make_case, make_claim, make_evidence, make_lead, make_member, publish
from verification import operations
from verification.models import FeedEntry, Proposal

CONTACT, REASON = "+963 911 000 111", "He asked for help."


@pytest.mark.django_db(transaction=True)
def test_of_many_agreements_and_readings_at_once_one_of_each_succeeds():
    case = make_case()
    asker = person(make_member(case, Role.CUSTODIAN))
    others = [person(make_member(case, Role.CUSTODIAN)) for _each in range(6)]
    submission = make_evidence(case, contact=CONTACT).submission
    reading = operations.propose_reading(actor=asker, submission=submission, reason=REASON)
    assert at_once(lambda other: operations.agree(actor=other, proposal=fresh(reading)), others) == 1
    assert at_once(lambda _n: operations.read_source(actor=asker, proposal=fresh(reading)), range(6)) == 1
    assert CustodyEvent.objects.filter(action="source.read").count() == 1
    assert list(custody.breaks(case)) == []


@pytest.mark.django_db(transaction=True)
def test_of_many_who_agree_at_once_one_retracts():
    case = make_case()
    asker, others = person(make_lead(case)), [person(make_lead(case)) for _each in range(6)]
    verdict = publish(make_claim(case))
    retraction = operations.propose_retraction(actor=asker, verdict=verdict, reason=REASON)
    assert at_once(lambda other: operations.agree(actor=other, proposal=fresh(retraction)), others) == 1
    assert FeedEntry.objects.filter(change="retracted").count() == 1


def fresh(proposal):
    """The proposal as another request reads it."""
    return Proposal.objects.get(pk=proposal.pk)


def at_once(act, over):
    """How many of these acts at the same time succeed; the others are refused."""
    succeeded = []

    def run(each):
        try:
            act(each)
            succeeded.append(each)
        except DomainError:
            pass
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(each,)) for each in over]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    return len(succeeded)
