"""The shapes of the answers, for the schema.

Documents are built and frozen by ``verification.partners``; a test holds them against these shapes.
"""

from __future__ import annotations

from functools import cache

from rest_framework import serializers

from claims.models import ClaimCategory, Stance
from media_checks.contract import Bearing, CheckVerdict
from verification.models import Authenticity, Confidence, FeedChange, Rating, Relation
from verification.models.matches import CONFIRMED
from verification.settling import DID_NOT_RUN

PUBLISHED_RATINGS = [each.value for each in Rating if each != Rating.NOT_CHECKABLE]
STATES = ["published", "retracted"]


class EventSerializer(serializers.Serializer):
    """What the claim says happened where and when."""

    start = serializers.DateTimeField(allow_null=True)
    end = serializers.DateTimeField(allow_null=True)
    place = serializers.CharField(allow_null=True)
    latitude = serializers.FloatField(allow_null=True)
    longitude = serializers.FloatField(allow_null=True)
    precision_m = serializers.FloatField(allow_null=True)


class ClaimInVerdictSerializer(serializers.Serializer):
    """The claim that a verdict is on."""

    id = serializers.UUIDField()
    statement = serializers.CharField()
    claimant = serializers.CharField()
    stated_on = serializers.DateField(allow_null=True)
    case = serializers.CharField(help_text="The case's short name.")
    event = EventSerializer()


class FindingSerializer(serializers.Serializer):
    """One observation of a check, as far as it may leave the desk."""

    code = serializers.CharField()
    bearing = serializers.ChoiceField([each.value for each in Bearing])
    summary = serializers.CharField()
    details = serializers.DictField(child=serializers.JSONField())


class CheckSerializer(serializers.Serializer):
    """What one check version concluded on the file; ``did_not_run`` is not an all-clear."""

    check = serializers.CharField()
    version = serializers.IntegerField()
    verdict = serializers.ChoiceField([*(each.value for each in CheckVerdict), DID_NOT_RUN])
    findings = FindingSerializer(many=True)


class EvidenceInVerdictSerializer(serializers.Serializer):
    """One evidence item that a verdict stands on."""

    id = serializers.UUIDField()
    stance = serializers.ChoiceField(Stance.values)
    sha256 = serializers.CharField(allow_null=True, help_text="Empty for an address alone.")
    authenticity = serializers.ListField(child=serializers.ChoiceField(Authenticity.values))
    checks = CheckSerializer(many=True)


class VerdictSerializer(serializers.Serializer):
    """The desk's conclusion on a claim. ``id`` is the same in all versions."""

    id = serializers.UUIDField()
    version = serializers.IntegerField()
    state = serializers.ChoiceField(STATES)
    claim = ClaimInVerdictSerializer()
    rating = serializers.ChoiceField(PUBLISHED_RATINGS)
    confidence = serializers.ChoiceField(Confidence.values)
    summary = serializers.CharField()
    rationale = serializers.CharField()
    evidence = EvidenceInVerdictSerializer(many=True)
    reviewers = serializers.IntegerField(help_text="How many people decided or approved; never who.")
    published_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()
    url = serializers.URLField()


class ChangeSerializer(serializers.Serializer):
    """One change of one verdict, with the verdict as it then read."""

    sequence = serializers.IntegerField()
    change = serializers.ChoiceField(FeedChange.values)
    verdict = VerdictSerializer()


class ChangesSerializer(serializers.Serializer):
    """A page of the change feed, oldest first."""

    results = ChangeSerializer(many=True)
    next_cursor = serializers.CharField(help_text="Store it, and come back with it.")
    has_more = serializers.BooleanField()


class HeadSerializer(serializers.Serializer):
    """A signed head of the desk's custody record."""

    number = serializers.IntegerField()
    at = serializers.DateTimeField()
    lines = serializers.IntegerField(help_text="How many lines the record of the whole desk had.")
    root = serializers.CharField(help_text="A digest of the last line of every case.")  # type: ignore[assignment]
    previous_hash = serializers.CharField()
    key = serializers.CharField(help_text="The public key of Ed25519, in hex.")
    hash = serializers.CharField()
    signature = serializers.CharField()


