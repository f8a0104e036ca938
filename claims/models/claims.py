"""Claims: checkable statements by a claimant."""

from __future__ import annotations

import uuid
from typing import Self

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from claims.actors import Actor, ActorKind
from claims.models.cases import Case


class ClaimState(models.TextChoices):
    """Where a claim stands."""

    OPEN = "open", _("open")
    CONCLUDED = "concluded", _("concluded")
    WITHDRAWN = "withdrawn", _("withdrawn")


class ClaimCategory(models.TextChoices):
    """What a claim is about."""

    POPULATION = "population", _("who was there")
    MEDICAL = "medical", _("medical facilities")
    BOMBING = "bombing", _("bombing")
    INCENDIARY = "incendiary", _("incendiary weapons")
    CLUSTER = "cluster", _("cluster munitions")
    CHEMICAL = "chemical", _("chemical weapons")
    CEASEFIRE = "ceasefire", _("ceasefires")
    SIEGE = "siege", _("sieges")
    EVACUATION = "evacuation", _("evacuation")
    WITNESSES = "witnesses", _("witnesses")
    OTHER = "other", _("other")


CLAIM_MOVES = {
    ClaimState.OPEN: frozenset({ClaimState.CONCLUDED, ClaimState.WITHDRAWN}),
    ClaimState.CONCLUDED: frozenset({ClaimState.OPEN}),
}


class ClaimQuerySet(models.QuerySet["Claim"]):
    """Claims, as far as an actor may see them."""

    def visible_to(self, actor: Actor) -> Self:
        """Claims of the cases that the actor may see; a volunteer sees the open ones only."""
        visible = self.filter(case__in=Case.objects.visible_to(actor))
        if actor.kind is ActorKind.VOLUNTEER:
            return visible.open()
        return visible

    def open(self) -> Self:
        """Claims that are neither concluded nor withdrawn."""
        return self.filter(state=ClaimState.OPEN)


class Claim(models.Model):
    """A checkable statement, with what it says happened where and when."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="claims")
    parent = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="sub_claims"
    )
    statement = models.TextField(max_length=2000)
    claimant = models.CharField(max_length=200)
    stated_on = models.DateField(null=True, blank=True)
    stated_at_url = models.URLField(max_length=2000, blank=True)
    category = models.CharField(max_length=20, choices=ClaimCategory.choices, default=ClaimCategory.OTHER)
    event_start = models.DateTimeField(null=True, blank=True)
    event_end = models.DateTimeField(null=True, blank=True)
    place_name = models.CharField(max_length=200, blank=True)
    latitude = models.FloatField(
        null=True, blank=True, validators=[MinValueValidator(-90), MaxValueValidator(90)]
    )
    longitude = models.FloatField(
        null=True, blank=True, validators=[MinValueValidator(-180), MaxValueValidator(180)]
    )
    precision_m = models.FloatField(
        null=True, blank=True, validators=[MinValueValidator(1), MaxValueValidator(20_040_000)]
    )
    state = models.CharField(max_length=20, choices=ClaimState.choices, default=ClaimState.OPEN)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = ClaimQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-id"]
        indexes = [models.Index(fields=["case", "-created_at", "-id"], name="claims_of_a_case")]
        # A condition that is NULL lets a row pass: each names what must not be NULL.
        constraints = [
            models.CheckConstraint(condition=Q(state__in=ClaimState.values), name="claim_state_known"),
            models.CheckConstraint(
                condition=Q(event_start=None, event_end=None)
                | Q(event_start__isnull=False, event_end__isnull=False, event_end__gte=F("event_start")),
                name="claim_event_is_an_interval",
            ),
            models.CheckConstraint(
                condition=Q(latitude=None, longitude=None, precision_m=None)
                | Q(
                    latitude__isnull=False,
                    longitude__isnull=False,
                    precision_m__isnull=False,
                    latitude__range=(-90, 90),
                    longitude__range=(-180, 180),
                    precision_m__gt=0,
                ),
                name="claim_place_is_whole",
            ),
            models.CheckConstraint(condition=~Q(parent=F("id")), name="claim_not_its_own_parent"),
        ]

    def __str__(self) -> str:
        return self.statement[:80]
