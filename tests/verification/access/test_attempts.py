"""Guessing is slowed down until it leads nowhere, and nobody can be kept out by it."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.contrib.auth import hashers
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.utils import timezone

from claims.models import Role
from tests.builders import make_administrator, make_case
from tests.staff import SECRET, address, signed_in, staff, text_of
from verification.access import attempts, factors
from verification.models import FailedAttempts

pytestmark = pytest.mark.django_db

PASSWORD = "a walk along the Queiq"
SIGN_IN, CODE = "/admin/login/", "/admin/login/code/"


@pytest.fixture
def hashed(monkeypatch):
    """How often a password was hashed; each time in one round and not in a million, for these guess often."""
    counted: list[str] = []
    encode = hashers.PBKDF2PasswordHasher.encode

    def counting(self, password, salt, iterations=None):
        counted.append(password)
        return encode(self, password, salt, iterations)

    monkeypatch.setattr(hashers.PBKDF2PasswordHasher, "iterations", 1)
    monkeypatch.setattr(hashers.PBKDF2PasswordHasher, "encode", counting)
    return counted


@pytest.fixture
def person(db, hashed):
    user = staff(make_case(), Role.INVESTIGATOR)
    user.set_password(PASSWORD)
    user.save()
    factors.give_app(user, SECRET)
    hashed.clear()
    return user


def guesses(name, number=1, client=None, password="wrong, and long enough"):
    """What is answered to so many guesses, one after another."""
    client = client or Client()
    return [client.post(SIGN_IN, {"username": name, "password": password}) for _each in range(number)]


def later(**span):
    """Let this much time pass for everything that was counted."""
    for row in FailedAttempts.objects.all():
        row.last_at -= timedelta(**span)
        row.save()


def signs_in(client, person, **more):
    """Whether the right password and code open the desk in this browser."""
    answer = client.post(SIGN_IN, {"username": person.username, "password": PASSWORD} | more)
    if answer.status_code != 302:
        return False
    FailedAttempts.objects.filter(slot__startswith="code").delete()
    factor = factors.factors_of(person)[0]
    factor.data.pop(factors.LAST_STEP, None)
    factor.save()
    client.post(CODE, {"code": factors.code_now(SECRET)[0]})
    return client.get(address("index")).status_code == 200


def known_browser(person):
    """A browser in which this person signed in, and out again."""
    client = Client()
    assert signs_in(client, person, remember="on")
    client.post("/admin/logout/")
    return client


def test_after_five_wrong_passwords_the_next_is_not_even_looked_at(person, hashed):
    assert [each.status_code for each in guesses(person.username, 7)] == [200] * 5 + [429] * 2
    assert len(hashed) == 5
    assert guesses(person.username, password=PASSWORD)[0].status_code == 429
    assert guesses(person.username)[0]["Retry-After"].isdigit()


def test_the_wait_grows_to_a_quarter_of_an_hour_and_no_more():
    waits = [attempts.wait_after(failed).total_seconds() for failed in range(13)]
    assert waits == [0, 0, 0, 0, 0, 30, 60, 120, 240, 480, 900, 900, 900]
    assert attempts.wait_after(10**9) == timedelta(minutes=15)


def test_a_day_of_guessing_is_a_hundred_guesses(person, hashed):
    for _time in range(24 * 12):
        guesses(person.username)
        later(minutes=5)
    assert len(hashed) <= 110


def test_whoever_waits_signs_in(person, hashed):
    guesses(person.username, 6)
    later(seconds=31)
    assert signs_in(Client(), person)


def test_strangers_cannot_keep_somebody_out_of_a_browser_that_they_used_before(person, hashed):
    client = known_browser(person)
    guesses(person.username, 50)
    assert not signs_in(Client(), person)
    assert signs_in(client, person)


def test_a_known_browser_is_no_free_ride_for_whoever_steals_it(person, hashed):
    client = known_browser(person)
    hashed.clear()
    assert guesses(person.username, 8, client)[-1].status_code == 429
    assert len(hashed) == 5


def test_a_browser_is_known_for_those_alone_who_signed_in_with_it(person, hashed):
    client = known_browser(person)
    other = staff(make_case(), Role.LEAD)
    guesses(other.username, 5)
    assert guesses(other.username, 1, client)[0].status_code == 429


def test_a_browser_is_not_marked_where_somebody_would_rather_not(person, hashed):
    client = Client()
    assert signs_in(client, person)
    assert "known-browser" not in client.cookies


def test_the_mark_is_signed_kept_from_scripts_and_sent_to_the_desk_alone(person, hashed):
    cookie = known_browser(person).cookies["known-browser"]
    assert (cookie["path"], cookie["httponly"], cookie["samesite"]) == ("/admin/", True, "Strict")
    assert person.username not in cookie.value
    forged = Client()
    forged.cookies["known-browser"] = cookie.value[:-2] + "xx"
    guesses(person.username, 5)
    assert not signs_in(forged, person)


def test_the_password_alone_marks_no_browser(person, hashed):
    client = Client()
    client.post(SIGN_IN, {"username": person.username, "password": PASSWORD, "remember": "on"})
    assert "known-browser" not in client.cookies


def test_many_names_attacked_at_once_do_not_shut_the_desk(person, hashed):
    client, others = known_browser(person), [staff(make_case(), Role.LEAD) for _each in range(5)]
    for name in (*(each.username for each in others), *(f"nobody-{n}" for n in range(20))):
        guesses(name, 6)
    assert signs_in(client, person)
    assert signs_in(Client(), person)


def test_names_that_nobody_has_are_answered_alike_and_cost_the_same(person, hashed):
    told = {}
    for name in (person.username, "nobody-at-all"):
        hashed.clear()
        told[name] = [each.status_code for each in guesses(name, 7)], len(hashed)
    assert told[person.username] == told["nobody-at-all"] == ([200] * 5 + [429] * 2, 5)


def test_no_name_stands_in_the_table_and_it_cannot_be_filled(person, hashed, monkeypatch):
    monkeypatch.setattr(attempts, "BUCKETS", 16)
    for number in range(60):
        guesses(f"nobody-{number}")
    guesses(person.username)
    slots = list(FailedAttempts.objects.values_list("slot", flat=True))
    assert len(slots) <= 16
    assert not any("nobody" in each or person.username in each for each in slots)


def test_what_failed_is_forgotten_after_a_day_and_on_success(person, hashed):
    guesses(person.username, 5)
    later(hours=25)
    assert [each.status_code for each in guesses(person.username, 5)] == [200] * 5
    later(seconds=31)
    assert signs_in(Client(), person)
    assert not FailedAttempts.objects.filter(slot__startswith="password").exists()


def test_codes_are_guessed_no_faster_than_passwords(person, hashed):
    client = Client()
    client.post(SIGN_IN, {"username": person.username, "password": PASSWORD})
    told = [client.post(CODE, {"code": f"00000{n}"}).status_code for n in range(7)]
    assert told == [200] * 5 + [429] * 2
    again = Client()
    again.post(SIGN_IN, {"username": person.username, "password": PASSWORD})
    assert again.post(CODE, {"code": factors.code_now(SECRET)[0]}).status_code == 429


def test_whoever_guesses_codes_does_not_keep_the_person_s_own_browser_waiting(person, hashed):
    client, stranger = known_browser(person), Client()
    stranger.post(SIGN_IN, {"username": person.username, "password": PASSWORD})
    for number in range(6):
        stranger.post(CODE, {"code": f"00000{number}"})
    client.post(SIGN_IN, {"username": person.username, "password": PASSWORD})
    assert client.post(CODE, {"code": "000000"}).status_code == 200


def test_a_stolen_session_cannot_guess_the_password(person, hashed):
    client = signed_in(person)
    place = address("password_change")
    typed = {"old_password": "wrong", "new_password1": "x", "new_password2": "x"}
    told = [client.post(place, typed).status_code for _each in range(7)]
    assert told == [200] * 5 + [429] * 2
    assert client.post("/admin/factors/confirm/", {"password": "wrong"}).status_code == 429


def test_an_administrator_lets_a_new_browser_in_while_strangers_try(person, hashed):
    guesses(person.username, 6)
    desk = signed_in(make_administrator())
    page = text_of(desk.post(address("let_account_in", person.pk)))
    link = page.partition('data-copy="http://testserver')[2].partition('"')[0]
    client = Client()
    assert not signs_in(client, person)
    assert client.get(link).url == SIGN_IN
    assert signs_in(client, person)
    assert "a new browser let in" in text_of(desk.get(address("account", person.pk)))


def test_the_operator_lets_a_new_browser_in_too(person, hashed, capsys):
    guesses(person.username, 6)
    call_command("let_in", person.username)
    client = Client()
    client.get(capsys.readouterr().out.strip().partition("8000")[2])
    assert signs_in(client, person)


def test_a_link_opens_nothing_by_itself_and_not_for_others_and_not_for_long(person, hashed, monkeypatch):
    call = signed_in(make_administrator()).post(address("let_account_in", person.pk))
    link = text_of(call).partition('data-copy="http://testserver')[2].partition('"')[0]
    client = Client()
    client.get(link)
    assert client.get(address("index")).status_code == 302
    other = staff(make_case(), Role.LEAD)
    guesses(other.username, 5)
    assert guesses(other.username, 1, client)[0].status_code == 429
    an_hour_on = timezone.now().timestamp() + 3601
    monkeypatch.setattr("django.core.signing.time.time", lambda: an_hour_on)
    assert Client().get(link).status_code == 404
    assert Client().get("/admin/let-in/no-invitation/").status_code == 404


@pytest.mark.django_db(transaction=True)
def test_of_many_attempts_at_once_no_more_than_five_are_looked_at():
    slot = attempts.slot_of("password", "somebody")

    def attempt(_number):
        try:
            attempts.begin(slot)
        except attempts.TooEarly:
            return "too early"
        finally:
            connection.close()
        return "looked at"

    with ThreadPoolExecutor(8) as threads:
        assert Counter(threads.map(attempt, range(24)))["looked at"] == 5
