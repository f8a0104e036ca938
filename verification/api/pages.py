"""Pages by keyset: a page costs the same at any depth, and nothing shifts while others write."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request

MOST = 200
LONGEST_CURSOR = 200


@dataclass(frozen=True)
class Position:
    """A row's place in a list that is ordered newest first, and which way the page lies from there."""

    at: datetime
    id: UUID
    backwards: bool = False

    def text(self) -> str:
        """This position as a cursor."""
        return _pack(["<" if self.backwards else ">", self.at.isoformat(), self.id.hex])

    @classmethod
    def read(cls, cursor: str) -> Position:
        """The position that a cursor names; raises ValidationError for what is no cursor of ours."""
        match _unpack(cursor):
            case ["<" | ">" as way, str(at), str(id_)]:
                return cls(_moment(at), _uuid(id_), way == "<")
        raise _bad_cursor()


@dataclass(frozen=True)
class Page:
    """The rows of one page, newest first, and where the pages beside it begin."""

    rows: Sequence[Any]
    next: Position | None
    previous: Position | None

    def body(self, request: Request, results: Sequence[Any]) -> dict[str, Any]:
        """``{"results", "next", "previous"}`` with absolute links."""
        return {
            "results": list(results),
            "next": _link(request, self.next),
            "previous": _link(request, self.previous),
        }


def page_of(rows: QuerySet, *, by: str, cursor: str, size: int) -> Page:
    """The page of ``rows`` (ordered by the time ``by`` and the id, newest first) at this cursor."""
    position = Position.read(cursor) if cursor else None
    backwards = position is not None and position.backwards
    found = list(_beyond(rows, by, position)[: size + 1])
    more, found = len(found) > size, found[:size]
    if backwards:
        found.reverse()
    first, last = (found[0], found[-1]) if found else (None, None)
    has_next = more or backwards
    has_previous = more if backwards else position is not None
    return Page(
        rows=found,
        next=Position(getattr(last, by), last.pk) if last and has_next else None,
        previous=Position(getattr(first, by), first.pk, backwards=True) if first and has_previous else None,
    )


def sequence_cursor(sequence: int, feed: str = "feed") -> str:
    """The cursor of a consumer of a feed, the change feed by default, who has read up to this entry."""
    return _pack([feed, sequence])


def sequence_of(cursor: str, feed: str = "feed") -> int:
    """The entry up to which a consumer has read; raises ValidationError for what is no such cursor."""
    match _unpack(cursor):
        case [str(of), int(sequence)] if of == feed and 0 <= sequence < 1 << 63:
            return sequence
    raise _bad_cursor()


def _beyond(rows: QuerySet, by: str, position: Position | None) -> QuerySet:
    if position is None:
        return rows.order_by(f"-{by}", "-pk")
    if position.backwards:
        after = Q(**{f"{by}__gt": position.at}) | Q(pk__gt=position.id)
        return rows.filter(after, **{f"{by}__gte": position.at}).order_by(by, "pk")
    before = Q(**{f"{by}__lt": position.at}) | Q(pk__lt=position.id)
    return rows.filter(before, **{f"{by}__lte": position.at}).order_by(f"-{by}", "-pk")


def _link(request: Request, position: Position | None) -> str | None:
    if position is None:
        return None
    query = request.query_params.copy()
    query["cursor"] = position.text()
    return request.build_absolute_uri(f"{request.path}?{query.urlencode()}")


def _pack(values: list[Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(values).encode()).decode().rstrip("=")


def _unpack(cursor: str) -> Any:
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        return json.loads(base64.b64decode(padded.encode("ascii"), altchars=b"-_", validate=True))
    except (binascii.Error, ValueError, RecursionError):
        return None


def _moment(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text).astimezone(UTC)
    except (ValueError, OverflowError):
        raise _bad_cursor() from None


def _uuid(text: str) -> UUID:
    try:
        return UUID(hex=text)
    except ValueError:
        raise _bad_cursor() from None


def _bad_cursor() -> ValidationError:
    return ValidationError({"cursor": [_("This is no cursor of this list.")]}, code="bad_cursor")
