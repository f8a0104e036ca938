"""Sessions: a new key at each step up, an end without clicks, an end in any case, and ends on purpose."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib.sessions.backends.base import UpdateError
from django.test import Client
from django.utils import timezone

from claims.models import Role
from tests.builders import make_administrator, make_case
from tests.staff import SECRET, address, at_the_door, signed_in, staff, text_of
from verification.access import factors, sessions
from verification.models import StaffSession

pytestmark = pytest.mark.django_db

PASSWORD = "a walk along the Queiq"
NEW_PASSWORD = "the citadel seen from afar"


@pytest.fixture
def person(db):
    user = staff(make_case(), Role.INVESTIGATOR)
    user.set_password(PASSWORD)
    user.save()
    return user


def opens(client):
    """Whether the desk opens."""
    return client.get(address("index")).status_code == 200


def key(client):
    """The key of this browser's session."""
    return client.cookies["sessionid"].value


def test_the_key_changes_with_the_password_and_with_the_second_factor(person):
    factors.give_app(person, SECRET)
    client = Client()
    session = client.session
    session["planted"] = "by somebody else"
    session.save()
    client.cookies["sessionid"] = planted = session.session_key
    client.post("/admin/login/", {"username": person.username, "password": PASSWORD})
    after_password = key(client)
    client.post("/admin/login/code/", {"code": factors.code_now(SECRET)[0]})
    keys = {planted, after_password, key(client)}
    assert len(keys) == 3
    assert "planted" not in client.session
    assert not StaffSession.objects.filter(pk__in=keys - {key(client)}).exists()
    assert opens(client)


def test_the_key_changes_when_the_first_factor_is_set_up_and_when_the_password_is_confirmed(person):
    client = at_the_door(person)
    before = key(client)
    client.post("/admin/factors/confirm/", {"password": PASSWORD})
    confirmed = key(client)
    page = text_of(client.get("/admin/factors/app/"))
    secret = page.partition('data-copy="')[2][:32]
    client.post("/admin/factors/app/", {"code": factors.code_now(secret)[0]})
    assert len({before, confirmed, key(client)}) == 3
    assert opens(client)


def test_keys_are_long_and_all_different(person):
    keys = {key(signed_in(person)) for _each in range(20)}
    assert len(keys) == 20
    assert all(len(each) == 32 and each.isalnum() for each in keys)  # 32 of 36 signs: 165 bits


def test_half_an_hour_without_a_click_is_the_end(person):
    client = signed_in(person)
    assert opens(client)
    left = StaffSession.objects.get(user=person).expire_date - timezone.now()
    assert timedelta(minutes=29) < left <= timedelta(minutes=30)
    StaffSession.objects.filter(user=person).update(expire_date=timezone.now())
    assert not opens(client)


def test_a_click_puts_the_end_off(person):
    client = signed_in(person)
    nearly = timezone.now() + timedelta(minutes=1)
    StaffSession.objects.filter(user=person).update(expire_date=nearly)
    assert opens(client)
    assert StaffSession.objects.get(user=person).expire_date > nearly + timedelta(minutes=25)


def test_twelve_hours_are_the_end_however_busy_somebody_is(person):
    client = signed_in(person)
    StaffSession.objects.filter(user=person).update(
        started_at=timezone.now() - timedelta(hours=11, minutes=59)
    )
    assert opens(client)
    StaffSession.objects.filter(user=person).update(started_at=timezone.now() - timedelta(hours=12))
    assert not opens(client)


def test_no_click_and_no_new_key_puts_the_beginning_off(person):
    client = signed_in(person)
    session = client.session
    session["started"] -= 3600
    session.save()
    began = StaffSession.objects.get(user=person).started_at
    opens(client)
    client.post("/admin/factors/confirm/", {"password": PASSWORD})
    assert StaffSession.objects.get(user=person).started_at == began


def test_signing_out_ends_it_at_the_desk_and_has_the_browser_forget_its_pages(person):
    client = signed_in(person)
    stolen = key(client)
    assert 'action="/admin/logout/"' in text_of(client.get(address("index")))
    assert client.post("/admin/logout/")["Clear-Site-Data"] == '"cache"'
    thief = Client()
    thief.cookies["sessionid"] = stolen
    assert not opens(thief)


