"""Verdicts: the desk's published conclusions on claims."""

from __future__ import annotations

import uuid
from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from claims.actors import Actor
from claims.models import Case, Claim, Evidence
from verification.models.reviews import Confidence


class VerdictState(models.TextChoices):
    """Where a verdict stands."""

    DRAFT = "draft", _("draft")
    APPROVED = "approved", _("approved")
    PUBLISHED = "published", _("published")
    SUPERSEDED = "superseded", _("superseded")
    RETRACTED = "retracted", _("retracted")


VERDICT_MOVES = {
    VerdictState.DRAFT: frozenset({VerdictState.APPROVED}),
    VerdictState.APPROVED: frozenset({VerdictState.PUBLISHED, VerdictState.DRAFT}),
    VerdictState.PUBLISHED: frozenset({VerdictState.SUPERSEDED, VerdictState.RETRACTED}),
}
EVER_PUBLISHED = (VerdictState.PUBLISHED, VerdictState.SUPERSEDED, VerdictState.RETRACTED)


class Rating(models.TextChoices):
    """schema.org ClaimReview ratings; see ``RATING_NUMBERS``."""

    SUPPORTED = "supported", _("supported")
    MOSTLY_SUPPORTED = "mostly_supported", _("mostly supported")
    MISLEADING = "misleading", _("misleading")
    MOSTLY_REFUTED = "mostly_refuted", _("mostly refuted")
    REFUTED = "refuted", _("refuted")
    UNPROVEN = "unproven", _("unproven")
    NOT_CHECKABLE = "not_checkable", _("not checkable")
    SATIRE = "satire", _("satire")


RATING_NUMBERS = {
    Rating.SUPPORTED: 5,
    Rating.MOSTLY_SUPPORTED: 4,
    Rating.MISLEADING: 3,
    Rating.MOSTLY_REFUTED: 2,
    Rating.REFUTED: 1,
}


class VerdictQuerySet(models.QuerySet["Verdict"]):
    """Verdicts, as far as an actor may see them."""

    def visible_to(self, actor: Actor) -> Self:
        """Verdicts on the claims that the actor may see."""
        return self.filter(claim__case__in=Case.objects.visible_to(actor))

    def current(self) -> Self:
        """What stands before the public: the newest published version of each claim, or its retraction."""
        return self.filter(state__in=[VerdictState.PUBLISHED, VerdictState.RETRACTED])


class Verdict(models.Model):
    """One version of the desk's conclusion on a claim; ``document`` is what was published, frozen."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    claim = models.ForeignKey(Claim, on_delete=models.PROTECT, related_name="verdicts")
    version = models.PositiveIntegerField()
    state = models.CharField(max_length=20, choices=VerdictState.choices, default=VerdictState.DRAFT)
    rating = models.CharField(max_length=20, choices=Rating.choices)
    confidence = models.CharField(max_length=20, choices=Confidence.choices)
    summary = models.CharField(max_length=500)
    rationale = models.TextField(max_length=50_000)
    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    approver = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    published_at = models.DateTimeField(null=True, blank=True)
    updated_at = models.DateTimeField(auto_now=True)
    retraction_reason = models.TextField(max_length=5000, blank=True)
    document = models.JSONField(null=True, blank=True)
    evidence = models.ManyToManyField(
        Evidence,
        related_name="verdicts",
        blank=True,
        editable=False,
        help_text=_("What stands in the document; set when it is published."),
    )

    objects = VerdictQuerySet.as_manager()

    class Meta:
        ordering = ["-published_at", "-id"]
        indexes = [
            models.Index(
                fields=["-published_at", "-id"],
                name="verdicts_published",
                condition=Q(state__in=["published", "retracted"]),
            ),
        ]
        constraints = [
            models.UniqueConstraint(fields=["claim", "version"], name="one_verdict_a_version"),
            models.UniqueConstraint(
                fields=["claim"], condition=Q(state="published"), name="one_published_verdict_a_claim"
            ),
            models.UniqueConstraint(
                fields=["claim"],
                condition=Q(state__in=["draft", "approved"]),
                name="one_unpublished_verdict_a_claim",
            ),
            models.CheckConstraint(condition=Q(state__in=VerdictState.values), name="verdict_state_known"),
            models.CheckConstraint(
                condition=Q(approver=None) | ~Q(approver=F("author")),
                name="nobody_approves_their_own_verdict",
            ),
            models.CheckConstraint(
                condition=Q(state="draft") | Q(approver__isnull=False),
                name="verdict_beyond_draft_is_approved",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["draft", "approved"])
                | Q(published_at__isnull=False, document__isnull=False),
                name="published_verdict_has_a_document",
            ),
            models.CheckConstraint(
                condition=~Q(state="retracted") | ~Q(retraction_reason=""), name="retraction_has_a_reason"
            ),
            models.CheckConstraint(
                condition=~Q(rating="not_checkable") | Q(state__in=["draft", "approved"]),
                name="not_checkable_is_not_published",
            ),
        ]

    def __str__(self) -> str:
        return f"Verdict {self.version} on {self.claim_id}"

    @property
    def published_document(self) -> dict[str, Any]:
        """The document of a verdict that was ever published; raises ValueError for any other."""
        if self.document is None:
            raise ValueError("A verdict that was never published has no document.")
        return self.document
