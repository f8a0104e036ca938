"""So many random fingerprints in a database, neighbours planted among them: what ``bench_index`` measures.

Runs in a process of its own, with Django set up. The peers of a search are FAISS's flat index in memory,
one thread, which also says what is there to be found; on PostgreSQL the database's own scan of the same
column too, and the scan that counts the letters of the difference written out, as Meedan's Alegre does.
"""

from __future__ import annotations

import random
import sys
import time
from collections.abc import Callable, Iterable
from uuid import uuid4

import faiss
import numpy as np
from django.core.management import call_command
from django.db import connection

from benchmarks.tables import heading, middle, paired, ratio, table
from claims.models import MediaFile
from media_checks.fingerprints import NEAR, PDQ
from tests.verification.hashes import changed, spread
from verification import fingerprint_index
from verification.models import Fingerprint

QUESTIONS, TIMED, SLOW = 100, 30, 3
ALONE, BATCH = 300, 10_000
COLUMNS = "(media_file_id, algorithm, part, bits, quality, at)"
_CHUNK = 20_000


def main() -> None:
    """Fill the database with ``argv[1]`` rows and print what was found and what it cost."""
    rows = int(sys.argv[1])
    call_command("migrate", verbosity=0)
    asked, hashes = planted(rows)
    fill(hashes)
    heading(f"The fingerprint index: {rows:,} rows, {connection.vendor}", "Radius 31 of 256 bits.")
    known = faiss.IndexBinaryFlat(256)
    known.add(bytes_of(hashes))
    faiss.omp_set_num_threads(1)
    start = time.perf_counter()
    fingerprint_index.within(PDQ, asked[:1], NEAR)
    first = time.perf_counter() - start
    exactness(known, asked, first)
    searches(known, asked)
    insertions()


def planted(rows: int) -> tuple[list[str], list[str]]:
    """Hashes to ask with; and the rows: two neighbours of each at every distance to 33, the rest chance."""
    chance = random.Random(1)
    asked = [f"{chance.getrandbits(256):064x}" for _ in range(QUESTIONS)]
    near = [changed(bits, count, chance) for bits in asked for count in (*range(34), *range(34))]
    near += [spread(bits, chance) for bits in asked for _ in range(10)]
    data = np.random.default_rng(2).bytes(32 * (rows - len(near))).hex()
    rest = [data[at : at + 64] for at in range(0, len(data), 64)]
    hashes = near + rest
    chance.shuffle(hashes)
    return asked, hashes


def bytes_of(hashes: Iterable[str]) -> np.ndarray:
    """Hashes in hex as rows of 32 bytes."""
    return np.frombuffer(bytes.fromhex("".join(hashes)), dtype=np.uint8).reshape(-1, 32)


def fill(hashes: list[str]) -> None:
    """Rows 1 to n in this order; the indexes are made when all are in, as when a back-up is restored."""
    media_file = MediaFile.objects.create(sha256="0" * 64, size=1, media_type="image/jpeg", kind="photo")
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(
                "SELECT indexname, indexdef FROM pg_indexes WHERE indexname LIKE 'fingerprint_band%'"
            )
            bands = cursor.fetchall()
            for name, _made in bands:
                cursor.execute(f"DROP INDEX {name}")
            with cursor.copy(f"COPY verification_fingerprint {COLUMNS} FROM STDIN") as copy:
                for at, bits in enumerate(hashes):
                    copy.write_row((media_file.pk, "pdq", "whole", bits, 100, float(at)))
            for _name, made in bands:
                cursor.execute(made)
            cursor.execute("VACUUM ANALYZE verification_fingerprint")  # as autovacuum does of itself
        else:
            rows = ((media_file.pk, bits, float(at)) for at, bits in enumerate(hashes))
            values = f"{COLUMNS} VALUES (%s, 'pdq', 'whole', %s, 100, %s)"
            cursor.executemany(f"INSERT INTO verification_fingerprint {values}", rows)


def exactness(known: faiss.IndexBinaryFlat, asked: list[str], first: float) -> None:
    """What the index finds beside what there is."""
    limits, _distances, rows = known.range_search(bytes_of(asked), NEAR + 1)
    base = Fingerprint.objects.order_by("pk").values_list("pk", flat=True).first()
    there = {
        (int(row) + base, question)
        for question in range(len(asked))
        for row in rows[limits[question] : limits[question + 1]]
    }
    found = {(each.fingerprint_id, each.question) for each in fingerprint_index.within(PDQ, asked, NEAR)}
    columns = (
        "neighbours within the radius",
        "found",
        "missed (target 0)",
        "found in error",
        "first search, s",
    )
    table(columns, [(len(there), len(found & there), len(there - found), len(found - there), first)])


def searches(known: faiss.IndexBinaryFlat, asked: list[str]) -> None:
    """One hash asked with, the index and a peer in turn."""
    peers: dict[str, tuple[Callable[[str], object], int]] = {
        "FAISS flat, in memory": (lambda bits: known.range_search(bytes_of([bits]), NEAR + 1), TIMED)
    }
    if connection.vendor == "postgresql":
        peers["scan with bit_count"] = (lambda bits: scan("bit_count(pdq # {hash})", bits), SLOW)
        letters = "length(replace((('x' || bits)::bit(256) # {hash})::text, '0', ''))"
        peers["text scan, as Alegre"] = (lambda bits: scan(letters, bits), SLOW)
    rows = []
    for name, (peer, rounds) in peers.items():
        questions, others = iter(asked * 2), iter(asked * 2)
        ours, theirs = paired(
            lambda questions=questions: fingerprint_index.within(PDQ, [next(questions)], NEAR),
            lambda peer=peer, others=others: peer(next(others)),
            rounds,
        )
        rows.append((name, 1000 * middle(ours), 1000 * middle(theirs), ratio(theirs, ours)))
    table(("peer", "the index, ms", "peer, ms", "times as fast"), rows)


def scan(distance: str, bits: str) -> list[tuple[int]]:
    """The whole table, by the database's own means."""
    with connection.cursor() as cursor:
        measured = distance.format(hash=f"'x{bits}'::bit(256)")
        cursor.execute(f"SELECT id FROM verification_fingerprint WHERE {measured} <= 31")
        return cursor.fetchall()


def insertions() -> None:
    """New rows, one a transaction and many at once, through the model."""
    files = [
        MediaFile(sha256=uuid4().hex * 2, size=1, media_type="image/jpeg", kind="photo") for _ in range(2)
    ]
    one, other = MediaFile.objects.bulk_create(files)
    alone, many = fresh(one, ALONE), fresh(other, BATCH)
    start = time.perf_counter()
    for each in alone:
        each.save(force_insert=True)
    of_one = (time.perf_counter() - start) / ALONE
    start = time.perf_counter()
    Fingerprint.objects.bulk_create(many, batch_size=_CHUNK)
    of_many = (time.perf_counter() - start) / BATCH
    table(("insertion alone, ms", "in a batch, ms"), [(1000 * of_one, 1000 * of_many)])


def fresh(media_file: MediaFile, count: int) -> list[Fingerprint]:
    """Random fingerprints that are not stored yet."""
    return [
        Fingerprint(
            media_file=media_file, algorithm=PDQ, bits=uuid4().hex + uuid4().hex, quality=100, at=float(at)
        )
        for at in range(count)
    ]
