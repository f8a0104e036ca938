"""Submissions: one act of sending in, and the sealed part that may lead to its sender."""

from __future__ import annotations

import uuid
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from claims.actors import Actor
from claims.models.cases import Case


class Consent(models.TextChoices):
    """What the sender allows."""

    DESK_ONLY = "desk_only", _("only this desk may look at it")
    FINDINGS = "findings", _("findings may be published, the files may not")
    PUBLISH = "publish", _("findings and files may be published")


class SubmissionQuerySet(models.QuerySet["Submission"]):
    """Submissions, as far as an actor may see them."""

    def visible_to(self, actor: Actor) -> Self:
        """Submissions to the cases that the actor may see."""
        return self.filter(case__in=Case.objects.visible_to(actor))


class Submission(models.Model):
    """One act of sending in. Nothing here leads to the sender: that is in the sealed parts."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="submissions")
    receipt_hash = models.CharField(max_length=64, unique=True)
    language = models.CharField(max_length=10)
    consent = models.CharField(max_length=20, choices=Consent.choices)
    description = models.TextField(max_length=10_000, blank=True)
    submitted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        help_text=_("The member who sent it in; empty for volunteers, who have no account."),
    )
    received_at = models.DateTimeField(help_text=_("Rounded down to the hour; the exact time is sealed."))

    objects = SubmissionQuerySet.as_manager()

    class Meta:
        ordering = ["-received_at", "-id"]
        constraints = [
            models.CheckConstraint(condition=Q(consent__in=Consent.values), name="submission_consent_known")
        ]

    def __str__(self) -> str:
        return f"Submission {str(self.id)[:8]}"


class SealedKind(models.TextChoices):
    """What a sealed part holds."""

    CONTACT = "contact", _("contact")
    FILE_NAME = "file_name", _("original file name")
    EXACT_TIME = "exact_time", _("exact time of receipt")


class SealedPart(models.Model):
    """Something that may lead to a source, encrypted; read only by what two people agreed to."""

    submission = models.ForeignKey(Submission, on_delete=models.PROTECT, related_name="sealed_parts")
    evidence = models.ForeignKey(
        "claims.Evidence", on_delete=models.PROTECT, null=True, blank=True, related_name="sealed_parts"
    )
    kind = models.CharField(max_length=20, choices=SealedKind.choices)
    sealed = models.BinaryField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["evidence", "kind"], name="one_sealed_part_an_evidence_and_kind"),
            models.UniqueConstraint(
                fields=["submission", "kind"],
                condition=Q(evidence=None),
                name="one_sealed_part_a_submission_and_kind",
            ),
            models.CheckConstraint(condition=Q(kind__in=SealedKind.values), name="sealed_kind_known"),
        ]

    def __str__(self) -> str:
        return f"sealed {self.kind} of {self.submission}"
