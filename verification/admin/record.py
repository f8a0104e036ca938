"""The custody record for the eyes of the desk: names for numbers, and a first decision kept covered."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib.auth import get_user_model

from claims.models import CustodyEvent
from verification.models import Review
from verification.words import ACTORS

DECIDED = "evidence.decided"


@dataclass(frozen=True)
class Line:
    """A line of the record: who, by name where it was a person; details as pairs; where it leads.

    ``exact`` says whether the reader may see the time itself, and not only its hour.
    """

    event: CustodyEvent
    exact: bool
    who: str
    details: Sequence[tuple[str, Any]]
    covered: bool
    kind: str
    pk: str


def readable(events: Iterable[CustodyEvent]) -> list[Line]:
    """Lines as people read them.

    When something came in, and what the desk did with it at once, may lead to its sender: these times
    are shown to the hour, and exactly only to who reads the source. What a live review has decided so far
    stays covered for everybody: a second reviewer does not see the first answer.
    """
    shown = list(events)
    names, live = names_of(shown), _live_since(shown)
    return [_line(each, names, live) for each in shown]


def names_of(events: Iterable[CustodyEvent]) -> dict[str, str]:
    """What people call the actors of these lines."""
    numbers = {each.actor.removeprefix("user:") for each in events if each.actor.startswith("user:")}
    people = get_user_model().objects.filter(pk__in=numbers)
    known = {f"user:{each.pk}": each.get_username() for each in people}
    return {**{name: str(word) for name, word in ACTORS.items()}, **known}


def is_exact(event: CustodyEvent) -> bool:
    """Whether the time itself may be shown, and not only its hour: it leads to nobody who sent something."""
    return event.actor.startswith("user:") and not event.action.endswith(".received")


def _line(event: CustodyEvent, names: dict[str, str], live: dict[str, datetime]) -> Line:
    kind, _colon, pk = event.subject.partition(":")
    since = live.get(event.subject)
    covered = event.action == DECIDED and since is not None and event.at >= since
    details = [] if covered else list(event.details.items())
    return Line(event, is_exact(event), names.get(event.actor, event.actor), details, covered, kind, pk)


def _live_since(events: list[CustodyEvent]) -> dict[str, datetime]:
    """When the live review of each decided item was opened."""
    items = {UUID(each.subject.partition(":")[2]) for each in events if each.action == DECIDED}
    live = Review.objects.live().filter(evidence__in=items).values_list("evidence", "opened_at")
    return {f"evidence:{evidence}": opened_at for evidence, opened_at in live}
