"""Dates that programs write and people type, beside the device's: weight D, and no needless dispute."""

from __future__ import annotations

from dataclasses import replace
from io import BytesIO

import pytest
from PIL import Image, PngImagePlugin

from media_checks import metadata
from media_checks.context import Context, Kind, Weight
from media_checks.contract import CheckVerdict, perform
from media_checks.date_signals import CAMERA, EDITOR, Evidence
from media_checks.dates import SignalKind
from media_checks.reading import read
from tests.media_checks.dated_files import AROUND_NOON, THAT_DAY, examined, media, photo, slugs_for, utc
from tests.media_checks.written_blocks import iptc, jpeg_with, resource, segment, xmp

CAPTURED = "2016:11:18 14:02:00"
LIGHTROOM = {
    "xmp__CreateDate": "2016-11-18T14:02:00.50",
    "photoshop__DateCreated": "2016-11-18T14:02:00",
    "xmp__ModifyDate": "2016-11-20T18:30:00+01:00",
    "xmp__MetadataDate": "2016-11-20T18:30:00+01:00",
}


def png(*, changed: bytes = b"", **texts: str):
    notes = PngImagePlugin.PngInfo()
    for name, value in texts.items():
        notes.add_text(name.replace("_", " "), value)
    if changed:
        notes.add(b"tIME", changed)
    target = BytesIO()
    Image.new("RGB", (64, 48), "olive").save(target, "PNG", pnginfo=notes)
    return media(target.getvalue(), "image/png", Kind.PHOTO)


def signals(file, context: Context = THAT_DAY):
    """The signals of the file by their sources."""
    return {each.source: each for each in Evidence(read(file), context).signals()}


def with_iptc(*sets: tuple[int, bytes]):
    content = jpeg_with(segment(0xED, b"Photoshop 3.0\0" + resource(0x0404, iptc(*sets))))
    return media(content, "image/jpeg", Kind.PHOTO)


def test_dates_of_programs_have_weight_d_and_say_what_they_bound():
    found = signals(photo(captured=CAPTURED, xmp=xmp(**LIGHTROOM)))

    assert found["EXIF DateTimeOriginal"].weight is Weight.C
    for source, kind in (
        ("XMP photoshop:DateCreated", SignalKind.SELF_ASSERTED),
        ("XMP xmp:CreateDate", SignalKind.NOT_BEFORE),
        ("XMP xmp:ModifyDate", SignalKind.NOT_BEFORE),
        ("XMP xmp:MetadataDate", SignalKind.NOT_BEFORE),
    ):
        assert (found[source].kind, found[source].weight, found[source].program) == (kind, Weight.D, EDITOR)
    assert found["XMP xmp:ModifyDate"].earliest == utc(2016, 11, 20, 17, 30)
    assert found["XMP xmp:ModifyDate"].latest is None


def test_a_photo_that_went_through_lightroom_is_as_consistent_as_before():
    file = {"captured": CAPTURED, "offset": "+02:00"}

    assert examined(photo(**file))[0] is CheckVerdict.CONSISTENT
    verdict, found = examined(photo(**file, xmp=xmp(**LIGHTROOM)))

    assert verdict is CheckVerdict.CONSISTENT
    assert "dates.not_the_original_file" in found


def test_the_cameras_clock_written_twice_counts_once():
    file = photo(captured=CAPTURED, xmp=xmp(exif__DateTimeOriginal="2014-06-01T10:00:00"))

    assert signals(file)["XMP exif:DateTimeOriginal"].program == CAMERA
    assert examined(file)[0] is CheckVerdict.CONSISTENT


def test_the_cameras_clock_in_xmp_alone_is_compared_at_weight_d():
    verdict, found = examined(photo(xmp=xmp(exif__DateTimeOriginal="2016-11-18T14:02:00")), AROUND_NOON)

    assert verdict is CheckVerdict.CONSISTENT
    assert found["dates.fits_claim"].details["weight"] == "D"


def test_a_zone_that_a_program_wrote_is_never_held_against_the_place():
    away = photo(xmp=xmp(photoshop__DateCreated="2016-11-18T07:02:00-05:00"))

    assert "dates.zone_does_not_fit" not in slugs_for(away)
    assert examined(away)[0] is CheckVerdict.CONSISTENT


@pytest.mark.parametrize("day", [b"20140601", b"20180601"])
def test_a_day_typed_far_from_the_claim_is_for_a_person_to_judge(day):
    assert "dates.outside_claim" in slugs_for(with_iptc((55, day)))
    assert slugs_for(with_iptc((55, b"20161118"))) >= {"dates.fits_claim"}


def test_a_day_that_is_typed_is_the_whole_day():
    found = signals(with_iptc((55, b"20161118")), replace(THAT_DAY, place=None))["IPTC DateCreated"]

    assert (found.earliest, found.latest) == (utc(2016, 11, 17, 10), utc(2016, 11, 19, 11, 59, 59))


def test_a_typed_date_far_from_the_cameras_is_a_disagreement():
    file = photo(captured=CAPTURED, xmp=xmp(photoshop__DateCreated="2014-06-01T10:00:00"))

    assert "dates.signals_disagree" in slugs_for(file)


def test_the_creation_of_a_file_speaks_of_the_capture_only_where_nothing_else_does():
    later = "2018-03-01T10:00:00"

    assert "dates.outside_claim" in slugs_for(photo(xmp=xmp(xmp__CreateDate=later)))
    beside_the_camera = slugs_for(photo(captured=CAPTURED, xmp=xmp(xmp__CreateDate=later)))
    assert "dates.outside_claim" not in beside_the_camera
    assert "dates.not_the_original_file" in beside_the_camera


def test_a_pngs_last_change_bounds_the_file_and_its_creation_the_capture():
    changed = bytes([0x07, 0xE2, 3, 1, 10, 0, 0])
    found = signals(png(changed=changed, Creation_Time="Fri, 18 Nov 2016 14:02:00 +0200"))

    assert (found["PNG tIME"].kind, found["PNG tIME"].earliest) == (
        SignalKind.NOT_BEFORE,
        utc(2018, 3, 1, 10),
    )
    assert found["PNG Creation Time"].kind is SignalKind.SELF_ASSERTED
    assert slugs_for(png(changed=changed)) >= {"dates.none", "dates.not_the_original_file"}


def test_a_clock_that_was_never_set_is_recorded_and_not_used():
    found = signals(photo(xmp=xmp(photoshop__DateCreated="2000-01-01T00:03:00")))

    assert found["XMP photoshop:DateCreated"].weight is Weight.E


def test_a_date_at_the_calendars_end_breaks_nothing():
    for day in ("0001-01-02", "9999-12-31"):
        assert "dates.envelope" in slugs_for(photo(xmp=xmp(photoshop__DateCreated=day, xmp__CreateDate=day)))


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("2016-11-18T14:02:00", "time_agrees"),
        ("2016-11-20T10:00:00", "time_agrees"),
        ("2018-03-01T10:00:00", "time_differs"),
    ],
)
def test_the_metadata_check_gives_a_typed_capture_date_a_day(written, code):
    result = perform(metadata.CHECK, photo(xmp=xmp(photoshop__DateCreated=written)), THAT_DAY)

    assert f"metadata.{code}" in {each.code.slug for each in result.findings}


def test_when_a_program_made_the_file_is_no_capture_time_to_the_metadata_check():
    result = perform(metadata.CHECK, photo(xmp=xmp(xmp__CreateDate="2018-03-01T10:00:00")), THAT_DAY)

    assert not any(each.code.slug.startswith("metadata.time") for each in result.findings)
