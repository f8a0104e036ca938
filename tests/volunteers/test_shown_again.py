"""A form that was not taken is shown again, with all that was typed and with the claims to choose from."""

from __future__ import annotations

from contextlib import contextmanager

import pytest
from django.db import connection
from django.http import QueryDict
from django.test.utils import CaptureQueriesContext

from claims.forms import EvidenceForm
from claims.models import Submission
from tests.builders import make_claim
from tests.volunteering import photo

pytestmark = pytest.mark.django_db


@contextmanager
def without_table(name):
    with connection.cursor() as cursor:
        cursor.execute(f"ALTER TABLE {name} RENAME TO {name}_away")
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute(f"ALTER TABLE {name}_away RENAME TO {name}")


def test_a_store_that_takes_nothing_is_our_fault_and_said_so(volunteer, settings, tmp_path):
    (tmp_path / "a-file").touch()
    settings.STORAGE_FOLDER = tmp_path / "a-file"
    answer = volunteer.send(photo(), happened="It was dark.")
    text = answer.content.decode()
    assert (answer.status_code, answer["Retry-After"]) == (503, "60")
    assert "the fault is ours" in text
    assert "It was dark." in text
    assert not Submission.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_a_database_that_takes_nothing_is_our_fault_and_said_so(volunteer, store):
    with without_table("claims_sealedpart"):
        answer = volunteer.send(photo(), happened="It was dark.")
    assert answer.status_code == 503
    assert "It was dark." in answer.content.decode()
    assert not Submission.objects.exists()
    assert not list((store / "incoming").iterdir())


@pytest.mark.parametrize("others", [0, 12])
def test_a_form_that_was_refused_offers_the_claims_again(volunteer, claim, others):
    for _number in range(others):
        make_claim(claim.case)
    form = volunteer.send(claim=str(claim.pk)).context["form"]
    assert [str(value) for value, _label in form.fields["claim"].choices[:2]] == ["", str(claim.pk)]
    assert len(form.fields["claim"].choices) == 2 + others
    assert ("<select" in str(form["claim"])) == bool(others)
    assert form["claim"].value() == str(claim.pk)


def test_a_form_that_is_good_reads_no_claims_to_offer(volunteer, claim):
    with CaptureQueriesContext(connection) as queries:
        assert volunteer.send(source_url="https://example.org/").status_code == 200
    assert not [each["sql"] for each in queries if 'FROM "claims_claim"' in each["sql"]]


@pytest.mark.django_db(transaction=True)
def test_a_claim_that_was_chosen_stays_when_the_database_goes_away(claim):
    sent = QueryDict(f"claim={claim.pk}&source_url=https://example.org/1")
    form = EvidenceForm(sent, case=claim.case)
    form.is_valid()
    with without_table("claims_claim"):
        form.offer_claims()
        assert [str(value) for value, _label in form.fields["claim"].choices] == ["", str(claim.pk)]


@pytest.mark.django_db(transaction=True)
def test_what_was_typed_stays_when_the_claims_cannot_be_read(volunteer, claim):
    with without_table("claims_claim"):
        answer = volunteer.send(photo(), claim=str(claim.pk), happened="It was dark.")
    assert answer.status_code == 503
    assert "It was dark." in answer.content.decode()
