"""Signing in, the whole way: password, second factor, what is set up first, and what opens meanwhile."""

from __future__ import annotations

import re
import time

import pytest
from allauth.mfa.models import Authenticator
from django.contrib.auth import get_user_model
from django.contrib.auth.hashers import identify_hasher
from django.core.cache import cache
from django.test import Client

from claims import sealing
from claims.models import Role
from tests.builders import make_case
from tests.staff import SECRET, address, at_the_door, signed_in, staff, text_of
from verification.access import factors
from verification.models import StaffSession

pytestmark = pytest.mark.django_db

PASSWORD = "a walk along the Queiq"
SIGN_IN, CODE = "/admin/login/", "/admin/login/code/"


@pytest.fixture
def person(db):
    user = staff(make_case(), Role.INVESTIGATOR)
    user.set_password(PASSWORD)
    user.save()
    return user


@pytest.fixture
def with_app(person):
    factors.give_app(person, SECRET)
    return person


def gives_password(client, person, password=PASSWORD, **more):
    """What is answered to a name and a password."""
    return client.post(SIGN_IN, {"username": person.username, "password": password} | more)


def gives_code(client, code=None):
    """What is answered to a code, by default the one that the app shows now."""
    return client.post(CODE, {"code": code or factors.code_now(SECRET)[0]})


def opens(client):
    """Whether the desk opens."""
    return client.get(address("index")).status_code == 200


def test_a_password_and_a_code_open_the_desk(with_app):
    client = Client()
    answer = gives_password(client, with_app, next=address("queue"))
    assert (answer.status_code, answer.url) == (302, CODE)
    assert "Second factor" in text_of(client.get(CODE))
    answer = gives_code(client)
    assert (answer.status_code, answer.url) == (302, address("queue"))
    assert opens(client)


def test_after_the_password_alone_nothing_opens_and_nobody_is_signed_in(with_app):
    client = Client()
    gives_password(client, with_app)
    assert client.get(address("index")).url.startswith(SIGN_IN)
    assert client.get("/admin/factors/").url.startswith(SIGN_IN)
    assert "_auth_user_id" not in client.session


def test_a_wrong_password_does_not_lead_to_the_code(with_app):
    client = Client()
    assert "Please enter the correct" in text_of(gives_password(client, with_app, "another passphrase"))
    assert client.get(CODE).url == SIGN_IN


def test_a_wrong_code_does_not_open_the_desk(with_app):
    client = Client()
    gives_password(client, with_app)
    assert "This code is not right" in text_of(gives_code(client, "000000"))
    assert not opens(client)


def test_a_code_opens_once_even_for_a_process_that_has_not_heard_of_it(with_app):
    code, _seconds = factors.code_now(SECRET)
    client = Client()
    gives_password(client, with_app)
    assert gives_code(client, code).status_code == 302
    cache.clear()
    again = Client()
    gives_password(again, with_app)
    assert "used already" in text_of(gives_code(again, code))
    assert not opens(again)


