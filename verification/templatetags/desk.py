"""How the desk writes verdicts, times, hashes, and text that other people wrote."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

from django import template
from django.utils import timezone
from django.utils.html import conditional_escape, format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from claims.isolation import neutral
from verification.access import factors
from verification.models import Authenticity
from verification.sentences import worded
from verification.words import ACTS, BEARINGS, CHECKS, SIGNALS, VERDICTS

register = template.Library()

_DATE = re.compile(r"\b\d{4}-\d\d-\d\d(?: \d\d:\d\d(?::\d\d)?(?: UTC)?)?\b")
_ID = re.compile(r"\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b")

# What is safe already, as a sentence with a link in it, stays so: nothing that is written out is markup.
register.filter("neutral", neutral, is_safe=True)
register.filter("worded", worded)
register.filter("has_entered", factors.has_entered)
register.filter("may_stay", factors.is_at_the_door)


@register.filter
def short_ids(text: Any) -> str:
    """Text with the ids of records shortened to what pages call them."""
    return _ID.sub(lambda found: found[0][:8], str(text))


@register.filter
def whole_dates(text: Any) -> SafeString:
    """A sentence whose dates do not break at the end of a line: half a date can be read for another."""
    return mark_safe(_DATE.sub(r'<span class="whole">\g<0></span>', conditional_escape(text)))  # noqa: S308


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
