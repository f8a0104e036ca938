"""What became of a submission, for whoever holds its code; and adding more."""

from __future__ import annotations

import pytest
from django.test import Client

from claims.models import Evidence, Role, Submission
from claims.receipts import hash_of
from tests import kept
from tests.builders import checked, decided, picture
from tests.staff import address, signed_in, staff
from tests.volunteering import code_in, photo
from verification.volunteers import progress, sending, views
from verification.volunteers.pace import Pace
from verification.volunteers.progress import progress_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def code(volunteer):
    return code_in(volunteer.send(photo("IMG_1.jpg")))


def states() -> list[str]:
    return [each.state for each in progress_of(Submission.objects.get())]


def test_the_code_shows_what_became_of_each_item_in_plain_words(volunteer, code):
    text = volunteer.look(code).content.decode()
    assert "Photo" in text
    assert "Its checks have not begun." in text


def test_an_item_goes_from_received_to_a_person_to_decided(volunteer, code):
    evidence = Evidence.objects.get()
    assert states() == ["received"]
    evidence.state = "checking"
    evidence.save()
    assert states() == ["checking"]
    checked(evidence)
    assert states() == ["waiting"]
    decided(evidence)
    assert states() == ["decided"]


def test_a_link_waits_for_a_person_at_once(volunteer):
    volunteer.send(source_url="https://example.org/1")
    assert states() == ["waiting"]


def test_neither_the_decision_nor_the_file_s_name_is_shown(volunteer, code):
    decided(Evidence.objects.get(), rationale="A very particular reason.")
    text = volunteer.look(code).content.decode()
    assert "Decided" in text
    assert not [each for each in ("particular", "IMG_1", "Original", "member-") if each in text]


@pytest.mark.parametrize("typed", [str.lower, lambda code: code.replace("-", " "), "  {}  ".format])
def test_a_code_is_read_as_people_type_it(volunteer, code, typed):
    assert volunteer.look(typed(code)).status_code == 200


def test_a_code_with_arabic_digits_is_read(volunteer, code):
    arabic = code.translate(str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩"))
    assert volunteer.look(arabic).status_code == 200


@pytest.mark.parametrize("wrong", ["AAAAA-AAAAA-AAAAA-AAAAA", "x", "%", "🔥", "' OR 1=1 --"])
def test_a_wrong_code_shows_nothing(volunteer, code, wrong):
    answer = volunteer.look(wrong)
    assert answer.status_code == 404
    assert "We know nothing by this code" in answer.content.decode()


@pytest.mark.parametrize("empty", ["", "   ", "x" * 61, "\0"])
def test_what_cannot_be_a_code_is_said(volunteer, empty):
    assert volunteer.look(empty).status_code == 400


def test_a_code_in_the_address_is_not_read(volunteer, code):
    answer = Client().get(volunteer.address("receipt/"), {"code": code})
    assert code not in answer.content.decode()
    assert "Photo" not in answer.content.decode()


def test_too_many_guesses_are_not_looked_up_not_even_a_right_one(volunteer, code, monkeypatch):
    monkeypatch.setattr(views, "LOOKUPS", Pace(per_second=0.001, burst=3))
    answers = [volunteer.look("AAAAA-AAAAA-AAAAA-AAAAA").status_code for _ in range(3)]
    late = volunteer.look(code)
    assert answers == [404, 404, 404]
    assert (late.status_code, late["Retry-After"]) == (429, "60")
    assert "Photo" not in late.content.decode()


@pytest.mark.parametrize("typed", ["the right one", "AAAAA-AAAAA-AAAAA-AAAAA", "x", "' OR 1=1 --", "🔥" * 60])
def test_a_lookup_is_one_question_by_a_hash_whatever_was_typed(code, typed, django_assert_num_queries):
    with django_assert_num_queries(1) as asked:
        found = sending.find(code if typed == "the right one" else typed)
    assert (found is not None) == (typed == "the right one")
    (question,) = asked.captured_queries
    assert "receipt_hash" in question["sql"]
    assert f"'{typed}" not in question["sql"]


def test_the_code_is_shown_once_and_kept_nowhere(volunteer, code, store):
    """Whoever lost it gets it from nobody: the desk has only its hash."""
    there = repr(kept.rows()) + "".join(each.decode("latin-1") for each in kept.files().values())
    lead = signed_in(staff(volunteer.case, *Role))
    submission = Submission.objects.get()
    for page in (address("submission", submission.pk), address("submissions"), address("queue")):
        there += lead.get(page).content.decode()
    assert hash_of(code) in there
    assert code not in there
    assert code.replace("-", "") not in there


def test_more_can_be_added_and_is_checked(volunteer, code):
    answer = volunteer.add(code, photo(), where="The same street")
    assert answer.status_code == 200
    assert "One item was added." in answer.content.decode()
    added = Evidence.objects.get(said_where="The same street")
    assert added.submission == Submission.objects.get()
    assert added.check_runs.count() == 3


def test_the_same_file_added_twice_is_stored_once(volunteer, code):
    content = picture()
    volunteer.add(code, photo(content=content))
    again = volunteer.add(code, photo(content=content))
    assert "We had all of this already" in again.content.decode()
    assert Evidence.objects.count() == 2


def test_adding_nothing_says_so_and_keeps_the_text(volunteer, code):
    answer = volunteer.add(code, where="The same street")
    assert answer.status_code == 400
    assert "Add a photo, a video or a link." in answer.content.decode()
    assert "The same street" in answer.content.decode()


def test_an_unfit_file_added_is_refused_by_name(volunteer, code, store):
    answer = volunteer.add(code, photo("report.pdf", b"%PDF-1.7"))
    assert answer.status_code == 415
    assert "report.pdf" in answer.content.decode()
    assert Evidence.objects.count() == 1
    assert not list((store / "incoming").iterdir())


def test_nothing_is_added_with_a_wrong_code(volunteer, code, store):
    assert volunteer.add("AAAAA-AAAAA-AAAAA-AAAAA", photo()).status_code == 404
    assert Evidence.objects.count() == 1
    assert not list((store / "incoming").iterdir())


def test_nothing_is_added_to_a_case_that_has_closed_but_its_state_still_shows(volunteer, code, case):
    case.accepts_submissions = False
    case.save()
    assert volunteer.look(code).status_code == 200
    assert volunteer.add(code, photo()).status_code == 400
    assert Evidence.objects.count() == 1


def test_the_address_for_adding_leads_to_the_code(volunteer):
    answer = Client().get(volunteer.address("receipt/add/"))
    assert answer["Location"] == volunteer.address("receipt/")


def test_of_very_many_items_the_last_are_listed_and_the_others_counted(volunteer, monkeypatch):
    monkeypatch.setattr(progress, "SHOWN", 2)
    answer = volunteer.look(code_in(volunteer.send(*(photo() for _ in range(5)))))
    text = answer.content.decode()
    assert text.count('<li class="item">') == 2
    assert "3 more items are kept, and not listed here." in text
