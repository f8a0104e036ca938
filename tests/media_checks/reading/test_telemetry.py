"""Place and satellite time from GoPro's GPMF, the text tracks of DJI's drones and their XMP.

No film with such a track is among the real files: these are written by the specification. The settings of
a GoPro and DJI's XMP are read from real photos too.
"""

from __future__ import annotations

import random
import struct
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from media_checks.context import Context, Place
from media_checks.contract import Unreadable, perform
from media_checks.reading import Position, WallClock, read
from media_checks.registry import check
from media_checks.sandbox.client import Sandbox
from tests.media_checks.samples import media
from tests.media_checks.tracked_films import box, gps5, gps9, settings, subtitle, with_track
from tests.media_checks.written_blocks import jpeg_with, segment, xmp

ALEPPO = (36.2021, 37.1343, 379.0)
MOMENT = datetime(2016, 11, 18, 12, 2, 3, 400_000, tzinfo=UTC)
DAYS, SECONDS = 6166, 43_323.4  # the same moment, since 2000 and since midnight
MAVIC = "HOME(37.1300,36.2000) 2016.11.18 14:02:03\nGPS(37.1343,36.2021,14) BAROMETER:5.6\nISO:100 Fnum:2.2"
MAVIC_2 = (
    '<font size="36">FrameCnt : 1, DiffTime : 33ms\n2016-11-18 14:02:03,085,332\n[iso : 110] '
    "[latitude: 36.202100] [longtitude: 37.134300] [rel_alt: 4.800 abs_alt: 379.0] </font>"
)
LETTERED = "HOME(W: 58.38, S: 34.60) 2016-11-18 14:02:03\nGPS(W: 58.3816, S: 34.6037, 31.5m)"
UNHEARD = "F/2.8, SS 320.0, ISO 100, EV 0, GPS (0.0000, 0.0000, 0), D 0.0m, H 0.0m"


def place_of(film: bytes) -> tuple[float, float, float | None]:
    gps = read(media(film)).gps
    assert gps is not None
    return round(gps.latitude, 6), round(gps.longitude, 6), gps.altitude


@pytest.mark.parametrize(
    ("payload", "key"),
    [(gps5([ALEPPO, (0, 0, 0)]), "GPS5"), (gps9(*ALEPPO, DAYS, SECONDS), "GPS9")],
    ids=["HERO5", "HERO11"],
)
def test_a_goPro_film_says_where_it_was_taken_and_when_by_satellite(payload: bytes, key: str):
    film = with_track(b"gpmd", [payload, payload])

    reading = read(media(film))

    assert place_of(film) == ALEPPO
    assert reading.gps_clock == reading.gps.timestamp == MOMENT
    assert reading.sources["gps"] == f"GPMF {key}"
    assert reading.sources["gps_clock"] == ("GPMF GPSU" if key == "GPS5" else "GPMF GPS9")
    assert (reading.width, reading.height, reading.codec) == (640, 480, "mpeg4")


def test_what_a_receiver_says_without_a_fix_is_not_taken():
    without, far_off = gps5([(1, 1, 1)], fix=0), gps5([(2, 2, 2)], precision=1200)
    good = gps5([ALEPPO])

    assert place_of(with_track(b"gpmd", [without, far_off, good])) == ALEPPO
    assert place_of(with_track(b"gpmd", [without, far_off, without])) == (2, 2, 2)
    assert read(media(with_track(b"gpmd", [without] * 3))).gps is None
    assert read(media(with_track(b"gpmd", [gps9(*ALEPPO, DAYS, SECONDS, fix=0)]))).gps_clock is None


@pytest.mark.parametrize(("per_chunk", "wide"), [(1, True), (2, False), (5, False)])
def test_samples_are_found_however_they_are_laid_out(per_chunk: int, wide: bool):
    samples = [*([gps5([(1, 1, 1)], fix=0)] * 4), gps5([ALEPPO]), gps5([(3, 3, 3)])]

    assert place_of(with_track(b"gpmd", samples, per_chunk=per_chunk, wide=wide)) == ALEPPO


def test_a_good_fix_is_looked_for_in_two_minutes_and_no_longer():
    unheard = gps5([(1, 1, 1)], fix=0)

    assert place_of(with_track(b"gpmd", [unheard] * 119 + [gps5([ALEPPO])])) == ALEPPO
    assert read(media(with_track(b"gpmd", [unheard] * 120 + [gps5([ALEPPO])]))).gps is None


def test_goPro_settings_name_the_camera():
    said = settings(FMWR="HD6.01.01.51.00", CASN="C3221324657219", MINF="HERO6 Black")
    film = with_track(b"gpmd", [gps5([ALEPPO])], udta=box(b"udta", box(b"GPMF", said)))

    reading = read(media(film))

    assert (reading.make, reading.model) == ("GoPro", "HERO6 Black")
    assert (reading.software, reading.serial_number) == ("HD6.01.01.51.00", "C3221324657219")
    assert reading.sources["model"] == "GPMF MINF"


def test_the_settings_in_a_real_goPro_photo_agree_with_its_exif(media_folder: Path):
    (path,) = (media_folder / "media/exif").rglob("*images__GoPro.jpg")
    content = path.read_bytes()
    exif = read(media(content))

    without = read(media(content.replace(b"Exif\0\0", b"Xxxx\0\0", 1)))

    assert without.sources["model"] == "GPMF MINF"
    for name in ("make", "model", "software", "serial_number"):
        assert getattr(without, name) == getattr(exif, name), name


