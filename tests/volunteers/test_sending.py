"""Sending evidence in, from the form to the rows."""

from __future__ import annotations

import threading
from datetime import UTC, datetime

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from claims import sealing, storage
from claims.models import CustodyEvent, Evidence, MediaFile, SealedKind, SealedPart, Submission
from claims.receipts import hash_of, new_form_token
from tests.builders import make_case, make_claim, picture
from tests.volunteering import code_in, photo
from verification.models import CheckRun
from verification.volunteers import pages

pytestmark = pytest.mark.django_db


@pytest.fixture
def nothing_written(store):
    """Nothing was written: no row, no line of custody about it, no byte."""
    lines = CustodyEvent.objects.count

    def check() -> None:
        for model in (Submission, Evidence, MediaFile, SealedPart, CheckRun):
            assert not model.objects.exists(), model
        assert not CustodyEvent.objects.filter(action__startswith="submission").exists(), lines()
        assert not [each for each in store.rglob("*") if each.is_file()]

    return check


def test_photos_and_what_is_said_of_them_become_evidence_with_checks_queued(volunteer, claim):
    first, second = picture(), picture()
    answer = volunteer.send(
        photo("IMG_1.jpg", first),
        photo("IMG_2.jpg", second),
        claim=str(claim.pk),
        day="2016-11-18",
        time_from="13:00",
        time_to="13:30",
        where="حي الشعار",
        how="I filmed it.",
        happened="An air strike.",
        anything_else="My neighbour can be seen.",
        contact="someone@example.org",
        consent="publish",
    )
    assert answer.status_code == 200
    submission = Submission.objects.get()
    assert submission.receipt_hash == hash_of(code_in(answer))
    assert submission.description == "An air strike.\n\nMy neighbour can be seen."
    assert (submission.consent, submission.language) == ("publish", "en")
    items = list(submission.evidence.all())
    assert {b"".join(storage.chunks(each.media_file_id)) for each in items} == {first, second}
    for each in items:
        assert (each.claim, each.stance, each.said_where) == (claim, "refutes", "حي الشعار")
        assert each.said_how == "I filmed it."
        assert each.said_start == datetime(2016, 11, 17, 23, 0, tzinfo=UTC)
        assert each.said_end == datetime(2016, 11, 19, 1, 30, tzinfo=UTC)
        assert each.check_runs.count() == 3
    names = {sealing.unseal(each.sealed) for each in SealedPart.objects.filter(kind=SealedKind.FILE_NAME)}
    assert names == {"IMG_1.jpg", "IMG_2.jpg"}


def test_a_link_alone_is_evidence(volunteer):
    answer = volunteer.send(source_url="example.org/video/1")
    assert answer.status_code == 200
    assert Evidence.objects.get().source_url == "https://example.org/video/1"


def test_everything_but_evidence_and_consent_may_stay_empty(volunteer):
    assert volunteer.send(photo()).status_code == 200
    evidence = Evidence.objects.get()
    assert (evidence.claim, evidence.said_start, evidence.said_where) == (None, None, "")
    assert not SealedPart.objects.filter(kind=SealedKind.CONTACT).exists()


def test_the_language_of_the_page_is_the_language_of_the_submission(volunteer):
    volunteer.language = "ar"
    assert "لقد وصل" in volunteer.send(photo()).content.decode()
    assert Submission.objects.get().language == "ar"


def test_the_same_form_sent_twice_is_one_submission_with_one_receipt(volunteer):
    token, content = new_form_token(), picture()
    first = volunteer.send(photo(content=content), form_token=token)
    second = volunteer.send(photo(content=content), form_token=token)
    assert code_in(first) == code_in(second)
    assert "You had sent this before" in second.content.decode()
    assert (Submission.objects.count(), Evidence.objects.count()) == (1, 1)


def test_the_same_form_sent_again_with_another_file_loses_nothing(volunteer):
    token, content = new_form_token(), picture()
    first = volunteer.send(photo(content=content), form_token=token)
    second = volunteer.send(photo(content=content), photo(), form_token=token)
    assert code_in(first) == code_in(second)
    assert "One item was added" in second.content.decode()
    assert (Submission.objects.count(), Evidence.objects.count()) == (1, 2)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("more", [0, 1])
