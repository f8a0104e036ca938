"""Passwords: what they may not be made of."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

# What somebody tries first at a desk like this one; docs/operators.md lists them. Its host's name joins them.
WORDS = ("corroborate", "verification", "verify", "evidence", "investigation", "investigator", "custodian")
ENOUGH_BESIDE = 8


class NoWordOfTheDesk:
    """Refuses a password of which little is left without the desk's own words."""

    def validate(self, password: str, user: Any = None) -> None:
        """Raise ValidationError for one that is a word of the desk with little beside it."""
        rest = password.lower()
        for word in sorted({*WORDS, *host_words()}, key=len, reverse=True):
            rest = rest.replace(word, "")
        if rest != password.lower() and len(re.sub(r"[\W_]", "", rest)) < ENOUGH_BESIDE:
            raise ValidationError(_("This is too close to the desk's own words."), code="word_of_the_desk")

    def get_help_text(self) -> str:
        """What is asked for, in a sentence."""
        return _("It cannot be made of the desk's own words.")


def host_words() -> list[str]:
    """The parts of the desk's host name that are long enough to be words."""
    host = urlsplit(settings.PUBLIC_URL).hostname or ""
    return [each for each in host.lower().split(".") if len(each) > 3]
