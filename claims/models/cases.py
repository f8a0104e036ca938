"""Cases: investigations, who works on them, and their rules."""

from __future__ import annotations

import uuid
from typing import Self

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from claims.actors import Actor, ActorKind


class Role(models.TextChoices):
    """What a member may do in a case; see ``claims.permissions``."""

    INVESTIGATOR = "investigator", _("investigator")
    LEAD = "lead", _("lead")
    CUSTODIAN = "custodian", _("custodian")


class CaseQuerySet(models.QuerySet["Case"]):
    """Cases, as far as an actor may see them."""

    def visible_to(self, actor: Actor) -> Self:
        """The cases that this actor may know of: the rule that every other model's rule rests on."""
        if actor.kind is ActorKind.DESK or actor.is_administrator:
            return self
        if actor.kind is ActorKind.VOLUNTEER:
            return self.filter(accepts_submissions=True)
        if actor.kind is ActorKind.PARTNER:
            return self.filter(partners=actor.key.partner_id)
        if not actor.user.is_active:
            return self.none()
        mine = Membership.objects.filter(user=actor.user).values("case")
        return self.filter(pk__in=mine)


class Case(models.Model):
    """An investigation: groups claims, holds its members and its rules."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    slug = models.SlugField(max_length=80, unique=True)
    title = models.CharField(max_length=200)
    description = models.TextField(blank=True)
    accepts_submissions = models.BooleanField(
        default=False, help_text=_("Volunteers may send evidence to this case.")
    )
    publishes_exact_places = models.BooleanField(
        default=False, help_text=_("Partners may see exact positions read from files.")
    )
    needs_second_review = models.BooleanField(
        default=False, help_text=_("Every evidence item is decided by two people independently.")
    )
    created_at = models.DateTimeField(auto_now_add=True)

    objects = CaseQuerySet.as_manager()

    class Meta:
        ordering = ["slug"]

    def __str__(self) -> str:
        return self.title


class MembershipQuerySet(models.QuerySet["Membership"]):
    """Memberships, as far as an actor may see them."""

    def visible_to(self, actor: Actor) -> Self:
        """Who works on the cases that the actor may see."""
        return self.filter(case__in=Case.objects.visible_to(actor))


class Membership(models.Model):
    """One role of one person in one case."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="memberships")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="memberships")
    role = models.CharField(max_length=20, choices=Role.choices)

    objects = MembershipQuerySet.as_manager()

    class Meta:
        ordering = ["case", "user", "role"]
        constraints = [
            models.UniqueConstraint(fields=["user", "case", "role"], name="one_membership_a_role"),
            models.CheckConstraint(condition=models.Q(role__in=Role.values), name="membership_role_known"),
        ]

    def __str__(self) -> str:
        return f"{self.user} is {self.role} of {self.case}"
