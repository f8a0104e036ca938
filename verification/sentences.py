"""Findings in the language of whoever reads them.

A finding is stored with its English sentence and its details. The sentence of its code is the msgid of its
translation; what is filled in is translated where it is the desk's own wording, and stands as it is where it
is a file's. Each value is neutralised and isolated, so that a date, a name or a trick in it stays as it is in
a line that runs from right to left.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from string import Formatter
from typing import Any

from django.conf import settings
from django.utils.translation import get_language, gettext, ngettext_lazy

from claims.isolation import isolated, neutral
from media_checks import registry
from media_checks.contract import NOT_APPLICABLE, UNREADABLE
from verification.phrases import AS_IT_STANDS, phrase_of

TEMPLATES = {
    code.slug: code.sentence
    for code in (UNREADABLE, NOT_APPLICABLE, *(code for check in registry.CHECKS for code in check.codes))
}
SPANS = {
    "seconds": ngettext_lazy("%(n)s second", "%(n)s seconds", "n"),
    "minutes": ngettext_lazy("%(n)s minute", "%(n)s minutes", "n"),
    "hours": ngettext_lazy("%(n)s hour", "%(n)s hours", "n"),
    "days": ngettext_lazy("%(n)s day", "%(n)s days", "n"),
    "years": ngettext_lazy("%(n)s year", "%(n)s years", "n"),
}
_SPAN = re.compile(rf"(\d+) ({'|'.join(SPANS)})")
_IN_ENGLISH = re.compile(r"\d\d [A-Z][a-z]+ \d{4} \d\d:\d\d(:\d\d)?")


def sentence(finding: Mapping[str, Any]) -> str:
    """The sentence of a stored finding, ready for a screen.

    It is the stored one where that is the reader's language, and where the code, or what its sentence needs,
    is not known any more.
    """
    template = TEMPLATES.get(finding["code"])
    if template is None or _reads_what_is_stored():
        return neutral(finding["summary"])
    details = finding.get("details") or {}
    try:
        return _filled(gettext(template), {name: details[name] for name in holes(template)})
    except KeyError:
        return neutral(finding["summary"])


def worded(value: Any) -> str:
    """One source, note or reason in the reader's language, ready for a screen."""
    if _reads_what_is_stored():
        return neutral(value)
    return _worded("" if value is None else str(value))


def holes(template: str) -> set[str]:
    """The names of what is filled into a sentence."""
    return {name for _text, name, _format, _conversion in Formatter().parse(template) if name}


def _reads_what_is_stored() -> bool:
    return (get_language() or settings.LANGUAGE_CODE) == settings.LANGUAGE_CODE


def _filled(template: str, values: Mapping[str, Any]) -> str:
    return template.format(**{name: isolated(_said(name, value)) for name, value in values.items()})


def _said(name: str, value: Any) -> str:
    return neutral(value) if name in AS_IT_STANDS else _worded(str(value))


def _worded(value: str) -> str:
    if span := _SPAN.fullmatch(value):
        return str(SPANS[span[2]] % {"n": int(span[1])})
    if written := _IN_ENGLISH.match(value):
        return neutral(_in_numbers(written) + value[written.end() :])
    found = phrase_of(value)
    return _filled(gettext(found[0]), found[1]) if found else neutral(value)


def _in_numbers(written: re.Match[str]) -> str:
    """``18 November 2016 14:02:00`` as ``2016-11-18 14:02:00``."""
    clock = "%H:%M:%S" if written[1] else "%H:%M"
    try:
        return datetime.strptime(written[0], f"%d %B %Y {clock}").strftime(f"%Y-%m-%d {clock}")
    except ValueError:
        return written[0]
