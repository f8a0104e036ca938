"""Partners, their keys, and the change feed that they follow."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Self

from django.db import models
from django.utils.translation import gettext_lazy as _

from claims.actors import Actor, ActorKind
from claims.models import Case
from verification.models.verdicts import Verdict


class PartnerQuerySet(models.QuerySet["Partner"]):
    """Partners, as far as an actor may see them."""

    def visible_to(self, actor: Actor) -> Self:
        """All of them for those who administer the desk; a partner sees itself alone."""
        if actor.kind is ActorKind.DESK or actor.is_administrator:
            return self
        if actor.kind is ActorKind.PARTNER:
            return self.filter(pk=actor.key.partner_id)
        return self.none()


class Partner(models.Model):
    """An organisation with keys to the API; it sees the cases that it was granted."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(max_length=200, unique=True)
    cases = models.ManyToManyField(Case, related_name="partners", blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = PartnerQuerySet.as_manager()

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class Scope(models.TextChoices):
    """What a key may be used for."""

    VERDICTS_READ = "verdicts:read", _("read verdicts and claims")
    EVIDENCE_READ = "evidence:read", _("read evidence")
    LOOKUP = "lookup", _("look media up by their hashes")
    WEBHOOKS = "webhooks", _("manage webhooks")


class ApiKeyQuerySet(models.QuerySet["ApiKey"]):
    """Keys, as far as an actor may see them."""

    def visible_to(self, actor: Actor) -> Self:
        """The keys of the partners that the actor may see."""
        return self.filter(partner__in=Partner.objects.visible_to(actor))


class ApiKey(models.Model):
    """A key of a partner: shown once, kept only as a hash, with scopes and an end."""

    partner = models.ForeignKey(Partner, on_delete=models.PROTECT, related_name="keys")
    prefix = models.CharField(max_length=16, unique=True)
    secret_hash = models.CharField(max_length=64)
    scopes = models.JSONField(default=list)
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True)

    objects = ApiKeyQuerySet.as_manager()

    class Meta:
        ordering = ["partner", "-created_at"]

    def __str__(self) -> str:
        return f"cor_{self.prefix}_…"

    def is_valid(self, now: datetime) -> bool:
        """Whether the key opens anything at this time."""
        return self.revoked_at is None and now < self.expires_at


class FeedHead(models.Model):
    """The one row that numbers the feed: locked by whoever publishes, until the commit."""

    sequence = models.PositiveBigIntegerField(default=0)

    def __str__(self) -> str:
        return str(self.sequence)


class FeedChange(models.TextChoices):
    """What happened to a verdict."""

    PUBLISHED = "published", _("published")
    CORRECTED = "corrected", _("corrected")
    RETRACTED = "retracted", _("retracted")


class FeedQuerySet(models.QuerySet["FeedEntry"]):
    """Feed entries, as far as an actor may see them."""

    def visible_to(self, actor: Actor) -> Self:
        """Entries of the cases that the actor may see."""
        return self.filter(case__in=Case.objects.visible_to(actor))


class FeedEntry(models.Model):
    """One change of one verdict, in commit order; ``document`` is the verdict as it then read."""

    sequence = models.PositiveBigIntegerField(primary_key=True)
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="+")
    verdict = models.ForeignKey(Verdict, on_delete=models.PROTECT, related_name="feed_entries")
    change = models.CharField(max_length=20, choices=FeedChange.choices)
    document = models.JSONField()
    at = models.DateTimeField()

    objects = FeedQuerySet.as_manager()

    class Meta:
        ordering = ["sequence"]
        verbose_name_plural = _("feed entries")
        indexes = [models.Index(fields=["case", "sequence"], name="feed_of_a_case")]
        constraints = [
            models.UniqueConstraint(fields=["verdict", "change"], name="one_entry_a_change_of_a_verdict")
        ]

    def __str__(self) -> str:
        return f"{self.sequence} {self.change}"
