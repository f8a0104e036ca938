"""Everything that the desk keeps, and that nothing of it changed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings
from django.db import connection

# A session is written anew with each request of whoever is signed in.
SESSIONS = "verification_staffsession"


def rows(*apart: str) -> dict[str, Counter[str]]:
    """Every row of every table, those apart, as text."""
    found = {}
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            if table not in apart:
                cursor.execute(f'SELECT * FROM "{table}"')
                found[table] = Counter(map(_text, cursor.fetchall()))
    return found


def files() -> dict[str, bytes]:
    """Every file of the store, the unfinished ones included."""
    folder = settings.STORAGE_FOLDER
    return {str(each.relative_to(folder)): each.read_bytes() for each in folder.rglob("*") if each.is_file()}


@contextmanager
def nothing_changed() -> Iterator[None]:
    """Fail where a row or a file came, went, or is another than before."""
    before, there = rows(SESSIONS), files()
    yield
    after, here = rows(SESSIONS), files()
    changed = {table: [*(each - after[table]), "→", *(after[table] - each)] for table, each in before.items()}
    assert after == before, {table: each for table, each in changed.items() if each != ["→"]}
    assert here == there, sorted(here.keys() ^ there.keys())


def _text(row: tuple[object, ...]) -> str:
    return repr([bytes(each) if isinstance(each, memoryview) else each for each in row])
