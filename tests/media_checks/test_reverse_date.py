"""The reverse-date check on real bytes, beyond its worked cases."""

from dataclasses import replace

import pytest

from media_checks.context import Context, Kind, Weight
from media_checks.contract import CheckVerdict, perform
from media_checks.reverse_date import CHECK
from tests.media_checks.dated_files import (
    AROUND_NOON,
    THAT_DAY,
    copy,
    examined,
    media,
    photo,
    slugs_for,
    utc,
)


def test_a_date_of_another_year_is_disputed_with_what_it_says():
    verdict, findings = examined(photo(captured="2014:06:01 14:02:00"))
    assert verdict is CheckVerdict.DISPUTED
    assert "EXIF DateTimeOriginal says 2014-06-01 11:02 UTC" in findings["dates.outside_claim"].summary


def test_one_camera_that_writes_its_date_twice_is_heard_once():
    result = perform(CHECK, photo(captured="2014:06:01 14:02:00", created="2014:06:01 14:02:00"), THAT_DAY)
    assert [each.code.slug for each in result.findings].count("dates.outside_claim") == 1


def test_an_offset_tag_that_the_place_never_had_that_day_is_disputed():
    verdict, findings = examined(photo(captured="2016:11:18 15:02:00", offset="+03:00"))
    assert verdict is CheckVerdict.DISPUTED
    assert "UTC+3" in findings["dates.zone_does_not_fit"].summary


def test_a_clock_that_was_never_set_has_no_zone_to_dispute():
    assert "dates.zone_does_not_fit" not in slugs_for(photo(captured="2000:01:01 00:03:00", offset="+05:00"))


def test_without_a_claimed_time_nothing_is_said_to_fit():
    verdict, findings = examined(photo(captured="2016:11:18 14:02:00"), Context())
    assert verdict is CheckVerdict.INCONCLUSIVE
    assert set(findings) == {"dates.no_claimed_time", "dates.envelope"}
    assert findings["dates.envelope"].details["earliest"] == "2016-11-18T00:02:00Z"


def test_our_own_receipt_soon_after_seconds_the_cameras_clock():
    context = replace(THAT_DAY, received_at=utc(2016, 11, 19, 10))
    verdict, findings = examined(photo(captured="2016:11:18 14:02:00"), context)
    assert verdict is CheckVerdict.CORROBORATED
    assert "receipt" in findings["dates.second_signal"].summary


def test_our_own_receipt_years_later_seconds_nothing():
    context = replace(THAT_DAY, received_at=utc(2026, 1, 1))
    assert examined(photo(captured="2016:11:18 14:02:00"), context)[0] is CheckVerdict.CONSISTENT


def test_what_the_desk_had_before_the_claimed_time_began_is_contradicted():
    context = replace(THAT_DAY, received_at=utc(2016, 11, 17))
    verdict, findings = examined(photo(), context)
    assert verdict is CheckVerdict.CONTRADICTED
    assert "dates.received_before_claim" in findings


OLD_POST = "https://twitter.com/someone/status/478290000000000000"


def test_an_address_that_the_desk_saw_contradicts_and_one_that_it_was_told_disputes():
    told = replace(THAT_DAY, source_url=OLD_POST)
    assert examined(photo(), told)[0] is CheckVerdict.DISPUTED
    verdict, findings = examined(photo(), replace(told, source_attested=True))
    assert verdict is CheckVerdict.CONTRADICTED
    assert "address (X)" in findings["dates.earlier_copy"].summary


def test_a_weak_earlier_copy_disputes_and_never_contradicts():
    context = replace(THAT_DAY, earlier_copies=(copy(utc(2014, 6, 1), confirmed=True, weight=Weight.D),))
    assert examined(photo(), context)[0] is CheckVerdict.DISPUTED


def test_a_confirmed_copy_of_the_same_day_alone_makes_no_file_consistent():
    context = replace(THAT_DAY, earlier_copies=(copy(utc(2016, 11, 18, 20), confirmed=True),))
    assert examined(photo(), context)[0] is CheckVerdict.INCONCLUSIVE


def test_a_camera_clock_after_a_confirmed_copy_is_a_wrong_clock():
    context = replace(THAT_DAY, earlier_copies=(copy(utc(2016, 11, 18, 6), confirmed=True),))
    assert "dates.captured_after_copy" in slugs_for(photo(captured="2016:11:18 14:02:00"), context)


def test_a_name_of_long_after_cannot_tell():
    context = replace(THAT_DAY, file_name="IMG-20200101-WA0007.jpg")
    verdict, findings = examined(photo(), context)
    assert verdict is CheckVerdict.INCONCLUSIVE
    assert "dates.known_only_later" in findings


