"""When programs and systems first came out: a bound on the files that name them."""

from datetime import UTC, datetime

import pytest

from media_checks.first_releases import ANDROID, IOS, LAVF, first_release


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)


@pytest.mark.parametrize(
    ("signature", "system", "day"),
    [
        ("Lavf58.29.100", None, (2018, 5, 17)),
        ("Lavf58.0.100", None, (2017, 9, 1)),
        ("Lavf57.71.100", None, (2017, 3, 21)),
        ("Lavf61.7.100", None, (2021, 4, 27)),
        ("12.1.2", "iOS", (2018, 6, 4)),
        ("17.5", "iOS", (2023, 6, 5)),
        ("9", "Android", (2018, 3, 6)),
        ("8.1.0", "Android", (2017, 3, 21)),
    ],
)
def test_a_program_cannot_have_written_before_it_existed(signature, system, day):
    assert first_release(signature, system).not_before == utc(*day)


@pytest.mark.parametrize(
    ("signature", "system"),
    [
        ("Lavf58.1.0", None),
        ("Lavf52.1.100", None),
        ("12.1.2", None),
        ("9.3", "iOS"),
        ("", None),
        (None, None),
    ],
)
def test_an_unknown_program_gives_no_bound(signature, system):
    assert first_release(signature, system) is None


@pytest.mark.parametrize("table", [LAVF, IOS, ANDROID], ids=["Lavf", "iOS", "Android"])
def test_a_later_version_never_came_first(table):
    assert list(table) == sorted(table)
    assert [day for _, day in table] == sorted(day for _, day in table)
