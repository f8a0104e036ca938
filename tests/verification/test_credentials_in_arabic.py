"""What is said of Content Credentials, in Arabic: all but a file's own text, which is never ours."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.utils import translation

from media_checks.context import Context, Kind
from media_checks.contract import perform
from media_checks.credential_findings import about, host_of
from media_checks.credential_signals import signals_of
from media_checks.credential_words import ACTIONS, FAILURES, KINDS, done, failed
from media_checks.reading import Credentials, Reading, Step, read
from media_checks.reading.values import wall_clock
from media_checks.registry import check
from tests.media_checks.samples import media, photo
from tests.media_checks.signing import GENERATED, Signing, created, flipped
from verification.phrases import PHRASES, STEPS
from verification.sentences import sentence, worded

OPEN, CLOSE = "\u2068", "\u2069"
SIGNING = Signing()
ANCHORS = SIGNING.signer.anchor + SIGNING.authority.anchor
STAMPED = datetime(2014, 6, 1, tzinfo=UTC)
NOON = datetime(2016, 11, 18, 12, tzinfo=UTC)
WRITTEN = wall_clock("2016-11-18T12:00:00Z")
FIT = Credentials("JPEG APP11", "valid", program="Camera", signer="Somebody", signed_at=STAMPED)
# What stays in Latin letters, beside a file's own text: zones, formats, and codes that have no words here.
TECHNICAL = re.compile(r"UTC|GPS|JFIF|(?:EXIF|XMP|IPTC) [\w:]+|(?:ingredient|assertion|claim)\.[\w.]+")
ENGLISH = re.compile("[A-Za-z]{2,}")


@pytest.fixture(autouse=True)
def arabic() -> Iterator[None]:
    with translation.override("ar"):
        yield


def told(credentials: Credentials) -> dict[str, str]:
    """What the metadata check says of them, by the last part of its code."""
    found = about(Reading("image/jpeg", Kind.PHOTO, credentials=credentials))
    return {each.code.slug.partition("credentials")[2]: sentence(each.as_json()) for each in found}


def of_file(content: bytes, anchors: str = "") -> list[str]:
    """All that two checks say of a file, and the dates that they have from its credentials."""
    context = Context(claimed_start=NOON, claimed_end=NOON, trust_anchors=anchors)
    found = [
        each
        for slug in ("metadata", "reverse_date")
        for each in perform(check(slug), media(content), context).findings
    ]
    dates = signals_of(read(media(content), anchors).credentials)
    said = [sentence(each.as_json()) for each in found if each.code.slug != "dates.envelope"]
    return said + [worded(text) for each in dates for text in (each.source, each.note)]


def texts_of(content: bytes) -> list[str]:
    """A file's own texts, the longest first."""
    reading = read(media(content))
    found = reading.credentials
    own = [
        host_of(reading.credentials_address or ""),
        reading.make,
        reading.model,
        reading.software,
        *(each.program for each in reading.edits),
    ]
    if found:
        own += [found.program, found.signer, found.issuer, *(each.program for each in found.steps)]
    return sorted(filter(None, own), key=len, reverse=True)


def english_in(said: Iterable[str], own: Iterable[str]) -> list[str]:
    """The sentences in which English is left, without a file's own texts."""
    left = []
    for each in said:
        for text in own:
            each = each.replace(text, "")
        if ENGLISH.search(TECHNICAL.sub("", each)):
            left.append(each)
    return left


def test_every_word_for_them_is_a_phrase():
    assert set(ACTIONS.values()) == set(STEPS)
    assert {*FAILURES.values(), *KINDS.values(), failed("any text")} <= set(PHRASES)


def made_here() -> dict[str, bytes]:
    """Files signed here: of each thing that can be said at least one."""
    signed = SIGNING.sign(photo(), stamped=STAMPED)
    cropped = {"action": "c2pa.cropped", "softwareAgent": {"name": "GIMP"}, "when": "2018-03-02T12:00:00Z"}
    other = {"action": "org.example.relit", "softwareAgent": {"name": "GIMP"}}
    return {
        "stamped": signed,
        "without a stamp": SIGNING.sign(photo(), created("2016-11-18T12:00:00Z")),
        "a clock never set": SIGNING.sign(photo(), created("1970-01-01T00:00:00Z")),
        "altered": flipped(signed),
        "generated": SIGNING.sign(photo(), created("2018-03-01T12:00:00Z", GENERATED)),
        "edited": SIGNING.sign(signed, cropped, edited=True),
        "edited twice": SIGNING.sign(SIGNING.sign(signed, other, edited=True), cropped, edited=True),
        "made from what was altered": SIGNING.sign(flipped(signed), cropped, edited=True),
    }