def test_a_sender_and_a_camera_that_differ_by_days_disagree():
    context = replace(
        THAT_DAY, claimed_end=utc(2016, 12, 31), stated_start=utc(2016, 12, 5), stated_end=utc(2016, 12, 5)
    )
    verdict, findings = examined(photo(captured="2016:11:18 14:02:00"), context)
    assert verdict is CheckVerdict.DISPUTED
    assert "sender's statement" in findings["dates.signals_disagree"].summary


def test_modified_days_after_the_claimed_time_is_not_the_original_file():
    verdict, findings = examined(photo(captured="2016:11:18 14:02:00", modified="2019:01:01 10:00:00"))
    assert verdict is CheckVerdict.CONSISTENT
    assert "EXIF ModifyDate" in findings["dates.not_the_original_file"].summary


def test_saved_again_within_a_day_of_the_claimed_time_may_still_be_the_original_file():
    saved = photo(captured="2016:11:18 14:02:00", modified="2016:11:19 20:00:00")
    assert "dates.not_the_original_file" not in slugs_for(saved)


@pytest.mark.parametrize("written", ["0000:00:00 00:00:00", "1970:01:01 00:00:00", "2001:01:01 00:00:00"])
def test_other_clocks_that_were_never_set_are_named(written):
    verdict, findings = examined(photo(captured=written))
    assert verdict is CheckVerdict.INCONCLUSIVE
    assert "dates.suspect_clock" in findings


def test_noon_of_8_december_2002_is_suspect_as_a_create_date_only():
    suspect, trusted = photo(created="2002:12:08 12:00:00"), photo(captured="2002:12:08 12:00:00")
    assert "dates.suspect_clock" in slugs_for(suspect)
    assert "dates.outside_claim" in slugs_for(trusted)


def test_a_clock_never_set_beside_a_gps_clock_leaves_the_gps_clock():
    verdict, _ = examined(photo(captured="2000:01:01 00:03:00", gps="2016:11:18 12:02:00"), AROUND_NOON)
    assert verdict is CheckVerdict.CONSISTENT


def test_the_files_name_never_stands_in_a_finding():
    context = replace(THAT_DAY, file_name="Screenshot_20161118-140203_SecretApp.png")
    result = perform(CHECK, photo(captured="2016:11:18 14:02:00"), context)
    assert "SecretApp" not in str(result.as_json())


def test_an_unreadable_file_is_said_to_be_so_and_its_earlier_copy_still_counts():
    broken = media(b"\xff\xd8\xff\xe0 not a picture", "image/jpeg", Kind.PHOTO)
    context = replace(THAT_DAY, earlier_copies=(copy(utc(2014, 6, 1), confirmed=True),))
    verdict, findings = examined(broken, context)
    assert verdict is CheckVerdict.CONTRADICTED
    assert "media.unreadable" in findings
    assert examined(broken)[0] is CheckVerdict.INCONCLUSIVE


def test_the_envelope_lists_every_signal_with_its_weight():
    context = replace(AROUND_NOON, file_name="IMG_20161118_140200.jpg", received_at=utc(2026, 1, 1))
    _, findings = examined(photo(captured="2016:11:18 14:02:00", gps="2016:11:18 12:02:00"), context)
    details = findings["dates.envelope"].details
    assert {each["source"]: each["weight"] for each in details["signals"]} == {
        "EXIF DateTimeOriginal": "C",
        "EXIF GPS clock": "C",
        "file name (Android camera)": "D",
        "receipt": "B",
    }
    assert set(details["signals"][0]) == {"source", "kind", "earliest", "latest", "weight", "note"}
    assert (details["earliest"], details["latest"]) == ("2016-11-18T12:02:00Z", "2016-11-18T12:02:00Z")
    assert details["earliest_appearance"] == "2026-01-01T00:00:00Z"


def test_every_finding_has_a_whole_sentence():
    context = replace(
        AROUND_NOON,
        source_url=OLD_POST,
        received_at=utc(2016, 11, 19),
        earlier_copies=(
            copy(utc(2014, 6, 1), confirmed=True),
            replace(copy(utc(2013, 1, 1), confirmed=False)),
        ),
    )
    file = photo(captured="2016:10:20 14:02:00", modified="2001:01:01 00:00:00", gps="2016:11:18 12:02:00")
    for finding in perform(CHECK, file, context).findings:
        assert finding.summary.endswith(".")
        assert "{" not in finding.summary
