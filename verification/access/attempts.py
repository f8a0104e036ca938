"""Attempts to get in: the more failed, the longer the next one has to wait.

Attempts are counted for a name *in one class of browsers*: each browser that this person signed in
with before is counted by itself, all others together. So whoever knows a name can make strangers'
browsers wait, and never the person's own (OWASP, "device cookies"). An attempt that comes too early is
refused unlooked at, and not counted.

All names that there could be share ``BUCKETS`` counters, known and unknown ones alike: nobody learns from
waiting which names exist, the table cannot be filled, and no name stands in it.
"""

from __future__ import annotations

from datetime import timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.crypto import salted_hmac

from verification.models import FailedAttempts

FREE = 5
FIRST_WAIT, LONGEST_WAIT = timedelta(seconds=30), timedelta(minutes=15)
FORGOTTEN_AFTER = timedelta(days=1)
BUCKETS = 1 << 16


class TooEarly(Exception):
    """This attempt was not looked at; ``seconds`` is how long the next one has to wait."""

    def __init__(self, seconds: int):
        super().__init__(f"Wait {seconds} seconds.")
        self.seconds = seconds


def slot_of(kind: str, name: str, browser: str = "") -> str:
    """Where attempts of this kind at this name are counted: for a known browser apart."""
    digest = salted_hmac("verification.access.attempts", f"{kind}\0{name}\0{browser}", algorithm="sha256")
    if browser:
        return f"{kind}:known:{digest.hexdigest()}"
    return f"{kind}:{int.from_bytes(digest.digest()[:4]) % BUCKETS}"


def wait_after(failed: int) -> timedelta:
    """How long after the last of so many failed attempts the next one is looked at."""
    if failed < FREE:
        return timedelta(0)
    return min(FIRST_WAIT * 2 ** min(failed - FREE, 10), LONGEST_WAIT)


@transaction.atomic
def begin(slot: str) -> None:
    """Count an attempt as failed before it is looked at, so that none of many at once goes uncounted.

    Raises TooEarly. Whoever succeeds calls ``succeeded``.
    """
    FailedAttempts.objects.get_or_create(slot=slot)
    row = FailedAttempts.objects.select_for_update().get(slot=slot)
    now = timezone.now()
    failed = 0 if now - row.last_at > FORGOTTEN_AFTER else row.count
    left = row.last_at + wait_after(failed) - now
    if left > timedelta(0):
        raise TooEarly(int(left.total_seconds()) + 1)
    row.count, row.last_at = failed + 1, now
    row.save(update_fields=["count", "last_at"])


def succeeded(slot: str) -> None:
    """Forget what failed before, and with it what everybody has forgotten by now."""
    FailedAttempts.objects.filter(slot=slot).delete()
    FailedAttempts.objects.filter(last_at__lt=timezone.now() - FORGOTTEN_AFTER).delete()
