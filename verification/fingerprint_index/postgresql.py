"""The index on PostgreSQL: bands of a hash, each with a B-tree of its own.

Two hashes within 31 of 256 bits are, in at least one of eleven bands, within the band's own radius:
were they further apart in each, they would differ in (2 + 1) × 10 + (1 + 1) = 32 bits. So all keys
within that radius are looked up, and what comes out is measured. A wider search, one of another
algorithm, or one of a small table reads the table.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from itertools import combinations
from typing import Self

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
# PostgreSQL's numbers of its types int and int[] (pg_type), and of the form of a parameter (libpq).
_INT4, _INT4S, _BINARY = 23, 1007, 1

# So long as the table has no more bytes (20,000 rows), one reading of it answers the eight questions about a
# photo before the indexes do.
MOST_READ = 5 << 20


def within(algorithm: str, asked: Sequence[str], radius: int) -> Iterator[Near]:
    """Every stored hash within ``radius`` bits, in no order."""
    with _cursor() as cursor:
        if algorithm == PDQ and radius <= NEAR and (len(asked) == 1 or _size(cursor) > MOST_READ):
            for question, bits in enumerate(asked):
                cursor.execute(_BANDED, {"hash": f"x{bits}", "radius": radius, **_keys(int(bits, 16))})
                yield from (Near(row, question, distance) for row, distance in cursor.fetchall())
        else:
            hashes = f"{{{','.join(f'x{bits}' for bits in asked)}}}"
            cursor.execute(_read(algorithm), {"hashes": hashes, "radius": radius})
            yield from (Near(*row) for row in cursor.fetchall())


def _cursor() -> CursorWrapper:
    """One that knows how keys are written."""
    cursor = connection.cursor()
    cursor.adapters.register_dumper(_Integers, _Written)
    return cursor


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


def _keys(value: int) -> dict[str, _Integers]:
    """The keys to look up in the index of each band."""
    shifted = ((257 - first - length, length, radius) for first, length, radius in BANDS)
    return {
        f"band_{number}": _Integers.of((value >> shift & ((1 << length) - 1)) ^ _FLIPS[length, radius])
        for number, (shift, length, radius) in enumerate(shifted)
    }


class _Integers(bytes):
    """An ``int[]`` in binary, as PostgreSQL takes it (array_recv): its digits cost three times as much."""

    @classmethod
    def of(cls, values: np.ndarray) -> _Integers:
        """One dimension, no NULL, int4, so many from 1; then each with its length. In order, for PostgreSQL
        would sort them, and takes longer for it."""
        each = np.empty(len(values), dtype=[("length", ">i4"), ("value", ">i4")])
        each["length"], each["value"] = 4, np.sort(values)
        return cls(struct.pack(">5i", 1, 0, _INT4, len(values), 1) + each.tobytes())


class _Written:
    """What psycopg asks of whoever writes a parameter (``psycopg.abc.Dumper``); this one is written."""

    format, oid = _BINARY, _INT4S

    def __init__(self, kind: type, context: object = None):
        self.kind = kind

    def dump(self, integers: _Integers) -> bytes:
        """As it goes over the wire."""
        return integers

    def get_key(self, integers: _Integers, format: object) -> type:
        """All are written alike."""
        return self.kind

    def upgrade(self, integers: _Integers, format: object) -> Self:
        """Nor does one need another writer."""
        return self


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
