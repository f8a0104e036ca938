"""Dated photos and videos made of real bytes, and what the reverse-date check says of them."""

import hashlib
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from io import BytesIO

import av
import numpy
from PIL import Image

from media_checks.context import Context, EarlierCopy, Kind, Media, Place, Weight
from media_checks.contract import perform
from media_checks.reverse_date import CHECK

ALEPPO = Place(36.2, 37.16, 1000)
HOUR = timedelta(hours=1)

DATE_TIME_ORIGINAL, CREATE_DATE, MODIFY_DATE = 0x9003, 0x9004, 0x0132
OFFSET_TIME, OFFSET_TIME_ORIGINAL = 0x9010, 0x9011
EXIF_IFD, GPS_IFD = 0x8769, 0x8825
GPS_TIME, GPS_DATE = 7, 29


def utc(*parts: int) -> datetime:
    """A moment in UTC."""
    return datetime(*parts, tzinfo=UTC)


NOON = utc(2016, 11, 18, 12, 2)
THAT_DAY = Context(claimed_start=utc(2016, 11, 18), claimed_end=utc(2016, 11, 18, 23, 59), place=ALEPPO)
AROUND_NOON = replace(THAT_DAY, claimed_start=NOON - HOUR / 2, claimed_end=NOON + HOUR / 2)


def media(content: bytes, media_type: str, kind: Kind) -> Media:
    """A received file of these bytes."""
    return Media(BytesIO(content), len(content), hashlib.sha256(content).hexdigest(), media_type, kind)


def photo(
    *, gps: str | None = None, icc_profile: bytes | None = None, xmp: bytes | None = None, **tags: str
) -> Media:
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
    Image.new("RGB", (64, 48), "olive").save(target, "JPEG", exif=exif, icc_profile=icc_profile, xmp=xmp)
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
    """Another file with the same content, known by that time."""
    return EarlierCopy("evidence 7", "near", confirmed, 6, not_after, weight, "an archived post on X")


def examined(file: Media, context: Context = THAT_DAY):
    """The verdict, and the findings by code."""
    result = perform(CHECK, file, context)
    return result.verdict, {each.code.slug: each for each in result.findings}


def slugs_for(file: Media, context: Context = THAT_DAY) -> set[str]:
    """The codes of the findings."""
    return set(examined(file, context)[1])
