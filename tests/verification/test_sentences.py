"""A finding in the reader's language: every code, every value that is the desk's own wording, no trick."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import polib
import pytest
from django.conf import settings
from django.utils import translation

from claims.isolation import cut, isolated
from media_checks.contract import Code, Finding, perform
from media_checks.registry import CHECKS, check
from tests.media_checks import samples
from tests.media_checks.test_contract_of_checks import CONTEXTS, COPIES, DATED
from verification.phrases import PHRASES, phrase_of
from verification.sentences import TEMPLATES, holes, sentence, worded

ROOT = Path(settings.BASE_DIR)
CATALOGUE = "locale/ar/LC_MESSAGES/django.po"
OPEN, CLOSE = "\u2068", "\u2069"
# What stays in Latin letters in an Arabic sentence: names of formats, programs, fields, units and zones.
TECHNICAL = re.compile(
    r"UTC|GPS|EXIF|XMP|IPTC|PNG|QuickTime|Asia/Damascus|WhatsApp|Cam|DateTimeOriginal|CreateDate|E-1|post"
    r"|creation_time|image/\w+|text/plain|application/[\w-]+|[A-Z]\w*Error|Lavf[\d.]+|mvhd"
    r"|(?<=حقل الحاوية \u2068)[\w.]+"
)
TRICKS = "\u202e\u2066\u2069\u2069)gpj.\x07 لا"


@pytest.fixture(scope="module")
def catalogue() -> dict[str, str]:
    return {each.msgid: each.msgstr for each in polib.pofile(str(ROOT / CATALOGUE)) if not each.fuzzy}


@pytest.fixture
def arabic() -> Iterator[None]:
    with translation.override("ar"):
        yield


def missing(slug: str, template: str, catalogue: dict[str, str]) -> str:
    """What a code lacks in Arabic, with what to do about it; empty where it lacks nothing."""
    arabic = catalogue.get(template, "")
    if not arabic:
        return f"{slug} has no Arabic sentence: run makemessages, and translate {template!r} in {CATALOGUE}"
    if holes(arabic) != holes(template):
        return f"{slug} is filled with {holes(template)}, but in Arabic with {holes(arabic)}: {CATALOGUE}"
    return ""


def in_arabic(content: bytes, slug: str, context: Any = DATED) -> dict[str, str]:
    """What a check says of a file, by code."""
    one = check(slug)
    found = perform(one, samples.media(content), context).findings
    more = tuple(one.follow_up(found, context)) if one.follow_up else ()
    return {each.code.slug: sentence(each.as_json()) for each in (*found, *more)}


@pytest.mark.parametrize("slug", sorted(TEMPLATES))
def test_every_code_has_its_arabic_sentence_with_the_same_values(slug, catalogue):
    assert not missing(slug, TEMPLATES[slug], catalogue)


def test_a_code_without_one_is_found(catalogue):
    planted = Code("planted.code", None, "The file was planted by {whom}.")
    assert "planted.code has no Arabic sentence" in missing(planted.slug, planted.sentence, catalogue)
    halves = {planted.sentence: "زُرع الملف."}
    assert "{'whom'}, but in Arabic with set()" in missing(planted.slug, planted.sentence, halves)


@pytest.mark.parametrize("phrase", PHRASES)
def test_every_phrase_has_its_arabic_with_the_same_holes(phrase, catalogue):
    assert not missing("the phrase", phrase, catalogue)


@pytest.mark.parametrize("context", CONTEXTS)
@pytest.mark.parametrize("sample", samples.EVERY_KIND)
@pytest.mark.parametrize("slug", [each.slug for each in CHECKS])
def test_no_english_is_left_in_what_the_checks_say_of_real_files(arabic, slug, sample, context):
    for said in in_arabic(samples.EVERY_KIND[sample](), slug, CONTEXTS[context]).values():
        assert not re.search("[A-Za-z]{2,}", TECHNICAL.sub("", said)), said
        assert not re.search("[{}]", said)
        assert said.count(OPEN) == said.count(CLOSE)


def test_nor_in_what_they_say_of_copies_zones_and_times_that_do_not_fit(arabic):
    later = replace(DATED, claimed_start=DATED.claimed_start + timedelta(days=900), claimed_end=None)
    stated = replace(later, stated_start=DATED.claimed_start, earlier_copies=COPIES, received_at=None)
    photo = samples.photo(captured="2016:07:18 14:02:00", offset="-05:00", place=(36.2, 37.16))
    said = in_arabic(photo, "reverse_date", stated) | in_arabic(photo, "metadata", stated)
    assert {"dates.earlier_copy", "dates.outside_claim", "metadata.time_differs"} <= set(said)
    for each in said.values():
        assert not re.search("[A-Za-z]{2,}", TECHNICAL.sub("", each)), each


def test_the_arabic_is_that_of_a_person(arabic):
    said = in_arabic(samples.EVERY_KIND["dated"](), "metadata")
    plain = {slug: text.replace(OPEN, "").replace(CLOSE, "") for slug, text in said.items()}
    assert plain["metadata.file"] == "نوع الملف: صورة، قياسه: العرض 640 والارتفاع 480 بكسل."
    assert "في 2016-11-18 14:02:00 (2016-11-18 12:02 UTC)." in plain["metadata.capture_time"]
    assert worded("2 years") == "سنتين"
    assert worded("40 minutes") == "40 دقيقة"


def reasons(tree: ast.AST) -> Iterator[str]:
    """The reasons that a module gives for what it could not read or do, something standing in each hole."""
    for call in (each for each in ast.walk(tree) if isinstance(each, ast.Call)):
        named = ast.unparse(call.func)
        if call.args and (named in ("Unreadable", "DidNotRun") or named.endswith("warnings.append")):
            text = call.args[0]
            if isinstance(text, ast.Constant):
                yield text.value
            elif isinstance(text, ast.JoinedStr):
                yield "".join(each.value if isinstance(each, ast.Constant) else "7" for each in text.values)


@pytest.mark.parametrize("path", sorted((ROOT / "media_checks").rglob("*.py")), ids=lambda each: each.stem)
def test_every_reason_that_is_given_is_a_phrase(path):
    unsaid = [each for each in reasons(ast.parse(path.read_text())) if phrase_of(each) is None]
    assert not unsaid, f"{path.name}: add to verification/phrases.py"


def test_a_reason_that_nobody_listed_would_be_found():
    planted = ast.parse('raise Unreadable(f"{what} was planted")\nself.warnings.append("it was, too")')
    assert list(reasons(planted)) == ["7 was planted", "it was, too"]
    assert phrase_of("7 was planted") is None


def test_what_a_file_says_is_never_taken_for_the_desks_words(arabic):
    said = in_arabic(samples.photo(software="unknown"), "metadata")
    assert f"{OPEN}unknown{CLOSE}" in said["metadata.software"]


def test_a_trick_stays_within_its_isolate(arabic):
    finding = Finding(check("metadata").code("metadata.software"), {"software": TRICKS}).as_json()
    said = sentence(finding)
    assert said.endswith(f"{OPEN}[U+202E][U+2066][U+2069][U+2069])gpj.[U+0007] لا{CLOSE}.")
    assert worded(f"written by {TRICKS}").count(CLOSE) == 1


@pytest.mark.parametrize("language", ["ar", "en"])
def test_a_finding_of_an_older_version_is_shown_as_it_was_stored(language):
    renamed = {"code": "dates.once", "summary": "It was so.\u202e", "details": {}}
    poorer = {"code": "metadata.software", "summary": "It names a program.", "details": {"program": "x"}}
    with translation.override(language):
        assert sentence(renamed) == "It was so.[U+202E]"
        assert sentence(poorer) == "It names a program."


def test_in_english_what_is_stored_is_what_is_shown():
    finding = Finding(check("metadata").code("metadata.software"), {"software": "GIMP"}).as_json()
    with translation.override("en"):
        assert sentence(finding) == finding["summary"]
        assert worded("receipt") == "receipt"


def test_a_label_is_cut_by_what_can_be_seen_and_its_isolates_are_closed():
    assert cut(f"ab{isolated('cd')}ef", 6) == f"ab{isolated('cd')}ef"
    assert cut(f"ab{isolated('cdef')}", 4) == f"ab{OPEN}c…{CLOSE}"
