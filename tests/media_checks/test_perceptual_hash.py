"""The perceptual hash check: what it stores, what it searches with, what the search adds."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from PIL import Image

from media_checks.context import Context, EarlierCopy, Weight
from media_checks.contract import CheckVerdict, Finding, perform, result_of
from media_checks.fingerprints import NEAR, ORIENTATIONS, Fingerprint, canonical, distance, stored_rows
from media_checks.perceptual_hash import CHECK, MOST_BYTES, _asked_of_film
from tests.media_checks.samples import film, media, photo, saved, scene

COPY = EarlierCopy("E-1", "near", False, 9, datetime(2014, 6, 1, tzinfo=UTC), Weight.B, "a post")
WALL = saved(Image.new("RGB", (400, 300), (120, 130, 140)))


def computed(content: bytes) -> Finding:
    return next(
        each
        for each in perform(CHECK, media(content), Context()).findings
        if each.code.slug == "perceptual_hash.computed"
    )


def after_search(content: bytes, context: Context) -> list[Finding]:
    findings = perform(CHECK, media(content), Context()).findings
    return list(CHECK.follow_up(findings, context))


def test_a_photo_is_stored_by_two_families():
    rows = computed(photo()).details["fingerprints"]

    assert {row["algorithm"] for row in rows} == {"pdq", "phash"}
    assert all(row["quality"] >= 50 and row["at"] is None for row in rows)


def test_a_photo_is_searched_for_in_all_orientations():
    queries = computed(photo()).details["queries"]

    assert {row.get("orientation", "upright") for row in queries} == set(ORIENTATIONS)
    assert all(len(row["bits"]) == (64 if row["algorithm"] == "pdq" else 16) for row in queries)


def test_a_film_is_stored_and_searched_for_by_its_frames():
    found = computed(film([scene(seed, 320, 240) for seed in range(5)], every_key=True)).details

    assert [row["at"] for row in found["fingerprints"]] == [0, 1, 2, 3, 4]
    upright, mirrored = found["queries"][:5], found["queries"][5:10]
    assert upright == found["fingerprints"]
    assert [row["at"] for row in mirrored] == [0, 1, 2, 3, 4]
    assert {row["orientation"] for row in mirrored} == {"mirrored"}
    assert {row.get("orientation", "upright") for row in found["queries"]} == set(ORIENTATIONS)


def test_a_long_film_is_asked_for_turned_by_a_few_of_its_frames():
    stored = [Fingerprint("pdq", f"{at:064x}", 100, float(at)) for at in range(90)]
    rows = [replace(row, orientation=each) for row in stored for each in ORIENTATIONS]
    asked = _asked_of_film(stored, rows)
    counts = Counter(row.orientation for row in asked)
    assert counts == {each: 90 if each in ("upright", "mirrored") else 18 for each in ORIENTATIONS}
    assert {row.orientation for row in asked[::2]} == set(ORIENTATIONS)


def test_frames_that_stand_still_are_kept_once():
    found = computed(film([scene(1, 320, 240)] * 5 + [scene(2, 320, 240)] * 5, every_key=True)).details

    assert [row["at"] for row in found["fingerprints"]] == [0, 5]


@pytest.mark.timeout(120)
def test_the_longest_film_fits_the_wire():
    small = [scene(seed, 128, 96) for seed in range(7)]
    found = computed(film([small[at % 7] for at in range(300)], every_key=True)).details

    assert found["stored"] > 290
    assert len(json.dumps(found)) < MOST_BYTES + 1000
    assert found["queries"]


def test_a_plain_wall_is_inconclusive_and_nothing_is_stored():
    result = perform(CHECK, media(WALL), Context())

    assert [each.code.slug for each in result.findings] == ["perceptual_hash.low_quality"]
    assert result.verdict is CheckVerdict.INCONCLUSIVE


def test_before_the_search_nothing_is_said_about_copies():
    assert after_search(photo(), Context()) == []


def test_no_copy_among_many_is_consistent():
    found = after_search(photo(), Context(searched=1200))

    assert [each.code.slug for each in found] == ["perceptual_hash.no_copies"]
    assert "1200" in found[0].summary
    assert found[0].code.argues_for is CheckVerdict.CONSISTENT


def test_a_file_that_has_no_fingerprint_is_never_said_to_have_no_copies():
    assert after_search(WALL, Context(searched=1200)) == []
    assert after_search(b"text", Context(searched=1200)) == []


def test_a_possible_copy_goes_to_a_person():
    found = after_search(photo(), Context(searched=3, earlier_copies=(COPY,)))

    assert [each.code.slug for each in found] == ["perceptual_hash.possible_copies"]
    assert found[0].details["references"] == ["E-1"]


def test_confirmed_and_identical_copies_are_context():
    copies = (replace(COPY, confirmed=True), replace(COPY, relation="exact", confirmed=True))
    found = after_search(photo(), Context(searched=3, earlier_copies=copies))

    assert {each.code.slug for each in found} == {
        "perceptual_hash.exact_copies",
        "perceptual_hash.confirmed_copies",
    }
    assert {each.code.argues_for for each in found} == {None}


def test_what_the_search_adds_makes_a_result_that_holds():
    findings = perform(CHECK, media(photo()), Context()).findings
    more = tuple(CHECK.follow_up(findings, Context(searched=7)))

    assert result_of(CHECK, findings + more).verdict is CheckVerdict.CONSISTENT


def test_a_film_with_bars_is_stored_with_and_without_them():
    framed = [Image.new("RGB", (320, 400), "black") for _ in range(3)]
    for seed, frame in enumerate(framed):
        frame.paste(scene(60 + seed, 320, 240), (0, 80))
    rows = computed(film(framed, every_key=True)).details["fingerprints"]

    assert [(row["at"], row["part"]) for row in rows] == [
        (at, part) for at in (0.0, 1.0, 2.0) for part in ("whole", "trimmed")
    ]
    still = stored_rows(canonical(media(saved(scene(60, 320, 240)))))[0]
    assert distance(rows[1]["bits"], still.bits) <= NEAR
