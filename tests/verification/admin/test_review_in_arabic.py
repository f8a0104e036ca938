"""The desk in Arabic: the language a person reads, the findings in it, and a trick that stays where it is."""

from __future__ import annotations

import re

import pytest
from django.test import Client
from django.utils import translation
from PIL import Image

from tests.builders import checked, make_evidence, picture
from tests.staff import address, signed_in, staff, text_of
from tests.verification.admin.test_review_page import dated
from verification.models import CheckRun, RunState
from verification.partners.redaction import finding_document
from verification.sentences import sentence

pytestmark = pytest.mark.django_db
IN_ARABIC = {"Accept-Language": "ar"}
OPEN, CLOSE = "\u2068", "\u2069"


def page_of(desk: Client, evidence, **headers):
    return desk.get(address("evidence", evidence.pk), headers=headers or IN_ARABIC)


def plain(text: str) -> str:
    """A page's words, without marks and isolates."""
    return re.sub(f"[{OPEN}{CLOSE}]", "", re.sub(r"<[^>]+>", "", text))


@pytest.fixture
def evidence(case, claim):
    return checked(make_evidence(case, claim, content=dated("2016:11:18 14:02:00", "12:02")))


def test_every_finding_stands_in_arabic_and_none_in_english(desk, evidence):
    response = page_of(desk, evidence)
    page = plain(text_of(response))
    assert '<html lang="ar" dir="rtl">' in response.content.decode()
    findings = [each for run in evidence.check_runs.all() for each in run.findings]
    assert len(findings) > 8
    for each in findings:
        assert each["summary"] not in page
        if each["code"] != "dates.envelope":
            with translation.override("ar"):
                assert plain(sentence(each)) in page


def test_verdicts_checks_and_the_envelope_are_in_arabic_too(desk, evidence):
    response = text_of(page_of(desk, evidence))
    page = plain(response)
    for said in ("معزَّز", "البيانات الوصفية", "النسخ", "التواريخ", "ساعة GPS في EXIF", "استلام الملف"):
        assert said in page
    for left in ("corroborated</span>", "Findings", "receipt</text>", "EXIF GPS clock</text>", "says when"):
        assert left not in response
    assert "EXIF DateTimeOriginal" in page


@pytest.mark.parametrize("name", ["ocsp.jpg", "XCA.jpg", "cloud.jpg", "no_alg.jpg"])
def test_findings_of_content_credentials_stand_in_arabic(desk, case, claim, media_folder, name):
    (path,) = (media_folder / "media/c2pa").rglob(f"sdk__tests__fixtures__{name}")
    evidence = checked(make_evidence(case, claim, content=path.read_bytes()))
    page = plain(text_of(page_of(desk, evidence)))
    findings = [each for run in evidence.check_runs.all() for each in run.findings]
    assert any(each["code"].startswith("metadata.credentials") for each in findings)
    for each in findings:
        assert each["summary"] not in page
        if each["code"] != "dates.envelope":
            with translation.override("ar"):
                assert plain(sentence(each)) in page
    for left in ("Content Credentials", "signed by", "time-stamp", "authority", "declared by"):
        assert left not in re.sub(r"(?s)<dl class=.facts.*?</dl>", "", text_of(page_of(desk, evidence)))


def test_a_date_never_breaks_at_the_end_of_a_line(desk, evidence):
    page = page_of(desk, evidence).content.decode()
    assert '<span class="whole">2016-11-18 12:02 UTC</span>' in page


def test_why_a_check_did_not_run_is_said_in_arabic(desk, evidence):
    run = evidence.check_runs.get(check_slug="metadata")
    failed = {"state": RunState.FAILED, "verdict": "", "result": None}
    CheckRun.objects.filter(pk=run.pk).update(reason="it took longer than 60 seconds", **failed)
    page = plain(text_of(page_of(desk, evidence)))
    assert "لم يُنفَّذ: استغرق أكثر من 60 ثانية" in page
    assert "فحص واحد لم يُنفَّذ" in page


def test_a_file_cannot_turn_the_line_around_what_it_says(desk, case, claim):
    exif = Image.Exif()
    exif[0x0131] = "GIMP \u202egpj.\u2069\u2069 <b>2016".encode()
    evidence = checked(make_evidence(case, claim, content=picture(exif)))
    page = page_of(desk, evidence).content.decode()
    assert "\u202e" not in page
    told = f"{OPEN}GIMP [U+202E]gpj.[U+2069][U+2069] &lt;b&gt;2016{CLOSE}."
    assert page.count(told) == 2
    assert page.count(OPEN) == page.count(CLOSE)


def test_a_finding_of_an_older_version_is_shown_as_it_was_stored(desk, evidence):
    run = evidence.check_runs.get(check_slug="metadata")
    run.result["findings"] = [
        {"code": "metadata.once", "bearing": "context", "summary": "It was so.", "details": {}}
    ]
    run.save()
    assert "It was so." in text_of(page_of(desk, evidence))


def test_partners_read_english_whatever_language_the_desk_speaks(evidence):
    findings = [each for run in evidence.check_runs.all() for each in run.findings]
    in_english = [finding_document(each, exact_places=False) for each in findings]
    with translation.override("ar"):
        assert [finding_document(each, exact_places=False) for each in findings] == in_english


def test_the_queue_and_the_front_page_speak_arabic(case, evidence):
    desk = signed_in(staff(case, "investigator"))
    for name, said in (("index", "تولّي العنصر التالي"), ("queue", "قائمة انتظار المراجعة")):
        page = text_of(desk.get(address(name), headers=IN_ARABIC))
        assert said in page
        assert "did not run" not in page
    assert "معزَّز" in page
