"""Pages of a list by key: the cost of a page does not grow with its depth."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.http import Http404, HttpRequest

ROWS = 50


@dataclass(frozen=True)
class Slice:
    """The rows of one page, and the query strings of the first and of the next page where there is one."""

    rows: list[Any]
    first: str | None
    next: str | None


def newest_first(records: models.QuerySet, request: HttpRequest, field: str) -> Slice:
    """The page that ``?after=<id>`` asks for, by ``field`` and id, newest first; 404 for no such id."""
    return _slice(records.order_by(f"-{field}", "-pk"), request, field, "lt")


def in_order(records: models.QuerySet, request: HttpRequest, field: str) -> Slice:
    """The page that ``?after=<id>`` asks for, as an index of names goes; 404 for no such id."""
    return _slice(records.order_by(field, "pk"), request, field, "gt")


def _slice(ordered: models.QuerySet, request: HttpRequest, field: str, way: str) -> Slice:
    after = request.GET.get("after")
    if after:
        ordered = ordered.filter(_beyond(ordered.model, field, way, after))
    found = list(ordered[: ROWS + 1])
    more = len(found) > ROWS
    return Slice(
        found[:ROWS],
        _query(request, None) if after else None,
        _query(request, found[ROWS - 1].pk) if more else None,
    )


def _beyond(model: type[models.Model], field: str, way: str, pk: str) -> Q:
    """What comes after the row with this key. The row itself may not be among those that are shown."""
    try:
        at = model._base_manager.values_list(field, flat=True).filter(pk=pk).first()
    except (ValidationError, ValueError) as malformed:
        raise Http404 from malformed
    if at is None:
        raise Http404
    return Q(**{f"{field}__{way}": at}) | Q(**{field: at, f"pk__{way}": pk})


def _query(request: HttpRequest, after: Any) -> str:
    given = request.GET.copy()
    given.pop("after", None)
    if after is not None:
        given["after"] = str(after)
    return f"?{given.urlencode()}"
