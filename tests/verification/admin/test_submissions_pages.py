"""The desk's pages of submissions: what staff may know of a source, and what members send in."""

from __future__ import annotations

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from claims.actors import person
from claims.models import Consent, Role, Submission
from claims.receipts import new_form_token
from tests.builders import make_case, make_claim, make_evidence, picture
from tests.originals import path_of
from tests.staff import EVERYBODY, address, signed_in, somebody, staff, text_of
from verification.models import CheckRun, Review

pytestmark = pytest.mark.django_db

CONTACT, NAME = "+963 911 000 111", "IMG_Abu_Omar.jpg"


@pytest.fixture
def submission(case):
    said = {"contact": CONTACT, "name": NAME, "description": "From the roof.", "where": "Near the bakery"}
    return make_evidence(case, **said).submission


def sending(**given):
    return {"form_token": new_form_token(), "consent": "findings", "stance": "refutes", **given}


def photo(content=None):
    return SimpleUploadedFile("holiday.jpg", picture() if content is None else content)


def test_a_submission_page_shows_what_was_said_and_nothing_that_leads_to_its_sender(case, submission):
    for role in Role.values:
        page = text_of(signed_in(staff(case, role)).get(address("submission", submission.pk)))
        assert "From the roof." in page
        assert "Near the bakery" in page
        assert "findings may be published" in page
        assert CONTACT not in page
        assert NAME not in page
        assert f"{submission.received_at:%Y-%m-%d %H}:00 UTC" in page


@pytest.mark.parametrize("kind", EVERYBODY)
def test_only_custodians_propose_to_read_a_source(case, submission, kind):
    client = signed_in(somebody(kind, case))
    response = client.post(address("propose_reading", submission.pk), {"reason": "He asked for help."})
    assert response.status_code == {"custodian": 302, "stranger": 404}.get(kind, 403)
    assert submission.proposals.count() == (kind == "custodian")
    assert CONTACT not in text_of(client.get(address("submission", submission.pk)))


def test_a_source_is_not_proposed_to_be_read_without_a_reason(case, submission):
    custodian = signed_in(staff(case, Role.CUSTODIAN))
    assert custodian.post(address("propose_reading", submission.pk), {"reason": " "}).status_code == 400
    assert not submission.proposals.exists()


def test_a_submission_to_a_foreign_case_is_not_found_and_not_listed(case, submission):
    stranger = signed_in(somebody("stranger", case))
    assert stranger.get(address("submission", submission.pk)).status_code == 404
    assert str(submission.pk) not in text_of(stranger.get(address("submissions")))


def test_a_member_sends_files_and_an_address_in(case):
    case.accepts_submissions = False
    case.save()
    claim, user = make_claim(case), staff(case, Role.INVESTIGATOR)
    page = signed_in(user).get(address("send_in_form", case.pk) + f"?claim={claim.pk}")
    assert f'value="{claim.pk}" selected' in text_of(page)
    given = sending(files=[photo(), photo()], claim=claim.pk, where="حلب", day="2016-11-18")
    response = signed_in(user).post(address("send_in", case.pk), given)
    submission = Submission.objects.get()
    assert response["Location"] == address("submission", submission.pk)
    assert (submission.submitted_by, submission.consent) == (user, Consent.FINDINGS)
    items = list(submission.evidence.all())
    assert [each.claim for each in items] == [claim, claim]
    assert all(path_of(each.media_file_id).exists() for each in items)
    assert CheckRun.objects.filter(evidence__in=items).count() == 6


def test_an_address_alone_is_evidence_and_its_sender_cannot_review_it(case):
    user = staff(case, Role.LEAD)
    given = sending(source_url="https://example.org/video/1")
    signed_in(user).post(address("send_in", case.pk), given)
    review = Review.objects.get()
    assert not Review.objects.takeable_by(person(user), review.opened_at).exists()


def test_the_same_form_sent_twice_is_one_submission(case):
    user, given = staff(case, Role.LEAD), sending(source_url="https://example.org/video/1")
    first = signed_in(user).post(address("send_in", case.pk), given)
    again = signed_in(user).post(address("send_in", case.pk), given)
    assert first["Location"] == again["Location"]
    assert Submission.objects.count() == 1


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({}, "Nothing was sent yet."),
        ({"files": ("text", b"plain text, no picture")}, "This is not a photo or video that we can check."),
        ({"files": ("empty", b"")}, "The file is empty."),
        ({"source_url": "https://example.org/", "consent": ""}, "Without your word we may not keep it."),
        ({"source_url": "https://example.org/", "last_day": "2016-11-18"}, "Give the day too."),
    ],
)
def test_what_cannot_be_taken_is_said_and_nothing_is_kept(case, given, said, store):
    if "files" in given:
        given = {"files": [photo(given["files"][1])]}
    claim, other = make_claim(case), make_claim(case)
    response = signed_in(staff(case, Role.LEAD)).post(
        address("send_in", case.pk), sending(**{"where": "By the river", "claim": claim.pk, **given})
    )
    assert response.status_code == 400
    assert said in text_of(response)
    assert "By the river" in text_of(response)
    assert f'<option value="{claim.pk}" selected' in text_of(response)
    assert f'<option value="{other.pk}">' in text_of(response)
    assert not Submission.objects.exists()
    assert not list(store.glob("incoming/*"))


def test_a_refused_file_does_not_lose_the_good_one(case):
    given = sending(files=[photo(b"no picture"), photo()])
    response = signed_in(staff(case, Role.LEAD)).post(address("send_in", case.pk), given, follow=True)
    assert "holiday.jpg: This is not a photo or video that we can check." in text_of(response)
    assert Submission.objects.get().evidence.count() == 1


def test_a_claim_of_a_foreign_case_is_refused(case):
    foreign = make_claim(make_case())
    given = sending(source_url="https://example.org/", claim=foreign.pk)
    response = signed_in(staff(case, Role.LEAD)).post(address("send_in", case.pk), given)
    assert response.status_code == 400
    assert not Submission.objects.exists()


@pytest.mark.parametrize("kind", EVERYBODY)
def test_only_investigators_and_leads_send_evidence_in(case, kind):
    client = signed_in(somebody(kind, case))
    may = kind in (Role.INVESTIGATOR, Role.LEAD)
    status = 404 if kind == "stranger" else 403
    assert client.get(address("send_in_form", case.pk)).status_code == (200 if may else status)
    response = client.post(address("send_in", case.pk), sending(files=[photo()]))
    assert response.status_code == (302 if may else status)
    assert Submission.objects.count() == may
