"""The time that a platform's address carries in its identifiers: offline arithmetic.

Snowflakes and their like count milliseconds from an epoch of the platform. YouTube's identifiers
carry no time. Sources: the platforms' own formats (Twitter's Snowflake, Discord's developer
reference, Instagram Engineering's "Sharding & IDs", the AT Protocol's TID, Mastodon's
``timestamp_id``).
"""

from __future__ import annotations

import re
from base64 import urlsafe_b64decode
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import SplitResult, urlsplit

from media_checks.context import Weight

LONGEST_ADDRESS = 4096
START_OF_UNIX = datetime(1970, 1, 1, tzinfo=UTC)
X_EPOCH_MS = 1_288_834_974_657
X_LAST_SEQUENTIAL = 29_700_859_247
X_SEQUENCE = 0xFFF
X_BUSIEST = 16
MASTODON_SNOWFLAKES = datetime(2017, 1, 1, tzinfo=UTC)
DISCORD_EPOCH_MS = 1_420_070_400_000
INSTAGRAM_EPOCH_MS = 1_314_220_021_721
LATEST_PLAUSIBLE = datetime(2100, 1, 1, tzinfo=UTC)

BASE64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
BASE32_SORTABLE = "234567abcdefghijklmnopqrstuvwxyz"


@dataclass(frozen=True)
class AddressTime:
    """By when what an address shows existed (aware, UTC), and its weight once the page was attested."""

    platform: str
    at: datetime
    attested_weight: Weight = Weight.B


def times_in(address: str) -> tuple[AddressTime, ...]:
    """The times that an address carries: of an archive's capture, then of the address archived."""
    address = address.strip()[:LONGEST_ADDRESS]
    archived = _ARCHIVE.match(address)
    if archived:
        capture = _archive_time(archived["stamp"])
        return (*((capture,) if capture else ()), *times_in(archived["inner"]))
    found = _platform_time(address)
    return (found,) if found else ()


def archived_address(address: str) -> str:
    """The address that an archive's address is about; any other stands as it is."""
    address = address.strip()[:LONGEST_ADDRESS]
    archived = _ARCHIVE.match(address)
    return archived_address(archived["inner"]) if archived else address


def x_status_time(identifier: int) -> datetime | None:
    """When X made an identifier; those before 2010-11-04 were counted and carry none."""
    if identifier <= X_LAST_SEQUENTIAL:
        return None
    return moment_of((identifier >> 22) + X_EPOCH_MS)


def x_media_time(name: str) -> datetime | None:
    """When X made a media name: 15 characters whose first 8 bytes are a snowflake.

    Other names of 15 characters exist. In this one the two bits of padding at the end are zero,
    and so is the snowflake's count within a millisecond, or nearly: few media arrive in the same.
    """
    if not _X_MEDIA.fullmatch(name) or BASE64.index(name[-1]) % 4:
        return None
    identifier = int.from_bytes(urlsafe_b64decode(name + "=")[:8])
    return x_status_time(identifier) if identifier & X_SEQUENCE < X_BUSIEST else None


def discord_time(identifier: int) -> datetime | None:
    """When Discord made an identifier."""
    return moment_of((identifier >> 22) + DISCORD_EPOCH_MS)


def instagram_time(short_code: str) -> datetime | None:
    """When Instagram made a short code; what follows its 11 characters is a key to private posts."""
    number = 0
    for character in short_code[:11]:
        number = number * 64 + BASE64.index(character)
    return moment_of((number >> 23) + INSTAGRAM_EPOCH_MS)


def tiktok_time(identifier: int) -> datetime | None:
    """When TikTok made an identifier: whole seconds, a few before publication."""
    return moment_of((identifier >> 32) * 1000)


def linkedin_time(identifier: int) -> datetime | None:
    """When LinkedIn made an identifier."""
    return moment_of(identifier >> 22)


def mastodon_time(identifier: int) -> datetime | None:
    """When a Mastodon server made an identifier; before 2017 they were counted."""
    moment = moment_of(identifier >> 16)
    return moment if moment and moment > MASTODON_SNOWFLAKES else None


def bluesky_time(record_key: str) -> datetime | None:
    """What a Bluesky record key says: microseconds, chosen by the client."""
    number = 0
    for character in record_key:
        number = number * 32 + BASE32_SORTABLE.index(character)
    return moment_of((number >> 10) / 1000)


