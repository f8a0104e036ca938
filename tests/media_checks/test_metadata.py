"""The metadata check: what a file says, against the claim."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from io import BytesIO

import av
import pytest
from PIL import ImageDraw

from media_checks.context import Context, Place
from media_checks.contract import CheckVerdict, Finding, perform
from media_checks.metadata import CHECK
from tests.media_checks.samples import film, media, photo, saved, scene, with_thumbnail

ALEPPO = Place(36.2, 37.16, 2000)
NOON = datetime(2016, 11, 18, 12, tzinfo=UTC)
THAT_HOUR = Context(claimed_start=NOON, claimed_end=NOON + timedelta(hours=1), place=ALEPPO)


def findings(content: bytes, context: Context = THAT_HOUR) -> dict[str, Finding]:
    return {each.code.slug: each for each in perform(CHECK, media(content), context).findings}


def verdict(content: bytes, context: Context = THAT_HOUR) -> CheckVerdict:
    return perform(CHECK, media(content), context).verdict


def test_a_photo_that_says_nothing_is_inconclusive_and_not_suspicious():
    assert verdict(photo()) is CheckVerdict.INCONCLUSIVE
    assert "genuine" in findings(photo())["metadata.none"].summary


def test_the_device_is_named_once():
    found = findings(photo(make="Canon", model="Canon EOS 7D"))["metadata.device"]

    assert found.summary == "The file names the device it was made with: Canon EOS 7D."


@pytest.mark.parametrize("program", ["Adobe Photoshop 24.1 (Windows)", "GIMP 2.10.30", "Snapseed 2.0"])
def test_a_program_for_editing_is_named(program: str):
    assert program in findings(photo(software=program))["metadata.edited"].summary


@pytest.mark.parametrize("codec", ["libx264", "libx265"])
@pytest.mark.parametrize("format", ["mp4", "matroska"])
def test_an_encoder_that_signed_a_films_pictures_is_named_where_no_tag_names_one(codec: str, format: str):
    file = BytesIO()
    with av.open(file, "w", format=format, options={"fflags": "+bitexact"}) as container:
        stream = container.add_stream(codec, rate=1, options={"x265-params": "log-level=none"})
        stream.width, stream.height, stream.pix_fmt = 640, 480, "yuv420p"
        stream.codec_context.thread_count = 1
        container.mux(stream.encode(av.VideoFrame.from_image(scene(1))))
        container.mux(stream.encode(None))

    found = findings(file.getvalue())["metadata.edited"].summary

    assert re.search(rf"{codec.removeprefix('lib')} \d+", found)
    if format == "mp4":  # Matroska names its muxer
        unsigned = re.sub(rb"x26(?=[45] [-(])", b"...", file.getvalue())
        assert "metadata.edited" not in findings(unsigned)


def test_the_firmware_of_a_camera_is_no_editing():
    assert "metadata.edited" not in findings(photo(software="Ver.1.00 "))


def test_a_position_within_the_claimed_precision_agrees():
    found = findings(photo(place=(36.21, 37.15)))["metadata.place_agrees"]

    assert found.code.argues_for is CheckVerdict.CONSISTENT
    assert found.details["distance_km"] == pytest.approx(1.4, abs=0.1)


def test_a_position_in_another_city_is_disputed():
    found = findings(photo(place=(33.51, 36.29)))["metadata.place_differs"]

    assert verdict(photo(place=(33.51, 36.29))) is CheckVerdict.DISPUTED
    assert found.details["distance_km"] == pytest.approx(309, abs=3)


def test_southern_and_western_positions_keep_their_sign():
    found = findings(photo(place=(-33.45, -70.66)))["metadata.position"]

    assert (found.details["latitude"], found.details["longitude"]) == pytest.approx(
        (-33.45, -70.66), abs=1e-4
    )


def test_a_position_of_zero_is_no_position():
    found = findings(photo(place=(0.0, 0.0)))

    assert "metadata.position_unset" in found
    assert "metadata.place_differs" not in found


@pytest.mark.parametrize(
    ("captured", "offset", "code"),
    [
        ("2016:11:18 14:02:00", "+02:00", "metadata.time_agrees"),
        ("2016:11:18 14:02:00", None, "metadata.time_agrees"),
        ("2016:11:18 18:02:00", "+02:00", "metadata.time_differs"),
        ("2014:06:18 14:02:00", None, "metadata.time_differs"),
    ],
)
def test_the_time_is_held_against_the_claimed_time(captured: str, offset: str | None, code: str):
    assert code in findings(photo(captured=captured, offset=offset))


def test_how_far_the_time_is_off_is_said_in_words():
    found = findings(photo(captured="2014:06:18 14:02:00"))["metadata.time_differs"]

    assert found.summary == "The time in the file is 2 years away from the claimed time."


def test_a_clock_that_was_never_set_argues_for_nothing():
    found = findings(photo(captured="2000:01:01 00:03:00"))

    assert "metadata.capture_time" in found
    assert not {"metadata.time_agrees", "metadata.time_differs"} & set(found)


def test_a_film_says_its_place_and_time():
    content = film(
        [scene(width=64, height=64)],
        format="mov",
        **{
            "com.apple.quicktime.creationdate": "2016-11-18T14:02:00+0200",
            "com.apple.quicktime.location.ISO6709": "+36.2021+037.1543+379.000/",
            "com.apple.quicktime.make": "Apple",
        },
    )

    assert {"metadata.time_agrees", "metadata.place_agrees", "metadata.device"} <= set(findings(content))


def test_a_thumbnail_of_the_picture_agrees():
    assert "metadata.thumbnail_agrees" in findings(with_thumbnail(scene(3), scene(3)))


@pytest.mark.parametrize(("width", "height"), [(60, 58), (110, 100), (58, 60)])
def test_a_thumbnail_of_the_pictures_own_size_is_compared_whatever_the_rounding(width: int, height: int):
    picture = scene(3, width, height)

    assert "metadata.thumbnail_agrees" in findings(with_thumbnail(picture, picture, picture.size))


def test_a_thumbnail_of_another_picture_is_disputed_with_the_measured_difference():
    found = findings(with_thumbnail(scene(3), scene(4)))["metadata.thumbnail_differs"]

    assert found.code.argues_for is CheckVerdict.DISPUTED
    assert found.details["correlation"] < 0.9


def test_a_part_painted_over_after_capture_is_seen_in_the_thumbnail():
    edited = scene(3)
    ImageDraw.Draw(edited).rectangle((240, 160, 400, 320), fill="white")

    assert "metadata.thumbnail_differs" in findings(with_thumbnail(edited, scene(3)))


def test_a_photo_that_is_cut_off_is_not_compared_in_silence():
    cut = with_thumbnail(scene(3), scene(3))[:-2000]

    assert "cut off" in findings(cut)["metadata.not_compared"].summary


def test_a_damaged_exif_block_is_said_and_the_rest_read():
    content = photo(make="Cam", captured="2016:11:18 14:02:00")
    start = content.index(b"II*\0") if b"II*\0" in content else content.index(b"MM\0*")
    broken = content[: start + 4] + b"\xff\xff\xff\xf0" + content[start + 8 :]

    assert {"metadata.file"} <= set(findings(broken))
    assert verdict(broken) is CheckVerdict.INCONCLUSIVE


def test_who_owns_the_camera_is_nowhere_in_what_is_said():
    exif = scene().getexif()
    exif[0x010F], exif[0x013B], exif[0x8298] = "Cam", "Artist-4712", "Owner-4713"
    result = perform(CHECK, media(saved(scene(), exif=exif)), THAT_HOUR).as_json()

    assert "Cam" in json.dumps(result)
    assert not [name for name in ("4712", "4713") if name in json.dumps(result)]


def test_the_serial_number_stands_apart():
    exif = scene().getexif()
    exif[0x010F] = "Cam"
    exif.get_ifd(0x8769)[0xA431] = "SN-4711"
    result = perform(CHECK, media(saved(scene(), exif=exif)), THAT_HOUR).as_json()

    assert result["findings"][0]["details"]["reading"].pop("private") == {"serial_number": "SN-4711"}
    assert "4711" not in json.dumps(result)
