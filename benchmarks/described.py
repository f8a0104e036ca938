"""Random descriptors in a database, neighbours planted among them: what ``bench_descriptors`` measures.

Runs in a process of its own, with Django set up. The peer compares the question with every row in memory, by
a product of matrices in one thread; it also says what there is to be found.
"""

from __future__ import annotations

import sys
import time

import numpy as np
from django.core.management import call_command
from django.db import connection

from benchmarks.tables import heading, middle, paired, ratio, table
from claims.models import MediaFile
from media_checks.context import DescriptorModel
from media_checks.descriptors import Descriptors, cosines, radius, version_of
from tests.verification.near_descriptors import beside, some
from verification import descriptor_index
from verification.models import Descriptor

MODEL = DescriptorModel("model.onnx", "a" * 64, 288, 512, 0.5, (0.0,) * 3, (1.0,) * 3)
QUESTIONS, TIMED = 50, 25
COSINES = (0.45, 0.48, 0.5, 0.51, 0.52, 0.55, 0.6, 0.7, 0.8, 0.9, 0.99)
_CHUNK = 5_000


def main() -> None:
    """Fill the database with ``argv[1]`` rows and print what was found and what it cost."""
    rows = int(sys.argv[1])
    call_command("migrate", verbosity=0)
    asked = some(QUESTIONS, seed=1)
    near = np.concatenate([beside(asked, cosine, seed) for seed, cosine in enumerate(COSINES)])
    numbers = np.concatenate([near, some(rows - len(near), seed=2)])
    fill(numbers)
    heading(f"The descriptor index: {rows:,} rows, {connection.vendor}", "512 numbers, cosine .5.")
    start = time.perf_counter()
    list(descriptor_index.near(described(asked[:1])))
    first = time.perf_counter() - start
    exactness(numbers, asked, first)
    searches(numbers, asked)


def described(numbers: np.ndarray) -> Descriptors:
    """What is asked with: one part a row."""
    return Descriptors(version_of(MODEL), MODEL.threshold, tuple(map(str, range(len(numbers)))), numbers)


def name(row: int) -> str:
    """The SHA-256 of the file that a row stands for."""
    return f"{row:064x}"


def fill(numbers: np.ndarray) -> None:
    """A file and a descriptor for each row."""
    signs = described(numbers).signs
    for start in range(0, len(numbers), _CHUNK):
        rows = range(start, min(start + _CHUNK, len(numbers)))
        files = [MediaFile(sha256=name(row), size=1, media_type="image/jpeg", kind="photo") for row in rows]
        MediaFile.objects.bulk_create(files)
        fresh = [
            Descriptor(
                media_file_id=name(row),
                version=version_of(MODEL),
                part="whole",
                numbers=numbers[row].tobytes(),
                signs=bytes.fromhex(signs[row]),
            )
            for row in rows
        ]
        Descriptor.objects.bulk_create(fresh)
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("VACUUM ANALYZE verification_descriptor")  # as autovacuum does of itself


def exactness(numbers: np.ndarray, asked: np.ndarray, first: float) -> None:
    """What the index finds beside what there is; and what a row takes."""
    each_with_each = cosines(numbers, asked)
    there = {(name(row), question) for row, question in np.argwhere(each_with_each >= MODEL.threshold)}
    found = {
        (sha256, question)
        for question in range(len(asked))
        for sha256, _apart in descriptor_index.near(described(asked[[question]]))
    }
    columns = (
        "neighbours at .5 or above",
        "found",
        "lost by their signs (target 0)",
        "found in error",
        "first search, s",
        "bytes a row, all told",
    )
    size = table_size() / len(numbers)
    row = len(there), len(found & there), len(there - found), len(found - there), first, round(size)
    table(columns, [row])


def searches(numbers: np.ndarray, asked: np.ndarray) -> None:
    """One descriptor asked with, the index and the peer in turn."""
    lengths = np.linalg.norm(numbers.astype(np.float32), axis=1)
    held = numbers.astype(np.float32) / lengths[:, None]
    questions, others = iter(asked), iter(asked)

    def peer() -> np.ndarray:
        question = next(others).astype(np.float32)
        return np.flatnonzero(held @ (question / np.linalg.norm(question)) >= MODEL.threshold)

    ours, theirs = paired(lambda: list(descriptor_index.near(described(next(questions)[None]))), peer, TIMED)
    signs = described(numbers).sign_words
    beyond = np.bitwise_count(signs ^ described(asked[:1]).sign_words).sum(axis=1)
    candidates = int((beyond <= radius(512, MODEL.threshold)).sum())
    columns = ("radius of the signs", "rows within it", "the index, ms", "all in memory, ms", "times as fast")
    row = radius(512, MODEL.threshold), candidates, 1000 * middle(ours), 1000 * middle(theirs)
    table(columns, [(*row, ratio(theirs, ours))])


def table_size() -> int:
    """Bytes of the table with its indexes."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SELECT pg_total_relation_size('verification_descriptor')")
        else:
            tables = "SELECT name FROM sqlite_master WHERE tbl_name = 'verification_descriptor'"
            cursor.execute(f"SELECT sum(pgsize) FROM dbstat WHERE name IN ({tables})")
        return cursor.fetchone()[0]


if __name__ == "__main__":
    main()
