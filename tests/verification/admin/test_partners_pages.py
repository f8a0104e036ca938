"""The desk's pages of partners: administrators alone, and a key is shown once."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.utils import timezone

from claims.models import CustodyEvent
from tests.builders import make_administrator, make_case, make_key, make_partner
from tests.staff import EVERYBODY, address, signed_in, somebody, text_of
from verification.admin import paging
from verification.models import ApiKey, Partner
from verification.partners import keys

pytestmark = pytest.mark.django_db

KEY = re.compile(r"cor_[0-9a-f]{12}_[A-Za-z0-9_-]{43}")


@pytest.fixture
def partner():
    return make_partner()


@pytest.fixture
def desk():
    return signed_in(make_administrator())


@pytest.mark.parametrize("kind", [each for each in EVERYBODY if each != "administrator"])
def test_nobody_else_sees_or_changes_partners(case, kind):
    key, _text = make_key(case)
    client = signed_in(somebody(kind, case))
    assert client.get(address("partners")).status_code == 403
    assert client.get(address("partner", key.partner_id)).status_code in (403, 404)
    tries = {
        ("open_partner",): {"name": "A new one"},
        ("grant_case", key.partner_id): {"case": make_case().slug},
        ("withdraw_case", key.partner_id): {"case": case.slug},
        ("issue_key", key.partner_id): {"scopes": ["lookup"], "days": 5},
        ("revoke_key", key.pk): {},
    }
    for place, given in tries.items():
        assert client.post(address(*place), given).status_code in (403, 404)
    key.refresh_from_db()
    assert key.revoked_at is None
    assert list(key.partner.cases.all()) == [case]
    assert (Partner.objects.count(), ApiKey.objects.count()) == (1, 1)
    assert key.partner.name not in text_of(client.get(address("case", case.pk)))


def test_a_partner_is_registered_granted_a_case_and_given_a_key(desk, case):
    assert desk.post(address("open_partner"), {"name": "صحيفة"}).status_code == 302
    partner = Partner.objects.get()
    desk.post(address("grant_case", partner.pk), {"case": case.slug})
    assert list(partner.cases.all()) == [case]
    response = desk.post(address("issue_key", partner.pk), {"scopes": ["verdicts:read"], "days": "30"})
    key = keys.find(KEY.search(text_of(response))[0])
    assert (key.partner, key.scopes) == (partner, ["verdicts:read"])
    assert key.expires_at < timezone.now() + timedelta(days=31)
    assert "صحيفة" in text_of(desk.get(address("case", case.pk)))


def test_a_key_is_shown_once_and_no_browser_keeps_it(desk, partner):
    response = desk.post(address("issue_key", partner.pk), {"scopes": ["lookup"], "days": "5"})
    text = KEY.search(text_of(response))[0]
    assert "no-store" in response["Cache-Control"]
    secret = text.split("_", 2)[2]
    for page in (address("partner", partner.pk), address("partners"), address("index")):
        assert secret not in text_of(desk.get(page))
    assert not any(secret in str(each.details) for each in CustodyEvent.objects.all())


def test_a_revoked_key_opens_nothing(desk, case):
    key, text = make_key(case)
    assert keys.find(text)
    assert desk.post(address("revoke_key", key.pk)).status_code == 302
    assert keys.find(text) is None
    assert "revoked" in text_of(desk.get(address("partner", key.partner_id)))


def test_a_case_is_withdrawn_from_a_partner(desk, case):
    partner = make_partner(case)
    assert desk.post(address("withdraw_case", partner.pk), {"case": case.slug}).status_code == 302
    assert not partner.cases.exists()


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"days": "5"}, "This field is required."),
        ({"scopes": ["everything"], "days": "5"}, "not one of the available choices"),
        ({"scopes": ["lookup"], "days": "0"}, "greater than or equal to 1"),
        ({"scopes": ["lookup"], "days": "366"}, "less than or equal to 365"),
    ],
)
def test_a_key_that_does_not_make_sense_is_refused(desk, partner, given, said):
    response = desk.post(address("issue_key", partner.pk), given)
    assert response.status_code == 400
    assert said in text_of(response)
    assert not ApiKey.objects.exists()


@pytest.mark.parametrize(
    ("name", "said"), [("", "This field is required."), ("Twice", "There is a partner of that name.")]
)
def test_a_partner_needs_a_name_of_its_own(desk, name, said):
    desk.post(address("open_partner"), {"name": "Twice"})
    response = desk.post(address("open_partner"), {"name": name})
    assert response.status_code == 400
    assert said in text_of(response)
    assert Partner.objects.count() == 1


def test_from_a_refused_form_the_next_page_is_still_the_next_of_the_list(desk, case, monkeypatch):
    monkeypatch.setattr(paging, "ROWS", 1)
    partners = [make_partner(case), make_partner(case)]
    refused = text_of(desk.post(address("open_partner"), {"name": ""}))
    link = re.search(rf'href="({address("partners")}\?[^"]*)" rel="next"', refused)[1]
    assert partners[1].name in text_of(desk.get(link))
