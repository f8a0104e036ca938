"""Browsers that somebody signed in with before: their attempts are counted apart from strangers'.

The mark is a signed cookie with a number of its own and keyed hashes of the names that it is known by.
It opens nothing: password and second factor are asked for all the same. Nobody has to be remembered.
"""

from __future__ import annotations

import secrets
from typing import Any

from django.conf import settings
from django.core import signing
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.crypto import salted_hmac

MOST_PEOPLE = 5
KEPT_SECONDS = 365 * 24 * 3600
LET_IN_SECONDS = 3600
_SALT, _LET_IN = "verification.access.browsers", "verification.access.browsers.let_in"


def number_of(request: HttpRequest, name: str) -> str:
    """This browser's number, if this person signed in with it before; else empty."""
    mark = _mark_of(request)
    return mark["number"] if _person(name) in mark["people"] else ""


def remember(request: HttpRequest, response: HttpResponseBase, name: str) -> None:
    """Have this browser known by this name from now on."""
    _remember(request, response, _person(name))


def invitation(name: str) -> str:
    """What makes any browser known by this name within the hour: for somebody whom others keep waiting."""
    return signing.dumps(_person(name), salt=_LET_IN)


def accept(request: HttpRequest, response: HttpResponseBase, invited: str) -> bool:
    """Have this browser known as the invitation says; whether that was one, and not too old."""
    try:
        person = signing.loads(invited, salt=_LET_IN, max_age=LET_IN_SECONDS)
    except signing.BadSignature:
        return False
    _remember(request, response, person)
    return True


def _remember(request: HttpRequest, response: HttpResponseBase, person: str) -> None:
    mark = _mark_of(request)
    people = [person, *(each for each in mark["people"] if each != person)][:MOST_PEOPLE]
    response.set_cookie(
        settings.KNOWN_BROWSER_COOKIE_NAME,
        signing.dumps({"number": mark["number"], "people": people}, salt=_SALT),
        max_age=KEPT_SECONDS,
        path=settings.KNOWN_BROWSER_COOKIE_PATH,
        secure=settings.HTTPS,
        httponly=True,
        samesite="Strict",
    )


def _mark_of(request: HttpRequest) -> dict[str, Any]:
    given = request.COOKIES.get(settings.KNOWN_BROWSER_COOKIE_NAME, "")
    try:
        return signing.loads(given, salt=_SALT, max_age=KEPT_SECONDS)
    except signing.BadSignature:
        return {"number": secrets.token_hex(16), "people": []}


def _person(name: str) -> str:
    return salted_hmac(_SALT, name, algorithm="sha256").hexdigest()