class HeadsSerializer(serializers.Serializer):
    """A page of the heads, oldest first."""

    results = HeadSerializer(many=True)
    next_cursor = serializers.CharField(help_text="Store it, and come back with it.")
    has_more = serializers.BooleanField()


class CurrentVerdictSerializer(serializers.Serializer):
    """The current verdict on a claim, in short."""

    id = serializers.UUIDField()
    version = serializers.IntegerField()
    state = serializers.ChoiceField(STATES)
    rating = serializers.ChoiceField(PUBLISHED_RATINGS)
    confidence = serializers.ChoiceField(Confidence.values)
    summary = serializers.CharField()
    published_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()
    url = serializers.URLField()


class EvidenceSummarySerializer(serializers.Serializer):
    """How many items stand in the published verdict, by stance."""

    total = serializers.IntegerField()
    supports = serializers.IntegerField()
    refutes = serializers.IntegerField()
    context = serializers.IntegerField()  # type: ignore[assignment]


class ClaimSerializer(ClaimInVerdictSerializer):
    """A claim, with its current verdict where there is one."""

    category = serializers.ChoiceField(ClaimCategory.values)
    parent = serializers.UUIDField(allow_null=True)  # type: ignore[assignment]
    sub_claims = serializers.ListField(child=serializers.UUIDField())
    verdict = CurrentVerdictSerializer(allow_null=True)
    evidence = EvidenceSummarySerializer()


class FingerprintSerializer(serializers.Serializer):
    """A perceptual hash of the picture, or of a frame at a time in seconds."""

    algorithm = serializers.CharField()
    part = serializers.CharField()
    bits = serializers.CharField(help_text="Hex, leading zeros kept.")
    quality = serializers.IntegerField()
    at = serializers.FloatField(allow_null=True)


class MatchSerializer(serializers.Serializer):
    """Another published item with the same content, as a person confirmed it."""

    evidence = serializers.UUIDField()
    relation = serializers.ChoiceField(["exact", *Relation.values])
    distance = serializers.IntegerField(help_text="Bits of 256.")
    judgement = serializers.ChoiceField([each.value for each in CONFIRMED])


class VerdictLinkSerializer(serializers.Serializer):
    """A verdict that this item stands in."""

    id = serializers.UUIDField()
    version = serializers.IntegerField()
    url = serializers.URLField()


class EvidenceSerializer(EvidenceInVerdictSerializer):
    """An evidence item that stands in a published verdict."""

    kind = serializers.CharField(allow_null=True, help_text="photo or video; empty for an address alone.")
    fingerprints = FingerprintSerializer(many=True)
    matches = MatchSerializer(many=True)
    verdicts = VerdictLinkSerializer(many=True)


class BadFieldSerializer(serializers.Serializer):
    """What is wrong with one field."""

    field = serializers.CharField()
    message = serializers.CharField()


class ProblemSerializer(serializers.Serializer):
    """An error, as RFC 9457 says."""

    type = serializers.CharField()
    title = serializers.CharField()
    status = serializers.IntegerField()
    detail = serializers.CharField()
    errors = BadFieldSerializer(many=True, required=False)  # type: ignore[assignment]


@cache
def page_of(entry: type[serializers.Serializer]) -> type[serializers.Serializer]:
    """The shape of a page of these entries, with absolute links."""
    fields = {
        "__doc__": "A page of a list, newest first.",
        "results": entry(many=True),
        "next": serializers.URLField(allow_null=True),
        "previous": serializers.URLField(allow_null=True),
    }
    return type(
        f"{entry.__name__.removesuffix('Serializer')}PageSerializer", (serializers.Serializer,), fields
    )
