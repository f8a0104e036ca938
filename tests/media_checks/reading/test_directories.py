"""TIFF directories and makers' notes, read from their bytes."""

from __future__ import annotations

import struct
from contextlib import suppress
from datetime import datetime, timedelta
from io import BytesIO

import pytest

from media_checks.contract import Unreadable
from media_checks.reading import WallClock, read
from media_checks.reading.maker_notes import read_maker_note, read_note_of_film
from media_checks.reading.statements import Statements
from media_checks.reading.tiff import Tiff, tiff_at
from tests.media_checks.samples import media
from tests.media_checks.written_blocks import (
    BYTES,
    LONG,
    NOTE_AT,
    SHORT,
    SIGNED,
    TEXT,
    block_with_note,
    canon_note,
    directory,
    jpeg_with,
    nikon_note,
    olympus_note,
    segment,
    tiff,
)

PICTURE = {
    0x0100: (SHORT, 64),
    0x0101: (SHORT, 48),
    0x010F: (TEXT, "A camera's maker"),
    0x0112: (SHORT, 6),
    0x0132: (TEXT, "2016:11:18 14:02:03"),
}
CANON = {0x000C: (LONG, 560018150), 0x0095: (TEXT, "EF70-200mm f/2.8L")}
NIKON = {0x001D: (TEXT, "6019366"), 0x0024: (BYTES, b"\x00\x78\x01\x00")}


@pytest.mark.parametrize("order", ["<", ">"])
def test_a_bigtiff_says_its_size_its_maker_and_its_date(order):
    reading = read(media(tiff(PICTURE, order=order, wide=True)))

    assert (reading.width, reading.height, reading.orientation) == (64, 48, 6)
    assert reading.make == "A camera's maker"
    assert reading.modified_at == WallClock(datetime(2016, 11, 18, 14, 2, 3))
    assert reading.sources["make"] == "TIFF Make"


def test_an_impossible_date_of_a_bigtiff_is_kept_word_for_word():
    reading = read(media(tiff(PICTURE | {0x0132: (TEXT, "2016:11:18 14:02:70")}, wide=True)))

    assert reading.modified_at is None
    assert reading.unusable_dates == {"TIFF DateTime": "2016:11:18 14:02:70"}


@pytest.mark.parametrize("at", range(0, 200, 5))
def test_a_bigtiff_that_is_cut_anywhere_is_read_as_far_as_it_goes_or_is_unreadable(at):
    with suppress(Unreadable):
        assert read(media(tiff(PICTURE, wide=True)[:at])).height == 48


@pytest.mark.parametrize("count", [0, 1001, 0xFFFF])
def test_a_directory_of_too_many_entries_is_none(count):
    block = bytearray(tiff(PICTURE))
    block[8:10] = count.to_bytes(2, "little")

    assert tiff_at(BytesIO(block)).main() == {}


def test_positions_far_outside_the_file_give_nothing():
    far = tiff({0x0100: (LONG, 64), 0x8769: (LONG, 0xFFFFFFFF), 0x010F: (TEXT, "A camera's maker")})
    walked = tiff_at(BytesIO(far.replace(b"A camera's maker\0", b"")))
    main = walked.main()

    assert walked.inner(main[0x8769]) == {}
    assert walked.data(main[0x010F]) == b""
    assert walked.numbers(main[0x010F]) == ()
    assert Tiff(BytesIO(far), "<", base=-1000).main() == {}
    assert tiff_at(BytesIO(b"II*")) is None


def test_positions_that_no_file_system_could_keep_give_nothing(tmp_path):
    """In memory one can seek anywhere; in a file the kernel refuses."""
    path = tmp_path / "far.tif"
    content = bytearray(tiff({0x0100: (LONG, 64), 0x010F: (TEXT, "A camera's maker")}, wide=True))
    at = content.index((0x010F).to_bytes(2, "little"), 16)
    content[at + 12 : at + 20] = (1 << 61).to_bytes(8, "little")
    path.write_bytes(content)

    with path.open("rb") as file:
        walked = tiff_at(file)
        main = walked.main()
        assert walked.number(main[0x0100]) == 64
        assert walked.data(main[0x010F]) == b""


def said_of(block: bytes) -> Statements:
    statements = Statements()
    read_maker_note(block, statements)
    statements.fields.pop("has_maker_note", None)  # is said of every note that is whole
    return statements


@pytest.mark.parametrize("order", ["<", ">"])
def test_a_canon_says_its_number_and_its_lens(order):
    note = canon_note(CANON, order=order)

    said = said_of(block_with_note("Canon", note, order=order))

    assert said.fields == {"serial_number": "560018150", "lens_model": "EF70-200mm f/2.8L"}
    assert said.sources["serial_number"] == "Canon SerialNumber"


def test_a_canon_note_that_was_moved_and_kept_its_byte_order_is_still_read():
    moved = canon_note(CANON, at=NOTE_AT + 164)

    assert said_of(block_with_note("Canon", moved, order=">")).fields["lens_model"] == "EF70-200mm f/2.8L"


