"""What a web archive was asked about the address of an evidence item, and what it answered."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils import timezone

from claims.models import Evidence


class LookupOutcome(models.TextChoices):
    """How asking an archive ended."""

    CAPTURED = "captured"
    NOT_ARCHIVED = "not_archived"
    AWAY = "away"
    NO_USE = "no_use"
    NOT_ASKED = "not_asked"


ANSWERED = (LookupOutcome.CAPTURED, LookupOutcome.NOT_ARCHIVED)


class ArchiveLookup(models.Model):
    """What came of one address in one round; never changed. At most one an evidence item and round.

    ``captured_at`` is the earliest capture. ``same_bytes`` says whether ``digest`` is that of the received
    file; it is None where there is no digest that can be compared.
    """

    evidence = models.ForeignKey(Evidence, on_delete=models.PROTECT, related_name="archive_lookups")
    round = models.PositiveIntegerField()
    server = models.CharField(max_length=500)
    address = models.CharField(max_length=2000)
    asked_at = models.DateTimeField(default=timezone.now)
    outcome = models.CharField(max_length=20, choices=LookupOutcome.choices)
    reason = models.CharField(max_length=200, blank=True)
    captured_at = models.DateTimeField(null=True, blank=True)
    media_type = models.CharField(max_length=100, blank=True)
    digest = models.CharField(max_length=100, blank=True)
    same_bytes = models.BooleanField(null=True, blank=True)

    class Meta:
        ordering = ["evidence", "round"]
        indexes = [
            models.Index(fields=["-asked_at"], name="archive_away", condition=Q(outcome=LookupOutcome.AWAY)),
        ]
        constraints = [
            models.UniqueConstraint(fields=["evidence", "round"], name="one_archive_lookup_a_round"),
            models.CheckConstraint(
                condition=Q(outcome__in=LookupOutcome.values), name="archive_outcome_known"
            ),
            models.CheckConstraint(
                condition=Q(outcome=LookupOutcome.CAPTURED, captured_at__isnull=False)
                | (~Q(outcome=LookupOutcome.CAPTURED) & Q(captured_at=None)),
                name="archive_capture_has_a_time",
            ),
            models.CheckConstraint(
                condition=Q(outcome__in=ANSWERED) | ~Q(reason=""), name="archive_silence_has_a_reason"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.outcome}: {self.evidence_id}, round {self.round}"

    @property
    def has_answer(self) -> bool:
        """Whether the archive said what it has."""
        return self.outcome in ANSWERED