def moment_of(milliseconds: float) -> datetime | None:
    """The moment, or None where no platform can have counted to it."""
    try:
        moment = START_OF_UNIX + timedelta(milliseconds=milliseconds)
    except OverflowError:
        return None
    return moment if datetime(2003, 1, 1, tzinfo=UTC) < moment < LATEST_PLAUSIBLE else None


def _archive_time(stamp: str) -> AddressTime | None:
    try:
        return AddressTime("web archive", datetime.strptime(stamp, "%Y%m%d%H%M%S").replace(tzinfo=UTC))
    except ValueError:
        return None


def _platform_time(address: str) -> AddressTime | None:
    try:
        parts = urlsplit(address if "//" in address or address.startswith("at:") else f"https://{address}")
        host = (parts.hostname or "").removeprefix("www.").removeprefix("mobile.").removeprefix("m.")
    except ValueError:
        return None
    for platform, hosts, expression, read in _PLATFORMS:
        match = expression.search(_path(parts)) if hosts.fullmatch(host) else None
        moment = read(match[1]) if match else None
        if moment:
            weight = Weight.C if platform == "Bluesky" else Weight.B
            return AddressTime(platform, moment, weight)
    return None


def _path(parts: SplitResult) -> str:
    return parts.path + (f"?{parts.query}" if parts.query else "")


def _number(read: Callable[[int], datetime | None]) -> Callable[[str], datetime | None]:
    return lambda digits: read(int(digits))


_ARCHIVE = re.compile(
    r"(?:https?://)?(?:[^/\s]+(?:/[^/\s]+)?/web|archive\.(?:today|ph|is|li|md|vn|fo))"
    r"/(?P<stamp>\d{14})(?:[a-z]{2}_)?/(?P<inner>.*)",
    re.DOTALL,
)
_X_MEDIA = re.compile(r"[A-Za-z0-9_-]{15}")
_X = re.compile(r"(?:twitter|x|fxtwitter|vxtwitter)\.com")

_PLATFORMS: tuple[tuple[str, re.Pattern[str], re.Pattern[str], Callable[[str], datetime | None]], ...] = (
    tuple(
        (
            platform,
            re.compile(hosts) if isinstance(hosts, str) else hosts,
            re.compile(expression, re.ASCII),
            read,
        )
        for platform, hosts, expression, read in (
            ("X", _X, r"/status(?:es)?/(\d{1,20})(?!\d)", _number(x_status_time)),
            ("X", r"pbs\.twimg\.com", r"^/media/([A-Za-z0-9_-]{15})(?![A-Za-z0-9_-])", x_media_time),
            (
                "X",
                r"(?:pbs|video)\.twimg\.com",
                r"^/(?:ext_tw_video|amplify_video|tweet_video)(?:_thumb)?/(\d{1,20})/",
                _number(x_status_time),
            ),
            (
                "Discord",
                r"(?:\w+\.)?discord(?:app)?\.com",
                r"^/channels/[^/]+/\d+/(\d{15,20})(?!\d)",
                _number(discord_time),
            ),
            (
                "Discord",
                r"(?:cdn|media)\.discordapp\.(?:com|net)",
                r"^/attachments/\d+/(\d{15,20})/",
                _number(discord_time),
            ),
            (
                "Instagram",
                r"instagram\.com",
                r"/(?:p|reels?|tv)/([A-Za-z0-9_-]{11}(?:[A-Za-z0-9_-]{28})?)(?![A-Za-z0-9_-])",
                instagram_time,
            ),
            ("TikTok", r"tiktok\.com", r"/(?:video|photo|v)/(\d{18,20})(?!\d)", _number(tiktok_time)),
            (
                "LinkedIn",
                r"(?:[a-z]{2}\.)?linkedin\.com",
                r"(?:activity|ugcPost|share)[:-](\d{19,20})(?!\d)",
                _number(linkedin_time),
            ),
            ("Bluesky", r"bsky\.app", r"/post/([2-7a-j][2-7a-z]{12})(?![2-7a-z])", bluesky_time),
            ("Bluesky", r".*", r"/app\.bsky\.feed\.post/([2-7a-j][2-7a-z]{12})(?![2-7a-z])", bluesky_time),
            ("Mastodon", r".+\..+", r"^/(?:web/)?@[^/]+/(\d{17,19})(?!\d)", _number(mastodon_time)),
            ("Mastodon", r".+\..+", r"^/users/[^/]+/statuses/(\d{17,19})(?!\d)", _number(mastodon_time)),
        )
    )
)
