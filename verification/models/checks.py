"""Check runs: the queue of record."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from claims.actors import Actor
from claims.models import Case, Evidence


class RunState(models.TextChoices):
    """Where a check run stands."""

    QUEUED = "queued", _("queued")
    RUNNING = "running", _("running")
    FINISHED = "finished", _("finished")
    FAILED = "failed", _("did not run")


MAX_ATTEMPTS = 3
# A queued run is sent again this long after it was last sent.
RESEND = timedelta(seconds=20)
UNSETTLED = (RunState.QUEUED, RunState.RUNNING)


class CheckRunQuerySet(models.QuerySet["CheckRun"]):
    """Check runs, as far as an actor may see them, and as the queue needs them."""

    def visible_to(self, actor: Actor) -> Self:
        """Runs on the evidence that the actor may see."""
        return self.filter(evidence__case__in=Case.objects.visible_to(actor))

    def current(self) -> Self:
        """The runs of the latest round of each evidence item; earlier rounds stay as they were."""
        return self.filter(round=F("evidence__round"))

    def takeable(self, now: datetime) -> Self:
        """Runs that a worker may claim: queued, or running with a lease that ran out."""
        return self.filter(Q(state=RunState.QUEUED) | _abandoned(now), attempts__lt=MAX_ATTEMPTS)

    def due(self, now: datetime) -> Self:
        """Runs to send again: queued for a while, or running with a lease that ran out."""
        waited = Q(due_at__lte=now) | Q(due_at__gt=now + RESEND)
        return self.filter(waited & Q(state=RunState.QUEUED) | _abandoned(now))


def _abandoned(now: datetime) -> Q:
    """Runs whose lease ran out. One that ends later than any lease can was given by a clock that ran ahead:
    it would hold for as long as the clock was wrong."""
    longest = now + timedelta(seconds=settings.LEASE_SECONDS)
    return Q(state=RunState.RUNNING) & (Q(lease_until__lt=now) | Q(lease_until__gt=longest))


class CheckRun(models.Model):
    """One execution of one check version on one evidence item, in one round."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    evidence = models.ForeignKey(Evidence, on_delete=models.PROTECT, related_name="check_runs")
    check_slug = models.CharField(max_length=40)
    version = models.PositiveIntegerField()
    round = models.PositiveIntegerField(default=1)
    state = models.CharField(max_length=20, choices=RunState.choices, default=RunState.QUEUED)
    attempts = models.PositiveSmallIntegerField(default=0)
    due_at = models.DateTimeField()
    # Of the last lease: those that were taken together are known by it, also after some have ended.
    lease_token = models.UUIDField(null=True, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)
    reason = models.TextField(blank=True)
    verdict = models.CharField(max_length=20, blank=True)
    result = models.JSONField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    objects = CheckRunQuerySet.as_manager()

    class Meta:
        ordering = ["evidence", "round", "check_slug"]
        indexes = [
            models.Index(fields=["due_at"], name="runs_queued", condition=Q(state=RunState.QUEUED)),
            models.Index(fields=["lease_until"], name="runs_running", condition=Q(state=RunState.RUNNING)),
            models.Index(fields=["-finished_at"], name="runs_failed", condition=Q(state=RunState.FAILED)),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["evidence", "check_slug", "version", "round"],
                name="one_run_a_check_version_and_round",
            ),
            models.CheckConstraint(condition=Q(state__in=RunState.values), name="run_state_known"),
            models.CheckConstraint(
                condition=~Q(state=RunState.FINISHED) | (~Q(verdict="") & Q(result__isnull=False)),
                name="finished_run_has_a_result",
            ),
            models.CheckConstraint(
                condition=~Q(state=RunState.FAILED) | ~Q(reason=""), name="failed_run_has_a_reason"
            ),
            models.CheckConstraint(
                condition=~Q(state=RunState.RUNNING)
                | Q(lease_token__isnull=False, lease_until__isnull=False),
                name="running_run_has_a_lease",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.check_slug} {self.version} on {self.evidence_id}"

    @property
    def findings(self) -> list[dict]:
        """The findings as they were stored; empty until the run has finished."""
        return (self.result or {}).get("findings", [])
