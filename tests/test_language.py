"""Every sentence that volunteers and investigators can read is in Arabic too, compiled as it was written."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import polib
import pytest
from django.conf import settings
from django.utils import translation
from django.utils.translation.template import templatize

ROOT = Path(settings.BASE_DIR)
ARABIC = ROOT / "locale" / "ar" / "LC_MESSAGES"
# Partners read English.
LEFT_OUT = {"api", "migrations"}
TEMPLATES, MODULES = (
    [
        path
        for app in ("claims", "verification")
        for path in sorted((ROOT / app).rglob(f"*.{kind}"))
        if not LEFT_OUT & set(path.relative_to(ROOT).parts)
    ]
    for kind in ("html", "py")
)
MARKS = {"_", "gettext", "gettext_lazy", "ngettext", "ngettext_lazy"}
MARKED = re.compile(r"\b(?:gettext|ngettext|_)\(u?('(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\")")
HOLES = re.compile(r"%\(\w+\)s|\{\w+\}")


def in_template(text: str) -> set[str]:
    """The sentences that a template marks, as gettext would find them."""
    return {ast.literal_eval(each) for each in MARKED.findall(templatize(text))}


def in_module(text: str) -> set[str]:
    """The sentences that a module marks."""
    calls = [each for each in ast.walk(ast.parse(text)) if isinstance(each, ast.Call)]
    marked = [each for each in calls if isinstance(each.func, ast.Name) and each.func.id in MARKS]
    return {each.args[0].value for each in marked if isinstance(each.args[0], ast.Constant)}


@pytest.fixture(scope="module")
def written() -> polib.POFile:
    return polib.pofile(str(ARABIC / "django.po"))


def translations(entry: polib.POEntry) -> list[str]:
    return list(entry.msgstr_plural.values()) if entry.msgid_plural else [entry.msgstr]


def test_the_marks_are_found():
    assert in_template("{% translate 'One' %}{% blocktranslate %}Two {{ x }}{% endblocktranslate %}") == {
        "One",
        "Two %(x)s",
    }
    assert in_module("a = _('One' ' and two')\nb = other('Three')") == {"One and two"}
    assert {"review.html", "send.html"} <= {each.name for each in TEMPLATES}


@pytest.mark.parametrize("source", [*TEMPLATES, *MODULES], ids=lambda each: str(each.relative_to(ROOT)))
def test_every_sentence_is_translated(source, written):
    find = in_template if source.suffix == ".html" else in_module
    known = {each.msgid: each for each in written}
    for sentence in find(source.read_text()):
        assert sentence in known, sentence
        assert not known[sentence].fuzzy, sentence
        assert all(each.strip() for each in translations(known[sentence])), sentence


def test_what_is_filled_into_a_sentence_is_filled_into_its_translation(written):
    for entry in written.translated_entries():
        filled = set(HOLES.findall(entry.msgid + entry.msgid_plural))
        for each in translations(entry):
            given = set(HOLES.findall(each))
            assert given <= filled
            assert entry.msgid_plural or given == filled, entry.msgid


def test_the_compiled_catalogue_is_the_written_one(written):
    compiled = {each.msgid: translations(each) for each in polib.mofile(str(ARABIC / "django.mo"))}
    assert compiled == {each.msgid: translations(each) for each in written.translated_entries()}


@pytest.mark.parametrize(
    ("count", "said"),
    [(1, "استلمنا عنصرًا واحدًا."), (2, "استلمنا عنصرين."), (5, "استلمنا 5 عناصر."), (11, "استلمنا 11 عنصرًا.")],
)
def test_arabic_counts_as_arabic_does(count, said):
    one, many = "We have received one item.", "We have received %(count)s items."
    with translation.override("ar"):
        sentence = translation.ngettext(one, many, count)
        assert sentence.replace("%(count)s", str(count)) == said
