"""The fingerprint index finds every hash within the radius, and nothing beyond, on both databases."""

from __future__ import annotations

import random
import re
import threading

import pytest
from django.db import connection, transaction
from django.db.migrations.executor import MigrationExecutor

from media_checks.fingerprints import HEX_DIGITS
from tests.verification.files import file
from tests.verification.hashes import changed, spread
from verification import fingerprint_index
from verification.fingerprint_index import columns, postgresql
from verification.models import Fingerprint

pytestmark = pytest.mark.django_db

NARROW, WIDE = ("pdq", 31), ("pdq", 64)
SEARCHES = (NARROW, WIDE, ("phash", 12))
# PostgreSQL reads a small table and looks a larger one up; SQLite has one way.
WAYS = {"read": 1 << 40, "looked up": -1} if connection.vendor == "postgresql" else {"columns": 0}


@pytest.fixture(params=WAYS.values(), ids=WAYS, autouse=True)
def way(request, monkeypatch):
    monkeypatch.setattr(postgresql, "MOST_READ", request.param)


def stored(hashes, algorithm="pdq", quality=100):
    media_file = file()
    rows = [
        Fingerprint(
            media_file=media_file, algorithm=algorithm, bits=bits, quality=quality, at=float(at), part="whole"
        )
        for at, bits in enumerate(hashes)
    ]
    Fingerprint.objects.bulk_create(rows)
    return list(Fingerprint.objects.filter(media_file=media_file).order_by("at").values_list("pk", flat=True))


def some(count, algorithm="pdq", seed=1):
    chance, digits = random.Random(seed), HEX_DIGITS[algorithm]
    return [f"{chance.getrandbits(4 * digits):0{digits}x}" for _ in range(count)]


def compared(hashes, numbers, asked, radius):
    """What comparing each with each finds."""
    return [
        (number, question, distance)
        for number, bits in zip(numbers, hashes, strict=True)
        for question, other in enumerate(asked)
        if (distance := (int(bits, 16) ^ int(other, 16)).bit_count()) <= radius
    ]


@pytest.mark.parametrize(("algorithm", "radius"), SEARCHES)
def test_all_that_was_planted_within_the_radius_is_found_and_nothing_else(algorithm, radius):
    chance, asked = random.Random(2), some(8, algorithm)
    planted = [changed(bits, count, chance) for bits in asked for count in range(radius + 4)]
    hashes = planted + some(2000, algorithm, seed=3)
    expected = compared(hashes, stored(hashes, algorithm), asked, radius)
    assert len(expected) >= 8 * (radius + 1)
    assert fingerprint_index.within(algorithm, asked, radius) == expected


def test_neighbours_that_only_one_band_betrays_are_found():
    chance, (asked,) = random.Random(4), some(1)
    numbers = stored([spread(asked, chance) for _ in range(300)])
    found = fingerprint_index.within(*NARROW[:1], [asked], 31)
    assert [each.fingerprint_id for each in found] == numbers
    assert {each.distance for each in found} == {31}


def test_the_bands_cover_every_bit_once_and_leave_no_room_for_a_miss():
    covered = [bit for first, length, _radius in postgresql.BANDS for bit in range(first, first + length)]
    assert covered == list(range(1, 257))
    assert sum(radius + 1 for _first, _length, radius in postgresql.BANDS) == 32


def test_each_band_is_looked_up_in_the_index_that_was_made_for_it():
    if connection.vendor != "postgresql":
        with connection.cursor() as cursor:
            made = connection.introspection.get_constraints(cursor, Fingerprint._meta.db_table)
        assert not [each for each in made if "band" in each]
        return
    used = re.findall(r"Bitmap Index Scan on (fingerprint_band_\d+) ", plan_of_a_search())
    assert used == [f"fingerprint_band_{number}" for number in range(len(postgresql.BANDS))]


def plan_of_a_search():
    """How PostgreSQL would look a hash up."""
    (asked,) = some(1)
    given = {"hash": f"x{asked}", "radius": 31, **postgresql._keys(int(asked, 16))}
    with postgresql._cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute(f"EXPLAIN {postgresql._BANDED}", given)
        return "\n".join(line for (line,) in cursor.fetchall())