@pytest.mark.parametrize(
    ("time", "zone"),
    [
        ((16, 120, 27, 0), timedelta(hours=2)),
        ((16, 120, 27, 60), None),
        ((16, 0, 20, 0), None),
        ((16, 121, 27, 0), None),
        ((9, 120), None),
    ],
)
def test_a_canon_says_its_zone_in_winter_time_alone(time, zone):
    note = canon_note({0x0035: (SIGNED, time)})

    assert said_of(block_with_note("Canon", note)).fields.get("maker_zone") == zone


@pytest.mark.parametrize(
    ("world_time", "zone"),
    [
        (b"\x00\x78\x00\x00", timedelta(hours=2)),
        (b"\x00\x78\x01\x00", timedelta(hours=3)),
        (b"\x7f\xff\x00\x00", None),
        (b"\x00\x78\x07\x00", None),
    ],
)
def test_a_nikon_says_its_number_and_its_zone_with_the_summer_hour(world_time, zone):
    said = said_of(block_with_note("NIKON", nikon_note(NIKON | {0x0024: (BYTES, world_time)})))

    assert said.fields["serial_number"] == "6019366"
    assert said.fields.get("maker_zone") == zone


def test_an_olympus_says_its_number_and_its_lens_in_a_directory_of_its_own():
    inner_at = 12 + 2 + 12 + 4
    inner = directory("<", inner_at, {0x0101: (TEXT, "B9U505495  "), 0x0203: (TEXT, "OLYMPUS M.17mm F1.8")})
    note = olympus_note({0x2010: (LONG, inner_at)}) + inner

    said = said_of(block_with_note("OLYMPUS", note))

    assert said.fields == {"serial_number": "B9U505495", "lens_model": "OLYMPUS M.17mm F1.8"}


def test_an_olympus_that_keeps_its_main_directory_apart_says_its_number():
    inner_at = 12 + 2 + 12 + 4
    inner = directory("<", inner_at, {0x0404: (TEXT, "000JLW205383")})

    said = said_of(block_with_note("OLYMPUS", olympus_note({0x4000: (LONG, inner_at)}) + inner))

    assert said.fields == {"serial_number": "000JLW205383"}


def pentax_note(order: str) -> bytes:
    """Its byte order, and a directory whose positions count from the note."""
    mark = b"II" if order == "<" else b"MM"
    return b"PENTAX \0" + mark + directory(order, 10, {0x0229: (TEXT, "3430417")})


@pytest.mark.parametrize("order", ["<", ">"])
def test_a_pentax_says_its_number(order):
    said = said_of(block_with_note("PENTAX", pentax_note(order)))

    assert said.fields == {"serial_number": "3430417"}


def chunk(kind: bytes, data: bytes) -> bytes:
    return kind + struct.pack("<I", len(data)) + data + bytes(len(data) % 2)


@pytest.mark.parametrize("cut", [0, 1, 20, 40])
def test_a_pentax_says_its_number_in_an_avi(cut):
    note = chunk(b"hymn", pentax_note(">"))
    lists = chunk(b"LIST", b"INFO" + chunk(b"ISFT", b"PENTAX")) + chunk(b"LIST", b"hydt" + note)
    film = (b"RIFF" + bytes(4) + b"AVI " + lists)[: -cut or None]
    statements = Statements()

    read_note_of_film(BytesIO(film), len(film), statements)

    assert statements.fields.get("serial_number") == ("3430417" if cut < 2 else None)


def test_older_notes_count_from_the_block():
    older = b"OLYMP\0\x01\0" + directory("<", NOTE_AT + 8, {0x0404: (TEXT, "143008611")})
    sigma = b"SIGMA\0\0\0\x01\0" + directory("<", NOTE_AT + 10, {0x0002: (TEXT, "02000019")})

    assert said_of(block_with_note("OLYMPUS", older)).fields == {"serial_number": "143008611"}
    assert said_of(block_with_note("SIGMA", sigma)).fields == {"serial_number": "02000019"}


@pytest.mark.parametrize("note", [canon_note(CANON), nikon_note(NIKON), b"Nikon\0\x02", b"", b"OLYMPUS\0"])
def test_a_note_that_is_cut_anywhere_or_unknown_breaks_nothing(note):
    for make in ("Canon", "NIKON", "Other"):
        whole = block_with_note(make, note)
        for at in range(0, len(whole), 3):
            said_of(whole[:at])
    assert said_of(block_with_note("Other", b"\x01\0" + bytes(40))).fields == {}


def test_the_numbers_stand_in_the_reading_of_a_photo():
    block = block_with_note("Canon", canon_note(CANON))
    reading = read(media(jpeg_with(segment(0xE1, b"Exif\0\0" + block))))

    assert (reading.make, reading.serial_number) == ("Canon", "560018150")
    assert reading.sources["serial_number"] == "Canon SerialNumber"
