"""Advisory locks: held until the transaction ends, where there is no row to lock or many ask for it at once.

Whoever waits for a row's lock costs PostgreSQL as much as a few statements do; for one of these, hardly
anything. On SQLite there is but one transaction that writes, and so nothing to be held.
"""

from __future__ import annotations

from django.db import connection


def hold(key: bytes) -> None:
    """Wait until nobody else holds this key, and hold it alone."""
    _ask("SELECT pg_advisory_xact_lock(%s)", key)


def share(key: bytes) -> None:
    """Wait until nobody holds this key alone, and hold it with others that share it."""
    _ask("SELECT pg_advisory_xact_lock_shared(%s)", key)


def try_to_hold(key: bytes) -> bool:
    """Hold this key alone if nobody else holds it; whether it is held now."""
    return _ask("SELECT pg_try_advisory_xact_lock(%s)", key) is not False


def _ask(statement: str, key: bytes) -> object:
    """The answer; None on SQLite. The first eight bytes of a key are to tell it from others."""
    if connection.vendor != "postgresql":
        return None
    with connection.cursor() as cursor:
        cursor.execute(statement, [int.from_bytes(key[:8], signed=True)])
        return cursor.fetchone()[0]