def test_an_older_code_opens_no_more_once_a_newer_one_did(with_app, monkeypatch):
    factor = factors.factors_of(with_app)[0]
    now = 1_800_000_000
    monkeypatch.setattr("time.time", lambda: now)
    newer = factors.code_now(SECRET)[0]
    older = factors.format_hotp_value(factors.hotp_value(SECRET, now // 30 - 1))
    assert factors.spend(factor, newer)
    assert not factors.spend(factor, older)


def test_a_code_of_two_minutes_ago_opens_nothing(with_app, monkeypatch):
    code, _seconds = factors.code_now(SECRET)
    later = time.time() + 120
    monkeypatch.setattr("time.time", lambda: later)
    assert factors.opened_by(with_app, code) is None


def test_whoever_has_no_second_factor_sets_one_up_before_anything_opens(person):
    client = Client()
    gives_password(client, person)
    for name in ("index", "queue", "cases", "claims", "password_change"):
        assert client.get(address(name), follow=True).redirect_chain[-1][0] == "/admin/factors/"
    assert "The desk opens once you have a second factor" in text_of(client.get("/admin/factors/"))
    page = text_of(client.get("/admin/factors/app/"))
    secret = re.search(r'data-copy="([A-Z2-7]{32})"', page)[1]
    assert "<svg" in page
    answer = client.post("/admin/factors/app/", {"code": factors.code_now(secret)[0]})
    assert "They are shown this once" in text_of(answer)
    assert "no-store" in answer["Cache-Control"]
    assert opens(client)


def test_setting_up_asks_for_a_code_of_that_very_secret(person):
    client = at_the_door(person)
    client.get("/admin/factors/confirm/")
    client.post("/admin/factors/confirm/", {"password": PASSWORD})
    client.get("/admin/factors/app/")
    assert "This code is not right" in text_of(client.post("/admin/factors/app/", {"code": "123456"}))
    assert factors.factors_of(person) == []


def test_the_code_that_set_an_app_up_opens_nothing_more(person):
    client = Client()
    gives_password(client, person)
    secret = re.search(r'data-copy="([A-Z2-7]{32})"', text_of(client.get("/admin/factors/app/")))[1]
    code = factors.code_now(secret)[0]
    client.post("/admin/factors/app/", {"code": code})
    assert factors.opened_by(person, code) is None


def test_secrets_are_sealed_in_the_table_and_in_the_session_in_which_they_are_set_up(person):
    client = Client()
    gives_password(client, person)
    secret = re.search(r'data-copy="([A-Z2-7]{32})"', text_of(client.get("/admin/factors/app/")))[1]
    kept = client.session["mfa.totp.secret"]
    assert secret not in str(dict(client.session))
    assert sealing.unseal(kept.encode()) == secret
    client.post("/admin/factors/app/", {"code": factors.code_now(secret)[0]})
    rows = Authenticator.objects.filter(user=person)
    assert {each.type for each in rows} == {"totp", "recovery_codes"}
    assert all(secret not in str(each.data) for each in rows)
    assert sealing.unseal(rows.get(type="totp").data["secret"].encode()) == secret
    assert len(sealing.unseal(rows.get(type="recovery_codes").data["seed"].encode())) == 80


def test_a_recovery_code_opens_once_and_there_is_one_less(with_app):
    client = signed_in(with_app)
    codes = re.findall(r"<li>(\d{4} \d{4} \d{4})</li>", text_of(client.post("/admin/factors/codes/")))
    assert len(codes) == 10
    other = Client()
    gives_password(other, with_app)
    assert gives_code(other, codes[3]).status_code == 302
    assert opens(other)
    third = Client()
    gives_password(third, with_app)
    assert "used already" in text_of(gives_code(third, codes[3]))
    assert "9 codes are left" in text_of(client.get("/admin/factors/"))
    assert codes[0] not in text_of(client.get("/admin/factors/"))


def test_new_recovery_codes_close_the_old_ones(with_app):
    client = signed_in(with_app)
    client.post("/admin/factors/codes/")
    old = factors.recovery_codes_of(with_app)[0]
    client.post("/admin/factors/codes/")
    assert factors.opened_by(with_app, old) is None


def test_somebody_who_is_deactivated_or_not_of_the_staff_is_answered_like_a_wrong_password(with_app):
    wrong = text_of(gives_password(Client(), with_app, "another passphrase"))
    for field in ("is_active", "is_staff"):
        get_user_model().objects.filter(pk=with_app.pk).update(is_active=True, is_staff=True)
        get_user_model().objects.filter(pk=with_app.pk).update(**{field: False})
        assert plain(text_of(gives_password(Client(), with_app))) == plain(wrong)


def plain(page):
    """A page without the token of its forms."""
    return re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", page)


def test_nobody_is_led_elsewhere_after_signing_in(with_app):
    client = Client()
    gives_password(client, with_app, next="https://example.org/")
    assert gives_code(client).url == address("index")


def test_nothing_of_allauth_but_these_pages_is_there():
    for path in ("signup", "email", "password/reset", "logout", "inactive", "3rdparty", "login/webauthn"):
        for prefix in ("accounts", "account", "admin", "admin/accounts", "admin/factors"):
            if (prefix, path) != ("admin", "logout"):
                assert Client().get(f"/{prefix}/{path}/").status_code == 404, (prefix, path)


def test_no_form_of_the_desk_is_taken_without_its_token(with_app):
    inside = signed_in(with_app)
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = inside.cookies
    for path in (
        SIGN_IN,
        "/admin/logout/",
        "/admin/factors/codes/",
        address("take_next"),
        "/admin/language/",
    ):
        assert strict.post(path, {"username": with_app.username, "password": PASSWORD}).status_code == 403, (
            path
        )
    assert factors.recovery_codes_of(with_app) == []
    assert opens(inside)


def test_no_page_of_signing_in_has_inline_code_and_each_has_the_policy(with_app):
    client = Client()
    pages = [client.get(SIGN_IN)]
    gives_password(client, with_app)
    pages.append(client.get(CODE))
    inside = signed_in(with_app)
    pages += [inside.get(f"/admin/factors/{each}") for each in ("", "passkey/", "confirm/")]
    for each in pages:
        policy = each["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert each["Referrer-Policy"] == "same-origin"
        assert "no-store" in each["Cache-Control"]
        assert each["X-Content-Type-Options"] == "nosniff"
        assert "frame-ancestors 'none'" in policy
        scripts = re.findall(r"<script(?![^>]*src=)[^>]*>", each.content.decode())
        assert all('type="application/json"' in script for script in scripts)


def test_no_address_and_no_agent_is_kept_of_whoever_signs_in(with_app):
    client = Client(
        REMOTE_ADDR="203.0.113.77", HTTP_USER_AGENT="Canary/7", HTTP_X_FORWARDED_FOR="203.0.113.78"
    )
    gives_password(client, with_app, "another passphrase")
    gives_password(client, with_app)
    gives_code(client)
    assert opens(client)
    kept = [dict(client.session), *StaffSession.objects.values(), *Authenticator.objects.values()]
    assert not re.search("203.0.113|Canary", str(kept))


def test_passwords_are_hashed_slowly(person):
    algorithm, rounds, *_rest = person.password.split("$")
    assert algorithm == "pbkdf2_sha256"
    assert int(rounds) >= 600_000
    assert identify_hasher(person.password).algorithm == "pbkdf2_sha256"
