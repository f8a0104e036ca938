"""When programs that sign their files first existed: a bound on the file, never on the scene.

Each row says: outside its makers' house, nothing signed with this version or a later one can have
been written before that day. The table grows by rows; a missing version falls back on the newest
row below it, which is always true and only less sharp. Where two sources differ, the earlier day
stands.

Sources:

- Lavf (libavformat, the muxer of FFmpeg): FFmpeg's ``doc/APIchanges``, which dates each version
  at the day of its change in the repository, months before the release that carries it.
- iOS: the first developer beta, months before the public release. 10, 15, 16 and 17: AppleDB, builds
  14A5261v, 19A5261w, 20A5283p and 21A5248v. 11, 13 and 14: the Xcode Releases data, whose first
  Xcode beta of that day carries the build (15A5278f, 17A5492t, 18A5301v). 12: the firmware list of
  ios.cfw.guide, build 16A5288q.
- Android: the first developer preview. 6: shown and released at Google I/O, 28 May 2015
  (PhoneArena). 7: Hiroshi Lockheimer, "N as in: so early", 9 March 2016. 8: 9to5Google, 2 March
  2018, looking back on 21 March. 9 and 10: the tags android-p-preview-1 and android-q-preview-1 of
  the Android Open Source Project. 11: not out yet on 14 February 2020, when a page about it was
  put up and withdrawn (Hindustan Times). 12: Liliputing, 18 February 2021. 13 and 14: 9to5Google,
  10 February 2022 and 8 February 2023.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass
from datetime import UTC, date, datetime

Version = tuple[int, ...]

LAVF: tuple[tuple[Version, date], ...] = (
    ((54, 61), date(2013, 1, 17)),
    ((55, 1), date(2013, 3, 29)),
    ((55, 19), date(2013, 10, 2)),
    ((55, 34), date(2014, 3, 11)),
    ((57, 41), date(2016, 6, 30)),
    ((57, 46), date(2016, 8, 4)),
    ((57, 49), date(2016, 9, 14)),
    ((57, 54), date(2016, 10, 24)),
    ((57, 58), date(2016, 11, 18)),
    ((57, 62), date(2017, 1, 6)),
    ((57, 67), date(2017, 3, 21)),
    ((57, 75), date(2017, 6, 24)),
    ((57, 80), date(2017, 9, 1)),
    ((58, 4), date(2018, 1, 16)),
    ((58, 9), date(2018, 2, 6)),
    ((58, 14), date(2018, 5, 17)),
    ((58, 31), date(2019, 8, 17)),
    ((58, 37), date(2020, 1, 30)),
    ((58, 42), date(2020, 3, 29)),
    ((58, 64), date(2020, 10, 28)),
    ((58, 70), date(2021, 3, 3)),
    ((59, 0), date(2021, 4, 27)),
)

IOS: tuple[tuple[Version, date], ...] = (
    ((10,), date(2016, 6, 13)),
    ((11,), date(2017, 6, 5)),
    ((12,), date(2018, 6, 4)),
    ((13,), date(2019, 6, 3)),
    ((14,), date(2020, 6, 22)),
    ((15,), date(2021, 6, 7)),
    ((16,), date(2022, 6, 6)),
    ((17,), date(2023, 6, 5)),
)

ANDROID: tuple[tuple[Version, date], ...] = (
    ((6,), date(2015, 5, 28)),
    ((7,), date(2016, 3, 9)),
    ((8,), date(2017, 3, 21)),
    ((9,), date(2018, 3, 6)),
    ((10,), date(2019, 3, 13)),
    ((11,), date(2020, 2, 14)),
    ((12,), date(2021, 2, 18)),
    ((13,), date(2022, 2, 10)),
    ((14,), date(2023, 2, 8)),
)

SYSTEMS = {"iOS": IOS, "Android": ANDROID}

# FFmpeg's micro versions begin at 100; below that it is Libav's muxer, whose numbers mean other dates.
_LAVF = re.compile(r"Lavf(\d{2,3})\.(\d{1,3})\.(\d{3})")
_SYSTEM_VERSION = re.compile(r"(\d{1,2})(?:\.\d{1,2}){0,2}")


@dataclass(frozen=True)
class FirstRelease:
    """A program's version and the earliest moment (UTC) at which it can have written a file."""

    program: str
    not_before: datetime


def first_release(signature: str | None, system: str | None = None) -> FirstRelease | None:
    """The row for a program's signature, such as an encoder or software tag, or None.

    A bare version number means something only where the device's system ("iOS", "Android") is
    known from elsewhere in the file.
    """
    signature = (signature or "").strip()
    lavf = _LAVF.match(signature)
    if lavf:
        return _row(f"Lavf{lavf[1]}.{lavf[2]}", LAVF, (int(lavf[1]), int(lavf[2])))
    version = _SYSTEM_VERSION.fullmatch(signature)
    if not version or system not in SYSTEMS:
        return None
    return _row(f"{system} {version[1]}", SYSTEMS[system], (int(version[1]),))


def _row(program: str, rows: tuple[tuple[Version, date], ...], version: Version) -> FirstRelease | None:
    at = bisect_right([each for each, _ in rows], version)
    if not at:
        return None
    day = rows[at - 1][1]
    return FirstRelease(program, datetime(day.year, day.month, day.day, tzinfo=UTC))
