"""How copies are counted and worded once the desk has looked a file's fingerprints up."""

from datetime import UTC, datetime

import pytest

from media_checks import perceptual_hash
from media_checks.context import Context, EarlierCopy, Weight
from media_checks.contract import CheckVerdict, Finding, conclude

COMPUTED = Finding(perceptual_hash.COMPUTED, {"stored": 2})
YESTERDAY = datetime(2016, 11, 17, tzinfo=UTC)
YEARS_AGO = datetime(2014, 6, 1, tzinfo=UTC)


def copy(reference: str, relation: str = "near", *, confirmed: bool = False, by=YESTERDAY) -> EarlierCopy:
    return EarlierCopy(reference, relation, confirmed, 6, by, Weight.B, "receipt")


def told(*copies: EarlierCopy, searched: int = 40) -> list[Finding]:
    context = Context(earlier_copies=copies, searched=searched)
    return list(perceptual_hash.follow_up([COMPUTED], context))


@pytest.mark.parametrize(
    ("relation", "confirmed", "code"),
    [
        ("exact", True, "perceptual_hash.exact_copies"),
        ("near", True, "perceptual_hash.confirmed_copies"),
        ("frame", False, "perceptual_hash.possible_copies"),
    ],
)
def test_a_copy_that_is_bound_twice_counts_once(relation, confirmed, code):
    by_receipt = copy("evidence 7", relation, confirmed=confirmed)
    by_address = copy("evidence 7", relation, confirmed=confirmed, by=YEARS_AGO)
    other = copy("evidence 8", relation, confirmed=confirmed)
    (finding,) = told(by_receipt, by_address, other)
    assert finding.code.slug == code
    assert finding.details["count"] == 2
    assert finding.details["references"] == ["evidence 7", "evidence 8"]


@pytest.mark.parametrize(("copies", "searched"), [(1, 1), (1, 40), (2, 1), (3, 40)])
def test_the_sentences_hold_for_one_and_for_many(copies, searched):
    (possible,) = told(*(copy(f"evidence {number}") for number in range(copies)), searched=searched)
    assert possible.summary == (
        f"Possible copies found: {copies}, files searched: {searched}; a person must judge each."
    )
    (none,) = told(searched=searched)
    assert none.summary == f"No copy was found; files searched: {searched}."


def test_no_more_than_fifty_copies_are_named_and_all_are_counted():
    (finding,) = told(*(copy(f"evidence {number}") for number in range(60)))
    assert finding.details["count"] == 60
    assert len(finding.details["references"]) == 50


def test_a_possible_copy_leaves_the_check_inconclusive():
    assert conclude([COMPUTED, *told(copy("evidence 7"))]) is CheckVerdict.INCONCLUSIVE
    assert conclude([COMPUTED, *told()]) is CheckVerdict.CONSISTENT
