"""Actors: the person or key on whose behalf an operation runs. There is no anonymous one."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class ActorKind(StrEnum):
    """What kind of actor acts."""

    PERSON = "person"
    VOLUNTEER = "volunteer"
    PARTNER = "partner"
    DESK = "desk"


@dataclass(frozen=True)
class Actor:
    """Who acts. ``user`` is set for a person, ``key`` for a partner; the desk is the service itself."""

    kind: ActorKind
    user: Any = None
    key: Any = None

    @property
    def label(self) -> str:
        """How the custody record names the actor: an id, never a person's name."""
        if self.kind is ActorKind.PERSON:
            return f"user:{self.user.pk}"
        if self.kind is ActorKind.PARTNER:
            return f"key:{self.key.prefix}"
        return self.kind.value

    @property
    def is_administrator(self) -> bool:
        """Whether this is a person who administers the desk."""
        return self.kind is ActorKind.PERSON and self.user.is_active and self.user.is_superuser


VOLUNTEER = Actor(ActorKind.VOLUNTEER)
DESK = Actor(ActorKind.DESK)


def person(user: Any) -> Actor:
    """The actor for a signed-in user; raises ValueError for anybody who is not."""
    if not getattr(user, "is_authenticated", False):
        raise ValueError("An actor needs a signed-in user.")
    return Actor(ActorKind.PERSON, user=user)


def partner(key: Any) -> Actor:
    """The actor for a partner's key."""
    return Actor(ActorKind.PARTNER, key=key)
