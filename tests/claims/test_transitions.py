"""The one way a state changes."""

from __future__ import annotations

import pytest

from claims.models import Claim, ClaimState
from claims.models.claims import CLAIM_MOVES
from claims.transitions import IllegalMove, LostRace, move
from tests.builders import make_case, make_claim

pytestmark = pytest.mark.django_db


@pytest.fixture
def claim():
    return make_claim(make_case())


def test_a_move_changes_the_row_and_the_record_in_memory(claim):
    move(claim, CLAIM_MOVES, ClaimState.CONCLUDED, claimant="Another ministry")
    assert claim.state == Claim.objects.get(pk=claim.pk).state == ClaimState.CONCLUDED
    assert claim.claimant == Claim.objects.get(pk=claim.pk).claimant == "Another ministry"


def test_an_illegal_move_changes_nothing(claim):
    move(claim, CLAIM_MOVES, ClaimState.WITHDRAWN)
    with pytest.raises(IllegalMove):
        move(claim, CLAIM_MOVES, ClaimState.OPEN)
    assert Claim.objects.get(pk=claim.pk).state == ClaimState.WITHDRAWN


def test_of_two_who_move_the_same_row_one_loses(claim):
    late = Claim.objects.get(pk=claim.pk)
    move(claim, CLAIM_MOVES, ClaimState.CONCLUDED)
    with pytest.raises(LostRace):
        move(late, CLAIM_MOVES, ClaimState.WITHDRAWN)
    assert late.state == ClaimState.OPEN
    assert Claim.objects.get(pk=claim.pk).state == ClaimState.CONCLUDED
