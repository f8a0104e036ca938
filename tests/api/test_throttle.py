"""Each key has its allowance of requests, and is told what is left of it."""

from __future__ import annotations

import re

import pytest
from django.core.cache import cache

from tests import builders
from tests.api.conftest import Caller
from tests.servers import free_port
from verification.api import authentication


@pytest.fixture(autouse=True)
def _three_a_minute(settings):
    settings.API_REQUESTS_PER_MINUTE = 3


@pytest.fixture
def clock(monkeypatch):
    """The time, at the beginning of a minute, and settable."""
    now = [1_800_000_000.0]
    monkeypatch.setattr(authentication.time, "time", lambda: now[0])
    return now


def remaining(answer):
    return int(re.search(r"r=(\d+)", answer["RateLimit"])[1])


def test_every_answer_says_what_is_left(partner, clock):
    answers = [partner.get("verdicts/") for _each in range(3)]
    assert [remaining(each) for each in answers] == [2, 1, 0]
    assert answers[0]["RateLimit-Policy"] == '"key";q=3;w=60'
    clock[0] += 17
    assert partner.get("verdicts/")["RateLimit"] == '"key";r=0;t=43'


def test_beyond_the_allowance_a_key_is_asked_to_wait(partner, clock):
    clock[0] += 20
    answers = [partner.get(path) for path in ("verdicts/", "claims/", "verdicts/changes/", "verdicts/")]
    assert [each.status_code for each in answers] == [200, 200, 200, 429]
    refused = answers[-1]
    assert refused["Content-Type"] == "application/problem+json"
    assert refused.json()["status"] == 429
    assert refused["Retry-After"] == "40"
    assert remaining(refused) == 0


def test_after_the_wait_the_key_opens_again(partner, clock):
    while (refused := partner.get("verdicts/")).status_code == 200:
        pass
    clock[0] += int(refused["Retry-After"])
    assert partner.get("verdicts/").status_code == 200


def test_one_key_does_not_use_up_another(partner, case):
    other = Caller(builders.make_key(case)[1])
    assert {partner.get("verdicts/").status_code for _each in range(5)} == {200, 429}
    assert other.get("verdicts/").status_code == 200


def test_an_answer_of_304_counts_too(partner):
    etag = partner.get("verdicts/")["ETag"]
    answers = [partner.get("verdicts/", headers={"If-None-Match": etag}) for _each in range(3)]
    assert [each.status_code for each in answers] == [304, 304, 429]
    assert [remaining(each) for each in answers] == [1, 0, 0]


def test_the_description_needs_no_key_and_no_allowance(nobody):
    assert "RateLimit" not in nobody.get("schema/")


def test_the_counter_being_away_stops_nobody(partner, settings):
    settings.CACHES = {
        "default": {
            "BACKEND": "django.core.cache.backends.redis.RedisCache",
            "LOCATION": f"redis://127.0.0.1:{free_port()}",
        }
    }
    assert "redis" in type(cache._connections["default"]).__module__
    assert {partner.get("verdicts/").status_code for _each in range(5)} == {200}
