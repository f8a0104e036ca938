"""Every error under /api/ is a problem, and never says more than it should."""

from __future__ import annotations

from uuid import uuid4

import pytest
from django.db import OperationalError

from tests import builders
from tests.api.conftest import Caller
from verification.models import Scope
from verification.partners import keys

NOBODY = "00000000-0000-4000-8000-000000000000"
MEMBERS = {"type", "title", "status", "detail"}


def is_problem(answer, status):
    body = answer.json()
    return (
        answer.status_code == body["status"] == status
        and answer["Content-Type"] == "application/problem+json"
        and set(body) - {"errors"} == MEMBERS
        and b"<" not in answer.content
        and b"Traceback" not in answer.content
    )


def fields(answer):
    return [each["field"] for each in answer.json()["errors"]]


@pytest.mark.parametrize("path", ["nothing/", "verdicts/x/", "verdicts/changes/x/", f"claims/{NOBODY}/y/"])
def test_an_unknown_address_is_not_found(partner, path):
    assert is_problem(partner.get(path), 404)


def test_an_unknown_address_beside_the_version_is_not_found(nobody):
    assert is_problem(nobody.get("/api/"), 404)
    assert is_problem(nobody.get("/api/v2/verdicts/"), 404)


def test_an_address_without_its_last_slash_leads_to_the_call(partner):
    assert partner.get("verdicts").headers["Location"] == "/api/v1/verdicts/"


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "OPTIONS"])
@pytest.mark.parametrize("path", ["verdicts/", "verdicts/changes/", "claims/"])
def test_only_reading_is_allowed(partner, method, path):
    answer = partner.send(method, path, data=b"<x/>", content_type="text/xml")
    assert is_problem(answer, 405)
    assert answer["Allow"] == "GET, HEAD"


@pytest.mark.parametrize("path", ["schema/", "docs/"])
def test_the_description_can_only_be_read(nobody, path):
    assert is_problem(nobody.send("POST", path), 405)


def test_only_json_is_spoken(partner):
    assert is_problem(partner.get("verdicts/", headers={"Accept": "text/html"}), 406)
    assert partner.get("verdicts/", headers={"Accept": "text/html, */*;q=0.1"}).status_code == 200


def test_no_key_no_scope_and_no_record_are_problems(case, nobody):
    caller = Caller(builders.make_key(case, scopes=(Scope.VERDICTS_READ,))[1])
    assert is_problem(nobody.get("verdicts/"), 401)
    assert is_problem(caller.get(f"evidence/{uuid4()}/"), 403)
    assert is_problem(caller.get(f"verdicts/{uuid4()}/"), 404)


@pytest.mark.parametrize(
    ("path", "query"),
    [
        ("verdicts/", {"claim": "x"}),
        ("verdicts/", {"rating": "not_checkable"}),
        ("verdicts/", {"rating": "REFUTED"}),
        ("verdicts/", {"published_after": "yesterday"}),
        ("verdicts/", {"published_before": "2026-13-01T00:00:00Z"}),
        ("verdicts/", {"published_after": "0001-01-01T00:00:00+14:00"}),
        ("verdicts/", {"place": "36.2,37.16"}),
        ("verdicts/", {"place": "91,0,1"}),
        ("verdicts/", {"place": "0,181,1"}),
        ("verdicts/", {"place": "nan,0,1"}),
        ("verdicts/", {"place": "0,0,inf"}),
        ("verdicts/", {"place": "0,0,-1"}),
        ("verdicts/", {"place": "36.2, 37.16, 25"}),
        ("verdicts/", {"place": "3.62e1,37.16,25"}),
        ("verdicts/", {"q": ""}),
        ("verdicts/", {"q": "a\x00b"}),
        ("verdicts/", {"q": "x" * 201}),
        ("verdicts/", {"page_size": "0"}),
        ("verdicts/", {"page_size": "201"}),
        ("verdicts/", {"page_size": "ten"}),
        ("verdicts/", {"published_afer": "2026-01-01T00:00:00Z"}),
        ("claims/", {"rating": "refuted"}),
        ("claims/", {"case": "x" * 81}),
        ("claims/", {"case": "two words"}),
        ("verdicts/changes/", {"page_size": "201"}),
        ("verdicts/changes/", {"since": "1"}),
    ],
)
def test_a_parameter_that_does_not_fit_is_named(partner, path, query):
    answer = partner.get(path, **query)
    assert is_problem(answer, 400)
    assert fields(answer) == list(query)


@pytest.mark.parametrize(
    "cursor",
    [
        "",
        "x",
        "=",
        "é",
        "%00",
        "12",
        "WyJmZWVkIiwgLTFd",  # ["feed", -1]
        "WyJmZWVkIiwgIjEiXQ",  # ["feed", "1"]
        "WyI-IiwgIngiLCAieSJd",  # [">", "x", "y"]
        "WyI-IiwgIjIwMjYtMDEtMDFUMDA6MDA6MDArMDA6MDAiLCAieCJd",  # a time, and no id
        "W" * 201,
        "W1tbW1tbW1tbW1tbW1tbW1tbW1tb",
    ],
)
@pytest.mark.parametrize("path", ["verdicts/changes/", "verdicts/", "claims/"])
def test_a_bad_cursor_is_named(partner, path, cursor):
    answer = partner.get(path, cursor=cursor)
    assert is_problem(answer, 400)
    assert fields(answer) == ["cursor"]


def test_a_cursor_of_the_feed_is_none_of_a_list(partner):
    cursor = partner.get("verdicts/changes/").json()["next_cursor"]
    assert is_problem(partner.get("verdicts/", cursor=cursor), 400)


def test_a_host_that_is_not_ours_is_a_problem(partner):
    assert is_problem(partner.get("verdicts/", headers={"Host": "elsewhere.example"}), 400)


def test_a_defect_says_nothing_of_itself(partner, monkeypatch):
    def broken(_text):
        raise RuntimeError("the secret of the house")

    monkeypatch.setattr(keys, "find", broken)
    answer = partner.get("verdicts/")
    assert is_problem(answer, 500)
    assert b"secret" not in answer.content


def test_a_defect_outside_the_calls_says_nothing_of_itself(nobody, monkeypatch):
    def broken(*_arguments, **_more):
        raise RuntimeError("the secret of the house")

    monkeypatch.setattr("verification.api.views.SchemaGenerator.get_schema", broken)
    answer = nobody.get("schema/")
    assert is_problem(answer, 500)
    assert b"secret" not in answer.content


def test_while_the_database_is_away_callers_are_asked_to_wait(partner, monkeypatch):
    def away(_text):
        raise OperationalError("server closed the connection at 10.0.0.5")

    monkeypatch.setattr(keys, "find", away)
    answer = partner.get("verdicts/")
    assert is_problem(answer, 503)
    assert int(answer["Retry-After"]) > 0
    assert b"10.0.0.5" not in answer.content


def test_pages_elsewhere_keep_their_own_errors(client, db):
    assert client.get("/nothing/")["Content-Type"].startswith("text/html")
