"""Who gets in: a valid key with the scope, for the cases that its partner was granted."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest
from django.utils import timezone

from claims.actors import DESK
from tests import builders
from tests.api.conftest import Caller
from verification import operations
from verification.models import ApiKey, Scope

LISTS = ["verdicts/", "verdicts/changes/", "custody/heads/", "claims/"]


@pytest.fixture
def calls(case):
    """Every call that needs a key, each on a record that there is."""
    claim = builders.make_claim(case)
    evidence = builders.decided(builders.make_evidence(case, claim))
    verdict = builders.publish(claim)
    records = [f"verdicts/{verdict.pk}/", f"verdicts/{verdict.pk}/versions/", f"claims/{claim.pk}/"]
    return [*LISTS, *records, f"evidence/{evidence.pk}/"]


def statuses(caller, calls):
    return {path: caller.get(path).status_code for path in calls}


def refused(caller):
    """Turned away at the door, and told how to ask."""
    answer = caller.get("verdicts/")
    return answer.status_code == 401 and answer["WWW-Authenticate"] == "Bearer"


def test_a_key_with_every_scope_opens_every_call(partner, calls):
    assert set(statuses(partner, calls).values()) == {200}


def test_without_a_key_every_call_asks_for_one(nobody, calls):
    assert set(statuses(nobody, calls).values()) == {401}
    assert refused(nobody)


@pytest.mark.parametrize(
    "text", ["x", "cor_", "cor_0123456789ab_secret", "cor_0123456789ab_" + "x" * 43, "cor_\x00_x", "é"]
)
def test_what_is_no_key_is_refused(text, db):
    assert refused(Caller(text))


def test_a_key_with_another_secret_is_refused(partner):
    assert refused(Caller(partner.key[:-4] + ("AAAA" if partner.key[-4:] != "AAAA" else "BBBB")))


def test_a_key_in_the_address_is_no_key(nobody, partner):
    assert nobody.get("verdicts/", key=partner.key).status_code == 401


def test_an_expired_key_is_refused(case):
    key, text = builders.make_key(case, days=1)
    assert not refused(Caller(text))
    ApiKey.objects.filter(pk=key.pk).update(expires_at=timezone.now() - timedelta(seconds=1))
    assert refused(Caller(text))


def test_a_revoked_key_is_refused_at_once(case):
    key, text = builders.make_key(case)
    assert not refused(Caller(text))
    operations.revoke_key(actor=DESK, key=key)
    assert refused(Caller(text))


def test_without_the_scope_a_call_is_forbidden(case, calls):
    reader = Caller(builders.make_key(case, scopes=(Scope.VERDICTS_READ,))[1])
    looker = Caller(builders.make_key(case, scopes=(Scope.EVIDENCE_READ,))[1])
    assert list(statuses(reader, calls).values()) == [200] * 7 + [403]
    assert list(statuses(looker, calls).values()) == [403] * 7 + [200]


def test_a_stranger_sees_nothing_of_the_case_and_cannot_tell_that_it_exists(stranger, calls):
    for path in LISTS:
        assert stranger.get(path).json()["results"] == []
    for path in calls[len(LISTS) :]:
        foreign = stranger.get(path)
        unknown = stranger.get(f"{path.split('/')[0]}/{uuid4()}/")
        assert foreign.status_code == unknown.status_code == 404
        assert foreign.content == unknown.content


def test_a_filter_on_a_foreign_case_answers_like_one_on_no_case(stranger, calls, case):
    for path in ("verdicts/", "claims/"):
        assert stranger.get(path, case=case.slug).content == stranger.get(path, case="none").content
        assert stranger.get(path, case=case.pk).content == stranger.get(path, case="none").content


def test_a_case_that_is_withdrawn_from_a_partner_is_gone_at_once(case, calls):
    key, text = builders.make_key(case)
    caller = Caller(text)
    assert len(caller.get("verdicts/").json()["results"]) == 1
    operations.withdraw_case(actor=DESK, partner=key.partner, case=case)
    assert caller.get("verdicts/").json()["results"] == []
    assert set(statuses(caller, calls[len(LISTS) :]).values()) == {404}
