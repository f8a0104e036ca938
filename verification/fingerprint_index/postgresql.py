"""The index on PostgreSQL: bands of a hash, each with a B-tree of its own.

Two hashes within 31 of 256 bits are, in at least one of eleven bands, within the band's own radius:
were they further apart in each, they would differ in (2 + 1) × 10 + (1 + 1) = 32 bits. So all keys
within that radius are looked up, and what comes out is measured. A wider search, or one of another
algorithm, reads the table.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations

import numpy as np
from django.db import connection

from media_checks.fingerprints import NEAR, PDQ
from verification.fingerprint_index.near import Near

# (first bit from 1, bits, radius)
BANDS = (
    (1, 24, 1),
    *((1 + 24 * number, 24, 2) for number in (1, 2)),
    *((73 + 23 * number, 23, 2) for number in range(8)),
)


def within(algorithm: str, asked: Sequence[str], radius: int) -> Iterator[Near]:
    """Every stored hash within ``radius`` bits, in no order."""
    narrow = algorithm == PDQ and radius <= NEAR
    statement = _statement(algorithm, _BANDED if narrow else "")
    with connection.cursor() as cursor:
        for question, bits in enumerate(asked):
            keys = _keys(int(bits, 16)) if narrow else {}
            cursor.execute(statement, {"hash": f"x{bits}", "radius": radius, **keys})
            for row, distance in cursor.fetchall():
                yield Near(row, question, distance)


def _statement(algorithm: str, where: str) -> str:
    return (
        f"SELECT id, bit_count({algorithm} # %(hash)s) FROM verification_fingerprint"  # noqa: S608 - constants
        f" WHERE {algorithm} IS NOT NULL {where} AND bit_count({algorithm} # %(hash)s) <= %(radius)s"
    )


def _keys(value: int) -> dict[str, str]:
    """The keys to look up in the index of each band; as literals, or the planner would not choose it."""
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
_BANDED = "AND ({})".format(
    " OR ".join(
        f"substring(pdq from {first} for {length})::int = ANY(%(band_{number})s::int[])"
        for number, (first, length, _radius) in enumerate(BANDS)
    )
)
