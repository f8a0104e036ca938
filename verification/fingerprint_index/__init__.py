"""The fingerprint index: every stored hash within a radius of those asked with, and none missed.

It is in the database, and so as true as the database: PostgreSQL looks rows up in eleven indexes,
SQLite's are held beside in columns, and both give the same answers. Hashes of a quality below 50 are
not in it: too many pictures share them.

A search sees what was committed before it began. So commit what is new, then search: two files that
arrive at once each see the other then, and in one transaction they would miss each other.
"""

from __future__ import annotations

from collections.abc import Sequence

from django.db import connection

from media_checks.fingerprints import HEX_DIGITS
from verification.fingerprint_index import columns, postgresql
from verification.fingerprint_index.near import Near
from verification.fingerprint_index.words import sharing

__all__ = ["Near", "sharing", "within"]

_HEX = frozenset("0123456789abcdef")


def within(algorithm: str, asked: Sequence[str], radius: int) -> list[Near]:
    """Every stored hash of the algorithm within ``radius`` bits of one of those asked with, in hex.

    Ordered by fingerprint and question; the distance is in bits. Raises ValueError for what is no hash.
    """
    for bits in asked:
        if len(bits) != HEX_DIGITS[algorithm] or set(bits) - _HEX:
            raise ValueError(f"this is no hash of the algorithm {algorithm}: {bits[:80]!r}")
    index = postgresql if connection.vendor == "postgresql" else columns
    return sorted(index.within(algorithm, asked, radius))
