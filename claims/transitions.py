"""The one way a state changes, and the errors that a door translates."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any, TypeVar

from django.db import models
from django.utils.translation import gettext_lazy as _

State = TypeVar("State", bound=StrEnum)


class DomainError(Exception):
    """A refusal with a stable code and a sentence for a person; each door translates it once."""

    code = "refused"

    def __init__(self, message: Any, *, code: str | None = None, **details: Any):
        super().__init__(message)
        self.message = message
        self.code = code or self.code
        self.details = details


class BadInput(DomainError):
    """What was given cannot be taken; ``details`` may name the field."""

    code = "bad_input"


class IllegalMove(DomainError):
    """The record is not in a state from which this can be done."""

    code = "illegal_move"


class LostRace(DomainError):
    """Somebody else changed the record first."""

    code = "lost_race"


class NotPermitted(DomainError):
    """The actor may not do this here."""

    code = "not_permitted"


def move(record: models.Model, moves: Mapping[State, frozenset[State]], to: State, **changes: Any) -> None:
    """Change ``record.state`` to ``to`` by one conditional UPDATE, with other fields beside it.

    ``moves`` maps each state to those that may follow it. Raises IllegalMove when ``to`` may not
    follow the state that was read, LostRace when the row has moved on since. The record in memory
    is changed only after the row was.
    """
    was = record.state  # type: ignore[attr-defined]
    if to not in moves.get(was, frozenset()):
        raise IllegalMove(
            _("This cannot go from %(was)s to %(to)s.") % {"was": was, "to": to.value}, was=was, to=to.value
        )
    model = type(record)
    changed = model._base_manager.filter(pk=record.pk, state=was).update(state=to.value, **changes)
    if not changed:
        raise LostRace(_("Somebody else changed this first. Load it again."))
    for name, value in {"state": to.value, **changes}.items():
        setattr(record, name, value)
