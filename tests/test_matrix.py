"""Every address × everybody × their own and a foreign case: the answer is the one in tests/matrix.py."""

from __future__ import annotations

from copy import deepcopy
from datetime import timedelta

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from claims.actors import DESK
from claims.receipts import new_form_token
from tests import builders, matrix
from tests.api.conftest import Caller
from tests.gatekeeping import Address, Guarded, addresses, browsers, taken_back, told
from verification import operations
from verification.models import ApiKey, Scope
from verification.volunteers import pace, views

pytestmark = [pytest.mark.django_db, pytest.mark.timeout(600)]

DESK_ROWS = matrix.rows(matrix.OF_THE_DESK, matrix.DESK)
API_ROWS = matrix.rows(matrix.OF_THE_API, matrix.KEYS)
VOLUNTEERS_ROWS = matrix.rows(matrix.OF_THE_VOLUNTEERS, matrix.VOLUNTEERS)
OTHER_METHODS = ("put", "patch", "delete", "trace")


@pytest.fixture
def guarded(db, settings, tmp_path, monkeypatch):
    settings.STORAGE_FOLDER = tmp_path / "media"
    monkeypatch.setattr(views, "LOOKUPS", pace.Pace(per_second=20, burst=40))
    cache.clear()
    return Guarded()


def test_every_address_has_its_row_and_every_row_its_address():
    known = {name for name, _method in (*DESK_ROWS, *API_ROWS, *VOLUNTEERS_ROWS)}
    assert {each.name for each in addresses()} == known


def test_an_address_without_a_row_would_be_found():
    assert "admin:index" in {each.name for each in addresses()}
    assert ("admin:no_such_page", "GET") not in DESK_ROWS


def expected(name: str, method: str, who: str) -> set[str]:
    """What the matrix says; a method without a row is refused, at the door or by its name."""
    if (name, method) in DESK_ROWS:
        return {DESK_ROWS[name, method][who]}
    return {"405", "door"} if who in ("nobody", "half") else {"405"}


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_everybody_is_answered_as_the_matrix_says_at_every_address_of_the_desk(guarded, method):
    here = [each for each in addresses() if not each.name.startswith(("api:", "volunteers:"))]
    wrong = []
    for who, clients in browsers(guarded.case).items():
        for client in clients:
            for address in here:
                found = told(taken_back(lambda c=client, a=address: _ask(guarded, c, method, a)))
                if found not in expected(address.name, method, who):
                    wrong.append((address.name, who, found, expected(address.name, method, who)))
    assert wrong == []


def _ask(guarded: Guarded, client: Client, method: str, address: Address):
    path, cookies = guarded.path(address), deepcopy(client.cookies)
    answer = client.get(path) if method == "GET" else client.post(path, guarded.typed)
    client.cookies = cookies  # Whoever signed out just now did so in vain.
    return answer


def test_no_other_method_is_taken_at_any_address_of_the_desk(guarded):
    for address in addresses():
        if not address.name.startswith(("api:", "volunteers:")):
            for method in OTHER_METHODS:
                answer = taken_back(lambda m=method, a=address: getattr(guarded.browser, m)(guarded.path(a)))
                # Django's own switch of language and of passwords answer to whatever is no POST as to a GET.
                assert answer.status_code in (302, 403, 404, 405) or _is_read(address, answer), address


def _is_read(address: Address, answer) -> bool:
    """Whether this was answered as reading would be: by a page that changes nothing."""
    return address.name.startswith(("admin:auth_user", "admin:password_change", "admin:jsi18n"))


def keys(case) -> dict[str, Caller]:
    """Who calls the API, by the columns of the matrix."""
    expired, expired_text = builders.make_key(case)
    ApiKey.objects.filter(pk=expired.pk).update(expires_at=timezone.now() - timedelta(seconds=1))
    revoked, revoked_text = builders.make_key(case)
    operations.revoke_key(actor=DESK, key=revoked)
    scopes = dict(zip(("verdicts", "evidence", "lookup", "webhooks"), Scope, strict=True))
    return {
        "none": Caller(),
        "wrong": Caller("cor_0123456789ab_" + "x" * 43),
        "expired": Caller(expired_text),
        "revoked": Caller(revoked_text),
        **{name: Caller(builders.make_key(case, scopes=(each,))[1]) for name, each in scopes.items()},
        "elsewhere": Caller(builders.make_key(builders.make_case())[1]),
    }


def test_every_key_is_answered_as_the_matrix_says_at_every_call(guarded):
    claim = builders.make_claim(guarded.case)
    evidence = builders.decided(builders.make_evidence(guarded.case, claim))
    verdict = builders.publish(claim)
    records = {"verdict": verdict, "versions": verdict, "claim": claim, "evidence": evidence}
    callers, wrong = keys(guarded.case), []
    for (name, _method), row in API_ROWS.items():
        record = records.get(name.partition(":")[2])
        path = reverse(name, kwargs={"id": record.pk} if record else {})
        for who, caller in callers.items():
            found = str(caller.get(path).status_code)
            others = {str(caller.client.generic(each, path).status_code) for each in ("POST", "DELETE")}
            if found != row[who] or not others <= {"401", "403", "405"}:
                wrong.append((name, who, found, row[who], others))
    assert wrong == []


def test_volunteers_are_answered_as_the_matrix_says_with_and_without_the_right_code(guarded):
    closed = builders.make_case(accepts_submissions=False)
    cases = {"open": guarded.case, "closed": closed, "code": guarded.case, "wrong": guarded.case}
    codes = {"code": guarded.code, "wrong": "00000-00000-00000-00000"}
    wrong = []
    for (name, method), row in VOLUNTEERS_ROWS.items():
        for who, case in cases.items():
            path = reverse(name, args=[case.slug] if name == "volunteers:send" else [])
            given = guarded.typed | {"form_token": new_form_token(), "code": codes.get(who, ""), "claim": ""}
            ask = Client().get if method == "GET" else Client().post
            answer = taken_back(lambda a=ask, p=path, g=given, m=method: a(p) if m == "GET" else a(p, g))
            if told(answer) != row[who]:
                wrong.append((name, method, who, told(answer), row[who]))
    assert wrong == []
