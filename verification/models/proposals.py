"""Proposals: acts that need two people, of which one asks with a reason and another agrees or refuses."""

from __future__ import annotations

import uuid
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from claims.actors import Actor
from claims.models import Case, Submission
from claims.permissions import Permission, cases_where
from verification.models.verdicts import Verdict


class Act(models.TextChoices):
    """What is proposed."""

    RETRACTION = "retraction", _("to retract a verdict")
    SOURCE_READING = "source_reading", _("to read a source")


PERMISSIONS = {Act.RETRACTION: Permission.PUBLISH_VERDICT, Act.SOURCE_READING: Permission.READ_SOURCE}


class ProposalState(models.TextChoices):
    """Where a proposal stands."""

    OPEN = "open", _("waits for a second person")
    AGREED = "agreed", _("agreed to")
    REFUSED = "refused", _("refused")
    WITHDRAWN = "withdrawn", _("withdrawn")
    DONE = "done", _("done")


PROPOSAL_MOVES = {
    ProposalState.OPEN: frozenset({ProposalState.AGREED, ProposalState.REFUSED, ProposalState.WITHDRAWN}),
    ProposalState.AGREED: frozenset({ProposalState.DONE}),
}
ANSWERED = [ProposalState.AGREED, ProposalState.REFUSED, ProposalState.DONE]


class ProposalQuerySet(models.QuerySet["Proposal"]):
    """Proposals, as far as an actor may see them."""

    def visible_to(self, actor: Actor) -> Self:
        """Proposals in the cases that the actor may see."""
        return self.filter(case__in=Case.objects.visible_to(actor))

    def waiting_for(self, actor: Actor) -> Self:
        """Open ones of others to which this actor may agree."""
        mine = Q(pk__in=[])
        for act, permission in PERMISSIONS.items():
            mine |= Q(act=act, case__in=cases_where(actor, permission))
        return self.filter(mine, state=ProposalState.OPEN).exclude(asked_by=actor.user)

    def ready_for(self, actor: Actor) -> Self:
        """Those of this actor's own that were agreed to and can be used now."""
        return self.filter(state=ProposalState.AGREED, asked_by=actor.user, until__gt=timezone.now())


class Proposal(models.Model):
    """One act that one person proposed. ``until`` is when an agreement that was not used lapses."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    act = models.CharField(max_length=20, choices=Act.choices)
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="proposals")
    verdict = models.ForeignKey(
        Verdict, on_delete=models.PROTECT, null=True, blank=True, related_name="proposals"
    )
    submission = models.ForeignKey(
        Submission, on_delete=models.PROTECT, null=True, blank=True, related_name="proposals"
    )
    state = models.CharField(max_length=20, choices=ProposalState.choices, default=ProposalState.OPEN)
    reason = models.TextField(max_length=5000)
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField(auto_now_add=True)
    answered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    answered_at = models.DateTimeField(null=True, blank=True)
    answer = models.TextField(max_length=5000, blank=True)
    until = models.DateTimeField(null=True, blank=True)

    objects = ProposalQuerySet.as_manager()

    class Meta:
        ordering = ["-asked_at", "-id"]
        indexes = [
            models.Index(fields=["case", "act"], condition=Q(state="open"), name="proposals_open"),
            models.Index(fields=["-asked_at", "-id"], name="proposals_newest"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(answered_by=None) | ~Q(answered_by=F("asked_by")),
                name="nobody_agrees_to_their_own_proposal",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=ANSWERED) | Q(answered_by__isnull=False, answered_at__isnull=False),
                name="answered_proposal_has_a_second_person",
            ),
            models.CheckConstraint(
                condition=Q(act="retraction", verdict__isnull=False, submission=None)
                | Q(act="source_reading", verdict=None, submission__isnull=False),
                name="proposal_is_about_what_its_act_is",
            ),
            models.CheckConstraint(condition=~Q(reason=""), name="proposal_has_a_reason"),
            models.CheckConstraint(condition=Q(state__in=ProposalState.values), name="proposal_state_known"),
            models.UniqueConstraint(
                fields=["verdict"], condition=Q(state="open"), name="one_open_retraction_a_verdict"
            ),
            models.UniqueConstraint(
                fields=["submission", "asked_by"],
                condition=Q(state="open"),
                name="one_open_reading_a_submission_and_person",
            ),
        ]

    def __str__(self) -> str:
        return f"Proposal {str(self.id)[:8]} {self.get_act_display()}"

    @property
    def has_lapsed(self) -> bool:
        """Whether it was agreed to, and not used in time."""
        return self.state == ProposalState.AGREED and self.until is not None and self.until <= timezone.now()
