"""Reviews, the queue of people's work, and the decisions that they take."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from claims.actors import Actor
from claims.models import Case, Evidence


class ReviewState(models.TextChoices):
    """Where a review stands."""

    WAITING = "waiting", _("waiting")
    ASSIGNED = "assigned", _("assigned")
    SECOND_REVIEW = "second_review", _("second review")
    DECIDED = "decided", _("decided")


REVIEW_MOVES = {
    ReviewState.WAITING: frozenset({ReviewState.ASSIGNED}),
    ReviewState.SECOND_REVIEW: frozenset({ReviewState.ASSIGNED}),
    ReviewState.ASSIGNED: frozenset(
        {ReviewState.WAITING, ReviewState.SECOND_REVIEW, ReviewState.DECIDED, ReviewState.ASSIGNED}
    ),
}


LIVE = ~Q(state="decided")


class ReviewReason(models.TextChoices):
    """Why a review was opened."""

    CHECKED = "checked", _("its checks have settled")
    CHECKED_AGAIN = "checked_again", _("its checks came out differently than before")
    MATCH_JUDGED = "match_judged", _("a match was judged")
    DISAGREEMENT = "disagreement", _("two reviewers disagree")
    ASKED = "asked", _("somebody asked for it")


class ReviewQuerySet(models.QuerySet["Review"]):
    """Reviews, as far as an actor may see them, and as the queue needs them."""

    def visible_to(self, actor: Actor) -> Self:
        """Reviews of the evidence that the actor may see."""
        return self.filter(case__in=Case.objects.visible_to(actor))

    def live(self) -> Self:
        """Reviews that are not decided."""
        return self.exclude(state=ReviewState.DECIDED)

    def takeable_by(self, actor: Actor, now: datetime) -> Self:
        """Live reviews that nobody holds, and that this person may decide.

        Nobody reviews what they sent in, and nobody decides the same review twice.
        """
        free = Q(state__in=[ReviewState.WAITING, ReviewState.SECOND_REVIEW]) | Q(
            state=ReviewState.ASSIGNED, lease_until__lt=now
        )
        return (
            self.visible_to(actor)
            .live()
            .filter(free)
            .exclude(evidence__submission__submitted_by=actor.user)
            .exclude(decisions__reviewer=actor.user)
        )


class Review(models.Model):
    """A queue item that asks a person to decide about one evidence item."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    evidence = models.ForeignKey(Evidence, on_delete=models.PROTECT, related_name="reviews")
    case = models.ForeignKey(
        Case,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
        help_text=_("The case of its evidence, for the indexes of the queue."),
    )
    reason = models.CharField(max_length=20, choices=ReviewReason.choices, default=ReviewReason.CHECKED)
    state = models.CharField(max_length=20, choices=ReviewState.choices, default=ReviewState.WAITING)
    worst_verdict = models.CharField(
        max_length=20, blank=True, help_text=_("The weightiest check verdict, or did_not_run.")
    )
    did_not_run = models.BooleanField(
        default=False, help_text=_("Whether a check did not run, when the checks last settled.")
    )
    assignee = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="reviews"
    )
    lease_until = models.DateTimeField(null=True, blank=True)
    opened_at = models.DateTimeField(auto_now_add=True)
    decided_at = models.DateTimeField(null=True, blank=True)

    objects = ReviewQuerySet.as_manager()

    class Meta:
        ordering = ["opened_at", "id"]
        indexes = [
            models.Index(fields=["case", "opened_at", "id"], name="reviews_live", condition=LIVE),
            models.Index(
                fields=["case", "worst_verdict", "opened_at", "id"],
                name="reviews_live_by_verdict",
                condition=LIVE,
            ),
            models.Index(
                fields=["case", "state", "opened_at", "id"], name="reviews_live_by_state", condition=LIVE
            ),
            models.Index(
                fields=["case", "opened_at", "id"],
                name="reviews_live_did_not_run",
                condition=LIVE & Q(did_not_run=True),
            ),
        ]
        constraints = [
            models.UniqueConstraint(fields=["evidence"], condition=LIVE, name="one_live_review_an_evidence"),
            models.CheckConstraint(condition=Q(state__in=ReviewState.values), name="review_state_known"),
            models.CheckConstraint(
                condition=~Q(state="assigned") | Q(assignee__isnull=False, lease_until__isnull=False),
                name="assigned_review_has_a_lease",
            ),
        ]

    def __str__(self) -> str:
        return f"Review of {self.evidence_id}"


class Authenticity(models.TextChoices):
    """schema.org MediaReview codes, of the evidence in this context, and what a file alone allows."""

    ORIGINAL = "OriginalMediaContent", _("original")
    DECONTEXTUALIZED = "DecontextualizedContent", _("shown out of its context")
    EDITED = "EditedOrCroppedContent", _("edited or cropped")
    TRANSFORMED = "TransformedContent", _("transformed")
    STAGED = "StagedContent", _("staged")
    SATIRE = "SatireOrParodyContent", _("satire or parody")
    UNDETERMINED = "undetermined", _("could not be determined")
    NOT_THE_ORIGINAL_FILE = "not_the_original_file", _("not the original file")


class Confidence(models.TextChoices):
    """How sure a person is."""

    CONFIRMED = "confirmed", _("confirmed")
    PROBABLE = "probable", _("probable")
    POSSIBLE = "possible", _("possible")
    DOUBTFUL = "doubtful", _("doubtful")
    UNKNOWN = "unknown", _("unknown")


class DecisionQuerySet(models.QuerySet["Decision"]):
    """Decisions, as far as an actor may see them."""

    def visible_to(self, actor: Actor) -> Self:
        """One's own, and those of decided reviews: a second reviewer does not see the first answer."""
        seen = self.filter(review__evidence__case__in=Case.objects.visible_to(actor))
        return seen.filter(Q(review__state=ReviewState.DECIDED) | Q(reviewer=actor.user))


class Decision(models.Model):
    """What one reviewer decided: authenticity (a list of codes), confidence and rationale."""

    review = models.ForeignKey(Review, on_delete=models.PROTECT, related_name="decisions")
    reviewer = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    authenticity = models.JSONField()
    confidence = models.CharField(max_length=20, choices=Confidence.choices)
    rationale = models.TextField(max_length=10_000)
    at = models.DateTimeField(auto_now_add=True)

    objects = DecisionQuerySet.as_manager()

    class Meta:
        ordering = ["at", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["review", "reviewer"], name="one_decision_a_reviewer"),
            models.CheckConstraint(condition=Q(confidence__in=Confidence.values), name="decision_confidence"),
        ]

    def __str__(self) -> str:
        return f"Decision on {self.review_id}"
