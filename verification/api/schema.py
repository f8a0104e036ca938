"""How a call is described in the schema: its answer, and every problem that it may end in."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers

from verification.api.problems import MEDIA_TYPE
from verification.api.serializers import ProblemSerializer

_PROBLEMS = {
    400: "A parameter does not fit.",
    401: "No key, or one that is not valid.",
    403: "The key lacks the scope.",
    404: "There is no such record, or you may not know of it.",
    406: "Only JSON is spoken here.",
    429: "Too many requests; see Retry-After.",
}


def call(
    name: str, answer: type[serializers.Serializer], *, query: type[serializers.Serializer] | None = None
) -> Callable[[Callable], Callable]:
    """Describe a call by its name (the operation's id) and the shape of its answer."""
    responses: dict[Any, Any] = {(200, "application/json"): answer}
    responses |= {304: OpenApiResponse(description="Nothing changed since the ETag that you sent.")}
    for status, description in _PROBLEMS.items():
        responses[status, MEDIA_TYPE] = OpenApiResponse(ProblemSerializer, description=description)
    return extend_schema(operation_id=name, parameters=[query] if query else [], responses=responses)
