"""Nothing that the desk was told, found or decided can be deleted: no page, no verb, no operation does."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
from django.apps import apps
from django.db import models
from django.urls import URLPattern, get_resolver

from verification.admin.people import PeopleAdmin

ROOT = Path(__file__).resolve().parent.parent
# Every place that removes rows, and what: nothing that somebody said, sent, found or decided.
REMOVES = {
    "claims/operations/cases.py": "a role of a person in a case, which the record of the case keeps",
    "verification/matching.py": "fingerprints of an older version, once the file has those of the newer",
    "verification/access/attempts.py": "counts of failed attempts",
    "verification/access/sessions.py": "sessions that end",
    "verification/admin/factors.py": "one's own second factor, never the last",
    "verification/operations/accounts.py": "another person's second factors; the log of the admin keeps it",
}
# Rows of allauth's that go with those that they belong to; every reference of ours forbids removing.
CASCADES = {"account.EmailAddress.user", "account.EmailConfirmation.email_address", "mfa.Authenticator.user"}
OURS = ("claims", "verification")


def removing(text: str) -> bool:
    """Whether a module asks the database to remove rows."""
    calls = [each for each in ast.walk(ast.parse(text)) if isinstance(each, ast.Call)]
    return any(
        isinstance(each.func, ast.Attribute) and each.func.attr in ("delete", "_raw_delete") for each in calls
    )


def modules() -> dict[str, str]:
    """Every module of the apps, by its path."""
    paths = (path for app in OURS for path in (ROOT / app).rglob("*.py") if "migrations" not in path.parts)
    return {str(path.relative_to(ROOT)): path.read_text(encoding="utf-8") for path in paths}


def test_only_these_places_remove_rows_and_none_of_what_a_case_holds():
    assert {path for path, text in modules().items() if removing(text)} == REMOVES.keys()


@pytest.mark.parametrize("planted", ["x.objects.filter(pk=1).delete()", "def f(x):\n    x.delete()"])
def test_a_place_that_removes_would_be_found(planted):
    assert removing(planted)
    assert not removing("delete = 1\nprint('x.delete()')")


def test_no_address_deletes():
    def names(resolver):
        for each in resolver.url_patterns:
            if isinstance(each, URLPattern):
                yield f"{each.name} {each.pattern}"
            else:
                yield from names(each)

    assert [each for each in names(get_resolver()) if "delete" in each] == []
    assert PeopleAdmin.has_delete_permission(None, None) is False
    assert PeopleAdmin.actions is None


def test_no_record_goes_along_with_another():
    found = {
        f"{model._meta.label}.{field.name}"
        for model in apps.get_models()
        for field in model._meta.get_fields()
        if isinstance(field, models.ForeignKey) and field.remote_field.on_delete is models.CASCADE
    }
    ours = {each for each in found if each.startswith(OURS)}
    assert ours == set()
    assert found >= CASCADES
