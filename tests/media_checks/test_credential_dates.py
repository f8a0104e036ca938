"""The dates of Content Credentials, signed and time-stamped here: what each proves, and what it does not."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from media_checks.context import Context, Weight
from media_checks.contract import CheckVerdict, Result, perform
from media_checks.date_signals import Evidence
from media_checks.dates import Signal, SignalKind
from media_checks.reading import read
from media_checks.registry import check
from tests.media_checks.samples import film, media, photo, saved, scene
from tests.media_checks.signing import GENERATED, Signing, created, flipped

NOON = datetime(2016, 11, 18, 12, tzinfo=UTC)
BEFORE = datetime(2014, 6, 1, tzinfo=UTC)
SIGNING = Signing()
ANCHORS = SIGNING.signer.anchor + SIGNING.authority.anchor
CLAIMED = Context(claimed_start=NOON, claimed_end=NOON, trust_anchors=ANCHORS)
TIME_STAMP = "Content Credentials time stamp"


def signals(content: bytes, context: Context = CLAIMED) -> dict[tuple[str, SignalKind], Signal]:
    found = Evidence(read(media(content), context.trust_anchors), context).signals()
    return {(each.source, each.kind): each for each in found}


def stamp(content: bytes, context: Context = CLAIMED) -> Signal:
    return signals(content, context)[TIME_STAMP, SignalKind.NOT_AFTER]


def examined(content: bytes, context: Context = CLAIMED) -> Result:
    return perform(check("reverse_date"), media(content), context)


def codes(result: Result) -> set[str]:
    return {each.code.slug for each in result.findings}


@pytest.fixture(scope="module")
def stamped() -> bytes:
    return SIGNING.sign(photo(), stamped=BEFORE)


def test_a_time_stamp_of_a_trusted_authority_is_a_proof(stamped):
    found = stamp(stamped)

    assert (found.weight, found.latest) == (Weight.A, BEFORE)


def test_content_time_stamped_before_the_claimed_time_contradicts_it(stamped):
    result = examined(stamped)

    assert result.verdict is CheckVerdict.CONTRADICTED
    assert "dates.earlier_copy" in codes(result)


def test_a_proof_soon_after_the_claimed_time_is_a_second_signal():
    content = photo(captured="2016:11:18 12:00:00", offset="+00:00")
    result = examined(SIGNING.sign(content, stamped=NOON.replace(hour=20)))

    assert result.verdict is CheckVerdict.CORROBORATED


@pytest.mark.parametrize("anchors", ["", SIGNING.signer.anchor])
def test_an_authority_that_nobody_named_is_a_name_and_proves_nothing(stamped, anchors):
    context = replace(CLAIMED, trust_anchors=anchors)

    assert stamp(stamped, context).weight is Weight.D
    assert examined(stamped, context).verdict is CheckVerdict.DISPUTED


def test_the_librarys_word_for_an_authority_of_a_first_version_claim_is_not_taken():
    content = SIGNING.sign(photo(), stamped=BEFORE, version=1)

    assert stamp(content).weight is Weight.D
    assert stamp(content, replace(CLAIMED, trust_anchors="")).weight is Weight.D


@pytest.mark.parametrize("format", ["TIFF", "AVIF", "film"])
def test_a_file_whose_content_may_stand_in_an_unsigned_part_is_no_proof(format):
    content = film([scene(1, 64, 64)]) if format == "film" else saved(scene(), format)
    media_type = media(content).media_type

    assert stamp(SIGNING.sign(content, media_type=media_type, stamped=BEFORE)).weight is Weight.D


def test_credentials_that_do_not_fit_date_nothing(stamped):
    content = SIGNING.sign(photo(), created("2014-06-01T10:00:00Z"), stamped=BEFORE)
    changed = flipped(content)
    found = [each for (source, _), each in signals(changed).items() if source.startswith("Content")]

    assert {each.weight for each in found} == {Weight.E}
    assert len(found) == 2
    assert not codes(examined(changed)) & {"dates.earlier_copy", "dates.outside_claim"}


def test_without_a_token_there_is_no_time_of_signing():
    assert not [source for source, _ in signals(SIGNING.sign(photo())) if source == TIME_STAMP]


def test_a_file_signed_after_the_claimed_time_is_not_the_original_file():
    later = SIGNING.sign(photo(), stamped=NOON.replace(year=2020))

    assert "dates.not_the_original_file" in codes(examined(later))


@pytest.mark.parametrize(
    ("day", "code"), [("2016-11-18", "dates.fits_claim"), ("2014-06-01", "dates.outside_claim")]
)
def test_a_declared_capture_is_held_against_the_claimed_time(day, code):
    content = SIGNING.sign(photo(), created(f"{day}T12:00:00Z"))
    found = signals(content)["Content Credentials: created", SignalKind.SELF_ASSERTED]

    assert found.weight is Weight.D
    assert code in codes(examined(content))


def test_when_a_picture_was_generated_or_edited_is_no_capture():
    content = SIGNING.sign(
        photo(),
        created("2018-03-01T12:00:00Z", GENERATED),
        {"action": "c2pa.edited", "when": "2018-03-02T12:00:00Z"},
    )
    kinds = {source: kind for source, kind in signals(content) if source.startswith("Content")}

    assert set(kinds.values()) == {SignalKind.NOT_BEFORE}
    assert "dates.outside_claim" not in codes(examined(content))


def test_a_clock_that_was_never_set_is_recorded_and_not_used():
    found = signals(SIGNING.sign(photo(), created("1970-01-01T00:00:00Z")))

    assert found["Content Credentials: created", SignalKind.SELF_ASSERTED].weight is Weight.E


def test_a_capture_of_an_earlier_version_counts():
    first = SIGNING.sign(photo(), created("2016-11-18T12:00:00Z"))
    edited = SIGNING.sign(first, {"action": "c2pa.edited"}, edited=True)

    assert "dates.fits_claim" in codes(examined(edited))


def test_an_earlier_version_that_did_not_verify_dates_nothing():
    first = SIGNING.sign(photo(), created("2016-11-18T12:00:00Z"))
    edited = SIGNING.sign(flipped(first), {"action": "c2pa.edited"}, edited=True)

    assert "dates.fits_claim" not in codes(examined(edited))
