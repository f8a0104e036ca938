"""The review page: what it shows of an evidence item, and to whom."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from PIL import Image, ImageOps

from claims.actors import DESK, person
from claims.models import Role
from claims.operations import add_member
from tests.builders import checked, decided, make_case, make_claim, make_evidence, picture
from tests.media_checks.samples import saved, scene
from tests.staff import address, signed_in, staff
from verification import operations
from verification.models import Authenticity, CheckRun, Confidence, Match, Review, RunState

pytestmark = pytest.mark.django_db


def text_of(response):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


def dated(local, gps_clock=None, *, serial="", software=b""):
    """A picture that a camera dated, and perhaps placed in Aleppo."""
    exif = Image.Exif()
    exif[0x010F] = "Canon"
    if software:
        exif[0x0131] = software
    taken = exif.get_ifd(0x8769)
    taken[0x9003] = local
    if serial:
        taken[0xA431] = serial
    if gps_clock:
        hours, minutes = gps_clock.split(":")
        exif.get_ifd(0x8825).update(
            {1: "N", 2: (36.0, 12.0, 3.0), 3: "E", 4: (37.0, 9.0, 40.0)}
            | {29: local[:10], 7: (float(hours), float(minutes), 0.0)}
        )
    return picture(exif)


def page_of(client, evidence):
    return client.get(address("evidence", evidence.pk))


def test_the_findings_stand_in_plain_words_with_their_verdicts(desk, case, claim):
    evidence = checked(make_evidence(case, claim, content=dated("2016:11:18 14:02:00", "12:02")))
    page = page_of(desk, evidence)
    assert "A second, independent signal agrees" in text_of(page)
    assert '<span class="verdict verdict-corroborated">corroborated</span>' in page.content.decode()
    assert "3 of 3 checks done" in text_of(page)


def test_the_envelope_is_drawn_with_a_title_and_a_table(desk, case, claim):
    evidence = checked(make_evidence(case, claim, content=dated("2016:11:18 14:02:00", "12:02")))
    page = page_of(desk, evidence).content.decode()
    drawing = page[page.index("<svg class=") : page.index("</svg>")]
    assert "<title" in drawing
    assert 'class="claimed"' in drawing
    table = page[page.index('id="envelope-table"') :]
    for source in ("EXIF DateTimeOriginal", "EXIF GPS clock", "receipt"):
        assert source in drawing
        assert source in table


def test_a_check_that_did_not_run_says_why_and_can_be_tried_again(desk, case, claim):
    evidence = checked(make_evidence(case, claim))
    run = evidence.check_runs.get(check_slug="metadata")
    CheckRun.objects.filter(pk=run.pk).update(
        state=RunState.FAILED, reason="it took too long", verdict="", result=None
    )
    page = text_of(page_of(desk, evidence))
    assert "It did not run: it took too long" in page
    assert "2 of 3 checks done, 1 did not run" in page
    response = desk.post(address("retry", run.pk))
    assert response.status_code == 302
    run.refresh_from_db()
    assert (run.state, run.attempts) == (RunState.QUEUED, 0)


def test_a_run_that_finished_is_not_tried_again(desk, case, claim):
    evidence = checked(make_evidence(case, claim))
    run = evidence.check_runs.get(check_slug="metadata")
    response = desk.post(address("retry", run.pk))
    assert response.status_code == 409
    assert "Only a check that did not run can be tried again." in text_of(response)


def test_progress_is_told_as_it_is(desk, case, claim):
    page = text_of(page_of(desk, make_evidence(case, claim)))
    assert "0 of 3 checks done" in page
    assert "A review opens as soon as every check has settled." in page


def test_pictures_are_covered_each_with_its_own_box(desk, case, claim):
    evidence = checked(make_evidence(case, claim))
    page = page_of(desk, evidence).content.decode()
    boxes = re.findall(r"<input[^>]*data-uncover[^>]*>", page)
    assert len(boxes) == page.count("<img ") == 1
    assert not any("checked" in box for box in boxes)


def test_a_serial_number_is_for_the_custodian_alone(case, claim):
    evidence = checked(make_evidence(case, claim, content=dated("2016:11:18 14:02:00", serial="SN-0815-42")))
    assert "SN-0815-42" in str(evidence.check_runs.get(check_slug="metadata").result)
    reviewer = signed_in(staff(case, Role.INVESTIGATOR))
    custodian = signed_in(staff(case, Role.CUSTODIAN))
    assert "SN-0815-42" not in page_of(reviewer, evidence).content.decode()
    assert "SN-0815-42" in page_of(custodian, evidence).content.decode()


def test_times_that_lead_to_a_sender_are_shown_to_the_hour(case, claim):
    evidence = checked(make_evidence(case, claim))
    page = page_of(signed_in(staff(case, Role.INVESTIGATOR)), evidence).content.decode()
    minutes = {each[1] for each in re.finditer(r'datetime="2\d{3}-\d\d-\d\dT\d\d:(\d\d:\d\d[.\d]*)', page)}
    received = {each for each in minutes if each != "00:00"}
    assert received == set()


def test_a_persons_own_act_keeps_its_exact_time(case, claim):
    evidence = checked(make_evidence(case, claim))
    user = staff(case, Role.INVESTIGATOR)
    operations.assign(actor=person(user), review=evidence.reviews.get())
    page = text_of(page_of(signed_in(user), evidence))
    assert re.search(rf"\d\d:\d\d UTC {user.username}\s?: taken for review", page)


def test_the_second_reviewer_does_not_see_the_first_decision(case, claim):
    case.needs_second_review = True
    case.save()
    evidence = checked(make_evidence(case, claim))
    review = evidence.reviews.get()
    first, second = staff(case, Role.INVESTIGATOR), staff(case, Role.INVESTIGATOR)
    operations.assign(actor=person(first), review=review)
    answer = {"authenticity": [Authenticity.STAGED], "confidence": Confidence.DOUBTFUL}
    operations.decide(actor=person(first), review=review, rationale="The shadows are wrong.", **answer)
    page = page_of(signed_in(second), evidence).content.decode()
    answers = ("StagedContent</bdi>", "<strong>staged", "doubtful</p>", ">doubtful<")
    for told in ("The shadows are wrong.", *answers):
        assert told not in page
    assert "You decide without knowing how." in page
    assert "The shadows are wrong." in page_of(signed_in(first), evidence).content.decode()
    operations.assign(actor=person(second), review=review)
    operations.decide(actor=person(second), review=review, rationale="They are.", **answer)
    assert "The shadows are wrong." in page_of(signed_in(second), evidence).content.decode()


def test_possible_copies_stand_side_by_side(desk, case, claim):
    earlier = checked(make_evidence(case, claim, content=picture(seed=101)))
    later = checked(make_evidence(case, claim, content=picture(Image.Exif(), seed=101) + b"\0"))
    page = page_of(desk, later)
    assert Match.objects.count() == 1
    assert "Near copy" in text_of(page)
    assert address("evidence", earlier.pk) in page.content.decode()
    assert address("media", earlier.pk, "1280") in page.content.decode()


def test_a_copy_says_what_came_of_laying_it_over_the_other(desk, case, claim):
    earlier = checked(make_evidence(case, claim, content=saved(scene(seed=12))))
    later = checked(make_evidence(case, claim, content=saved(ImageOps.expand(scene(seed=12), (0, 60)))))
    said, of_the_other = text_of(page_of(desk, later)), text_of(page_of(desk, earlier))
    assert re.search(r"Laid over each other, (9\d|100) % of their parts agree\.", said)
    assert "By the pixels, this one seems to be made from that one." in said
    assert "By the pixels, that one seems to be made from this one." in of_the_other
    Match.objects.update(agreement=None, seems_derived=None)
    assert "Only their fingerprints are alike" in text_of(page_of(desk, later))


def test_a_copy_in_a_foreign_case_is_not_shown(desk, case, claim):
    elsewhere = make_case(title="A secret case")
    foreign = checked(make_evidence(elsewhere, make_claim(elsewhere), content=picture(seed=102)))
    mine = checked(make_evidence(case, claim, content=picture(seed=102) + b"\0"))
    twin = checked(make_evidence(elsewhere, make_claim(elsewhere), content=picture(seed=102) + b"\0"))
    page = page_of(desk, mine).content.decode()
    assert Match.objects.count() == 1
    for hidden in ("A secret case", str(foreign.pk), str(twin.pk), "Near copy"):
        assert hidden not in page


def test_the_same_bytes_are_named_where_they_may_be_seen(desk, case, claim):
    content = picture(seed=103)
    one, two = (checked(make_evidence(case, claim, content=content)) for _each in range(2))
    assert address("evidence", one.pk) in page_of(desk, two).content.decode()


def test_what_people_typed_and_files_say_is_neutralised(desk, case):
    evil = "<script>alert(1)</script>\u202e\u2066gpj.\x07"
    claim = make_claim(case, statement=evil, claimant=evil, place_name=evil)
    evidence = make_evidence(
        case, claim, where=evil, how=evil, description=evil, source_url=f"https://x.org/{evil}"
    )
    page = page_of(desk, checked(evidence)).content.decode()
    assert "<script>alert" not in page
    assert not set("\u202e\u2066\x07") & set(page)
    assert page.count("[U+202E][U+2066]gpj.[U+0007]") >= 6


def test_an_address_alone_says_that_there_are_no_bytes(desk, case, claim):
    evidence = make_evidence(case, claim, content=b"", source_url="https://example.org/a")
    page = text_of(page_of(desk, evidence))
    assert "the desk holds no bytes of it" in page
    assert "There is nothing that a check could examine." in page


def test_a_cut_file_says_that_no_working_copy_could_be_made(desk, case, claim):
    evidence = checked(make_evidence(case, claim, content=picture()[:700]))
    page = text_of(page_of(desk, evidence))
    assert "No working copy could be made of this file" in page
    assert "The file could not be read" in page


def test_the_lease_is_told_in_minutes(case, claim):
    evidence = checked(make_evidence(case, claim))
    user = staff(case, Role.INVESTIGATOR)
    review = operations.assign(actor=person(user), review=evidence.reviews.get())
    Review.objects.filter(pk=review.pk).update(lease_until=timezone.now() + timedelta(minutes=27, seconds=30))
    assert "assigned to you, 28 min left" in text_of(page_of(signed_in(user), evidence))
    other = text_of(page_of(signed_in(staff(case, Role.INVESTIGATOR)), evidence))
    assert f"assigned to {user.username}, 28 min left" in other


def test_who_may_not_review_sees_no_verbs_of_review(case, claim):
    evidence = decided(make_evidence(case, claim, source_url="https://example.org/a"))
    page = page_of(signed_in(staff(case, Role.CUSTODIAN)), evidence).content.decode()
    for verb in ("original", "ask_for_review", "attest", "tie", "request_checks"):
        assert address(verb, evidence.pk) not in page


def test_the_page_takes_as_many_queries_for_20_copies_as_for_2(desk, case, claim):
    counts = []
    shown = checked(make_evidence(case, claim, content=picture(seed=104)))
    for start, end in ((1, 3), (3, 21)):
        for number in range(start, end):
            checked(make_evidence(case, claim, content=picture(seed=104) + bytes(number)))
        with CaptureQueriesContext(connection) as queries:
            assert page_of(desk, shown).status_code == 200
        counts.append(len(queries))
    assert counts[0] == counts[1] <= 25


def test_a_page_changes_nothing(desk, case, claim):
    evidence = checked(make_evidence(case, claim))
    review = evidence.reviews.get()
    with CaptureQueriesContext(connection) as queries:
        desk.get(address("review", review.pk))
        page_of(desk, evidence)
    writes = [each["sql"] for each in queries if each["sql"].startswith(("INSERT", "UPDATE", "DELETE"))]
    assert [each for each in writes if "verification_staffsession" not in each] == []


def test_a_member_of_two_cases_sees_the_copy_in_the_other(case, claim):
    other = make_case(title="The other case")
    user = staff(case, Role.INVESTIGATOR)
    add_member(actor=DESK, case=other, user=user, role=Role.INVESTIGATOR)
    checked(make_evidence(other, make_claim(other), content=picture(seed=105)))
    mine = checked(make_evidence(case, claim, content=picture(seed=105) + b"\0"))
    assert "The other case" in text_of(page_of(signed_in(user), mine))