if connection.vendor == "postgresql":

    def test_of_a_table_that_was_full_when_its_bands_were_cut_anew_it_is_known_how_few_share_a_key():
        with connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO verification_fingerprint (media_file_id, algorithm, part, bits, quality, at)"
                " SELECT %s, 'pdq', 'whole', md5(number::text) || md5((-number)::text), 100, number"
                " FROM generate_series(1, 20000) AS number",
                [file().pk],
            )
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        for migration in ("0011_heartbeat_locks", "0012_fingerprint_bands"):
            MigrationExecutor(connection).migrate([("verification", migration)])
        (expected,) = re.findall(r"BitmapOr .* rows=(\d+) ", plan_of_a_search())
        assert int(expected) < 200, "else it reads the whole table sooner or later"


def test_the_opposite_of_a_hash_is_far_away():
    (asked,) = some(1)
    stored([f"{~int(asked, 16) & (1 << 256) - 1:064x}", "f" * 64, "0" * 64])
    for algorithm, radius in (NARROW, WIDE):
        assert fingerprint_index.within(algorithm, [asked, "0" * 64], radius)[-1].distance == 0
        assert len(fingerprint_index.within(algorithm, [asked], radius)) == 0


def test_what_has_too_little_in_it_and_what_went_away_is_not_found():
    (asked,) = some(1)
    stored([asked], quality=49)
    (number,) = stored([asked])
    assert [each.fingerprint_id for each in fingerprint_index.within("pdq", [asked], 31)] == [number]
    Fingerprint.objects.all().delete()
    assert fingerprint_index.within("pdq", [asked], 31) == []


def test_nothing_asked_nothing_found():
    stored(some(3))
    assert fingerprint_index.within("pdq", [], 31) == []


@pytest.mark.parametrize(
    "broken", ["", "0", "g" * 64, "0" * 16, "'; DROP TABLE verification_fingerprint; --"]
)
def test_what_is_no_hash_is_refused(broken):
    with pytest.raises(ValueError, match="no hash"):
        fingerprint_index.within("pdq", [broken], 31)


@pytest.mark.django_db(transaction=True)
def test_rows_that_come_later_or_in_another_table_are_followed():
    first, second = some(2)
    (one,) = stored([first])
    assert [each.fingerprint_id for each in fingerprint_index.within("pdq", [first], 31)] == [one]
    (two,) = stored([second])
    assert [each.fingerprint_id for each in fingerprint_index.within("pdq", [second], 31)] == [two]
    Fingerprint.objects.all().delete()
    (three,) = stored([first])
    assert [each.fingerprint_id for each in fingerprint_index.within("pdq", [first, second], 31)] == [three]


@pytest.mark.django_db(transaction=True)
def test_what_is_not_committed_leaves_no_trace_in_the_columns():
    first, second = some(2)
    with transaction.atomic():
        stored([first])
        assert len(fingerprint_index.within("pdq", [first], 31)) == 1
        transaction.set_rollback(True)
    (number,) = stored([second])
    assert [each.fingerprint_id for each in fingerprint_index.within("pdq", [second], 31)] == [number]
    assert fingerprint_index.within("pdq", [first], 31) == []


@pytest.mark.django_db(transaction=True)
def test_several_threads_search_while_rows_come():
    asked = some(40)
    missed = []

    def search(own):
        for bits in own:
            (number,) = stored([bits])
            found = fingerprint_index.within("pdq", [bits], 31)
            missed.extend({number} - {each.fingerprint_id for each in found})
        connection.close()

    threads = [threading.Thread(target=search, args=(asked[start::4],)) for start in range(4)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert missed == []
    assert Fingerprint.objects.count() == 40


def test_the_columns_grow_with_the_table(monkeypatch):
    monkeypatch.setattr(columns, "_CHUNK", 700)
    hashes = some(3000)
    numbers = stored(hashes)
    ids, words = columns.Columns(columns.Held.of("pdq")).follow()
    assert ids.tolist() == numbers
    assert "".join(f"{int(word[2999]):016x}" for word in words) == hashes[2999]
