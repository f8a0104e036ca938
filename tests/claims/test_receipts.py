"""Receipt codes."""

from __future__ import annotations

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
