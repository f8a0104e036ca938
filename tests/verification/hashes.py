"""Hashes at known distances of others, for the tests of the fingerprint index and its bench."""

from __future__ import annotations

import random

from verification.fingerprint_index import postgresql


def changed(bits: str, count: int, chance: random.Random) -> str:
    """The hash with so many of its bits turned over."""
    turned = sum(1 << bit for bit in chance.sample(range(4 * len(bits)), count))
    return f"{int(bits, 16) ^ turned:0{len(bits)}x}"


def spread(bits: str, chance: random.Random) -> str:
    """31 bits turned over so that all bands but one are beyond their own radius."""
    spared, turned = chance.randrange(len(postgresql.BANDS)), 0
    for number, (first, length, radius) in enumerate(postgresql.BANDS):
        count = radius if number == spared else radius + 1
        turned |= sum(1 << (257 - first - length + bit) for bit in chance.sample(range(length), count))
    return f"{int(bits, 16) ^ turned:064x}"
