"""Cases, claims, submissions and sources."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime, timedelta

import pytest
from django.db import IntegrityError, transaction

from claims import operations, receipts
from claims.actors import DESK, VOLUNTEER, person
from claims.models import (
    Case,
    Claim,
    Consent,
    CustodyEvent,
    Evidence,
    MediaFile,
    Role,
    SealedPart,
    Stance,
    Submission,
)
from claims.permissions import _OF_ROLE, Permission, permitted
from claims.transitions import BadInput, IllegalMove, NotPermitted
from tests.builders import (
    make_administrator,
    make_case,
    make_claim,
    make_investigator,
    make_lead,
    make_member,
    picture,
    received,
)
from tests.originals import path_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def case():
    return make_case()


def submit(case, *contents, actor=VOLUNTEER, code=None, name="IMG_1.jpg", **fields):
    files = [operations.ReceivedFile(received(each), name) for each in contents]
    said = {name: fields.pop(name) for name in ("source_url", "start", "end") if name in fields}
    items = operations.take_submission(
        actor=actor,
        case=case,
        receipt_code=code or receipts.generate(),
        files=files,
        said=operations.Statement(stance=Stance.REFUTES, **said),
        consent=fields.pop("consent", Consent.FINDINGS),
        **fields,
    )
    return items[0].submission


def test_a_submission_has_an_evidence_item_for_each_file(case):
    submission = submit(case, picture(seed=1), picture(seed=2))
    files = {each.media_file_id for each in submission.evidence.all()}
    assert len(files) == 2
    assert all(path_of(each).exists() for each in files)


def test_the_same_bytes_twice_are_one_media_file_and_two_evidence_items(case):
    submit(case, picture(seed=1))
    submit(case, picture(seed=1))
    assert MediaFile.objects.count() == 1
    assert Evidence.objects.count() == 2


def test_an_address_alone_is_evidence(case):
    submission = submit(case, source_url="https://example.org/post/1")
    assert submission.evidence.get().media_file is None


def test_a_submission_of_nothing_is_refused_and_leaves_no_row(case):
    with pytest.raises(BadInput):
        submit(case)
    assert not Submission.objects.exists()


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "empty_file"),
        (b"just a text", "wrong_type"),
        (b"%PDF-1.7 and so on", "wrong_type"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "wrong_type"),
        (b"MZ\x90\x00" + bytes(200), "wrong_type"),
    ],
)
def test_what_cannot_be_evidence_is_refused_with_its_reason(case, content, code):
    with pytest.raises(BadInput) as refusal:
        submit(case, picture(seed=1), content)
    assert refusal.value.code == code
    assert not Submission.objects.exists()
    assert not MediaFile.objects.exists()


def test_a_file_beyond_the_limit_is_refused(case, settings):
    settings.MAX_UPLOAD_BYTES = 1000
    with pytest.raises(BadInput) as refusal:
        submit(case, picture(seed=1))
    assert refusal.value.code == "file_too_large"


def test_too_many_files_are_refused(case, settings):
    settings.MAX_FILES_PER_SUBMISSION = 2
    with pytest.raises(BadInput):
        submit(case, *(picture(seed=each) for each in range(3)))


@pytest.mark.parametrize(
    ("start", "end"), [(None, datetime(2016, 11, 30, tzinfo=UTC)), (datetime(2016, 12, 1, tzinfo=UTC),) * 2]
)
def test_what_ends_before_it_starts_is_refused(case, start, end):
    said = {"start": start, "end": end - timedelta(days=1), "source_url": "https://example.org/1"}
    with pytest.raises(BadInput) as refusal:
        submit(case, **said)
    assert refusal.value.details["field"] == "last_day"
    assert not Submission.objects.exists()


def test_a_claim_of_another_case_is_refused(case):
    with pytest.raises(BadInput) as refusal:
        submit(case, picture(), claim=make_claim(make_case()))
    assert refusal.value.details["field"] == "claim"
    assert not Submission.objects.exists()


def test_a_case_that_takes_no_submissions_refuses_volunteers():
    closed = make_case(accepts_submissions=False)
    with pytest.raises(NotPermitted):
        submit(closed, picture())


def test_nothing_that_leads_to_a_source_stands_outside_the_sealed_parts(case):
    submission = submit(case, picture(), contact="witness@example.org", name="Umm-Ali-street.jpg")
    for model in (Submission, Evidence, MediaFile, CustodyEvent):
        for row in model.objects.values():
            assert "witness" not in str(row)
            assert "Umm-Ali" not in str(row)
    for part in SealedPart.objects.all():
        assert b"witness" not in bytes(part.sealed)
    assert (submission.received_at.minute, submission.received_at.second) == (0, 0)


def test_a_receipt_code_belongs_to_one_submission(case):
    code = receipts.generate()
    submit(case, picture(seed=1), code=code)
    with pytest.raises(BadInput):
        submit(case, picture(seed=2), code=code)
    assert Submission.objects.count() == 1


def test_a_withdrawn_claim_takes_no_verb_and_is_not_shown_to_volunteers(case):
    claim = make_claim(case)
    lead = person(make_lead(case))
    operations.withdraw_claim(actor=lead, claim=claim, reason="A forgery.")
    assert claim not in Claim.objects.visible_to(VOLUNTEER)
    with pytest.raises(IllegalMove):
        operations.withdraw_claim(actor=lead, claim=claim, reason="Again.")


def test_a_sub_claim_belongs_to_its_claims_case(case):
    with pytest.raises(BadInput):
        make_claim(case, parent=make_claim(make_case()))


@pytest.mark.parametrize(
    "fields",
    [
        {"statement": ""},
        {"latitude": 91.0},
        {"latitude": None},
        {"event_end": None, "event_start": None, "precision_m": -1.0},
        {"category": "gossip"},
    ],
)
def test_a_claim_that_makes_no_sense_is_refused(case, fields):
    with pytest.raises(BadInput):
        make_claim(case, **fields)
    assert not Claim.objects.exists()


def test_a_case_of_others_is_not_visible(case):
    stranger = person(make_investigator(make_case()))
    assert case not in Case.objects.visible_to(stranger)
    assert permitted(stranger, Permission.REVIEW, case) is False


def test_a_deactivated_member_sees_and_may_nothing(case):
    user = make_lead(case)
    user.is_active = False
    user.save()
    assert not Case.objects.visible_to(person(user)).exists()
    assert not permitted(person(user), Permission.REVIEW, case)


@pytest.mark.parametrize(("role", "permission"), list(itertools.product(Role, Permission)))
def test_a_role_allows_what_its_row_says_and_nothing_else(case, role, permission):
    actor = person(make_member(case, role))
    assert permitted(actor, permission, case) == (permission in _OF_ROLE[role])


def test_there_is_no_anonymous_actor():
    with pytest.raises(ValueError, match="signed-in"):
        person(None)


def test_the_database_itself_refuses_evidence_of_nothing(case):
    submission = submit(case, picture())
    with pytest.raises(IntegrityError), transaction.atomic():
        Evidence.objects.filter(submission=submission).update(media_file=None, source_url="")


def test_only_administrators_open_cases_and_add_members(case):
    for user in (make_investigator(case), make_lead(case)):
        with pytest.raises(NotPermitted):
            operations.open_case(actor=person(user), slug="mine", title="Mine")
        with pytest.raises(NotPermitted):
            operations.add_member(actor=person(user), case=case, user=user, role=Role.CUSTODIAN)
    assert operations.open_case(actor=person(make_administrator()), slug="ours", title="Ours").pk


def test_adding_a_role_twice_changes_nothing(case):
    user = make_investigator(case)
    operations.add_member(actor=DESK, case=case, user=user, role=Role.INVESTIGATOR)
    assert case.memberships.filter(user=user).count() == 1
