"""Fingerprints, and the matches between media files that people judge."""

from __future__ import annotations

import uuid
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from claims.actors import Actor
from claims.models import Evidence, MediaFile


class Fingerprint(models.Model):
    """A perceptual hash of a photo or of a frame of a video, with its quality.

    ``bits`` is hex of fixed width, leading zeros kept; ``at`` is in seconds, empty for a photo.
    """

    media_file = models.ForeignKey(MediaFile, on_delete=models.PROTECT, related_name="fingerprints")
    algorithm = models.CharField(max_length=20)
    part = models.CharField(max_length=20, default="whole")
    bits = models.CharField(max_length=64)
    quality = models.PositiveSmallIntegerField()
    at = models.FloatField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["media_file", "algorithm", "part", "at"], name="one_fingerprint_a_frame"
            ),
            models.UniqueConstraint(
                fields=["media_file", "algorithm", "part"],
                condition=Q(at=None),
                name="one_fingerprint_a_part_of_a_photo",
            ),
            models.CheckConstraint(condition=Q(bits__regex=r"^[0-9a-f]+$"), name="fingerprint_is_hex"),
        ]

    def __str__(self) -> str:
        return f"{self.algorithm} {self.bits}"


class LocalFeatures(models.Model):
    """The local features of a photo: ``rows`` as the check packs them, of a picture read at this size.

    Rows of another version than the check's are neither asked with nor found.
    """

    media_file = models.OneToOneField(MediaFile, on_delete=models.PROTECT, related_name="local_features")
    version = models.CharField(max_length=20)
    width = models.FloatField()
    height = models.FloatField()
    rows = models.BinaryField()

    class Meta:
        verbose_name_plural = _("local features")

    def __str__(self) -> str:
        return f"{self.version} of {self.media_file_id[:8]}"


class Descriptor(models.Model):
    """What a learned model gives of a photo or of a part of it: int8, and their signs as bits.

    ``version`` begins with the SHA-256 of the model; only what has the same version can be compared.
    """

    media_file = models.ForeignKey(
        MediaFile, on_delete=models.PROTECT, related_name="descriptors", db_index=False
    )
    version = models.CharField(max_length=80)
    part = models.CharField(max_length=20)
    numbers = models.BinaryField()
    signs = models.BinaryField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["media_file", "version", "part"], name="one_descriptor_a_part_and_version"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.part} of {self.media_file_id[:8]}"


class Relation(models.TextChoices):
    """How two matching files are alike, as far as their fingerprints and pixels tell."""

    NEAR = "near", _("near copy")
    MIRRORED = "mirrored", _("mirrored copy")
    ROTATED = "rotated", _("turned copy")
    CROP = "crop", _("part of the same picture")
    FRAME = "frame", _("frame of a video")
    CLIP = "clip", _("the same footage")
    SCENE = "scene", _("the same picture or scene")


class Judgement(models.TextChoices):
    """What a person says of a match."""

    UNJUDGED = "unjudged", _("not judged")
    SAME = "same", _("the same picture")
    DERIVED = "derived", _("one is made from the other")
    DIFFERENT = "different", _("different pictures")
    UNSURE = "unsure", _("unsure")


CONFIRMED = (Judgement.SAME, Judgement.DERIVED)


class MatchQuerySet(models.QuerySet["Match"]):
    """Matches, as far as an actor may see them."""

    def visible_to(self, actor: Actor) -> Self:
        """Matches of which both files are evidence that the actor may see."""
        mine = Evidence.objects.visible_to(actor)
        first, second = (mine.filter(media_file=OuterRef(side)) for side in ("first", "second"))
        return self.filter(Exists(first), Exists(second))

    def of(self, media_file: MediaFile) -> Self:
        """Matches that this file is one side of."""
        return self.filter(Q(first=media_file) | Q(second=media_file))


class Match(models.Model):
    """Two media files that may be copies; ``first`` has the smaller SHA-256.

    ``offset`` is in seconds: where the first's time zero lies in the second's time, for two videos;
    where the photo is in the video, for a frame. ``agreement`` is the share of the parts of two
    pictures that agree where they are laid over each other, empty where they do not, or were not
    compared; ``seems_derived`` the file that the pixels tell was made from the other; ``likeness`` the
    cosine of their learned descriptors, empty below the operator's threshold.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    first = models.ForeignKey(MediaFile, on_delete=models.PROTECT, related_name="+")
    second = models.ForeignKey(MediaFile, on_delete=models.PROTECT, related_name="+")
    relation = models.CharField(max_length=20, choices=Relation.choices)
    distance = models.PositiveSmallIntegerField()
    frames = models.PositiveIntegerField(default=0)
    offset = models.FloatField(null=True, blank=True)
    agreement = models.FloatField(null=True, blank=True)
    likeness = models.FloatField(null=True, blank=True)
    seems_derived = models.ForeignKey(
        MediaFile, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    judgement = models.CharField(max_length=20, choices=Judgement.choices, default=Judgement.UNJUDGED)
    derived = models.ForeignKey(
        MediaFile,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        help_text=_("The file that was made from the other one."),
    )
    found_at = models.DateTimeField(auto_now_add=True)

    objects = MatchQuerySet.as_manager()

    class Meta:
        ordering = ["distance", "found_at", "id"]
        verbose_name_plural = _("matches")
        constraints = [
            models.UniqueConstraint(fields=["first", "second"], name="one_match_a_pair"),
            models.CheckConstraint(condition=Q(first__lt=F("second")), name="match_is_ordered"),
            models.CheckConstraint(condition=Q(judgement__in=Judgement.values), name="judgement_known"),
            models.CheckConstraint(
                condition=~Q(judgement=Judgement.DERIVED) | Q(derived__isnull=False),
                name="derived_match_has_a_direction",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.first_id[:8]} ~ {self.second_id[:8]}"

    def other(self, media_file: MediaFile) -> MediaFile:
        """The file on the other side."""
        return self.second if self.first_id == media_file.pk else self.first


class MatchJudgement(models.Model):
    """One person's judgement of a match, kept for ever."""

    match = models.ForeignKey(Match, on_delete=models.PROTECT, related_name="judgements")
    judgement = models.CharField(max_length=20, choices=Judgement.choices)
    judged_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    reason = models.TextField(max_length=5000)
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["at", "pk"]

    def __str__(self) -> str:
        return f"{self.judgement} on {self.match}"