@pytest.mark.parametrize("anchors", ["", ANCHORS], ids=["nobody trusted", "both trusted"])
def test_no_english_is_left_of_files_that_were_signed_here(anchors):
    own = ["Test camera 1", "Signer, Tests", "GIMP", "org.example.relit", "Cam"]
    for name, content in made_here().items():
        assert english_in(of_file(content, anchors), own) == [], name


def test_no_english_is_left_of_real_files(media_folder: Path):
    files = sorted((media_folder / "media/c2pa").rglob("*.jpg"))
    said = 0
    for path in files:
        content = path.read_bytes()
        sentences = of_file(content)
        said += sum("بيانات اعتماد المحتوى" in each for each in sentences)
        assert english_in(sentences, texts_of(content)) == [], path.name
    assert said > 50


def test_the_arabic_is_that_of_a_person():
    steps = (Step("c2pa.cropped", "file", program="GIMP"), Step("c2pa.filtered", "earlier version"))
    said = told(replace(FIT, time_stamp="trusted", trusted=True, steps=steps))
    plain = {code: re.sub(f"[{OPEN}{CLOSE}]", "", text) for code, text in said.items()}
    assert plain[""] == (
        "بيانات اعتماد المحتوى تطابق هذا الملف: صُنع باستخدام Camera، وقّعها Somebody (يثق به مشغّل المكتب)، "
        "بختم زمني في 2014-06-01 00:00 UTC من جهة موثوقة."
    )
    assert (
        plain["_edited"]
        == "تصرّح بيانات اعتماد المحتوى بما أُجري على الملف: قص (GIMP)؛ تطبيق مرشِّح في نسخة أسبق."
    )


def test_what_credentials_say_is_never_taken_for_the_desks_words():
    named = told(replace(FIT, program="the program is not named", signer="it is empty"))[""]
    assert f"{OPEN}the program is not named{CLOSE}" in named
    assert f"{OPEN}it is empty{CLOSE}" in named
    trusted = told(replace(FIT, signer="Somebody (whom the operator trusts)"))[""]
    assert f"{OPEN}Somebody (whom the operator trusts){CLOSE}" in trusted
    assert "لا أحد يضمن صحة هذا الاسم" in trusted


@pytest.mark.parametrize(
    "address", ["https://a time that nobody attests/", "https://[", "https://elsewhere/"]
)
def test_nor_what_an_address_says(address):
    (found,) = about(Reading("image/jpeg", Kind.PHOTO, credentials_address=address))
    said = sentence(found.as_json())
    if address == "https://[":
        assert "محفوظة في مكان آخر" in said
    else:
        assert f"{OPEN}{address[8:-1]}{CLOSE}" in said


def test_a_program_cannot_add_a_step():
    step = Step("c2pa.cropped", "file", program="GIMP); resized; edited (in a component")
    said = told(replace(FIT, steps=(step, Step("c2pa.filtered", "component"))))["_edited"]
    assert f"{OPEN}GIMP), resized, edited (in a component{CLOSE}" in said
    assert said.count("؛") == 1


@pytest.mark.parametrize("action", ["time stamp", "cropped", "c2pa.cropped (GIMP)", "created; resized"])
def test_an_action_of_another_name_is_called_by_it_and_no_word_of_ours(action):
    label = re.sub(r"[^\w.:-]", "_", action)
    assert done(action) == f"a step called {label}"
    assert f"خطوة تسمى {OPEN}{label}{CLOSE}" in told(replace(FIT, steps=(Step(action, "file"),)))["_edited"]
    (signal,) = signals_of(replace(FIT, signed_at=None, steps=(Step(action, "file", at=WRITTEN),)))
    assert worded(signal.source) == f"بيانات اعتماد المحتوى: {OPEN}خطوة تسمى {OPEN}{label}{CLOSE}{CLOSE}"


def test_a_failure_that_a_program_noted_is_a_code_or_is_not_repeated():
    said = told(replace(FIT, earlier_failures=("it is empty", "ingredient.unknownProvenance")))["_earlier"]
    assert "it is empty" not in said
    assert "هو فارغ" not in said
    assert f"أبلغ التحقق عن {OPEN}ingredient.unknownProvenance{CLOSE}" in said
