"""The time in a platform's address, against examples whose time is known."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from media_checks.context import Weight
from media_checks.reading.addresses import (
    X_EPOCH_MS,
    discord_time,
    instagram_time,
    mastodon_time,
    times_in,
    x_media_time,
    x_status_time,
)

X_STATUS = "1541815603606036480"
KNOWN = {
    f"https://twitter.com/someone/status/{X_STATUS}?s=20": ("X", "2022-06-28T16:07:40"),
    f"x.com/i/web/status/{X_STATUS}": ("X", "2022-06-28T16:07:40"),
    f"https://mobile.twitter.com/someone/statuses/{X_STATUS}": ("X", "2022-06-28T16:07:40"),
    "https://pbs.twimg.com/media/EhQKHSdVoAAOVdE?format=jpg&name=large": ("X", "2020-09-06T18:37:28"),
    "https://discord.com/channels/1/2/175928847299117063": ("Discord", "2016-04-30T11:18:25"),
    "https://cdn.discordapp.com/attachments/1/175928847299117063/a.png": ("Discord", "2016-04-30T11:18:25"),
    "https://www.instagram.com/p/BsOGulcndj-/": ("Instagram", "2019-01-04T17:05:45"),
    "https://www.instagram.com/someone/reel/BsOGulcndj-/?igsh=1": ("Instagram", "2019-01-04T17:05:45"),
    "https://www.tiktok.com/@someone/video/6854717870488702213": ("TikTok", "2020-07-29T02:06:13"),
    "https://mastodon.social/@someone/109302436954721982": ("Mastodon", "2022-11-07T12:07:09"),
    "https://mastodon.social/users/someone/statuses/109302436954721982": ("Mastodon", "2022-11-07T12:07:09"),
}
WITHOUT_TIME = (
    "",
    "https://www.youtube.com/watch?v=dQw4w9WgXcQ",
    "https://youtu.be/dQw4w9WgXcQ",
    "https://twitter.com/jack/status/20",
    "https://twitter.com/someone",
    "https://twitter.com/someone/status/",
    "https://example.org/status/1541815603606036480",
    "https://twitter.com.example.org/someone/status/1541815603606036480",
    "https://mastodon.social/@someone/123456",
    "http://[not an address",
    "https://web.archive.org/web/20161399000000/https://example.org/",
    "https://twitter.com/someone/status/" + "9" * 400,
)


@pytest.mark.parametrize("address", KNOWN)
def test_a_known_address_gives_its_known_time(address):
    platform, when = KNOWN[address]
    (found,) = times_in(address)
    assert (found.platform, found.at.replace(microsecond=0)) == (platform, datetime.fromisoformat(when + "Z"))


@pytest.mark.parametrize("address", WITHOUT_TIME)
def test_an_address_without_a_time_gives_none(address):
    assert times_in(address) == ()


def test_a_discord_identifier_is_exact_to_the_millisecond():
    assert discord_time(175928847299117063) == datetime(2016, 4, 30, 11, 18, 25, 796000, tzinfo=UTC)


def test_a_mastodon_identifier_gives_its_day():
    assert mastodon_time(109302436954721982).date() == datetime(2022, 11, 7).date()


def test_an_archive_address_gives_its_capture_and_the_time_of_what_it_holds():
    capture, post = times_in(
        f"https://web.archive.org/web/20220629101112if_/https://twitter.com/a/status/{X_STATUS}"
    )
    assert (capture.platform, capture.at) == ("web archive", datetime(2022, 6, 29, 10, 11, 12, tzinfo=UTC))
    assert (post.platform, post.at.date()) == ("X", datetime(2022, 6, 28).date())


def test_an_archive_of_a_page_without_a_time_gives_its_capture():
    (capture,) = times_in("https://archive.ph/20161118140203/https://www.youtube.com/watch?v=dQw4w9WgXcQ")
    assert capture.at == datetime(2016, 11, 18, 14, 2, 3, tzinfo=UTC)


def test_a_bluesky_key_never_weighs_as_much_as_a_platforms_own():
    (found,) = times_in("https://bsky.app/profile/someone.example/post/3jzfcijpj2z2a")
    assert found.attested_weight is Weight.C
    assert found.at.date() == datetime(2023, 6, 30).date()


def test_the_key_of_a_private_instagram_post_is_not_part_of_its_time():
    assert instagram_time("BsOGulcndj-" + "a" * 28) == instagram_time("BsOGulcndj-")


@pytest.mark.parametrize("name", ["CamScannerPhoto", "IMG_20161118_14", "abcdefghijklmno", "DSC_0001_EDITED"])
def test_other_names_of_fifteen_characters_are_not_x_media(name):
    assert x_media_time(name) is None


@given(st.datetimes(datetime(2010, 11, 5), datetime(2079, 1, 1), timezones=st.just(UTC)))
def test_any_moment_comes_back_from_its_snowflake(moment):
    milliseconds = (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(milliseconds=1)
    found = x_status_time((milliseconds - X_EPOCH_MS) << 22)
    assert abs(found - moment) <= timedelta(milliseconds=1)


@given(st.text(max_size=200))
def test_no_text_breaks_the_reading_of_addresses(text):
    assert isinstance(times_in("https://" + text), tuple)
    assert isinstance(times_in(text), tuple)
