"""The custody record."""

from __future__ import annotations

import json

import pytest
from django.db import connection, transaction
from django.db.transaction import TransactionManagementError
from django.test.utils import CaptureQueriesContext

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


def test_an_operation_within_another_is_a_part_of_it_and_its_lines_stand_in_their_order(case):
    with custody.operation():
        custody.record(DESK, "before", case, case=case)
        with custody.operation():
            custody.record(DESK, "within", case, case=case)
        custody.record(DESK, "after", case, case=case)
        assert CustodyEvent.objects.filter(case=case).count() == 5
    lines = CustodyEvent.objects.filter(case=case).order_by("sequence")
    assert [each.action for each in lines][5:] == ["before", "within", "after"]
    assert not list(custody.breaks(case))


def test_an_operation_over_several_cases_has_its_lines_in_each(case):
    other = make_case()
    with custody.operation():
        for each in (other, case, other):
            custody.record(DESK, "key.issued", each, case=each)
    assert CustodyEvent.objects.filter(action="key.issued", case=other).count() == 2
    assert CustodyEvent.objects.filter(action="key.issued", case=case).count() == 1
    assert not [*custody.breaks(case), *custody.breaks(other)]


def test_an_operation_that_fails_leaves_no_line(case):
    @custody.operation()
    def fail():
        custody.record(DESK, "before", case, case=case)
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        fail()
    with custody.operation():
        custody.record(DESK, "afterwards", case, case=case)
    assert not CustodyEvent.objects.filter(action="before").exists()
    assert CustodyEvent.objects.get(action="afterwards").sequence == 6


def test_the_record_is_locked_for_its_lines_alone_at_the_end_of_an_operation(case):
    with CaptureQueriesContext(connection) as asked:
        make_claim(case)
    tables = ["claims_custodyevent" in each["sql"] for each in asked.captured_queries]
    *rest, last = tables[: len(tables) - tables[::-1].index(True)]
    assert last
    assert rest.count(True) == 1
    assert rest[-1]


def test_no_line_is_recorded_in_a_transaction_that_could_fail_alone_within_an_operation(case):
    with custody.operation(), transaction.atomic(), pytest.raises(TransactionManagementError):
        custody.record(DESK, "case.opened", case, case=case)


@pytest.mark.django_db(transaction=True)
def test_a_line_is_written_only_in_its_change_s_transaction():
    case = make_case()
    assert not connection.in_atomic_block
    with pytest.raises(TransactionManagementError):
        custody.record(DESK, "case.opened", case, case=case)
