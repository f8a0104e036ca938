"""The words of local features in the database: which photos share three or more with one.

PostgreSQL keeps them in an inverted index (GIN) over a generated column; on SQLite each process reads them
into columns and then follows them by their number. Both give the same answers.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass, field

import numpy as np
from django.db import connection

from media_checks.local_features import words_in
from media_checks.placements import LEAST_VOTES
from media_checks.word_index import WordIndex
from verification.models import LocalFeatures

_CHUNK = 5_000
# Word by word by the index; of few photos all words are read, which the planner would do word by word too.
_FEW = 2000
_COUNTED = "SELECT id, count(*) FROM {} GROUP BY id HAVING count(*) >= %(least)s"
_BY_INDEX = _COUNTED.format(
    "unnest(%(asked)s::int[]) AS word JOIN verification_localfeatures ON words @> ARRAY[word]"
)
_BY_READING = _COUNTED.format(
    "verification_localfeatures CROSS JOIN unnest(words) AS word WHERE word = ANY(%(asked)s::int[])"
)


def sharing(asked: np.ndarray) -> dict[int, int]:
    """The local features (by number) that share three words or more with those asked for, and how many."""
    if connection.vendor != "postgresql":
        return _words().follow().sharing(asked)
    few = LocalFeatures.objects.all()[: _FEW + 1].count() <= _FEW
    with connection.cursor() as cursor:
        cursor.execute(_BY_READING if few else _BY_INDEX, {"asked": asked.tolist(), "least": LEAST_VOTES})
        return dict(cursor.fetchall())


@dataclass
class _Words:
    """The words of one database, and how far its table was read."""

    index: WordIndex = field(default_factory=WordIndex)
    read_to: int = 0
    last: bytes = b""
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def follow(self) -> WordIndex:
        """Read what the table has that is not here yet."""
        with self._lock:
            rows = LocalFeatures.objects.order_by("pk").values_list("pk", "rows")
            if self.read_to and bytes(dict(rows.filter(pk=self.read_to)).get(self.read_to, b"")) != self.last:
                self.index, self.read_to = WordIndex(), 0  # the table is another one
            for number, packed in rows.filter(pk__gt=self.read_to).iterator(_CHUNK):
                self.read_to, self.last = number, bytes(packed)
                self.index.add(number, words_in(self.last))
            return self.index


def _words() -> _Words:
    """Those of this process, or fresh ones inside a transaction: what is not committed may go away."""
    if connection.in_atomic_block:
        return _Words()
    with _guard:
        return _of_this_process.setdefault(str(connection.settings_dict["NAME"]), _Words())


_of_this_process: dict[str, _Words] = {}
_guard = threading.Lock()
