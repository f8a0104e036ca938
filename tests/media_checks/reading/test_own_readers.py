"""What is read from boxes and elements by ourselves: turn, place, dates, and what FFmpeg cannot open."""

from __future__ import annotations

import struct
from datetime import UTC, datetime
from io import BytesIO

import pytest

from media_checks.reading import read
from media_checks.reading.matroska import read_matroska
from media_checks.reading.movies import complete_place, read_movie
from media_checks.reading.record import Position
from media_checks.reading.statements import Statements
from tests.media_checks.samples import film, media, scene

QUARTER = {0: (1, 0), 90: (0, 1), 180: (-1, 0), 270: (0, -1)}


def box(kind: bytes, *content: bytes) -> bytes:
    inside = b"".join(content)
    return struct.pack(">I", len(inside) + 8) + kind + inside


def movie(
    *, turn: int = 0, udta: bytes = b"", created: int = 0, version: int = 0, track_created: int = 0
) -> bytes:
    """A movie of boxes alone: two seconds of 640 × 360 pixels, and no frame."""
    a, b = (each << 16 for each in QUARTER[turn])
    times = struct.pack(">QQIQ" if version else ">IIII", created, 0, 1000, 2000)
    head = bytes(52 if version else 40)
    began = bytes(3) + struct.pack(">Q" if version else ">I", track_created)
    entry = bytes(28) + struct.pack(">HH", 640, 360)
    track = box(
        b"trak",
        box(
            b"tkhd", bytes([version]) + began + head[len(began) + 1 :] + struct.pack(">ii", a, b) + bytes(44)
        ),
        box(
            b"mdia",
            box(b"hdlr", bytes(8) + b"vide" + bytes(12)),
            box(b"minf", box(b"stbl", box(b"stsd", bytes(8) + bytes(4) + b"avc1" + entry[4:]))),
        ),
    )
    return box(b"moov", box(b"mvhd", bytes([version, 0, 0, 0]) + times + bytes(80)), track, udta)


def said_of(content: bytes) -> Statements:
    """What a movie's boxes say, without FFmpeg."""
    statements = Statements()
    read_movie(BytesIO(content), len(content), statements)
    complete_place(BytesIO(content), len(content), statements)
    statements.fall_back()
    return statements


def loci(name: bytes, longitude: float, latitude: float, altitude: float) -> bytes:
    numbers = struct.pack(">iii", *(round(each * 65536) for each in (longitude, latitude, altitude)))
    return box(b"udta", box(b"loci", bytes(6) + name + b"\0" + numbers + b"earth\0\0"))


@pytest.mark.parametrize("turn", QUARTER)
@pytest.mark.parametrize("version", [0, 1])
def test_the_matrix_of_a_track_says_how_far_its_pictures_are_turned_clockwise(turn, version):
    said = said_of(movie(turn=turn, version=version)).fields
    assert said["rotation"] == turn


def test_size_coding_and_length_are_said_though_ffmpeg_says_nothing():
    said = said_of(movie())
    assert [said.fields[name] for name in ("width", "height", "codec", "duration")] == [640, 360, "avc1", 2.0]
    assert said.sources["width"] == "stsd"


def test_the_header_knows_the_whole_length_of_a_movie_that_is_cut():
    content = film([scene(1, 64, 48)] * 2)
    at = content.index(b"mvhd") + 20
    assert content[at - 4 : at + 4] == struct.pack(">II", 1000, 2000)
    reading = read(media(content[:at] + struct.pack(">I", 9000) + content[at + 4 :]))
    assert (reading.duration, reading.sources["duration"]) == (9.0, "mvhd")


def test_the_movie_header_counts_from_1904_or_by_mistake_from_1970():
    moment = datetime(2016, 11, 18, 12, 2, tzinfo=UTC)
    seconds = int(moment.timestamp())
    for created, version in ((seconds + 2_082_844_800, 0), (seconds, 0), (seconds + 2_082_844_800, 1)):
        assert said_of(movie(created=created, version=version)).fields["container_created_at"] == moment
    assert "container_created_at" not in said_of(movie(created=0)).fields
    assert said_of(movie(created=1 << 62, version=1)).unusable_dates == {"mvhd": str(1 << 62)}


