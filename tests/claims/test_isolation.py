"""Text from outside on a screen: what deceives is written out, and what people write is left as it is."""

from __future__ import annotations

import unicodedata

import pytest
from django.template import Context, Template
from hypothesis import given
from hypothesis import strategies as st

from claims.isolation import neutral
from tests.texts.lies import HIDDEN, LIES, TURNING

FLOOD = "e" + "\u0301" * 120


@pytest.mark.parametrize(
    "text",
    [
        "حَلَبُ الشَّهْبَاءُ",
        "می‌خواهم",
        "Tiếng Việt",
        "שָׁלוֹם",
        "👩‍👩‍👧",
        "Straße",
        "Zürich\nBern\tGenf",
        "ཨོཾ་མ་ཎི",
        "e\u0301\u0323",
    ],
)
def test_what_people_write_is_left_as_it_is(text):
    assert neutral(text) == text


@pytest.mark.parametrize("character", [*TURNING, *HIDDEN, "\0", "\r", "\x7f", "\ue000", "\ud800"], ids=ascii)
def test_what_turns_or_hides_is_written_as_its_number(character):
    assert neutral(f"a{character}b") == f"a[U+{ord(character):04X}]b"


def test_a_flood_of_marks_is_cut_and_said():
    shown = neutral(f"before {FLOOD}after")
    assert shown == "before e" + "\u0301" * 8 + "[U+0301…]after"
    assert neutral("e" + "\u0301\u200d" * 120).count("\u0301") == 8


@given(st.text())
def test_no_text_at_all_gets_through_with_what_deceives(text):
    shown = neutral(text)
    left = {unicodedata.category(each) for each in shown if each not in "\n\t\u200c\u200d"}
    assert not left & {"Cc", "Cf", "Co", "Cs", "Zl", "Zp"}
    assert neutral(shown) == shown


@pytest.mark.parametrize("lie", LIES)
def test_in_a_template_a_lie_is_escaped_as_well(lie):
    shown = Template('{% load desk %}<p title="{{ text|neutral }}">{{ text|neutral }}</p>').render(
        Context({"text": LIES[lie]})
    )
    assert shown.count("<") == shown.count(">") == 2
    assert shown.count('"') == 2


def test_what_is_safe_already_stays_so_with_its_lies_written_out():
    template = Template("{% load desk i18n %}{% filter neutral %}<b>a\u202eb</b>{% endfilter %}")
    assert template.render(Context()) == "<b>a[U+202E]b</b>"
