"""Our reading of real files against another program's: a sample of what ``make bench`` measures whole."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks import bench_metadata
from benchmarks.bench_metadata import NOT_MEDIA, Row, exifread_alone, results, summary, values_of
from benchmarks.truth import agrees, date_of, same_number, seconds_of
from media_checks.reading import read
from tests.media_checks.samples import media, photo

LEAST_AGREEMENT = 0.985
EVERY = 6


def test_of_what_exiftool_reads_nearly_all_is_read_here(media_folder: Path):
    rows = [row for row in results(media_folder / "media", every=EVERY) if row.because != NOT_MEDIA]

    assert len({row.path for row in rows}) >= 120
    agreed = sum(row.agreed for row in rows)
    assert agreed / len(rows) >= LEAST_AGREEMENT, [row for row in rows if not row.agreed and not row.because]
    assert [row for row in rows if row.state == "different"] == []
    assert sum(row.state == "missed" for row in rows) <= 3


@pytest.mark.parametrize(
    ("field", "truth", "found"),
    [
        ("CreateDate (XMP)", "2016:11:18 14:02:03.5+02:00", "2016-11-18T14:02:03.500000"),
        ("CreateDate", "2016:11:18 14:02", "2016-11-18T14:02:00"),
        ("OffsetTime", "Z", "+00:00"),
        ("GPSLatitude", 36.2021004, 36.2021),
        ("Duration", "00:00:03.021000000", 3.0),
        ("Make", "Cam  ", "Cam"),
        ("Codec", "h264", "V_MPEG4/ISO/AVC"),
        ("Orientation", 6, 6),
    ],
)
def test_the_same_value_in_another_form_agrees(field, truth, found):
    assert agrees(field, truth, found)
    assert not agrees(field, truth, None)


def test_another_value_does_not_agree():
    assert not agrees("CreateDate", "0000:00:00 00:00:00", "2016-11-18T14:02:03")
    assert not agrees("GPSLatitude", 36.2021, 36.2031)
    assert not agrees("Make", "Cam", "Other")
    assert date_of("2016:02:30 00:00:00") is None
    assert seconds_of("00:01:03.5") == 63.5
    assert same_number(1.1, "1.10")
    assert not same_number(1.1, "A")


def test_both_readings_are_held_under_the_same_names():
    content = photo(captured="2016:11:18 14:02:03", offset="+02:00", place=(36.2, 37.16), make="Cam")
    ours, theirs = values_of(read(media(content))), exifread_alone(content)

    for name, value in (
        ("Make", "Cam"),
        ("DateTimeOriginal", "2016:11:18 14:02:03"),
        ("OffsetTimeOriginal", "+02:00"),
        ("GPSLatitude", 36.2),
    ):
        assert agrees(name, value, ours[name])
        assert agrees(name, value, theirs[name])
    assert exifread_alone(b"II*\0") == {} or not any(exifread_alone(b"II*\0").values())


def test_a_summary_counts_each_state():
    rows = [
        Row("a", "JPEG", "Make", "Cam", "Cam", None),
        Row("a", "JPEG", "Model", "One", None, "One"),
        Row("b", "PNG", "Make", "Cam", "Other", "Cam", because="the reference programs disagree"),
    ]

    assert list(summary(rows, "file_type")) == [
        ("JPEG", 2, 1, "50.0 %", 0, 1, 0, "1 (50 %)"),
        ("PNG", 1, 0, "0.0 %", 1, 0, 0, "1 (100 %)"),
        ("total", 3, 1, "33.3 %", 1, 1, 0, "2 (67 %)"),
    ]


def test_without_the_media_the_benchmark_says_so(monkeypatch, capsys):
    monkeypatch.setenv("CORROBORATE_MEDIA", "/nonexistent")

    bench_metadata.main()

    assert "Skipped" in capsys.readouterr().out