@pytest.mark.parametrize("version", [0, 1])
def test_a_track_says_when_it_was_made_where_the_movie_header_is_unset(version):
    moment = datetime(2016, 11, 18, 12, 2, tzinfo=UTC)
    seconds = int(moment.timestamp()) + 2_082_844_800
    said = said_of(movie(version=version, track_created=seconds))
    assert (said.fields["container_created_at"], said.sources["container_created_at"]) == (moment, "tkhd")
    stands = said_of(movie(version=version, created=seconds, track_created=seconds + 60))
    assert stands.fields["container_created_at"] == moment


@pytest.mark.parametrize("name", [b"\0", b"Roof\0", b"\xfe\xff\0R\0\0", b"\xfe\xff\xd9\x01\0\0"])
def test_a_3gpp_place_is_read_after_a_name_in_either_coding(name):
    place = said_of(movie(udta=loci(name, -74.5, 40.5, 12.25))).fields["gps"]
    assert place == Position(40.5, -74.5, 12.25)


def test_an_altitude_completes_the_same_place_and_no_other():
    for latitude, altitude in ((40.501, 12.0), (41.0, None)):
        statements = Statements()
        statements.say("gps", Position(latitude, -74.5), "container location")
        content = movie(udta=loci(b"\0", -74.5, 40.5, 12.0))
        complete_place(BytesIO(content), len(content), statements)
        assert statements.fields["gps"] == Position(latitude, -74.5, altitude)


@pytest.mark.parametrize("at", range(0, 420, 7))
def test_a_movie_that_is_cut_anywhere_says_what_it_can(at):
    said_of(movie(turn=90, udta=loci(b"Roof\0", 1.0, 2.0, 3.0))[:at])


def element(id_: int, content: bytes) -> bytes:
    number = id_.to_bytes((id_.bit_length() + 7) // 8, "big")
    return number + struct.pack(">Q", len(content) | 1 << 56) + content


def matroska(**info: bytes) -> bytes:
    """A file of elements alone, as ``movie``."""
    ids = {"date": 0x4461, "duration": 0x4489, "muxer": 0x4D80, "writer": 0x5741, "scale": 0x2AD7B1}
    video = element(0xE0, element(0xB0, b"\x02\x80") + element(0xBA, b"\x01\x68"))
    track = element(0xAE, element(0x83, b"\x01") + element(0x86, b"V_VP9") + video)
    inside = element(0x1549A966, b"".join(element(ids[name], value) for name, value in info.items()))
    return element(0x1A45DFA3, b"") + element(0x18538067, inside + element(0x1654AE6B, track))


def said_by(content: bytes) -> Statements:
    statements = Statements()
    read_matroska(BytesIO(content), len(content), statements)
    statements.fall_back()
    return statements


def test_matroska_says_its_date_its_programs_and_its_pictures():
    since_2001 = int(
        (datetime(2016, 11, 18, 12, tzinfo=UTC) - datetime(2001, 1, 1, tzinfo=UTC)).total_seconds()
    )
    said = said_by(
        matroska(
            date=struct.pack(">q", since_2001 * 10**9),
            duration=struct.pack(">d", 1500.0),
            muxer=b"libebml v1.4.0",
            writer=b"mkvmerge v50\0\0",
        )
    )
    assert said.fields == {
        "container_created_at": datetime(2016, 11, 18, 12, tzinfo=UTC),
        "duration": 1.5,
        "encoder": "mkvmerge v50",
        "codec": "V_VP9",
        "width": 640,
        "height": 360,
    }
    assert [each.program for each in said.edits] == ["mkvmerge v50", "libebml v1.4.0"]


@pytest.mark.parametrize(
    "duration", [b"", b"\0" * 8, struct.pack(">f", float("nan")), struct.pack(">d", -1.0)]
)
def test_a_length_that_none_can_have_is_not_said(duration):
    assert "duration" not in said_by(matroska(duration=duration)).fields


@pytest.mark.parametrize("at", range(0, 110, 3))
def test_a_matroska_file_that_is_cut_anywhere_says_what_it_can(at):
    said_by(matroska(duration=struct.pack(">d", 1500.0), muxer=b"libebml")[:at])


def test_what_ffmpeg_reads_stands_before_what_the_elements_say():
    reading = read(media(film([scene(1), scene(2)], format="matroska")))
    assert (reading.codec, reading.width, reading.height, reading.duration) == ("mpeg4", 640, 480, 2.0)
    assert reading.encoder.startswith("Lavf")
