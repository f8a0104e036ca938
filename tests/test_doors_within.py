"""Bad input at the desk's pages and verbs, and at the partners' API: a clear answer, and nothing changed."""

from __future__ import annotations

import json
import re
from datetime import timedelta

import pytest
from django import forms
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from django.utils import timezone

import verification.forms
import verification.forms_access
import verification.forms_claims
from claims.actors import DESK
from tests import builders
from tests.doorways import NO_ID, World
from tests.kept import nothing_changed
from verification import operations
from verification.models import ApiKey

pytestmark = pytest.mark.django_db


@pytest.fixture
def world(db, settings, tmp_path):
    settings.STORAGE_FOLDER = tmp_path / "media"
    cache.clear()
    return World()


TO_THE_DOOR = "/admin/login/?next="
# Those that need nothing typed: what they are pressed on is all their input.
PRESSED = {"take_next", "take", "release", "skip", "retry", "remove_member", "revoke_key", "original"}
PRESSED |= {"agree", "withdraw_proposal", "read_source", "end_account_sessions", "let_account_in"}
FIELDS = {
    field
    for module in (verification.forms, verification.forms_access, verification.forms_claims)
    for each in vars(module).values()
    if isinstance(each, type) and issubclass(each, forms.Form)
    for field in each.base_fields
}
# What a stranger to the case gets to see all the same: their own desk, with nothing of this case.
OWN = dict.fromkeys(("index", "queue", "claims", "verdicts", "cases", "submissions", "proposals"), 200)
OWN |= dict.fromkeys(("new_case", "open_case", "partners", "open_partner", "partner"), 403)
OWN |= dict.fromkeys(("account", "take_factors", "end_account_sessions", "let_account_in"), 403)
OWN |= {"take_next": 302}
SAID = re.compile(r'class="(message )?error"')
GARBAGE = {"nothing": "", "a NUL": "\0", "too much": "x" * 20_000}


def doors(world, of=None):
    """The desk's addresses by their names, each with what it answers to: a verb to POST alone."""
    found = world.desk(of).items()
    return {
        name: ("post" if world.browser.get(path).status_code == 405 else "get", path) for name, path in found
    }


def knock(browser, method, path):
    """What is answered at this address."""
    return getattr(browser, method)(path)


def test_whoever_has_no_business_here_is_turned_away_from_every_page_and_verb(world):
    people, told = world.people(), {}
    stranger = people.pop("a stranger")
    with nothing_changed():
        for name, door in doors(world).items():
            for who, each in people.items():
                assert knock(each, *door)["Location"].startswith(TO_THE_DOOR), (who, name)
            told[name] = knock(stranger, *door).status_code
    assert {name: told.pop(name) for name in OWN} == OWN
    assert set(told.values()) == {404}, told


@pytest.mark.parametrize("record", [NO_ID, 0, 10**30])
def test_a_record_that_is_not_there_is_not_found(world, record):
    about_it = [door for door in doors(world, of=record).values() if str(record) in door[1]]
    with nothing_changed():
        assert {knock(world.browser, *door).status_code for door in about_it} == {404}


@pytest.mark.parametrize("garbage", GARBAGE)
def test_garbage_in_every_field_of_every_verb_is_refused_in_words(world, garbage):
    for name, (method, path) in doors(world).items():
        if method == "get" or name in PRESSED:
            continue
        with nothing_changed():
            answer = world.browser.post(path, dict.fromkeys(FIELDS, GARBAGE[garbage]))
        assert answer.status_code == 400, name
        assert SAID.search(answer.content.decode()), name


QUERIES = ["after=x", f"after={NO_ID}", "after=%00", "after=%ff", "below=x", "below=-1", f"below={'9' * 400}"]
QUERIES += [
    f"{name}={value}" for name in ("q", "case", "state", "assignee", "claim") for value in ("%00", "x" * 5000)
]
QUERIES += ["p=x", "p=-1", f"p={'9' * 40}", "o=x", "username=%00", "password__startswith=a", "_to_field=x"]


@pytest.mark.parametrize("query", QUERIES, ids=lambda each: each[:20])
def test_a_bad_cursor_or_filter_is_an_answer_on_every_page(world, query):
    pages = [path for method, path in doors(world).values() if method == "get"]
    with nothing_changed():
        told = {
            path: world.browser.get(f"{path}?{query}").status_code
            for path in (*pages, reverse("admin:auth_user_changelist"))
        }
    assert set(told.values()) <= {200, 302, 400, 404}, told


# The partners' API.

KEYS = {
    "no key": (lambda world: "", 401),
    "another scheme": (lambda world: f"Basic {world.key_text}", 401),
    "a key that is cut": (lambda world: f"Bearer {world.key_text[:-1]}", 401),
    "a key with more": (lambda world: f"Bearer {world.key_text}x", 401),
    "a key twice": (lambda world: f"Bearer {world.key_text}, Bearer {world.key_text}", 401),
    "a key of 10 KB": (lambda world: f"Bearer cor_{'0' * 12}_{'x' * 10_000}", 401),
    "a key in other letters": (lambda world: "Bearer ключ", 401),
    "an expired key": (lambda world: expired(world), 401),
    "a revoked key": (lambda world: revoked(world), 401),
    "a stranger's key": (lambda world: f"Bearer {builders.make_key(world.elsewhere.case)[1]}", 404),
}


def expired(world):
    past = timezone.now() - timedelta(seconds=1)
    ApiKey.objects.filter(pk=world.key.pk).update(expires_at=past)
    return f"Bearer {world.key_text}"


def revoked(world):
    operations.revoke_key(actor=DESK, key=world.key)
    return f"Bearer {world.key_text}"


def is_problem(answer, status):
    """One of ours, in words."""
    told = json.loads(answer.content)
    return (
        answer["Content-Type"] == "application/problem+json" and told["status"] == status and told["detail"]
    )


@pytest.mark.parametrize("wrong", KEYS)
def test_a_partner_without_the_right_key_gets_a_problem(world, wrong):
    make, status = KEYS[wrong]
    header = make(world).encode().decode("latin-1")
    published = builders.publish(builders.make_claim(world.case), world.user, world.lead)
    with nothing_changed():
        answer = Client().get(f"/api/v1/verdicts/{published.pk}/", HTTP_AUTHORIZATION=header)
    assert answer.status_code == status
    assert is_problem(answer, status)


ASKED = {
    "a cursor that is none": ("verdicts/changes/?cursor=x", 400),
    "a cursor beyond all numbers": (f"verdicts/changes/?cursor={'W' * 200}", 400),
    "a page without end": (f"verdicts/?page_size={'9' * 5000}", 400),
    "words with a NUL": ("verdicts/?q=%00", 400),
    "words that are no text": ("verdicts/?q=%ff", 200),
    "a case with a NUL": ("claims/?case=%00", 400),
    "a record of another kind": ("evidence/{claim}/", 404),
    "what is not published": ("verdicts/{verdict}/", 404),
    "an id with a NUL": ("claims/%00/", 404),
    "an address of 10 KB": (f"{'x' * 10_000}/", 404),
}


@pytest.mark.parametrize("wrong", ASKED)
def test_a_partner_who_asks_for_what_does_not_fit_gets_a_problem(world, wrong):
    path, status = ASKED[wrong]
    path = path.format(claim=world.claim.pk, verdict=world.verdict.pk)
    with nothing_changed():
        answer = Client().get(f"/api/v1/{path}", HTTP_AUTHORIZATION=f"Bearer {world.key_text}")
    assert answer.status_code == status
    assert status == 200 or is_problem(answer, status)
