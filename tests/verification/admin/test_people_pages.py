"""The desk's pages of people: accounts are opened and deactivated by administrators, and never deleted."""

from __future__ import annotations

import pytest
from django.contrib.auth import authenticate, get_user_model
from django.urls import NoReverseMatch

from claims.models import Role
from tests.builders import make_administrator, make_case
from tests.staff import EVERYBODY, address, signed_in, somebody, staff, text_of

pytestmark = pytest.mark.django_db

PASSWORD = "a-long-passphrase-9"
NEW = {"username": "newcomer", "password1": PASSWORD, "password2": PASSWORD}


@pytest.fixture
def administrator():
    return make_administrator()


@pytest.fixture
def desk(administrator):
    return signed_in(administrator)


@pytest.fixture
def investigator():
    return staff(make_case(), Role.INVESTIGATOR)


@pytest.mark.parametrize("kind", [each for each in EVERYBODY if each != "administrator"])
def test_nobody_else_sees_or_changes_people(investigator, kind):
    client = signed_in(somebody(kind, make_case()))
    for place in (
        address("auth_user_changelist"),
        address("auth_user_add"),
        address("auth_user_change", investigator.pk),
        address("auth_user_password_change", investigator.pk),
    ):
        assert client.get(place).status_code == 403
        assert client.post(place, NEW).status_code == 403
    assert not get_user_model().objects.filter(username="newcomer").exists()


def test_an_account_is_opened_and_can_sign_in(desk):
    assert desk.post(address("auth_user_add"), NEW).status_code == 302
    user = authenticate(username="newcomer", password=PASSWORD)
    assert (user.is_staff, user.is_superuser) == (True, False)
    assert "newcomer" in text_of(desk.get(address("auth_user_changelist")))


def test_a_weak_password_is_refused_and_says_why(desk):
    response = desk.post(address("auth_user_add"), NEW | {"password1": "12345", "password2": "12345"})
    assert "too short" in text_of(response)
    assert not get_user_model().objects.filter(username="newcomer").exists()


def test_a_deactivated_person_is_out_at_once(desk, investigator):
    client = signed_in(investigator)
    assert client.get(address("cases")).status_code == 200
    desk.post(address("auth_user_change", investigator.pk), {"username": investigator.username})
    assert client.get(address("cases")).status_code == 302
    investigator.refresh_from_db()
    assert (investigator.is_active, investigator.is_staff) == (False, True)


def test_an_administrator_cannot_shut_themselves_out(desk, administrator):
    assert "You cannot deactivate yourself" in text_of(
        desk.get(address("auth_user_change", administrator.pk))
    )
    desk.post(address("auth_user_change", administrator.pk), {"username": administrator.username})
    administrator.refresh_from_db()
    assert administrator.is_active
    assert administrator.is_superuser


def test_a_person_is_made_an_administrator(desk, investigator):
    given = {"username": investigator.username, "is_active": "on", "is_superuser": "on"}
    desk.post(address("auth_user_change", investigator.pk), given)
    investigator.refresh_from_db()
    assert investigator.is_superuser


def test_a_person_gets_a_new_password(desk, investigator):
    place = address("auth_user_password_change", investigator.pk)
    assert "Give a new password" in text_of(desk.get(place))
    desk.post(place, {"password1": PASSWORD, "password2": PASSWORD})
    assert authenticate(username=investigator.username, password=PASSWORD) == investigator


def test_nobody_is_deleted():
    for name in ("auth_user_delete", "auth_user_history"):
        with pytest.raises(NoReverseMatch):
            address(name, 1)
