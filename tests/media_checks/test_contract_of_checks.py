"""One contract for every check: whatever the file and the context, it says something that it declares."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from media_checks.context import ArchiveCapture, Context, EarlierCopy, Place, Weight
from media_checks.contract import Check, CheckVerdict, perform, result_of
from media_checks.registry import CHECKS, check
from media_checks.sandbox.wire import MOST_JSON
from tests.media_checks.samples import EVERY_KIND, media

THAT_DAY = datetime(2016, 11, 18, tzinfo=UTC)
DATED = Context(
    claimed_start=THAT_DAY,
    claimed_end=THAT_DAY.replace(hour=23),
    place=Place(36.2, 37.16, 2000),
    file_name="IMG-20161119-WA0007.jpg",
    received_at=datetime(2017, 1, 1, tzinfo=UTC),
    searched=12,
)
COPIES = tuple(
    EarlierCopy("E-1", relation, confirmed, 4, datetime(2014, 6, 1, tzinfo=UTC), Weight.B, "post")
    for relation, confirmed in (("exact", True), ("near", True), ("near", False), ("frame", False))
)
CONTEXTS = {
    "no context": Context(),
    "dated": DATED,
    "with earlier copies": replace(DATED, earlier_copies=COPIES),
    "archived before": replace(
        DATED, archived=ArchiveCapture(datetime(2014, 6, 12, tzinfo=UTC), "image/jpeg", True)
    ),
    "the archive away": replace(DATED, archive_not_asked="it took longer than 10 seconds"),
}
GREEN = (CheckVerdict.CONSISTENT, CheckVerdict.CORROBORATED)


@pytest.mark.parametrize("context", CONTEXTS)
@pytest.mark.parametrize("sample", EVERY_KIND)
@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.slug)
def test_a_check_always_says_something_that_it_declares(check: Check, sample: str, context: str):
    result = perform(check, media(EVERY_KIND[sample]()), CONTEXTS[context])

    answer = json.loads(json.dumps(result.as_json(), allow_nan=False))
    assert answer["findings"]
    assert all(finding["summary"].rstrip(".") for finding in answer["findings"])
    assert len(json.dumps(answer)) < MOST_JSON
    if check.follow_up:
        more = tuple(check.follow_up(result.findings, CONTEXTS[context]))
        result_of(check, result.findings + more)


@pytest.mark.parametrize("sample", ["empty", "text", "bomb", "reserved bomb"])
@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.slug)
def test_what_cannot_be_read_is_never_green(check: Check, sample: str):
    result = perform(check, media(EVERY_KIND[sample]()), replace(DATED, file_name=""))

    assert result.verdict not in GREEN
    assert result.findings


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.slug)
def test_a_check_repeats_itself(check: Check):
    content = EVERY_KIND["dated"]()

    assert perform(check, media(content), DATED) == perform(check, media(content), DATED)


@pytest.mark.parametrize("each", CHECKS, ids=lambda check: check.slug)
def test_every_library_that_a_check_names_is_installed(each: Check):
    result = perform(each, media(b""), Context())

    assert "not installed" not in result.libraries.values()
    assert check(each.slug) is each
