"""Passwords: long ones of any kind are taken as they are typed, guessable ones are refused."""

from __future__ import annotations

import pytest
from django.contrib.auth import authenticate, get_user_model
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.test import Client

from tests.builders import make_administrator
from tests.staff import address, signed_in, text_of

pytestmark = pytest.mark.django_db

GOOD = {
    "digits alone": "83920174655920",
    "spaces at both ends": "  by the river  ",
    "Arabic": "على ضفة النهر وحدي",
    "signs of all kinds": "🌊 ¿Señor? ₿ <b>",
    "two hundred": "a long walk " * 17,
}
BAD = {
    "eleven characters": ("by the rive", "too short"),
    "one that everybody uses": ("1234567890123", "too common"),
    "one's own name": ("newcomer2026", "too similar"),
    "a word of the desk": ("corroborate2026", "too close to the desk"),
    "two words of the desk": ("Verification-Evidence", "too close to the desk"),
}


@pytest.fixture
def desk(db):
    return signed_in(make_administrator())


@pytest.mark.parametrize("kind", GOOD)
def test_a_long_password_of_any_kind_is_taken_as_it_is_typed(desk, kind):
    typed = {"username": "newcomer", "password1": GOOD[kind], "password2": GOOD[kind]}
    assert desk.post(address("auth_user_add"), typed).status_code == 302
    assert authenticate(username="newcomer", password=GOOD[kind])
    assert authenticate(username="newcomer", password=GOOD[kind].strip() + "x") is None
    if GOOD[kind] != GOOD[kind].strip():
        assert authenticate(username="newcomer", password=GOOD[kind].strip()) is None


@pytest.mark.parametrize("kind", BAD)
def test_what_is_guessed_first_is_refused_and_the_page_says_why(desk, kind):
    password, said = BAD[kind]
    typed = {"username": "newcomer", "password1": password, "password2": password}
    assert said in text_of(desk.post(address("auth_user_add"), typed))
    assert not get_user_model().objects.filter(username="newcomer").exists()


def test_the_desk_s_own_host_is_a_word_of_the_desk(settings):
    settings.PUBLIC_URL = "https://desk.aleppo-archive.example"
    with pytest.raises(ValidationError, match="own words"):
        validate_password("aleppo-archive-77")
    validate_password("aleppo-archive and a long walk")


def test_it_is_hidden_while_it_is_typed_and_nothing_hinders_pasting():
    page = text_of(Client().get("/admin/login/"))
    field = page[page.index('name="password"') - 60 : page.index('name="password"') + 120]
    assert 'type="password"' in field
    assert 'autocomplete="current-password"' in field
    assert "onpaste" not in page
