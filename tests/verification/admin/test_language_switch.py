"""The switch of language: of the desk alone, forgotten with the browser, and leading nowhere else."""

from __future__ import annotations

import pytest
from django.test import Client

from tests.staff import address, text_of

pytestmark = pytest.mark.django_db


def test_a_person_chooses_the_language_and_it_stays_with_the_desk(desk):
    here = address("queue")
    assert '<button class="plain" name="language" value="ar"' in text_of(desk.get(here))
    answer = desk.post("/admin/language/", {"language": "ar", "next": here})
    assert answer.url == here
    cookie = answer.cookies["django_language"]
    assert (cookie["path"], cookie["max-age"], cookie["httponly"]) == ("/admin/", "", True)
    assert '<html lang="ar" dir="rtl">' in text_of(desk.get(here))
    assert '<html lang="ar" dir="rtl">' in text_of(desk.get(address("index")))


def test_the_language_switch_leads_nowhere_else(desk):
    answer = desk.post("/admin/language/", {"language": "ar", "next": "https://example.org/"})
    assert "example.org" not in answer.url


def test_whoever_is_not_signed_in_can_choose_as_well():
    page = text_of(Client().get("/admin/login/"))
    assert "العربيّة</button>" in page
