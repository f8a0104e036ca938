"""The allow-list of findings: what is not listed stays in, and what is listed has a shape."""

from __future__ import annotations

import string

import pytest

from media_checks import registry
from media_checks.contract import NOT_APPLICABLE, UNREADABLE, Bearing
from verification.partners.redaction import SHOWN, finding_document

DECLARED = sorted(
    {UNREADABLE.slug, NOT_APPLICABLE.slug, *(code.slug for check in registry.CHECKS for code in check.codes)}
)
FREE_TEXT = "Huda's phone 2016-11-18 <b>"


def document(code, *, exact_places=False, **details):
    finding = {"code": code, "bearing": "context", "summary": FREE_TEXT, "details": details}
    return finding_document(finding, exact_places=exact_places)


def placeholders(sentence):
    return {name for _text, name, _spec, _conversion in string.Formatter().parse(sentence) if name}


@pytest.mark.parametrize("code", DECLARED)
def test_every_code_that_a_check_declares_is_listed(code):
    assert code in SHOWN


@pytest.mark.parametrize("code", sorted(SHOWN))
def test_a_sentence_names_only_details_that_may_leave(code):
    assert placeholders(SHOWN[code].sentence) <= set(SHOWN[code].details)


@pytest.mark.parametrize("code", sorted(SHOWN))
def test_no_listed_detail_lets_free_text_out(code):
    names = {**SHOWN[code].details, **SHOWN[code].exact}
    shown = document(code, exact_places=True, **dict.fromkeys(names, FREE_TEXT))
    assert "Huda" not in str(shown)
    assert "<b>" not in str(shown)


@pytest.mark.parametrize("value", [["Huda"], {"a": "Huda"}, True, None])
@pytest.mark.parametrize("code", sorted(SHOWN))
def test_a_listed_detail_of_another_kind_stays_in(code, value):
    names = {**SHOWN[code].details, **SHOWN[code].exact}
    assert "Huda" not in str(document(code, exact_places=True, **dict.fromkeys(names, value)))


def test_a_code_that_nobody_listed_is_named_and_says_nothing():
    shown = document("metadata.invented", owner="Huda", private="Huda")
    assert shown == {
        "code": "metadata.invented",
        "bearing": "context",
        "summary": "The desk does not pass on what this finding says.",
        "details": {},
    }


@pytest.mark.parametrize("bearing", list(Bearing))
def test_the_bearing_leaves(bearing):
    finding = {"code": "metadata.none", "bearing": bearing.value, "summary": "", "details": {}}
    assert finding_document(finding, exact_places=False)["bearing"] == bearing.value


def test_the_name_of_a_device_stays_in():
    assert document("metadata.device", device="Nokia 3310", make="Nokia", model="3310")["details"] == {}


def test_times_leave_as_days():
    details = {"earliest": "2016-11-18T09:14:03Z", "latest": "2016-11-18T23:59:59.500Z"}
    shown = document("dates.envelope", **details, earliest_appearance=None)
    assert shown["details"] == {"earliest": "2016-11-18", "latest": "2016-11-18"}
    assert shown["summary"].endswith("earliest provable appearance: unknown.")


def test_an_interval_for_a_person_leaves_as_days():
    said = "2016-11-17 21:00 UTC to 2016-11-18 03:00 UTC"
    shown = document("dates.fits_claim", source="EXIF DateTimeOriginal", said=said, weight="C")
    assert shown["details"] == {
        "source": "the camera's clock",
        "said": "2016-11-17 to 2016-11-18",
        "weight": "C",
    }


def test_a_gap_leaves_in_whole_days():
    assert document("metadata.time_differs", gap="90 minutes", seconds=5400)["details"] == {"seconds": 0}
    assert document("metadata.time_differs", gap="2 days", seconds=172_900)["details"] == {"seconds": 2}


def test_another_item_is_not_referred_to():
    reference = "1278109b-1449-4394-a2e1-e4d1e649196a"
    details = {
        "reference": reference, "relation": "near", "distance": 12, "existed_by": "2013-02-01 10:00 UTC",
        "source": f"near copy {reference}", "note": "match confirmed by a person, receipt", "weight": "B",
    }  # fmt: skip
    shown = document("dates.earlier_copy", **details)
    assert reference not in str(shown)
    assert shown["details"] == {"existed_by": "2013-02-01", "weight": "B", "relation": "near", "distance": 12}


def test_an_exact_position_leaves_only_where_the_case_publishes_it():
    details = {"latitude": 36.20871, "longitude": 37.15432}
    assert document("metadata.position", **details)["details"] == {}
    assert document("metadata.position", exact_places=True, **details)["details"] == details


def test_a_distance_is_as_good_as_a_position():
    assert document("metadata.place_agrees", distance_km=1.3, precision_km=5.0)["details"] == {}
    open_ = document("metadata.place_agrees", exact_places=True, distance_km=1.3)
    assert open_["details"] == {"distance_km": 1.3}
