"""Signed heads of the custody record."""

from __future__ import annotations

import io
import json
from datetime import timedelta

import pytest
from cryptography.fernet import Fernet
from django.core.management import call_command
from django.utils import timezone

from claims import custody, heads, verify_record
from claims.models import Case, CustodyEvent, CustodyHead
from tests.builders import make_case, make_claim
from verification import tasks

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("triggers_off")]


@pytest.fixture
def cases():
    """Two cases with a few lines each, and a head over them before the last line of the second."""
    first, second = make_case(), make_case()
    make_claim(first)
    make_claim(second)
    heads.sign()
    make_claim(second)
    return first, second


def rewrite(case: Case) -> None:
    """What somebody with power over the database can do: another statement, and a chain that fits it."""
    previous = verify_record.GENESIS
    for line in CustodyEvent.objects.filter(case=case).order_by("sequence"):
        if line.action == "claim.opened":
            line.details = {"statement": "Nothing happened."}
        line.previous_hash = previous
        line.hash = previous = custody.hash_of(line)
        line.save()


def exported(*arguments: str) -> list[dict]:
    out = io.StringIO()
    call_command("export_heads", *arguments, stdout=out)
    return [json.loads(line) for line in out.getvalue().splitlines()]


def test_a_head_covers_the_last_line_of_every_case_and_names_the_one_before(cases):
    second = heads.sign()
    first = CustodyHead.objects.get(number=1)
    assert (first.lines, second.lines, second.number) == (4, 5, 2)
    assert (first.previous_hash, second.previous_hash) == (verify_record.GENESIS, first.hash)
    last = CustodyEvent.objects.filter(case=cases[1]).order_by("sequence").last()
    assert second.leaves[str(cases[1].pk)] == [3, last.hash]
    assert set(second.leaves) == {str(each.pk) for each in cases}
    assert not list(heads.breaks())


def test_a_full_rewrite_is_caught_by_an_earlier_head(cases):
    rewrite(cases[0])
    assert not list(custody.breaks(cases[0]))
    assert list(heads.breaks()) == [f"head 1 no longer fits line 2 of case {cases[0].pk}"]


def test_a_shortened_record_is_caught_by_an_earlier_head(cases):
    CustodyEvent.objects.filter(case=cases[0], sequence=2).delete()
    assert not list(custody.breaks(cases[0]))
    assert list(heads.breaks()) == [f"head 1 no longer fits line 2 of case {cases[0].pk}"]
    heads.sign()
    shorter = f"head 2 has a shorter record of case {cases[0].pk} than the head before it"
    assert shorter in list(heads.breaks())


def test_a_dropped_case_is_caught_by_an_earlier_head(cases):
    CustodyEvent.objects.filter(case=cases[0]).delete()
    heads.sign()
    found = list(heads.breaks())
    assert f"head 2 has lost case {cases[0].pk}" in found
    assert f"head 1 no longer fits line 2 of case {cases[0].pk}" in found


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"lines": 1}, "head 1 was changed"),
        ({"at": "2016-01-01T00:00:00Z"}, "head 1 was changed"),
        ({"leaves": {}}, "head 1 was changed"),
        ({"signature": "00" * 64}, "the signature of head 1 is not of its key"),
        ({"signature": "no hex"}, "the signature of head 1 is not of its key"),
        ({"previous_hash": "1" * 64}, "head 1 does not follow from the head before it"),
        ({"key": "1" * 64}, f"head 1 was signed by a key that is not this desk's: {'1' * 64}"),
    ],
)
def test_a_changed_head_is_found(cases, change, problem):
    CustodyHead.objects.update(**change)
    assert problem in list(heads.breaks())


def test_a_removed_head_is_found(cases):
    heads.sign()
    CustodyHead.objects.filter(number=1).delete()
    assert "head 1 is missing before head 2" in list(heads.breaks())


def test_a_head_of_another_key_is_found_unless_it_was_this_desk_s_before(cases, settings):
    former = heads.public_key()
    settings.CUSTODY_KEY = Fernet.generate_key().decode()
    assert list(heads.breaks()) == [f"head 1 was signed by a key that is not this desk's: {former}"]
    settings.FORMER_CUSTODY_KEYS = [former]
    assert heads.sign().key != former
    assert not list(heads.breaks())


def test_a_worker_signs_a_head_once_a_day(cases):
    tasks.keep_record()
    assert CustodyHead.objects.count() == 1
    CustodyHead.objects.update(at=timezone.now() - timedelta(hours=25))
    tasks.keep_record()
    assert CustodyHead.objects.count() == 2


def test_a_witness_gets_heads_that_tell_nothing_but_can_be_verified(cases):
    given = exported("--sign")
    assert [each["number"] for each in given] == [1, 2]
    assert exported("--after", "1") == given[1:]
    assert all(set(each) == {*verify_record.HEAD, "hash", "signature", "time_stamp"} for each in given)
    assert all(verify_record.is_signed(each) for each in given)
    text = json.dumps(given)
    for case in cases:
        assert str(case.pk) not in text
        assert case.slug not in text
    assert not verify_record.is_signed(given[0] | {"lines": 1})


def test_a_desk_without_a_line_has_a_head_too():
    assert heads.sign().lines == 0
    assert not list(heads.breaks())
