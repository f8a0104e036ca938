"""Every check there is: one explicit tuple."""

from __future__ import annotations

from media_checks import metadata, perceptual_hash, reverse_date
from media_checks.contract import Check

CHECKS: tuple[Check, ...] = (metadata.CHECK, perceptual_hash.CHECK, reverse_date.CHECK)


def check(slug: str) -> Check:
    """The check of that name; raises KeyError for any other."""
    return {each.slug: each for each in CHECKS}[slug]
