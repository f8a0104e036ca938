"""People who are signed in to the desk, for tests of its pages."""

from __future__ import annotations

import re
from types import SimpleNamespace
from typing import Any

from allauth.account.internal.flows.login import record_authentication
from django.test import Client
from django.urls import reverse

from claims.models import Case, Role
from tests.builders import make_administrator, make_case, make_member
from verification.access import factors

SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
STRANGER, ADMINISTRATOR = "stranger", "administrator"
EVERYBODY = (STRANGER, *Role.values, ADMINISTRATOR)


def staff(case: Case, *roles: Role | str) -> Any:
    """A member of staff with these roles in the case."""
    user = make_member(case, *map(Role, roles))
    user.is_staff = True
    user.save()
    return user


def somebody(kind: str, case: Case) -> Any:
    """One of EVERYBODY: a role in the case, an administrator, or staff of another case."""
    if kind == ADMINISTRATOR:
        return make_administrator()
    return staff(make_case(), Role.LEAD) if kind == STRANGER else staff(case, kind)


def at_the_door(user: Any) -> Client:
    """A browser in which this person gave the password, and no second factor."""
    client = Client()
    client.force_login(user)
    return client


def signed_in(user: Any) -> Client:
    """A browser in which this person is signed in, with the second factor that they have or get here.

    What a code leaves in the session is left there by what leaves it after a code: to hash a password
    takes a second, and tests of access do it. The whole way is in test_sign_in.py.
    """
    client = at_the_door(user)
    factor = (factors.factors_of(user) or [factors.give_app(user, SECRET)])[0]
    session = client.session
    record_authentication(SimpleNamespace(session=session), user, "mfa", id=factor.pk, type=factor.type)
    session.save()
    return client


def address(name: str, *args: Any) -> str:
    """The address of a page or a verb of the desk."""
    return reverse(f"admin:{name}", args=args)


def text_of(response: Any) -> str:
    """What a page says, its white space folded."""
    return re.sub(r"\s+", " ", response.content.decode())
