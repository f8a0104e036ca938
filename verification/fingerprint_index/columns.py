"""The index on SQLite: in each process, the hashes of a table in columns of 64-bit words.

They are read once and then followed by their number, which on SQLite are committed in order; what
is found is looked up in the table again, so that a row that went away is not found. To some two
million rows; beyond, PostgreSQL is the database to use.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from django.db import connection

from media_checks.fingerprints import HEX_DIGITS, LEAST_QUALITY, NEAR, POSSIBLE
from verification.fingerprint_index.near import Near

_BLOCK = 1 << 18
_CHUNK = 50_000
_LOOKED_UP_AT_ONCE = 500
_WORD_DIGITS = 16
# A word of two hashes that have nothing to do with each other differs in 32 bits or so: so many words
# tell nearly all of them apart. Their distances fit in a byte.
_TELLING_NARROW, _TELLING_WIDE = 2, 3


@dataclass(frozen=True)
class Held:
    """Which hashes are held in columns: of a table, in hex as this SQL gives them, where this SQL holds."""

    table: str
    bits: str
    where: str
    values: tuple[Any, ...]
    digits: int

    @classmethod
    def of(cls, algorithm: str) -> Held:
        """The fingerprints of one algorithm."""
        where = "algorithm = %s AND quality >= %s"
        values = algorithm, LEAST_QUALITY
        return cls("verification_fingerprint", "bits", where, values, HEX_DIGITS[algorithm])


@dataclass
class Columns:
    """What is held of one database: the numbers of the rows, and a column for each word."""

    held: Held
    count: int = 0
    read_to: int = 0
    ids: np.ndarray = field(default_factory=lambda: np.empty(1024, dtype=np.int64))
    words: list[np.ndarray] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        width = self.held.digits // _WORD_DIGITS
        self.words = [np.empty(1024, dtype=np.uint64) for _ in range(width)]

    def follow(self) -> tuple[np.ndarray, list[np.ndarray]]:
        """Read what the table has that is not here yet; returns the numbers and the words as they are."""
        with self._lock, connection.cursor() as cursor:
            number, bits = self._last()
            cursor.execute(
                f"SELECT coalesce(max(id), 0), (SELECT {self.held.bits} FROM {self.held.table} WHERE id = %s)"  # noqa: S608 - constants
                f" FROM {self.held.table}",
                [number],
            )
            end, found = cursor.fetchone()
            if end < self.read_to or found != bits:
                self.count = self.read_to = 0  # the table is another one
            if end > self.read_to:
                self._read(cursor, end)
            return self.ids[: self.count], [each[: self.count] for each in self.words]

    def _last(self) -> tuple[int, str | None]:
        """The last row that is here, its number and its hash."""
        if not self.count:
            return 0, None
        at = self.count - 1
        return int(self.ids[at]), "".join(f"{int(each[at]):016x}" for each in self.words)

    def _read(self, cursor: Any, end: int) -> None:
        cursor.execute(
            f"SELECT id, {self.held.bits} FROM {self.held.table}"  # noqa: S608 - constants
            f" WHERE {self.held.where} AND id > %s AND id <= %s ORDER BY id",
            [*self.held.values, self.read_to, end],
        )
        while rows := cursor.fetchmany(_CHUNK):
            self._add(rows)
        self.read_to = end

    def _add(self, rows: Sequence[tuple[int, str]]) -> None:
        end = self.count + len(rows)
        while end > len(self.ids):
            self.ids, *self.words = (
                np.concatenate([each, np.empty_like(each)]) for each in (self.ids, *self.words)
            )
        self.ids[self.count : end] = [number for number, _bits in rows]
        words = _words([bits for _number, bits in rows], len(self.words))
        for column, word in zip(self.words, words, strict=True):
            column[self.count : end] = word
        self.count = end


def within(algorithm: str, asked: Sequence[str], radius: int) -> Iterator[Near]:
    """Every stored hash within ``radius`` bits, in no order."""
    found = [Near(*each) for each in search(Held.of(algorithm), asked, radius)]
    there = _present({each.fingerprint_id for each in found})
    return (each for each in found if each.fingerprint_id in there)


def search(held: Held, asked: Sequence[str], radius: int) -> Iterator[tuple[int, int, int]]:
    """Row, question and distance of all within ``radius`` bits; a row may have gone away meanwhile."""
    ids, words = _columns(held).follow()
    return (
        (number, question, distance)
        for begin in range(0, len(ids), _BLOCK)
        for block in ([each[begin : begin + _BLOCK] for each in words],)
        for question, bits in enumerate(_words(asked, len(words)).T)
        for rows, distances in (_near(block, bits, radius),)
        for number, distance in zip(ids[begin + rows].tolist(), distances.tolist(), strict=True)
    )


def _near(block: list[np.ndarray], bits: np.ndarray, radius: int) -> tuple[np.ndarray, np.ndarray]:
    """Rows and distances. What the first words tell apart is not looked at further."""
    telling = _TELLING_NARROW if radius <= NEAR else _TELLING_WIDE if radius <= POSSIBLE else len(block)
    told = min(len(block), telling)
    differences = block[0] ^ bits[0]
    kind = np.uint8 if told <= _TELLING_WIDE else np.uint32
    distances = np.bitwise_count(differences).astype(kind, copy=False)
    for column, word in zip(block[1:told], bits[1:told], strict=True):
        distances += np.bitwise_count(np.bitwise_xor(column, word, out=differences))
    rows = np.flatnonzero(distances <= radius)
    whole = distances[rows].astype(np.int64)
    for column, word in zip(block[told:], bits[told:], strict=True):
        whole += np.bitwise_count(column[rows] ^ word)
    within_radius = whole <= radius
    return rows[within_radius], whole[within_radius]


def _words(hashes: Sequence[str], width: int) -> np.ndarray:
    """Hashes in hex as ``width`` rows of 64-bit words, the first digits first."""
    data = np.frombuffer(bytes.fromhex("".join(hashes)), dtype=">u8")
    return data.astype(np.uint64).reshape(len(hashes), width).T


def _present(numbers: set[int]) -> set[int]:
    ordered = sorted(numbers)
    there: set[int] = set()
    with connection.cursor() as cursor:
        for at in range(0, len(ordered), _LOOKED_UP_AT_ONCE):
            piece = ordered[at : at + _LOOKED_UP_AT_ONCE]
            places = ", ".join(["%s"] * len(piece))
            cursor.execute(f"SELECT id FROM verification_fingerprint WHERE id IN ({places})", piece)  # noqa: S608 - places only
            there.update(number for (number,) in cursor.fetchall())
    return there


def _columns(held: Held) -> Columns:
    """Those of this process, or fresh ones inside a transaction: what is not committed may go away."""
    if connection.in_atomic_block:
        return Columns(held)
    key = str(connection.settings_dict["NAME"]), held
    with _guard:
        return _of_this_process.setdefault(key, Columns(held))


_of_this_process: dict[tuple[str, Held], Columns] = {}
_guard = threading.Lock()
