"""A lost second factor: taken away by an administrator or the operator, never in silence."""

from __future__ import annotations

import time
from urllib.parse import urlencode

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError

from claims.actors import DESK
from claims.actors import person as actor_of
from claims.models import Role
from claims.transitions import BadInput, NotPermitted
from tests.builders import make_administrator, make_case
from tests.staff import EVERYBODY, SECRET, address, at_the_door, signed_in, somebody, staff, text_of
from verification.access import factors
from verification.operations import accounts

pytestmark = pytest.mark.django_db

REASON = "She came to the office."


@pytest.fixture
def person(db):
    user = staff(make_case(), Role.INVESTIGATOR)
    factors.give_app(user, SECRET)
    return user


def test_an_administrator_takes_a_lost_factor_away_and_the_person_is_out(person):
    client, desk = signed_in(person), signed_in(make_administrator())
    answer = desk.post(address("take_factors", person.pk), {"reason": REASON}, follow=True)
    assert "Taken away" in text_of(answer)
    assert factors.factors_of(person) == []
    assert client.get(address("index")).status_code == 302


def test_it_is_written_down_with_name_and_reason_and_the_person_is_told(person):
    administrator = make_administrator()
    desk = signed_in(administrator)
    desk.post(address("take_factors", person.pk), {"reason": REASON})
    for page in (desk.get(address("account", person.pk)), at_the_door(person).get("/admin/factors/")):
        assert administrator.username in text_of(page)
        assert REASON in text_of(page)


def test_without_a_reason_nothing_is_taken(person):
    desk = signed_in(make_administrator())
    answer = desk.post(address("take_factors", person.pk), {"reason": " "})
    assert answer.status_code == 400
    assert factors.factors_of(person)
    with pytest.raises(BadInput):
        accounts.take_factors(actor=DESK, user=person, reason="")


def test_nobody_takes_their_own(person):
    administrator = make_administrator()
    desk = signed_in(administrator)
    assert desk.post(address("take_factors", administrator.pk), {"reason": REASON}).status_code == 403
    assert factors.factors_of(administrator)


@pytest.mark.parametrize("kind", [each for each in EVERYBODY if each != "administrator"])
def test_nobody_else_takes_a_factor_lets_in_or_signs_out(person, kind):
    user = somebody(kind, make_case())
    client = signed_in(user)
    assert client.get(address("account", person.pk)).status_code == 403
    for name in ("take_factors", "end_account_sessions", "let_account_in"):
        assert client.post(address(name, person.pk), {"reason": REASON}).status_code == 403
    with pytest.raises(NotPermitted):
        accounts.take_factors(actor=actor_of(user), user=person, reason=REASON)
    assert factors.factors_of(person)


def test_the_operator_takes_the_last_administrator_s_and_it_says_so(person, capsys):
    administrator = make_administrator()
    factors.give_app(administrator, SECRET)
    call_command("take_factors", administrator.username, "--reason", REASON)
    assert factors.factors_of(administrator) == []
    assert "by the operator, at the machine" in text_of(at_the_door(administrator).get("/admin/factors/"))
    with pytest.raises(CommandError, match="Nobody is called"):
        call_command("take_factors", "nobody", "--reason", REASON)
    with pytest.raises(CommandError):
        call_command("take_factors", administrator.username)


def test_one_takes_one_s_own_factor_away_but_never_the_last(person):
    client = signed_in(person)
    only = factors.factors_of(person)[0]
    answer = client.post(f"/admin/factors/{only.pk}/remove/", follow=True)
    assert "This is your only second factor" in text_of(answer)
    other = factors.Authenticator.objects.create(
        user=person, type="webauthn", data={"name": "A key", "credential": {}}
    )
    client.post(f"/admin/factors/{only.pk}/remove/")
    assert factors.factors_of(person) == [other]


def test_nobody_s_else_s_factor_is_taken_away_there(person):
    stranger = signed_in(staff(make_case(), Role.LEAD))
    foreign = factors.factors_of(person)[0]
    assert stranger.post(f"/admin/factors/{foreign.pk}/remove/").status_code == 404
    assert factors.factors_of(person) == [foreign]


@pytest.mark.parametrize("path", ["app/", "passkey/"])
def test_after_some_minutes_the_password_is_asked_for_once_more(person, path, monkeypatch):
    client = signed_in(person)
    now = time.time()
    monkeypatch.setattr("verification.access.factors.time.time", lambda: now + 301)
    answer = client.get(f"/admin/factors/{path}")
    assert answer.url == f"/admin/factors/confirm/?{urlencode({'next': f'/admin/factors/{path}'})}"
    for verb in ("codes/", f"{factors.factors_of(person)[0].pk}/remove/"):
        assert client.post(f"/admin/factors/{verb}").url.startswith("/admin/factors/confirm/")


def test_whoever_set_a_factor_up_elsewhere_meanwhile_gives_it(person):
    half = at_the_door(staff(make_case(), Role.LEAD))
    assert half.get("/admin/factors/").status_code == 200
    factors.give_app(half.get("/admin/factors/").wsgi_request.user, SECRET)
    assert half.get("/admin/factors/").url == "/admin/login/"
    assert half.get("/admin/factors/app/").url.startswith("/admin/login/")


def test_one_app_a_person():
    user = make_administrator()
    factors.give_app(user, SECRET)
    with pytest.raises(IntegrityError):
        factors.give_app(user, SECRET)
