"""The custody record: its lines, the signed heads that vouch for it, and when all was last read again."""

from __future__ import annotations

from typing import Self

from django.db import models
from django.utils import timezone

from claims.actors import Actor
from claims.models.cases import Case


class CustodyQuerySet(models.QuerySet["CustodyEvent"]):
    """Custody events, as far as an actor may see them."""

    def visible_to(self, actor: Actor) -> Self:
        """The record of the cases that the actor may see."""
        return self.filter(case__in=Case.objects.visible_to(actor))


class CustodyEvent(models.Model):
    """A line of a case's append-only, hash-chained record; written by ``claims.custody`` alone.

    ``salt`` (16 bytes in hex) never leaves the house: with it, what an export withholds could be guessed.
    """

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="custody_events")
    sequence = models.PositiveBigIntegerField()
    at = models.DateTimeField()
    actor = models.CharField(max_length=80)
    action = models.CharField(max_length=80)
    subject = models.CharField(max_length=120)
    details = models.JSONField(default=dict)
    salt = models.CharField(max_length=32)
    previous_hash = models.CharField(max_length=64)
    hash = models.CharField(max_length=64, unique=True)

    objects = CustodyQuerySet.as_manager()

    class Meta:
        ordering = ["case", "sequence"]
        indexes = [models.Index(fields=["subject", "sequence"], name="custody_of_a_subject")]
        constraints = [
            models.UniqueConstraint(fields=["case", "sequence"], name="custody_one_line_a_sequence")
        ]

    def __str__(self) -> str:
        return f"{self.sequence} {self.action} {self.subject}"


class CustodyHead(models.Model):
    """What the record of the whole desk was at one time, signed; written by ``claims.heads`` alone.

    ``leaves`` are the last line of each case, ``{case id: [sequence, hash]}``, of which ``root`` is the
    digest; ``lines`` is how many lines all cases have together. ``key`` is the public key in hex.
    """

    number = models.PositiveBigIntegerField(primary_key=True)
    at = models.DateTimeField()
    lines = models.PositiveBigIntegerField()
    leaves = models.JSONField()
    root = models.CharField(max_length=64)
    previous_hash = models.CharField(max_length=64)
    key = models.CharField(max_length=64)
    hash = models.CharField(max_length=64, unique=True)
    signature = models.CharField(max_length=128)

    class Meta:
        ordering = ["number"]

    def __str__(self) -> str:
        return f"Head {self.number}: {self.lines} lines"


class TimeStamp(models.Model):
    """The answer of a time-stamp authority (RFC 3161) about one head, as it came, and the time it tells."""

    head = models.OneToOneField(CustodyHead, on_delete=models.PROTECT, related_name="time_stamp")
    at = models.DateTimeField()
    authority = models.CharField(max_length=500)
    answer = models.BinaryField()

    class Meta:
        ordering = ["head"]

    def __str__(self) -> str:
        return f"Time stamp of head {self.head_id}"


class RecordReading(models.Model):
    """One reading of the whole record and of every stored file, carried on from slice to slice.

    ``reached`` is the SHA-256 of the last file that was read; the record itself is read before the first.
    ``breaks`` are the first of the ``broken`` sentences on what was found.
    """

    started_at = models.DateTimeField(default=timezone.now)
    finished_at = models.DateTimeField(null=True, blank=True)
    lease_until = models.DateTimeField(default=timezone.now)
    record_read = models.BooleanField(default=False)
    reached = models.CharField(max_length=64, blank=True)
    files = models.PositiveBigIntegerField(default=0)
    broken = models.PositiveBigIntegerField(default=0)
    breaks = models.JSONField(default=list)

    class Meta:
        ordering = ["-pk"]

    def __str__(self) -> str:
        return f"Reading {self.pk}: {self.files} files, {self.broken} breaks"
