"""Evidence and the media files that it stands on."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from claims.actors import Actor
from claims.models.cases import Case
from claims.models.claims import Claim
from claims.models.submissions import Submission


class MediaFile(models.Model):
    """Bytes, immutable, named by their SHA-256, stored once."""

    sha256 = models.CharField(primary_key=True, max_length=64)
    size = models.BigIntegerField()
    media_type = models.CharField(max_length=100)
    kind = models.CharField(max_length=20)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["sha256"]
        constraints = [
            models.CheckConstraint(
                condition=Q(sha256__regex=r"^[0-9a-f]{64}$"), name="media_file_named_by_sha256"
            ),
            models.CheckConstraint(condition=Q(size__gt=0), name="media_file_not_empty"),
        ]

    def __str__(self) -> str:
        return self.sha256[:12]


class Stance(models.TextChoices):
    """What the sender offers the evidence as."""

    SUPPORTS = "supports", _("supports the claim")
    REFUTES = "refutes", _("refutes the claim")
    CONTEXT = "context", _("context")


class EvidenceState(models.TextChoices):
    """Where an evidence item stands with its check runs."""

    RECEIVED = "received", _("received")
    CHECKING = "checking", _("checking")
    CHECKED = "checked", _("checked")


EVIDENCE_MOVES = {
    EvidenceState.RECEIVED: frozenset({EvidenceState.CHECKING, EvidenceState.CHECKED}),
    EvidenceState.CHECKING: frozenset({EvidenceState.CHECKED}),
    EvidenceState.CHECKED: frozenset({EvidenceState.CHECKING}),
}


class EvidenceQuerySet(models.QuerySet["Evidence"]):
    """Evidence, as far as an actor may see it."""

    def visible_to(self, actor: Actor) -> Self:
        """Evidence of the cases that the actor may see."""
        return self.filter(case__in=Case.objects.visible_to(actor))


class Evidence(models.Model):
    """A photo, a video or an address offered for a claim, with what its sender says of it."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="evidence")
    submission = models.ForeignKey(Submission, on_delete=models.PROTECT, related_name="evidence")
    claim = models.ForeignKey(Claim, on_delete=models.PROTECT, null=True, blank=True, related_name="evidence")
    media_file = models.ForeignKey(
        MediaFile, on_delete=models.PROTECT, null=True, blank=True, related_name="evidence"
    )
    source_url = models.CharField(max_length=2000, blank=True)
    source_attested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        help_text=_("The member who saw this content at the address."),
    )
    stance = models.CharField(max_length=20, choices=Stance.choices, default=Stance.CONTEXT)
    said_start = models.DateTimeField(null=True, blank=True)
    said_end = models.DateTimeField(null=True, blank=True)
    said_where = models.CharField(max_length=500, blank=True)
    said_how = models.TextField(max_length=5000, blank=True)
    received_at = models.DateTimeField(help_text=_("Rounded down to the hour; the exact time is sealed."))
    state = models.CharField(max_length=20, choices=EvidenceState.choices, default=EvidenceState.RECEIVED)
    round = models.PositiveIntegerField(default=1, help_text=_("How often its checks were asked for."))

    objects = EvidenceQuerySet.as_manager()

    class Meta:
        ordering = ["-received_at", "-id"]
        verbose_name_plural = _("evidence")
        indexes = [
            models.Index(fields=["case", "-received_at", "-id"], name="evidence_of_a_case"),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(state__in=EvidenceState.values), name="evidence_state_known"),
            models.CheckConstraint(condition=Q(stance__in=Stance.values), name="evidence_stance_known"),
            models.CheckConstraint(
                condition=Q(media_file__isnull=False) | ~Q(source_url=""),
                name="evidence_has_a_file_or_an_address",
            ),
            models.CheckConstraint(
                condition=Q(said_start=None, said_end=None)
                | Q(said_start__isnull=False, said_end__isnull=False, said_end__gte=F("said_start")),
                name="evidence_said_is_an_interval",
            ),
        ]

    def __str__(self) -> str:
        return f"Evidence {str(self.id)[:8]}"

    @property
    def certainly_received_by(self) -> datetime:
        """A time by which the desk had the bytes: the end of the hour of receipt, in UTC."""
        return self.received_at + timedelta(hours=1)
