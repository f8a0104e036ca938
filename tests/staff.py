"""People who are signed in to the desk, for tests of its pages."""

from __future__ import annotations

import re
from typing import Any

from django.test import Client
from django.urls import reverse

from claims.models import Case, Role
from tests.builders import make_administrator, make_case, make_member

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


def signed_in(user: Any) -> Client:
    """A browser in which this person is signed in."""
    client = Client()
    client.force_login(user)
    return client


def address(name: str, *args: Any) -> str:
    """The address of a page or a verb of the desk."""
    return reverse(f"admin:{name}", args=args)


def text_of(response: Any) -> str:
    """What a page says, its white space folded."""
    return re.sub(r"\s+", " ", response.content.decode())
