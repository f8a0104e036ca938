"""What XMP, IPTC and PNG texts say: fields where EXIF is silent, and every date with where it stands."""

from __future__ import annotations

from datetime import datetime, timedelta
from io import BytesIO

import pytest
from PIL import Image, PngImagePlugin

from media_checks.reading import Position, StatedDate, WallClock, read
from media_checks.reading.iptc import read_iptc, resources, thumbnail_of
from media_checks.reading.statements import Statements
from media_checks.reading.xmp import read_xmp
from tests.media_checks.samples import TIFF_XMP, media, photo, saved, scene
from tests.media_checks.written_blocks import iptc, jpeg_with, resource, segment, xmp

AFTERNOON = WallClock(datetime(2016, 11, 18, 14, 2, 3))
IN_ALEPPO = WallClock(datetime(2016, 11, 18, 14, 2, 3), timedelta(hours=2))


def with_xmp(**properties: str) -> bytes:
    return saved(scene(1, 64, 48), xmp=xmp(**properties))


def with_iptc(*sets: tuple[int, bytes]) -> bytes:
    return jpeg_with(segment(0xED, b"Photoshop 3.0\0" + resource(0x0404, iptc(*sets))))


def test_xmp_says_what_exif_does_not():
    reading = read(
        media(
            with_xmp(
                tiff__Make="Cam",
                tiff__Model="One",
                tiff__Orientation="6",
                aux__SerialNumber="0042",
                exifEX__LensModel="50 mm",
                exif__DateTimeOriginal="2016-11-18T14:02:03+02:00",
                xmp__CreateDate="2016-11-18T14:02",
                xmp__ModifyDate="2016-11-19T09:00:00Z",
                exif__GPSLatitude="36,12.126N",
                exif__GPSLongitude="37,8,3.5W",
                exif__GPSAltitude="3790/10",
                exif__GPSAltitudeRef="1",
            )
        )
    )

    assert (reading.make, reading.model, reading.orientation) == ("Cam", "One", 6)
    assert (reading.serial_number, reading.lens_model) == ("0042", "50 mm")
    assert reading.captured_at == IN_ALEPPO
    assert reading.created_at == WallClock(datetime(2016, 11, 18, 14, 2))
    assert reading.modified_at == WallClock(datetime(2016, 11, 19, 9), timedelta())
    assert reading.gps == Position(pytest.approx(36.2021), pytest.approx(-37.134306, abs=1e-6), -379.0)
    assert reading.sources["captured_at"] == "XMP exif:DateTimeOriginal"
    assert all(reading.is_stated(name) for name in ("captured_at", "created_at", "modified_at"))


def test_what_exif_says_stands_and_the_date_in_xmp_is_kept_beside_it():
    exif = Image.open(BytesIO(photo(captured="2016:11:18 14:02:03", make="Cam"))).info["exif"]
    packet = xmp(exif__DateTimeOriginal="2014-06-01T10:00:00", tiff__Make="Other")

    reading = read(media(saved(scene(1, 64, 48), exif=exif, xmp=packet)))

    assert (reading.captured_at, reading.make) == (AFTERNOON, "Cam")
    assert not reading.is_stated("captured_at")
    assert reading.stated_dates == (
        StatedDate("captured_at", "XMP exif:DateTimeOriginal", WallClock(datetime(2014, 6, 1, 10))),
    )


@pytest.mark.parametrize("format", ["PNG", "WEBP", "TIFF"])
def test_xmp_is_read_in_every_format(format):
    packet = xmp(photoshop__DateCreated="2016-11-18T14:02:03")
    options = {"tiffinfo": {TIFF_XMP: packet}} if format == "TIFF" else {"xmp": packet}
    if format == "PNG":
        options = {"pnginfo": PngImagePlugin.PngInfo()}
        options["pnginfo"].add_itxt("XML:com.adobe.xmp", packet.decode())

    assert read(media(saved(scene(1, 64, 48), format, **options))).captured_at == AFTERNOON


def test_a_day_without_a_clock_is_kept_as_a_day_and_dates_that_are_none_word_for_word():
    reading = read(
        media(with_xmp(photoshop__DateCreated="2016-11-18", xmp__CreateDate="2016-11-18T14:02:70"))
    )

    assert reading.captured_at is None
    (day,) = reading.stated_dates
    assert (day.clock.local, day.whole_day) == (datetime(2016, 11, 18), True)
    assert reading.unusable_dates == {"XMP xmp:CreateDate": "2016-11-18T14:02:70"}


def test_properties_as_elements_lists_and_qualified_values_are_read():
    packet = b"""<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
    <rdf:Description xmlns:tiff="http://ns.adobe.com/tiff/1.0/"><tiff:Make>Cam</tiff:Make>
    <tiff:Model><rdf:Alt><rdf:li xml:lang="x-default">One</rdf:li></rdf:Alt></tiff:Model>
    <tiff:Software rdf:parseType="Resource"><rdf:value>Firmware 1</rdf:value></tiff:Software>
    </rdf:Description></rdf:RDF></x:xmpmeta>"""
    statements = Statements()

    read_xmp([packet], statements)

    assert statements.fields == {"make": "Cam", "model": "One", "software": "Firmware 1"}


