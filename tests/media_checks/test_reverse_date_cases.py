"""The reverse-date check's worked cases, each its own test on real bytes."""

from dataclasses import replace

import pytest
from PIL import ImageCms

from media_checks.contract import CheckVerdict
from media_checks.reading.addresses import x_status_time
from tests.media_checks.dated_files import (
    ALEPPO,
    AROUND_NOON,
    THAT_DAY,
    copy,
    examined,
    photo,
    slugs_for,
    utc,
    video,
)


def test_case_1_a_confirmed_copy_in_a_post_of_2014_contradicts_and_both_are_shown():
    posted = x_status_time(478_290_000_000_000_000)
    assert (posted.year, posted.month) == (2014, 6)
    context = replace(THAT_DAY, earlier_copies=(copy(posted, confirmed=True),))
    verdict, findings = examined(photo(captured="2016:11:18 14:02:00"), context)
    assert verdict is CheckVerdict.CONTRADICTED
    found = findings["dates.earlier_copy"]
    assert "2014-06" in found.summary
    assert "2016-11-18" in found.summary
    assert found.details["reference"] == "evidence 7"
    assert findings["dates.envelope"].details["earliest_appearance"].startswith("2014-06")


def test_case_2_exif_and_gps_in_damascus_winter_time_corroborate():
    verdict, findings = examined(
        photo(captured="2016:11:18 14:02:00", gps="2016:11:18 12:02:00"), AROUND_NOON
    )
    assert verdict is CheckVerdict.CORROBORATED
    assert "dates.zone_does_not_fit" not in findings
    assert "GPS clock" in findings["dates.second_signal"].summary


def test_case_3_the_same_offset_in_damascus_summer_time_is_disputed():
    october = replace(THAT_DAY, claimed_start=utc(2016, 10, 20), claimed_end=utc(2016, 10, 21))
    verdict, findings = examined(photo(captured="2016:10:20 14:02:00", gps="2016:10:20 12:02:00"), october)
    assert verdict is CheckVerdict.DISPUTED
    summary = findings["dates.zone_does_not_fit"].summary
    assert "UTC+2" in summary
    assert "Asia/Damascus" in summary
    assert "was UTC+3 on 2016-10-20" in summary


@pytest.mark.parametrize("place", [None, ALEPPO])
def test_case_4_a_movie_header_in_local_time_is_consistent_not_two_hours_late(place):
    context = replace(AROUND_NOON, place=place)
    verdict, findings = examined(video("2016-11-18T14:02:00Z"), context)
    assert verdict is CheckVerdict.CONSISTENT
    assert "mvhd" in findings["dates.fits_claim"].summary


def test_a_movie_header_that_really_is_in_utc_is_consistent_too():
    assert examined(video("2016-11-18T12:02:00Z"), AROUND_NOON)[0] is CheckVerdict.CONSISTENT


def test_case_5_a_whatsapp_name_is_consistent_at_weight_d_and_says_on_a_phone_by():
    context = replace(THAT_DAY, file_name="IMG-20161119-WA0007.jpg")
    verdict, findings = examined(photo(), context)
    assert verdict is CheckVerdict.CONSISTENT
    found = findings["dates.existed_soon_after"]
    assert found.details["weight"] == "D"
    assert "on a device by 2016-11-19" in found.summary


def test_case_6_a_later_encoder_says_not_the_original_file_and_leaves_the_verdict_alone():
    unsigned, _ = examined(video("2016-11-18T12:02:00Z"), THAT_DAY)
    verdict, findings = examined(video("2016-11-18T12:02:00Z", signed=True), THAT_DAY)
    assert verdict is unsigned is CheckVerdict.CONSISTENT
    assert "Lavf" in findings["dates.not_the_original_file"].summary
    assert findings["dates.not_the_original_file"].code.argues_for is None


def test_case_7_a_clock_that_was_never_set_is_shown_and_concludes_nothing():
    verdict, findings = examined(photo(captured="2000:01:01 00:03:00"))
    assert verdict is CheckVerdict.INCONCLUSIVE
    assert "2000-01-01 00:03:00" in findings["dates.suspect_clock"].summary
    assert "dates.outside_claim" not in findings
    (signal,) = findings["dates.envelope"].details["signals"]
    assert signal["weight"] == "E"
    assert findings["dates.envelope"].details["earliest"] is None