def test_the_same_form_sent_many_times_at_once_is_one_submission(volunteer, more):
    token, content, answers = new_form_token(), picture(), []

    def send() -> None:
        files = photo(content=content), *(photo() for _other in range(more))
        answers.append(volunteer.send(*files, form_token=token))
        connection.close()

    threads = [threading.Thread(target=send) for _ in range(6)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert [each.status_code for each in answers] == [200] * 6
    assert len({code_in(each) for each in answers}) == 1
    assert (Submission.objects.count(), Evidence.objects.count()) == (1, 1 + 6 * more)


def test_a_file_chosen_twice_is_one_item(volunteer):
    content = picture()
    volunteer.send(photo("a.jpg", content), photo("b.jpg", content))
    assert Evidence.objects.count() == 1


UNFIT = [
    (b"", "empty_file", "The file is empty.", 400),
    (b"%PDF-1.7 a report", "wrong_type", "not a photo or video", 415),
    (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "wrong_type", "not a photo or video", 415),
    (b"\xff\xd8\xff" + b"x" * 3000, "file_too_large", "too large", 413),
]


@pytest.mark.parametrize(("content", "code", "sentence", "status"), UNFIT)
def test_an_unfit_file_is_refused_by_name_and_the_text_stays(
    volunteer, settings, nothing_written, content, code, sentence, status
):
    settings.MAX_UPLOAD_BYTES = 2000
    answer = volunteer.send(photo("my file.jpg", content), where="Near the bridge")
    text = answer.content.decode()
    assert answer.status_code == status
    assert "my file.jpg" in text
    assert sentence in text
    assert 'value="Near the bridge"' in text
    assert "choose them again" in text
    nothing_written()


def test_good_files_are_taken_beside_a_bad_one_which_is_named(volunteer, store):
    answer = volunteer.send(photo("good.jpg"), photo("report.pdf", b"%PDF-1.7"))
    text = answer.content.decode()
    assert answer.status_code == 200
    assert code_in(answer)
    assert "report.pdf" in text
    assert "These files were not taken" in text
    assert Evidence.objects.count() == 1
    assert not list((store / "incoming").iterdir())


def test_files_beyond_the_limit_are_named_and_the_others_taken(volunteer, settings):
    settings.MAX_FILES_PER_SUBMISSION = 2
    answer = volunteer.send(*(photo(f"{n}.jpg") for n in range(3)))
    assert Evidence.objects.count() == 2
    assert "2.jpg" in answer.content.decode()


def test_an_absurd_number_of_files_is_refused_whole(volunteer, settings, nothing_written):
    settings.DATA_UPLOAD_MAX_NUMBER_FILES = 3
    assert volunteer.send(*(photo() for _ in range(4))).status_code == 413
    nothing_written()


def test_more_than_the_form_may_hold_is_refused_before_it_is_read(volunteer, monkeypatch, nothing_written):
    monkeypatch.setattr(pages, "_most_bytes", lambda: 100)
    assert volunteer.send(photo()).status_code == 413
    nothing_written()


REFUSED = [
    ({}, "Add a photo, a video or a link."),
    ({"files": True, "consent": ""}, "Choose one."),
    ({"files": True, "consent": "everything"}, "Select a valid choice."),
    ({"source_url": "javascript:alert(1)"}, "Enter a valid URL."),
    ({"files": True, "day": "2061-11-18"}, "Look at the year."),
    ({"files": True, "day": "yesterday"}, "Enter a valid date."),
    ({"files": True, "time_from": "12:00"}, "Give the day too."),
    ({"files": True, "day": "2016-11-18", "last_day": "2016-11-17"}, "before the first"),
    ({"files": True, "day": "2016-11-18", "time_from": "23:00", "time_to": "01:00"}, "after midnight"),
    ({"files": True, "where": "x" * 501}, "at most 500 characters"),
    ({"files": True, "form_token": ""}, "did not arrive whole"),
    ({"files": True, "form_token": "short"}, "did not arrive whole"),
    ({"files": True, "claim": "00000000-0000-4000-8000-000000000000"}, "not open any more"),
    ({"files": True, "claim": "'; drop table"}, "not open any more"),
]


@pytest.mark.parametrize(("typed", "sentence"), REFUSED)
def test_what_does_not_fit_is_said_and_nothing_is_written(volunteer, nothing_written, typed, sentence):
    files = [photo()] if typed.pop("files", False) else []
    answer = volunteer.send(*files, happened="It was dark.", **typed)
    assert answer.status_code == 400
    assert sentence in answer.content.decode()
    assert "It was dark." in answer.content.decode()
    nothing_written()


def test_a_refused_form_can_be_mended_and_sent(volunteer):
    refused = volunteer.send(photo(), form_token="cut-off")
    token = refused.context["form"]["form_token"].value()
    assert volunteer.send(photo(), form_token=token).status_code == 200


def test_a_claim_of_another_case_is_refused(volunteer, nothing_written):
    foreign = make_claim(make_case())
    assert volunteer.send(photo(), claim=str(foreign.pk)).status_code == 400
    nothing_written()


@pytest.mark.parametrize("method", ["get", "post"])
def test_a_strange_case_and_a_closed_one_are_not_found_alike(volunteer, nothing_written, method):
    make_case(slug="closed", accepts_submissions=False)
    answers = [getattr(Client(), method)(f"/en/submit/{slug}/") for slug in ("closed", "nowhere")]
    assert [each.status_code for each in answers] == [404, 404]
    pages_ = [each.content.decode().replace("nowhere", "closed") for each in answers]
    assert pages_[0] == pages_[1]
    nothing_written()


def test_the_hour_is_kept_and_the_minute_is_sealed(volunteer):
    volunteer.send(photo())
    received = Submission.objects.get().received_at
    assert (received.minute, received.second) == (0, 0)
    exact = SealedPart.objects.get(kind=SealedKind.EXACT_TIME)
    assert abs(timezone.now() - datetime.fromisoformat(sealing.unseal(exact.sealed))).total_seconds() < 60