@pytest.mark.parametrize(
    ("latitude", "altitude"),
    [("96,12N", "1/1"), ("36,12E", "1/1"), ("", "1/1"), ("9" * 100 + "N", "1/1"), ("nowhere", "1/0")],
)
def test_a_place_that_is_none_is_not_said(latitude, altitude):
    content = with_xmp(exif__GPSLatitude=latitude, exif__GPSLongitude="37,8E", exif__GPSAltitude=altitude)

    assert read(media(content)).gps is None


def test_an_altitude_over_nothing_is_left_out():
    content = with_xmp(exif__GPSLatitude="36,0N", exif__GPSLongitude="37,0E", exif__GPSAltitude="1/0")

    assert read(media(content)).gps == Position(36.0, 37.0)


def test_a_packet_under_a_misspelt_mark_is_found():
    packet = b'<?xpacket begin="" id="W5M0"?>' + xmp(tiff__Make="Cam") + b'<?xpacket end="w"?>'

    assert read(media(jpeg_with(segment(0xE1, b"XMP\0://ns.adobe.com/xap/1.0/\0" + packet)))).make == "Cam"


def test_iptc_says_when_the_content_was_made_and_digitised():
    reading = read(
        media(with_iptc((55, b"20161118"), (60, b"140203+0200"), (62, b"20161119"), (63, b"090000")))
    )

    assert reading.captured_at == IN_ALEPPO
    assert reading.created_at == WallClock(datetime(2016, 11, 19, 9))
    assert reading.sources["captured_at"] == "IPTC DateCreated"


@pytest.mark.parametrize(
    ("sets", "dates", "unusable"),
    [
        ([(55, b"20161118")], 1, 0),
        ([(55, b"20161118"), (60, b"14h02")], 1, 0),
        ([(55, b"20160230")], 0, 1),
        ([(55, b"00000000")], 0, 1),
        ([(55, b"yesterday")], 0, 0),
        ([(60, b"140203")], 0, 0),
    ],
)
def test_days_alone_and_dates_that_are_none_in_iptc(sets, dates, unusable):
    reading = read(media(with_iptc(*sets)))

    assert reading.captured_at is None
    assert [each.whole_day for each in reading.stated_dates] == [True] * dates
    assert len(reading.unusable_dates) == unusable


def test_iptc_is_read_across_segments_and_in_tiff():
    data = resource(0x0404, iptc((55, b"20161118"), (60, b"140203")))
    split = jpeg_with(*(segment(0xED, b"Photoshop 3.0\0" + part) for part in (data[:20], data[20:])))
    in_tiff = saved(scene(1, 64, 48), "TIFF", tiffinfo={33723: iptc((55, b"20161118"), (60, b"140203"))})

    assert read(media(split)).captured_at == AFTERNOON
    assert read(media(in_tiff)).captured_at == AFTERNOON


@pytest.mark.parametrize("at", range(0, 60, 2))
def test_resources_and_records_that_are_cut_anywhere_break_nothing(at):
    data = resource(0x040C, bytes(28)) + resource(0x0404, iptc((55, b"20161118"), (60, b"140203")))

    for _number, content in resources(data[:at]):
        thumbnail_of(content)
        read_iptc([content], Statements())
    read_iptc([b"\x1c\x02\x37\x80\x04" + bytes(20)], Statements())


def test_a_png_says_when_it_was_made_and_last_changed():
    notes = PngImagePlugin.PngInfo()
    notes.add_text("Creation Time", "Fri, 18 Nov 2016 14:02:03 +0200")
    notes.add_text("date:create", "2020-01-01T00:00:00+00:00")
    notes.add(b"tIME", bytes([0x07, 0xE0, 11, 19, 9, 0, 0]))

    reading = read(media(saved(scene(1, 64, 48), "PNG", pnginfo=notes)))

    assert reading.created_at == IN_ALEPPO
    assert reading.modified_at == WallClock(datetime(2016, 11, 19, 9), timedelta())
    assert [each.where for each in reading.stated_dates] == ["PNG Creation Time", "PNG tIME"]


@pytest.mark.parametrize("written", ["6/16/09", "last summer", "Fri, 31 Feb 2016 14:02:03 +0200"])
def test_a_png_text_that_is_no_date_is_kept_word_for_word(written):
    notes = PngImagePlugin.PngInfo()
    notes.add_text("Creation Time", written)
    notes.add(b"tIME", bytes([0, 0, 0, 0, 0, 0, 0]))

    reading = read(media(saved(scene(1, 64, 48), "PNG", pnginfo=notes)))

    assert reading.stated_dates == ()
    assert reading.unusable_dates == {"PNG Creation Time": written, "PNG tIME": "0000-00-00 00:00:00"}


def test_the_thumbnails_of_jfxx_and_photoshop_are_found_where_exif_has_none():
    small = saved(scene(1, 32, 24))
    jfxx = jpeg_with(segment(0xE0, b"JFXX\0\x10" + small))
    by_photoshop = resource(0x040C, (1).to_bytes(4, "big") + bytes(24) + small)
    photoshop = jpeg_with(segment(0xED, b"Photoshop 3.0\0" + by_photoshop))

    assert read(media(jfxx)).thumbnail == small
    assert read(media(photoshop)).sources["thumbnail"] == "Photoshop thumbnail"


def test_dates_without_end_are_bounded():
    packets = [
        xmp(xmp__CreateDate=f"2016-11-18T{hour:02}:{minute:02}") for hour in range(3) for minute in range(60)
    ]
    statements = Statements()

    read_xmp(packets, statements)

    assert len(statements.stated_dates) == 50
