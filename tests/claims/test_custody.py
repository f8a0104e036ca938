"""The custody record."""

from __future__ import annotations

import json

import pytest
from django.db import connection
from django.db.transaction import TransactionManagementError

from claims import custody, verify_record
from claims.actors import DESK
from claims.models import CustodyEvent
from tests.builders import make_case, make_claim

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("triggers_off")]


@pytest.fixture
def case():
    case = make_case()
    for _ in range(4):
        make_claim(case)
    return case


def test_every_line_follows_from_the_one_before(case):
    lines = list(CustodyEvent.objects.filter(case=case).order_by("sequence"))
    assert [each.sequence for each in lines] == [1, 2, 3, 4, 5]
    assert lines[0].previous_hash == verify_record.GENESIS
    assert [each.previous_hash for each in lines[1:]] == [each.hash for each in lines[:-1]]
    assert not list(custody.breaks(case))


@pytest.mark.parametrize(
    "change",
    [
        {"actor": "user:1"},
        {"action": "claim.withdrawn"},
        {"details": {"statement": "Something else."}},
        {"at": "2016-01-01T00:00:00Z"},
    ],
)
def test_a_changed_line_is_found(case, change):
    CustodyEvent.objects.filter(case=case, sequence=3).update(**change)
    assert list(custody.breaks(case)) == ["line 3 was changed"]


def test_a_removed_line_is_found(case):
    CustodyEvent.objects.filter(case=case, sequence=3).delete()
    assert "line 3 is missing before line 4" in list(custody.breaks(case))


def test_a_line_rewritten_with_its_hash_breaks_the_next(case):
    line = CustodyEvent.objects.get(case=case, sequence=3)
    line.details = {"statement": "Something else."}
    line.hash = custody.hash_of(line)
    line.save()
    assert list(custody.breaks(case)) == ["line 4 does not follow from the line before it"]


def test_a_line_can_be_followed_without_what_it_withholds(case):
    line = CustodyEvent.objects.get(case=case, sequence=3)
    shown = custody.line_of(line)
    covered = custody.line_of(line, shows=lambda name: False)
    assert verify_record.hash_of(covered) == verify_record.hash_of(shown) == line.hash
    text = json.dumps(covered)
    assert line.at.isoformat() not in text
    assert "No hospital was struck." not in text
    assert line.salt not in json.dumps(shown)
    assert shown["details"]["statement"]["value"] == "No hospital was struck."


def test_the_salts_of_what_is_shown_do_not_open_what_is_withheld(case):
    line = CustodyEvent.objects.get(case=case, sequence=3)
    salts = {custody.line_of(line)[name]["salt"] for name in ("at",)}
    salts |= {each["salt"] for each in custody.line_of(line)["details"].values()}
    assert len(salts) == 2
    other = CustodyEvent.objects.get(case=case, sequence=4)
    assert custody.line_of(other)["at"]["salt"] not in salts


def test_cases_have_records_of_their_own(case):
    other = make_case()
    assert CustodyEvent.objects.get(case=other).sequence == 1


@pytest.mark.django_db(transaction=True)
def test_a_line_is_written_only_in_its_change_s_transaction():
    case = make_case()
    assert not connection.in_atomic_block
    with pytest.raises(TransactionManagementError):
        custody.record(DESK, "case.opened", case, case=case)
