"""Media files: the bytes in the store and the row that names them, so that neither stays without the other.

The bytes come first: a row whose bytes are missing would be a loss, bytes without a row are what a crash
leaves of something that was never acknowledged. The sweep removes them.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from datetime import timedelta
from itertools import islice

from django.db import connection, transaction
from django.utils import timezone

from claims import storage
from claims.models import MediaFile
from media_checks import files

log = logging.getLogger(__name__)

# No request lasts so long: what was received and not touched since belongs to nobody any more.
ORPHANED_AFTER = timedelta(days=1)
AT_ONCE = 500


def keep(received: Iterable[storage.Received]) -> None:
    """Store the bytes of a transaction that is going to name them; first of all, for it may take long.

    Until the transaction ends no sweep takes them for orphans.
    """
    for each in received:
        _hold(each.sha256)
        storage.keep(each)


def named(received: storage.Received) -> MediaFile:
    """The row of bytes that were kept in this transaction."""
    media_type, kind = files.sniff(received.head)
    media_file, _created = MediaFile.objects.get_or_create(
        sha256=received.sha256,
        defaults={"size": received.size, "media_type": media_type, "kind": kind.value},
    )
    return media_file


def sweep_orphans(older_than: timedelta = ORPHANED_AFTER) -> int:
    """Remove bytes that no row names and no request is receiving; returns how many files that were."""
    removed = storage.discard_unfinished(older_than.total_seconds())
    before = timezone.now() - older_than
    old = (sha256 for sha256, since in storage.originals() if since <= before)
    while batch := set(islice(old, AT_ONCE)):
        for sha256 in batch - set(MediaFile.objects.filter(pk__in=batch).values_list("pk", flat=True)):
            removed += _remove_unnamed(sha256)
    if removed:
        log.warning("Removed %s files that nobody had been told were kept.", removed)
    return removed


@transaction.atomic
def _remove_unnamed(sha256: str) -> bool:
    """Remove bytes unless a row names them, or a transaction that is going to is under way."""
    if not _hold_alone(sha256) or MediaFile.objects.filter(pk=sha256).exists():
        return False
    storage.remove(sha256)
    return True


def _hold(sha256: str) -> None:
    """Keep the sweep from these bytes until the transaction ends. On SQLite there is but one that writes."""
    if connection.vendor == "postgresql":
        _ask("SELECT pg_advisory_xact_lock_shared(%s)", sha256)


def _hold_alone(sha256: str) -> bool:
    """Whether nobody else holds these bytes, nor will until the transaction ends."""
    return connection.vendor != "postgresql" or _ask("SELECT pg_try_advisory_xact_lock(%s)", sha256)


def _ask(statement: str, sha256: str) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(statement, [int.from_bytes(bytes.fromhex(sha256[:16]), signed=True)])
        return bool(cursor.fetchone()[0])
