"""What a caller may ask a list for. A parameter that a list does not know is refused, not ignored."""

from __future__ import annotations

import math
import re
import uuid
from dataclasses import dataclass
from typing import Any

from django.db.models import F, FloatField, Q, QuerySet, Value
from django.db.models.functions import ACos, Cos, Greatest, Least, Radians, Sin
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request

from claims.models import Claim
from verification.api.pages import LONGEST_CURSOR, MOST
from verification.models import Rating, Verdict

EARTH_RADIUS_KM = 6371.0088
FURTHEST_KM = 20_040.0
_DECIMAL = r"[0-9]+(\.[0-9]+)?"
_CIRCLE = re.compile(f"^-?{_DECIMAL},-?{_DECIMAL},{_DECIMAL}$")


@dataclass(frozen=True)
class Circle:
    """A circle on WGS 84: signed decimal degrees and a radius in kilometres."""

    latitude: float
    longitude: float
    radius_km: float


@extend_schema_field({"type": "string", "pattern": _CIRCLE.pattern})
class CircleField(serializers.Field):
    """``lat,lon,radius_km``."""

    default_error_messages = {
        "invalid": _("Give latitude, longitude and radius in kilometres, for example 36.2,37.16,25.")
    }

    def to_internal_value(self, data: str) -> Circle:
        """The circle; fails for three values that make none."""
        if not _CIRCLE.fullmatch(data):
            self.fail("invalid")
        latitude, longitude, radius = (float(each) for each in data.split(","))
        if not (abs(latitude) <= 90 and abs(longitude) <= 180 and 0 < radius <= FURTHEST_KM):
            self.fail("invalid")
        return Circle(latitude, longitude, radius)


class PageQuery(serializers.Serializer):
    """Where a page begins and how long it is."""

    cursor = serializers.CharField(
        required=False, max_length=LONGEST_CURSOR, help_text="From a link of another page; opaque."
    )
    page_size = serializers.IntegerField(required=False, min_value=1, max_value=MOST, default=50)


class FeedQuery(PageQuery):
    """Where a consumer of the change feed goes on."""

    cursor = serializers.CharField(
        required=False,
        max_length=LONGEST_CURSOR,
        help_text="The next_cursor of your last call; leave it out the first time.",
    )
    page_size = serializers.IntegerField(required=False, min_value=1, max_value=MOST, default=100)


class ClaimQuery(PageQuery):
    """Which claims."""

    case = serializers.SlugField(required=False, max_length=80, help_text="The case's short name.")


class VerdictQuery(ClaimQuery):
    """Which verdicts."""

    claim = serializers.UUIDField(required=False)
    rating = serializers.ChoiceField(
        required=False, choices=[each.value for each in Rating if each != Rating.NOT_CHECKABLE]
    )
    published_after = serializers.DateTimeField(required=False)
    published_before = serializers.DateTimeField(required=False)
    place = CircleField(required=False, help_text="`lat,lon,radius_km`: claims set inside this circle.")
    q = serializers.CharField(
        required=False,
        max_length=200,
        help_text="Words as they stand in claim, claimant, summary or rationale.",
    )


def read(query: type[serializers.Serializer], request: Request) -> dict[str, Any]:
    """What the caller asks for. Raises ValidationError for values that do not fit and unknown names."""
    asked = query(data=request.query_params.dict())
    unknown = set(request.query_params) - set(asked.fields)
    if unknown:
        raise ValidationError({name: [_("There is no such parameter here.")] for name in sorted(unknown)})
    asked.is_valid(raise_exception=True)
    return asked.validated_data


def verdicts(found: QuerySet[Verdict], asked: dict[str, Any]) -> QuerySet[Verdict]:
    """Those of these verdicts that were asked for."""
    conditions = {
        "claim": lambda claim: Q(claim=claim),
        "rating": lambda rating: Q(rating=rating),
        "published_after": lambda moment: Q(published_at__gt=moment),
        "published_before": lambda moment: Q(published_at__lt=moment),
        "case": lambda case: _case("claim__case", case),
        "place": lambda circle: Q(claim__in=claims_within(circle)),
        "q": _words,
    }
    for name, condition in conditions.items():
        if name in asked:
            found = found.filter(condition(asked[name]))
    return found


def claims(found: QuerySet[Claim], asked: dict[str, Any]) -> QuerySet[Claim]:
    """Those of these claims that were asked for."""
    return found.filter(_case("case", asked["case"])) if "case" in asked else found


def claims_within(circle: Circle) -> QuerySet[Claim]:
    """Claims whose place lies inside the circle, by the spherical law of cosines."""
    latitude, longitude = math.radians(circle.latitude), math.radians(circle.longitude)
    cosine = Value(math.sin(latitude)) * Sin(Radians(F("latitude"))) + Value(math.cos(latitude)) * Cos(
        Radians(F("latitude"))
    ) * Cos(Radians(F("longitude")) - Value(longitude))
    within = ACos(Least(1.0, Greatest(-1.0, cosine)), output_field=FloatField()) * Value(EARTH_RADIUS_KM)
    placed = Claim.objects.filter(latitude__isnull=False)
    return placed.annotate(away_km=within).filter(away_km__lte=circle.radius_km)


def _words(text: str) -> Q:
    places = ("claim__statement", "claim__claimant", "summary", "rationale")
    return Q.create([(f"{place}__icontains", text) for place in places], connector=Q.OR)


def _case(field: str, given: str) -> Q:
    """By the case's short name, or by its id."""
    try:
        return Q(**{f"{field}__slug": given}) | Q(**{field: uuid.UUID(given)})
    except ValueError:
        return Q(**{f"{field}__slug": given})
