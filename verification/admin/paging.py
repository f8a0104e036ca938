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


def newest_first(records: models.QuerySet, request: HttpRequest, field: str, rows: int = ROWS) -> Slice:
    """The page that ``?after=<id>`` asks for, by ``field`` and id, newest first; 404 for no such id."""
    ordered = records.order_by(f"-{field}", "-pk")
    after = request.GET.get("after")
    if after:
        ordered = ordered.filter(_beyond(records.model, field, after))
    found = list(ordered[: rows + 1])
    more = len(found) > rows
    return Slice(
        found[:rows],
        _query(request, None) if after else None,
        _query(request, found[rows - 1].pk) if more else None,
    )


def _beyond(model: type[models.Model], field: str, pk: str) -> Q:
    """What comes after the row with this key. The row itself may not be among those that are shown."""
    try:
        at = model._base_manager.values_list(field, flat=True).filter(pk=pk).first()
    except (ValidationError, ValueError) as malformed:
        raise Http404 from malformed
    if at is None:
        raise Http404
    return Q(**{f"{field}__lt": at}) | Q(**{field: at, "pk__lt": pk})


def _query(request: HttpRequest, after: Any) -> str:
    given = request.GET.copy()
    given.pop("after", None)
    if after is not None:
        given["after"] = str(after)
    return f"?{given.urlencode()}"
