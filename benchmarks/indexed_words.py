"""So many photos' words in a database: what ``bench_index`` measures of local features.

Runs in a process of its own, with Django set up. Words are alike as often as those of distinct real photos:
one pair in 2^27. The peer of a search reads all rows of the table and compares every word.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from itertools import islice

import numpy as np
from django.core.management import call_command
from django.db import connection
from django.db.models import QuerySet

from benchmarks.tables import heading, middle, paired, ratio, table
from claims.models import MediaFile
from media_checks.local_features import MOST, VERSION, Features, words_in
from media_checks.placements import LEAST_VOTES
from media_checks.word_index import asked_for
from verification import fingerprint_index
from verification.models import LocalFeatures

KINDS = 1 << 27
ASKED, KEPT, TIMED, ALONE = 100, 8, 15, 300
_CHUNK, _ROW_BYTES = 5_000, 14


def main() -> None:
    """Fill the database with the words of ``argv[1]`` photos and print what was found and what it cost."""
    photos = int(sys.argv[1])
    call_command("migrate", verbosity=0)
    chance = np.random.default_rng(1)
    fill([made(chance) for _ in range(photos)])
    heading(f"The words of local features: {photos:,} photos, {connection.vendor}", f"{MOST} words each.")
    numbers = list(LocalFeatures.objects.order_by("pk").values_list("pk", flat=True)[:: photos // ASKED])[
        :ASKED
    ]
    asked = [asked_for(kept(LocalFeatures.objects.get(pk=number), chance)) for number in numbers]
    start = time.perf_counter()
    fingerprint_index.sharing(asked[0])
    first = time.perf_counter() - start
    found = [fingerprint_index.sharing(each) for each in asked]
    there = [by_comparing(each) for each in asked[:3]]
    table(
        (
            "asked for",
            "found",
            "answers as by comparing all",
            "others found",
            "first search, s",
            "bytes a photo",
        ),
        [
            (
                len(asked),
                sum(number in each for number, each in zip(numbers, found, strict=True)),
                f"{sum(one == other for one, other in zip(there, found, strict=False))} of {len(there)}",
                sum(len(each) for each in found) - len(asked),
                first,
                size() // photos,
            )
        ],
    )
    searches(asked)
    insertions(chance)


def made(chance: np.random.Generator) -> Features:
    """The features of a photo that nobody took."""
    words = chance.integers(0, KINDS, MOST, dtype=np.uint32) * np.uint32((1 << 30) // KINDS)
    places = chance.uniform(0, 1, (MOST, 2)) * (400, 300)
    return Features(words, np.full_like(words, 15), places, chance.uniform(1.6, 20, MOST), (400.0, 300.0))


def kept(stored: LocalFeatures, chance: np.random.Generator) -> Features:
    """Another photo that shares eight places with a stored one."""
    features, words = made(chance), words_in(bytes(stored.rows))
    features.words[:KEPT] = chance.choice(words, KEPT, replace=False)
    return features


def fill(photos: list[Features], first: int = 0) -> None:
    """A media file and a row for each, in this order."""
    for begin in range(0, len(photos), _CHUNK):
        files = [
            MediaFile(sha256=f"{first + at:064x}", size=1, media_type="image/jpeg", kind="photo")
            for at in range(begin, min(begin + _CHUNK, len(photos)))
        ]
        MediaFile.objects.bulk_create(files)
        LocalFeatures.objects.bulk_create(
            row(file, each) for file, each in zip(files, photos[begin : begin + _CHUNK], strict=True)
        )
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("VACUUM ANALYZE verification_localfeatures")  # as autovacuum does of itself


def row(file: MediaFile, features: Features) -> LocalFeatures:
    width, height = features.size
    rows = features.packed()
    return LocalFeatures(media_file=file, version=VERSION, width=width, height=height, rows=rows)


def by_comparing(asked: np.ndarray) -> dict[int, int]:
    """What the index should find: every row read, every word compared."""
    found: dict[int, int] = {}
    every = LocalFeatures.objects.order_by("pk").values_list("pk", "rows")
    for some in chunks(every):
        words = words_in(b"".join(bytes(rows) for _number, rows in some))
        owners = np.repeat(
            [number for number, _rows in some], [len(rows) // _ROW_BYTES for _number, rows in some]
        )
        there = np.isin(words, asked)
        each = np.unique(owners[there] << 32 | words[there].astype(np.int64))
        numbers, shared = np.unique(each >> 32, return_counts=True)
        found |= {
            int(at): int(count) for at, count in zip(numbers, shared, strict=True) if count >= LEAST_VOTES
        }
    return found


def chunks(rows: QuerySet) -> Iterator[list[tuple[int, bytes]]]:
    """The rows in lists of some thousands."""
    from_table = rows.iterator(_CHUNK)
    while some := list(islice(from_table, _CHUNK)):
        yield some


def size() -> int:
    """Bytes of the table with its indexes; on SQLite, of the whole database."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SELECT pg_total_relation_size('verification_localfeatures')")
        else:
            cursor.execute("SELECT page_count * page_size FROM pragma_page_count, pragma_page_size")
        return cursor.fetchone()[0]


def searches(asked: list[np.ndarray]) -> None:
    """One photo asked for, by the index and by comparing all, in turn."""
    questions, others = iter(asked), iter(asked)
    ours, theirs = paired(
        lambda: fingerprint_index.sharing(next(questions)), lambda: by_comparing(next(others)), TIMED
    )
    columns = ("a photo's search, ms (target ≤ 1,000)", "comparing all, ms", "times as fast")
    table(columns, [(1000 * middle(ours), 1000 * middle(theirs), ratio(theirs, ours))])


def insertions(chance: np.random.Generator) -> None:
    """New rows, one a transaction, through the model."""
    files = [
        MediaFile(sha256=f"f{at:063x}", size=1, media_type="image/jpeg", kind="photo") for at in range(ALONE)
    ]
    rows = [row(file, made(chance)) for file in MediaFile.objects.bulk_create(files)]
    start = time.perf_counter()
    for each in rows:
        each.save(force_insert=True)
    table(("insertion alone, ms",), [(1000 * (time.perf_counter() - start) / ALONE,)])