def test_whoever_is_half_signed_in_can_sign_out(person):
    client = at_the_door(person)
    assert 'action="/admin/logout/"' in text_of(client.get("/admin/factors/"))
    client.post("/admin/logout/")
    assert client.get("/admin/factors/").status_code == 302


def test_one_s_own_new_password_needs_the_old_one_and_ends_the_other_sessions(person):
    client, other = signed_in(person), signed_in(person)
    before = key(client)
    typed = {"new_password1": NEW_PASSWORD, "new_password2": NEW_PASSWORD}
    assert "This is not your password" in text_of(
        client.post(address("password_change"), typed | {"old_password": "wrong"})
    )
    assert opens(other)
    assert client.post(address("password_change"), typed | {"old_password": PASSWORD}).status_code == 302
    assert not opens(other)
    assert opens(client)
    assert key(client) != before
    person.refresh_from_db()
    assert person.check_password(NEW_PASSWORD)


def test_a_new_password_ends_what_was_half_way_in(person):
    factors.give_app(person, SECRET)
    client = Client()
    client.post("/admin/login/", {"username": person.username, "password": PASSWORD})
    person.set_password(NEW_PASSWORD)
    person.save()
    answer = client.post("/admin/login/code/", {"code": factors.code_now(SECRET)[0]})
    assert answer.url == "/admin/login/"
    assert not opens(client)


def test_a_password_that_an_administrator_gives_ends_every_session(person):
    client = signed_in(person)
    typed = {"password1": NEW_PASSWORD, "password2": NEW_PASSWORD}
    place = address("auth_user_password_change", person.pk)
    assert signed_in(make_administrator()).post(place, typed).status_code == 302
    assert not opens(client)


def test_deactivating_somebody_ends_every_session_for_good(person):
    client, desk = signed_in(person), signed_in(make_administrator())
    place = address("auth_user_change", person.pk)
    desk.post(place, {"username": person.username})
    assert sessions.live(person) == 0
    desk.post(place, {"username": person.username, "is_active": "on"})
    assert not opens(client)


def test_signing_out_everywhere_else_leaves_this_browser_alone(person):
    client, others = signed_in(person), [signed_in(person), signed_in(person)]
    stranger = signed_in(staff(make_case(), Role.LEAD))
    assert "In 3 browsers" in text_of(client.get("/admin/factors/"))
    client.post("/admin/factors/sessions/end/")
    assert [opens(each) for each in (client, *others, stranger)] == [True, False, False, True]


def test_an_administrator_signs_somebody_out_everywhere_and_it_is_noted(person):
    client, desk = signed_in(person), signed_in(make_administrator())
    desk.post(address("end_account_sessions", person.pk))
    assert not opens(client)
    assert "signed out everywhere" in text_of(desk.get(address("account", person.pk)))


def test_a_session_that_was_ended_does_not_come_back_with_a_page_that_was_under_way(person):
    client = signed_in(person)
    under_way = client.session
    sessions.end_all(person)
    with pytest.raises(UpdateError):
        under_way.save()
    assert not StaffSession.objects.filter(user=person).exists()


def test_what_has_ended_is_taken_out_of_the_table(person):
    signed_in(person)
    StaffSession.objects.filter(user=person).update(expire_date=timezone.now() - timedelta(seconds=1))
    sessions.remove_ended()
    assert not StaffSession.objects.exists()


def test_cookies_are_kept_from_scripts_and_other_sites(person):
    client = Client()
    client.get("/admin/login/")
    client.post("/admin/language/", {"language": "ar", "next": "/admin/login/"})
    client.cookies.update(signed_in(person).cookies)
    client.get(address("index"))
    for name in ("csrftoken", "sessionid", "django_language"):
        cookie = client.cookies[name]
        assert (cookie["httponly"], cookie["samesite"], cookie["max-age"]) == (True, "Strict", ""), name
