"""Receipt codes."""

from __future__ import annotations

import base64
import math
from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from claims import receipts


def test_a_form_token_always_gives_the_same_code():
    token = receipts.new_form_token()
    assert receipts.code_of(token) == receipts.code_of(token)


def test_codes_are_four_groups_of_five_and_all_different():
    codes = {receipts.code_of(receipts.new_form_token()) for _ in range(500)}
    assert len(codes) == 500
    assert all([len(group) for group in code.split("-")] == [5, 5, 5, 5] for code in codes)


def test_a_code_has_a_hundred_bits_of_which_each_is_as_likely_as_another():
    """Twenty letters of thirty-two, from a token of 144 random bits: each letter in each place as often."""
    codes = [receipts.generate().replace("-", "") for _ in range(3200)]
    counted = [Counter(letters) for letters in zip(*codes, strict=True)]
    assert len(counted) * math.log2(32) == 100
    assert all(len(place) == 32 for place in counted)
    # Of a hundred on average, six standard deviations: once in a million runs by chance.
    assert all(40 < count < 160 for place in counted for count in place.values())
    assert len(base64.urlsafe_b64decode(receipts.new_form_token())) * 8 == 144


@given(st.text(min_size=1, max_size=40))
def test_a_code_is_read_however_a_person_types_it(token):
    code = receipts.code_of(token)
    typed = code.lower().replace("-", " ").replace("0", "o").replace("1", "l")
    assert receipts.hash_of(typed) == receipts.hash_of(code)


def test_the_hash_does_not_hold_the_code():
    code = receipts.code_of("a form")
    stored = receipts.hash_of(code)
    assert len(stored) == 64
    assert code.replace("-", "").lower() not in stored


def test_another_secret_key_gives_other_codes(settings):
    before = receipts.code_of("a form")
    settings.SECRET_KEY = "another"
    assert receipts.code_of("a form") != before