def test_case_8_the_date_of_a_colour_profile_is_ignored():
    profile = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    profile[24:36] = b"".join(part.to_bytes(2, "big") for part in (1998, 2, 9, 6, 49, 0))
    file = photo(captured="2016:11:18 14:02:00", icc_profile=bytes(profile))
    assert b"ICC_PROFILE" in file.stream.getvalue()
    verdict, findings = examined(file)
    assert verdict is CheckVerdict.CONSISTENT
    assert "1998" not in str(findings["dates.envelope"].as_json())
    assert examined(photo(icc_profile=bytes(profile)))[0] is CheckVerdict.INCONCLUSIVE


def test_case_9_modified_before_captured_is_disputed():
    verdict, findings = examined(photo(captured="2016:11:18 14:02:00", modified="2016:11:18 13:02:00"))
    assert verdict is CheckVerdict.DISPUTED
    assert "2016-11-18 13:02:00" in findings["dates.modified_before_capture"].summary


def test_modified_an_hour_later_in_another_zone_is_no_dispute():
    zones = {"offset": "+02:00", "modified_offset": "+00:00"}
    file = photo(captured="2016:11:18 14:02:00", modified="2016:11:18 13:02:00", **zones)
    assert "dates.modified_before_capture" not in slugs_for(file)


def test_a_modification_clock_that_was_never_set_is_not_before_the_capture():
    file = photo(captured="2016:11:18 14:02:00", modified="2000:01:01 00:00:00")
    assert "dates.modified_before_capture" not in slugs_for(file)
    assert "dates.suspect_clock" in slugs_for(file)


def test_case_9_captured_after_our_receipt_is_disputed():
    context = replace(THAT_DAY, claimed_end=utc(2016, 12, 31), received_at=utc(2016, 11, 20), place=None)
    verdict, findings = examined(photo(captured="2016:11:25 14:02:00"), context)
    assert verdict is CheckVerdict.DISPUTED
    assert "2016-11-20 00:00 UTC" in findings["dates.captured_after_receipt"].summary


def test_case_10_nothing_at_all_is_inconclusive_and_never_green():
    context = replace(
        THAT_DAY,
        received_at=utc(2016, 11, 19),
        stated_start=utc(2016, 11, 18, 12),
        stated_end=utc(2016, 11, 18, 13),
        file_name="received_1234567.jpg",
    )
    verdict, findings = examined(photo(), context)
    assert verdict is CheckVerdict.INCONCLUSIVE
    assert set(findings) == {"dates.none", "dates.envelope"}


def test_case_11_an_unconfirmed_copy_only_suggests_and_confirming_it_contradicts():
    file = photo(captured="2016:11:18 14:02:00")
    suspected = replace(THAT_DAY, earlier_copies=(copy(utc(2014, 6, 1), confirmed=False),))
    verdict, findings = examined(file, suspected)
    assert verdict is CheckVerdict.CONSISTENT
    assert "confirm the match" in findings["dates.possible_earlier_copy"].summary
    assert findings["dates.envelope"].details["earliest_appearance"] is None
    confirmed = replace(THAT_DAY, earlier_copies=(copy(utc(2014, 6, 1), confirmed=True),))
    assert examined(file, confirmed)[0] is CheckVerdict.CONTRADICTED
    assert examined(photo(), suspected)[0] is CheckVerdict.INCONCLUSIVE


@pytest.mark.parametrize(
    ("local", "gps", "fits"),
    [
        ("2016:10:27 23:30:00", "2016:10:27 20:30:00", True),
        ("2016:10:27 23:30:00", "2016:10:27 21:30:00", True),
        ("2016:10:28 00:30:00", "2016:10:27 21:30:00", False),
        ("2016:03:24 23:30:00", "2016:03:24 21:30:00", True),
        ("2016:03:25 01:30:00", "2016:03:24 22:30:00", True),
        ("2016:03:25 00:30:00", "2016:03:24 22:30:00", False),
    ],
)
def test_both_sides_of_damascus_clock_changes_in_2016(local, gps, fits):
    year = replace(THAT_DAY, claimed_start=utc(2016, 1, 1), claimed_end=utc(2016, 12, 31))
    verdict, findings = examined(photo(captured=local, gps=gps), year)
    assert ("dates.zone_does_not_fit" not in findings) is fits
    assert verdict is (CheckVerdict.CORROBORATED if fits else CheckVerdict.DISPUTED)