@pytest.mark.parametrize(
    ("text", "place", "coding"),
    [
        (MAVIC, (36.2021, 37.1343, None), b"text"),
        (MAVIC_2, ALEPPO, b"tx3g"),
        (LETTERED, (-34.6037, -58.3816, None), b"tx3g"),
    ],
    ids=["Mavic Pro", "Mavic 2", "letters"],
)
def test_the_text_of_a_drone_says_where_and_when_by_its_own_clock(text: str, place, coding: bytes):
    film = with_track(coding, [subtitle(text)] * 2)

    reading = read(media(film))

    assert place_of(film) == place
    assert reading.captured_at == WallClock(datetime(2016, 11, 18, 14, 2, 3))
    assert reading.sources["gps"] == reading.sources["captured_at"] == "container text track"


def test_a_drone_that_has_not_heard_its_satellites_yet_is_waited_for():
    assert place_of(with_track(b"tx3g", [subtitle(UNHEARD), subtitle(MAVIC)]))[:2] == ALEPPO[:2]
    findings = perform(check("metadata"), media(with_track(b"tx3g", [subtitle(UNHEARD)])), Context()).findings
    assert "metadata.position_unset" in {each.code.slug for each in findings}


@pytest.mark.parametrize(
    "text", ["", "Hello (1.5, 2.5)", "GPS (12, 13)", "GPS (200.5, 91.5, 3)", "[latitude: 1.0]"]
)
def test_other_subtitles_say_nothing(text: str):
    reading = read(media(with_track(b"tx3g", [subtitle(text)])))

    assert (reading.gps, reading.captured_at) == (None, None)


def test_the_model_in_a_drones_udta_is_read():
    model = box(b"udta", box(b"\xa9mdl", struct.pack(">HH", 5, 0x15C7) + b"FC220"))

    assert read(media(with_track(b"tx3g", [subtitle(MAVIC)], udta=model))).model == "FC220"


def test_the_satellites_clock_is_a_signal_of_a_device_and_the_place_is_compared():
    context = Context(
        claimed_start=MOMENT - timedelta(hours=1),
        claimed_end=MOMENT + timedelta(hours=1),
        place=Place(*ALEPPO[:2], 1000),
    )
    film = media(with_track(b"gpmd", [gps5([ALEPPO])]))

    metadata = {each.code.slug for each in perform(check("metadata"), film, context).findings}
    dates = perform(check("reverse_date"), film, context)

    assert metadata >= {"metadata.position", "metadata.place_agrees"}
    (envelope,) = (each.details for each in dates.findings if each.code.slug == "dates.envelope")
    signals = {each["source"]: (each["kind"], each["weight"]) for each in envelope["signals"]}
    assert signals["GPMF GPSU"] == ("self_asserted", "C")
    assert dates.verdict == "consistent"


def test_the_locked_child_reads_the_same(tmp_path: Path):
    """What is imported on first use would fail there."""
    path, sandbox = tmp_path / "film.mp4", Sandbox()
    path.write_bytes(
        with_track(b"gpmd", [gps5([ALEPPO])], udta=box(b"udta", box(b"GPMF", settings(MINF="HERO6"))))
    )

    (within,) = sandbox.examine((check("metadata"),), path, Context())

    sandbox.stop()
    assert within == perform(check("metadata"), media(path.read_bytes()), Context())
    assert "metadata.position" in {each.code.slug for each in within.findings}


def overwritten(whole: bytes, start: int, end: int, times: int) -> Iterator[bytes]:
    """The bytes with some between two positions overwritten at random, so many times."""
    noise = random.Random(1)
    for _ in range(times):
        content = bytearray(whole)
        for _ in range(noise.randrange(1, 12)):
            content[noise.randrange(start, end)] = noise.choice((0, 1, 0x7F, 0xFF, noise.randrange(256)))
        yield bytes(content)


WHOLE = with_track(b"gpmd", [gps5([ALEPPO])] * 3, udta=box(b"udta", box(b"GPMF", settings(MINF="HERO6"))))


def test_damaged_telemetry_takes_nothing_else_away():
    for content in overwritten(WHOLE, WHOLE.index(b"DEVC"), WHOLE.rindex(b"moov") - 4, 200):
        reading = read(media(content))
        assert (reading.width, reading.height, reading.model) == (640, 480, "HERO6")


def test_tables_that_lie_end_in_an_answer():
    for content in overwritten(WHOLE, WHOLE.rindex(b"tkhd"), len(WHOLE), 300):
        with suppress(Unreadable):
            assert read(media(content)).kind == "video"


@pytest.mark.parametrize("name", ["GpsLongitude", "GpsLongtitude"])
def test_the_position_in_a_drones_xmp_is_read_where_exif_has_none(name: str):
    said = {
        "drone-dji:GpsLatitude": "+36.2021",
        f"drone-dji:{name}": "+37.1343",
        "drone-dji:AbsoluteAltitude": "+379.00",
    }
    reading = read(media(jpeg_with(segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0" + xmp(**said)))))

    assert reading.gps == Position(*ALEPPO)
    assert reading.sources["gps"] == "XMP drone-dji:GpsLatitude"


def test_the_position_in_real_drone_xmp_is_that_of_its_exif(media_folder: Path):
    (path,) = (media_folder / "media/exif").rglob("*issue-exifr-13.jpg")
    content = path.read_bytes()
    exif = read(media(content)).gps

    reading = read(media(content.replace(b"Exif\0\0", b"Xxxx\0\0", 1)))

    assert reading.sources["gps"] == "XMP drone-dji:GpsLatitude"
    assert reading.gps.latitude == pytest.approx(exif.latitude, abs=1e-6)
    assert reading.gps.longitude == pytest.approx(exif.longitude, abs=1e-6)
    assert reading.gps.altitude == pytest.approx(exif.altitude, abs=1)
