"""The descriptor index: every photo whose learned descriptor has a cosine at the threshold or above.

First the signs of the numbers, as bits: what differs in too many of them is not looked at further. Then the
cosine of the numbers themselves. Both databases give the same answers: PostgreSQL reads the table, SQLite's
signs are held in columns, as its fingerprints are. Commit what is new, then search.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from django.db import connection, transaction
from django.db.models import Exists, OuterRef

from claims.models import MediaFile
from media_checks.context import DescriptorModel
from media_checks.descriptors import Descriptors, cosines, version_of
from verification.fingerprint_index.columns import Held, search
from verification.models import Descriptor

_LOOKED_UP_AT_ONCE = 500
# Rows of another model can have another width, which PostgreSQL refuses to compare: CASE keeps them out.
_SCAN = (
    "SELECT id FROM verification_descriptor WHERE CASE WHEN version = %s"
    " THEN bit_count(sign_bits # %s::bit varying) <= %s ELSE false END"
)


@transaction.atomic
def store(media_file: MediaFile, described: Descriptors | None, model: DescriptorModel | None) -> None:
    """Store what a photo was described with; rows that are there already stay as they are.

    Raises ValueError for what the model that was named cannot have given: one row of another length would
    break every search after it.
    """
    if described is None:
        return
    if not described.is_of(model):
        raise ValueError("the photo was described with another model than the one named")
    rows = zip(described.parts, described.numbers, described.signs, strict=True)
    fresh = [
        Descriptor(
            media_file=media_file,
            version=described.version,
            part=part,
            numbers=numbers.tobytes(),
            signs=bytes.fromhex(signs),
        )
        for part, numbers, signs in rows
    ]
    Descriptor.objects.bulk_create(fresh, ignore_conflicts=True)


def of(media_file: MediaFile, alike: Descriptors | None) -> Descriptors | None:
    """What is stored of a photo that can be compared with these; None where there is nothing."""
    if alike is None:
        return None
    rows = Descriptor.objects.filter(media_file=media_file, version=alike.version).order_by("pk")
    parts = tuple((each.part, bytes(each.numbers)) for each in rows)
    if not parts:
        return None
    return Descriptors(alike.version, alike.threshold, tuple(part for part, _ in parts), _numbers(parts))


def near(described: Descriptors | None) -> Iterator[tuple[str, float]]:
    """The SHA-256 of each file with a descriptor at the threshold or above, and how far off it is.

    That is the share of a half turn that lies between the two, which is the share of sign bits in which
    two such descriptors differ as a rule. A file can come several times, and the asking one comes too.
    """
    if described is None:
        return
    numbers = sorted(_alike_by_signs(described))
    for at in range(0, len(numbers), _LOOKED_UP_AT_ONCE):
        found = Descriptor.objects.filter(pk__in=numbers[at : at + _LOOKED_UP_AT_ONCE])
        rows = [(sha256, bytes(each)) for sha256, each in found.values_list("media_file_id", "numbers")]
        greatest = cosines(_numbers(tuple(rows)), described.numbers).max(axis=1) if rows else ()
        for (sha256, _numbers_of_it), cosine in zip(rows, greatest, strict=True):
            if cosine >= described.threshold:
                yield sha256, float(np.arccos(min(cosine, 1.0)) / np.pi)


def has_described(media_file: OuterRef, model: DescriptorModel) -> Exists:
    """Whether a model has described a photo, as a condition of a query."""
    return Exists(Descriptor.objects.filter(media_file=media_file, version=version_of(model)))


def _alike_by_signs(described: Descriptors) -> set[int]:
    if connection.vendor != "postgresql":
        digits = len(described.signs[0])
        held = Held(
            "verification_descriptor", "lower(hex(signs))", "version = %s", (described.version,), digits
        )
        return {row for row, _question, _distance in search(held, described.signs, described.radius)}
    with connection.cursor() as cursor:
        found: set[int] = set()
        for signs in described.signs:
            cursor.execute(_SCAN, [described.version, f"x{signs}", described.radius])
            found.update(row for (row,) in cursor.fetchall())
    return found


def _numbers(rows: tuple[tuple[str, bytes], ...]) -> np.ndarray:
    data = b"".join(numbers for _name, numbers in rows)
    return np.frombuffer(data, dtype=np.int8).reshape(len(rows), -1)
