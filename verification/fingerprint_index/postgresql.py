"""The index on PostgreSQL: bands of a hash, each with a B-tree of its own.

Two hashes within 31 of 256 bits are, in at least one of eleven bands, within the band's own radius:
were they further apart in each, they would differ in (2 + 1) × 10 + (1 + 1) = 32 bits. So all keys
within that radius are looked up, and what comes out is measured. A wider search, one of another
algorithm, or one of a small table reads the table.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations

import numpy as np
from django.db import connection
from django.db.backends.utils import CursorWrapper

from media_checks.fingerprints import HEX_DIGITS, NEAR, PDQ
from verification.fingerprint_index.near import Near

# (first bit from 1, bits, radius)
BANDS = (
    (1, 20, 1),
    *((21 + 24 * number, 24, 2) for number in range(6)),
    *((165 + 23 * number, 23, 2) for number in range(4)),
)


# So long as the table has no more bytes (20,000 rows), one reading of it answers the eight questions about a
# photo before the indexes do.
MOST_READ = 5 << 20


def within(algorithm: str, asked: Sequence[str], radius: int) -> Iterator[Near]:
    """Every stored hash within ``radius`` bits, in no order."""
    with connection.cursor() as cursor:
        if algorithm == PDQ and radius <= NEAR and (len(asked) == 1 or _size(cursor) > MOST_READ):
            for question, bits in enumerate(asked):
                cursor.execute(_BANDED, {"hash": f"x{bits}", "radius": radius, **_keys(int(bits, 16))})
                yield from (Near(row, question, distance) for row, distance in cursor.fetchall())
        else:
            hashes = f"{{{','.join(f'x{bits}' for bits in asked)}}}"
            cursor.execute(_read(algorithm), {"hashes": hashes, "radius": radius})
            yield from (Near(*row) for row in cursor.fetchall())


def _size(cursor: CursorWrapper) -> int:
    """Of the table, in bytes."""
    cursor.execute("SELECT pg_relation_size('verification_fingerprint')")
    return cursor.fetchone()[0]


def _read(algorithm: str) -> str:
    bits = 4 * HEX_DIGITS[algorithm]
    return (
        f"SELECT id, asked.number - 1, bit_count({algorithm} # asked.bits) FROM verification_fingerprint"  # noqa: S608 - constants
        f" CROSS JOIN unnest(%(hashes)s::bit({bits})[]) WITH ORDINALITY AS asked (bits, number)"
        f" WHERE {algorithm} IS NOT NULL AND bit_count({algorithm} # asked.bits) <= %(radius)s"
    )


def _keys(value: int) -> dict[str, str]:
    """The keys to look up in the index of each band."""
    shifted = ((257 - first - length, length, radius) for first, length, radius in BANDS)
    return {
        f"band_{number}": _literal((value >> shift & ((1 << length) - 1)) ^ _FLIPS[length, radius])
        for number, (shift, length, radius) in enumerate(shifted)
    }


def _literal(keys: np.ndarray) -> str:
    """The array as PostgreSQL reads it; written by the driver, that took ten times as long."""
    return f"{{{','.join(map(str, keys.tolist()))}}}"


def _flips(length: int, radius: int) -> np.ndarray:
    """Every choice of at most ``radius`` bits of ``length``."""
    chosen = (bits for count in range(radius + 1) for bits in combinations(range(length), count))
    return np.array([sum(1 << bit for bit in bits) for bits in chosen], dtype=np.int64)


_FLIPS = {(length, radius): _flips(length, radius) for _first, length, radius in BANDS}
# From within a SELECT: the planner would weigh each of 2,900 keys, and find the indexes dearer than they are.
_KEYED = " OR ".join(
    f"substring(pdq from {first} for {length})::int = ANY((SELECT %(band_{number})s::int[])::int[])"
    for number, (first, length, _radius) in enumerate(BANDS)
)
_BANDED = (
    "SELECT id, bit_count(pdq # %(hash)s) FROM verification_fingerprint"  # noqa: S608 - constants
    f" WHERE pdq IS NOT NULL AND ({_KEYED}) AND bit_count(pdq # %(hash)s) <= %(radius)s"
)
