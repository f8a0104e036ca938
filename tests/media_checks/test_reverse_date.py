"""The reverse-date check on real bytes: the worked cases first, each its own test."""

import hashlib
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from io import BytesIO

import av
import numpy
import pytest
from PIL import Image, ImageCms

from media_checks.contract import CheckVerdict, Context, EarlierCopy, Kind, Media, Place, Weight, perform
from media_checks.reading.addresses import x_status_time
from media_checks.reverse_date import CHECK

ALEPPO = Place(36.2, 37.16, 1000)
HOUR = timedelta(hours=1)

DATE_TIME_ORIGINAL, CREATE_DATE, MODIFY_DATE = 0x9003, 0x9004, 0x0132
OFFSET_TIME, OFFSET_TIME_ORIGINAL = 0x9010, 0x9011
EXIF_IFD, GPS_IFD = 0x8769, 0x8825
GPS_TIME, GPS_DATE = 7, 29


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)


NOON = utc(2016, 11, 18, 12, 2)
THAT_DAY = Context(claimed_start=utc(2016, 11, 18), claimed_end=utc(2016, 11, 18, 23, 59), place=ALEPPO)
AROUND_NOON = replace(THAT_DAY, claimed_start=NOON - HOUR / 2, claimed_end=NOON + HOUR / 2)


def media(content: bytes, media_type: str, kind: Kind) -> Media:
    return Media(BytesIO(content), len(content), hashlib.sha256(content).hexdigest(), media_type, kind)


def photo(*, gps: str | None = None, icc_profile: bytes | None = None, **tags: str) -> Media:
    """A JPEG with EXIF dates; ``gps`` is "2016:11:18 12:02:00" on the satellites' clock."""
    exif = Image.Exif()
    numbers = {
        "captured": DATE_TIME_ORIGINAL,
        "created": CREATE_DATE,
        "offset": OFFSET_TIME_ORIGINAL,
        "modified_offset": OFFSET_TIME,
    }
    if "modified" in tags:
        exif[MODIFY_DATE] = tags.pop("modified")
    exif.get_ifd(EXIF_IFD).update({numbers[name]: value for name, value in tags.items()})
    if gps:
        day, time = gps.split()
        clock = tuple(float(part) for part in time.split(":"))
        exif.get_ifd(GPS_IFD).update({GPS_TIME: clock, GPS_DATE: day})
    target = BytesIO()
    Image.new("RGB", (64, 48), "olive").save(target, "JPEG", exif=exif, icc_profile=icc_profile)
    return media(target.getvalue(), "image/jpeg", Kind.PHOTO)


def video(created: str | None = None, *, signed: bool = False) -> Media:
    """An MP4 whose movie header says ``created``; ``signed`` leaves the muxer's name in it."""
    target = BytesIO()
    options = {} if signed else {"fflags": "+bitexact"}
    with av.open(target, "w", format="mp4", options=options) as container:
        if created:
            container.metadata["creation_time"] = created
        stream = container.add_stream("mpeg4", rate=5)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        frame = av.VideoFrame.from_ndarray(numpy.zeros((48, 64, 3), numpy.uint8))
        for packet in (*stream.encode(frame), *stream.encode()):
            container.mux(packet)
    return media(target.getvalue(), "video/mp4", Kind.VIDEO)


def copy(not_after: datetime, *, confirmed: bool, weight: Weight = Weight.B) -> EarlierCopy:
    return EarlierCopy("evidence 7", "near", confirmed, 6, not_after, weight, "an archived post on X")


def examined(file: Media, context: Context = THAT_DAY):
    """The verdict, and the findings by code."""
    result = perform(CHECK, file, context)
    return result.verdict, {each.code.slug: each for each in result.findings}


def slugs_for(file: Media, context: Context = THAT_DAY) -> set[str]:
    return set(examined(file, context)[1])


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
