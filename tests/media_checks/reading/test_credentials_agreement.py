"""Our reading of Content Credentials against the reference library's report, over every file of the truth."""

from __future__ import annotations

from pathlib import Path

from benchmarks import bench_credentials
from benchmarks.bench_credentials import IDENTITIES, NOT_MEDIA, Row, results, summary


def test_nothing_in_real_files_is_read_otherwise_without_a_reason(media_folder: Path):
    rows = results(media_folder / "media")
    assert [row for row in rows if not row.known] == []
    taken = [row for row in rows if row.because != NOT_MEDIA]
    table = {line[0]: line[1:] for line in summary(taken)}
    assert table["whole files"] == (72, 42, 30, 0)
    assert table["state"] == (72, 50, 22, 0)


def test_what_is_explained_by_identities_is_only_what_they_say(media_folder: Path):
    rows = results(media_folder / "media")
    assert {row.name for row in rows if row.because == IDENTITIES} == {"state", "failures"}
    for row in rows:
        if row.because == IDENTITIES and row.name == "failures":
            assert [each for each in row.expected if not each.startswith("cawg.")] == row.ours, row.path


def test_a_summary_counts_values_and_whole_files():
    rows = [
        Row("a", "state", "valid", "valid"),
        Row("a", "program", "x", "y", because="known"),
        Row("b", "state", "valid", "invalid"),
    ]
    table = {line[0]: line[1:] for line in summary(rows)}
    assert (table["state"], table["program"]) == ((2, 1, 0, 1), (1, 0, 1, 0))
    assert table["whole files"] == (2, 0, 1, 1)


def test_without_the_media_the_benchmark_says_so(monkeypatch, capsys):
    monkeypatch.setenv("CORROBORATE_MEDIA", "/nonexistent")

    bench_credentials.main()

    assert "Skipped" in capsys.readouterr().out
