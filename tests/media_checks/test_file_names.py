"""The date in a file's name, by the program that wrote it."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from media_checks.dates import SignalKind
from media_checks.reading.file_names import read_name

AT_TWO = "2016-11-18 14:02:03"
EXISTED = {
    "WhatsApp Image 2016-11-18 at 14.02.03.jpeg": "WhatsApp",
    "WhatsApp Image 2016-11-18 at 2.02.03 PM (1).jpeg": "WhatsApp",
    "WhatsApp Video 2016-11-18 at 14.02.03_1a2b3c4d.mp4": "WhatsApp",
    "photo_2016-11-18_14-02-03.jpg": "Telegram",
    "photo_2016-11-18_14-02-03 (2).jpg": "Telegram",
    "photo_12@18-11-2016_14-02-03.jpg": "Telegram export",
    "signal-2016-11-18-140203.jpg": "Signal",
    "signal-2016-11-18-14-02-03-123.jpg": "Signal",
    "Screenshot_20161118-140203.png": "screenshot",
    "Screenshot_20161118-140203_WhatsApp.png": "screenshot",
    "Screenshot_2016-11-18-14-02-03-123_org.example.png": "screenshot",
    "Screenshot 2016-11-18 at 14.02.03.png": "screenshot",
    "Screen Shot 2016-11-18 at 2.02.03 PM.png": "screenshot",
    "Screenshot from 2016-11-18 14-02-03.png": "screenshot",
    "Screenshot 2016-11-18 140203.png": "screenshot",
}
TAKEN = {
    "IMG_20161118_140203.jpg": "Android camera",
    "IMG_20161118_140203~2.jpg": "Android camera",
    "IMG_20161118_140203-edited.jpg": "Android camera",
    "IMG_20161118_140203 (1).jpg": "Android camera",
    "IMG_20161118_140203_HDR.jpg": "Android camera",
    "VID_20161118_140203.mp4": "Android camera",
    "20161118_140203.jpg": "Android camera",
    "DJI_20161118140203_0001_D.MP4": "DJI",
}
WITHOUT_DATE = (
    "",
    ".jpg",
    "IMG_1234.jpg",
    "DSC00001.JPG",
    "received_1234567890123456.jpeg",
    "IMG_20161318_140203.jpg",
    "IMG_20161118_250203.jpg",
    "IMG-20161131-WA0007.jpg",
    "photo.jpg",
    "f81d4fae-7dec-11d0-a765-00a0c91e6bf6.jpg",
)


@pytest.mark.parametrize("name", EXISTED)
def test_a_messengers_or_screenshots_name_says_by_when_it_existed(name):
    found = read_name(name)
    assert (found.pattern, found.kind, found.shown) == (EXISTED[name], SignalKind.NOT_AFTER, AT_TWO)
    assert found.earliest is None
    assert found.latest == datetime(2016, 11, 19, 2, 2, 3, tzinfo=UTC), "UTC-12 is the last clock to show it"


@pytest.mark.parametrize("name", TAKEN)
def test_a_cameras_name_says_when_it_was_taken_on_its_clock(name):
    found = read_name(name)
    assert (found.pattern, found.kind, found.shown) == (TAKEN[name], SignalKind.SELF_ASSERTED, AT_TWO)
    assert found.earliest == datetime(2016, 11, 18, 0, 2, 3, tzinfo=UTC)
    assert found.latest == datetime(2016, 11, 19, 2, 2, 3, tzinfo=UTC)


@pytest.mark.parametrize("name", WITHOUT_DATE)
def test_a_name_without_a_date_gives_nothing(name):
    assert read_name(name) is None


def test_a_whatsapp_day_is_when_it_was_on_a_phone_not_when_it_was_taken():
    found = read_name("IMG-20161119-WA0007.jpg")
    assert (found.kind, found.shown) == (SignalKind.NOT_AFTER, "2016-11-19")
    assert found.latest == datetime(2016, 11, 20, 12, tzinfo=UTC)


def test_a_pixels_name_is_in_utc():
    found = read_name("PXL_20211118_140203123.MP.jpg")
    assert found.earliest == found.latest == datetime(2021, 11, 18, 14, 2, 3, 123000, tzinfo=UTC)


def test_a_facebook_name_counts_milliseconds():
    assert read_name("FB_IMG_1479477723000.jpg").latest == datetime(2016, 11, 18, 14, 2, 3, tzinfo=UTC)


def test_an_x_media_name_is_a_snowflake():
    found = read_name("EhQKHSdVoAAOVdE.jpg")
    assert (found.pattern, found.latest.replace(microsecond=0)) == (
        "X media name",
        datetime(2020, 9, 6, 18, 37, 28, tzinfo=UTC),
    )


@pytest.mark.parametrize("half", ["12.02.03 AM", "0.02.03"])
def test_midnight_by_twelve_hours_is_midnight(half):
    assert read_name(f"WhatsApp Image 2016-11-18 at {half}.jpeg").shown == "2016-11-18 00:02:03"


def test_a_folder_in_the_name_is_no_part_of_it():
    assert read_name("C:\\Users\\someone\\IMG_20161118_140203.jpg").shown == AT_TWO


def test_what_is_said_of_a_name_holds_nothing_of_it_but_the_date():
    found = read_name("Screenshot_20161118-140203_SecretApp.png")
    assert "SecretApp" not in repr(found)


@given(st.datetimes(datetime(1990, 1, 1), datetime(2099, 12, 31)))
def test_any_clock_time_in_a_name_lies_in_its_own_interval(local):
    found = read_name(local.strftime("IMG_%Y%m%d_%H%M%S.jpg"))
    assert found.earliest <= local.replace(tzinfo=UTC, microsecond=0) <= found.latest


@given(st.text(max_size=100))
def test_no_name_breaks_the_reading(name):
    read_name(name)
    read_name(f"IMG_{name}.jpg")
