"""How a call is described in the schema: its answer, its headers, and every problem that it may end in."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
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
    500: "The desk made a mistake.",
    503: "The desk is away for a moment; see Retry-After.",
}


def _header(name: str, description: str, *statuses: int) -> OpenApiParameter:
    """A header that every answer with one of these statuses has; without any, one of the request."""
    return OpenApiParameter(
        name,
        str,
        OpenApiParameter.HEADER,
        required=bool(statuses),
        description=description,
        response=list(statuses) or False,
    )


_COUNTED = (200, 304, 400, 429)
_HEADERS = [
    _header("If-None-Match", "The ETag of the answer that you have."),
    _header("ETag", "Send it back in If-None-Match.", 200, 304),
    _header("RateLimit-Policy", "What your key is allowed.", *_COUNTED),
    _header("RateLimit", "What is left of it, and when the next minute begins.", *_COUNTED),
    _header("Retry-After", "Seconds to wait.", 429, 503),
    _header("WWW-Authenticate", "What a caller without a valid key is asked for.", 401),
]


def call(
    name: str, answer: type[serializers.Serializer], *, query: type[serializers.Serializer] | None = None
) -> Callable[[Callable], Callable]:
    """Describe a call by its name (the operation's id) and the shape of its answer."""
    responses: dict[Any, Any] = {(200, "application/json"): answer}
    responses |= {304: OpenApiResponse(description="Nothing changed since the ETag that you sent.")}
    for status, description in _PROBLEMS.items():
        responses[status, MEDIA_TYPE] = OpenApiResponse(ProblemSerializer, description=description)
    parameters: list[Any] = [*_HEADERS, *([query] if query else [])]
    return extend_schema(operation_id=name, parameters=parameters, responses=responses)
