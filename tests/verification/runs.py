"""What tests of the queue do to a run: end it with one result or another, let its lease run out."""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone

from media_checks import registry
from media_checks.contract import UNREADABLE, Finding, Result, result_of
from media_checks.metadata import FILE
from verification.models import CheckRun


def a_result(slug: str = "metadata") -> Result:
    return result_of(registry.check(slug), (Finding(FILE, {"kind": "photo", "size": "1 × 1 pixels"}),))


def unread(slug: str) -> Result:
    return result_of(registry.check(slug), (Finding(UNREADABLE, {"reason": "it is late"}),))


def expire(run: CheckRun) -> None:
    CheckRun.objects.filter(pk=run.pk).update(lease_until=timezone.now() - timedelta(seconds=1))
