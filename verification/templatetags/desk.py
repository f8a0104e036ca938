"""How the desk writes verdicts, times, hashes, and text that other people wrote."""

from __future__ import annotations

import re
import unicodedata
from datetime import UTC, datetime, timedelta
from typing import Any

from django import template
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from verification.models import Authenticity
from verification.words import ACTS, BEARINGS, CHECKS, SIGNALS, VERDICTS

register = template.Library()

# Whatever turns a line around, hides in it, or is not a character: of these, people see the number.
_KEPT = "\n\t"
_DECEIVING = frozenset({"Cc", "Cf", "Co", "Cs", "Zl", "Zp"})
# The joiners are letters of Arabic and Persian spelling; alone they cannot turn a line around.
_SPELLING = "\u200c\u200d"
_ID = re.compile(r"\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b")
_SUSPECT = re.compile(r"[^\x20-\x7e]")


@register.filter
def neutral(text: Any) -> str:
    """Text from outside with control, formatting and bidirectional characters written as their numbers.

    The record keeps what was given; this is for screens only, and is escaped like any other text.
    """
    return _SUSPECT.sub(_neutralised, "" if text is None else str(text))


@register.filter
def short_ids(text: Any) -> str:
    """Text with the ids of records shortened to what pages call them."""
    return _ID.sub(lambda found: found[0][:8], str(text))


def _neutralised(found: re.Match[str]) -> str:
    character = found[0]
    if character in _KEPT or character in _SPELLING or unicodedata.category(character) not in _DECEIVING:
        return character
    return f"[U+{ord(character):04X}]"


@register.simple_tag
def verdict(value: str) -> SafeString:
    """A check verdict: its word, with the sign and the colour that its class brings."""
    if value not in VERDICTS:
        return format_html('<span class="quiet">{}</span>', _("no verdict yet"))
    return format_html('<span class="verdict verdict-{}">{}</span>', value, VERDICTS[value])


@register.filter
def check_name(slug: str) -> str:
    """What a check looks at, in a word."""
    return str(CHECKS.get(slug, slug))


@register.filter
def act_name(action: str) -> str:
    """What a line of the record says was done."""
    return str(ACTS.get(action, action))


@register.filter
def bearing_name(bearing: str) -> str:
    """What a finding means for the evidence as claimed."""
    return str(BEARINGS.get(bearing, bearing))


@register.filter
def signal_name(kind: str) -> str:
    """What a date signal bounds."""
    return str(SIGNALS.get(kind, kind))


@register.filter
def authenticity_name(code: str) -> str:
    """An authenticity code in words."""
    return str(dict(Authenticity.choices).get(code, code))


@register.filter
def moment(value: datetime | str | None) -> SafeString | str:
    """An exact time with its zone."""
    at = _time_of(value)
    if at is None:
        return _("unknown")
    return _timed(at, at.strftime("%Y-%m-%d %H:%M UTC"))


@register.filter
def hour(value: datetime | None) -> SafeString | str:
    """A time that could lead to a source: to the hour."""
    at = _time_of(value)
    if at is None:
        return _("unknown")
    at = at.replace(minute=0, second=0, microsecond=0)
    return _timed(at, at.strftime("%Y-%m-%d %H:00 UTC"))


@register.filter
def age(value: datetime | None) -> SafeString | str:
    """How long ago, in the largest unit that fits; the hour itself is shown on focus."""
    at = _time_of(value)
    if at is None:
        return ""
    exact = at.replace(minute=0, second=0, microsecond=0)
    shown = in_words(timezone.now() - at)
    return format_html(
        '<time class="age" tabindex="0" datetime="{}" data-exact="{}">{}</time>',
        exact.isoformat(),
        exact.strftime("%Y-%m-%d %H:00 UTC"),
        shown,
    )


def in_words(past: timedelta) -> str:
    """A span of time in one unit; what is shorter than an hour is not told apart."""
    hours = int(past / timedelta(hours=1))
    if hours < 1:
        return _("under an hour")
    if hours < 48:
        return ngettext("%(n)s hour", "%(n)s hours", hours) % {"n": hours}
    return ngettext("%(n)s day", "%(n)s days", hours // 24) % {"n": hours // 24}


@register.filter
def fingerprint(sha256: str | None) -> SafeString | str:
    """A SHA-256, shortened on screen, whole when copied."""
    if not sha256:
        return ""
    return format_html('<span class="hash" data-copy="{}" title="{}">{}…</span>', sha256, sha256, sha256[:12])


def _timed(at: datetime, text: str) -> SafeString:
    return format_html('<time class="exact" datetime="{}">{}</time>', at.isoformat(), text)


def _time_of(value: datetime | str | None) -> datetime | None:
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value)
        except ValueError:
            return None
    return value.astimezone(UTC) if value else None
