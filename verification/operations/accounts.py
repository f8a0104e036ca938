"""What administrators, and the operator, do to other people's ways in; Django's log of the admin keeps it.

Accounts belong to no case, so no custody record knows of them.
"""

from __future__ import annotations

from typing import Any

from allauth.mfa.models import Authenticator
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.auth import get_user_model
from django.contrib.contenttypes.models import ContentType
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from claims.actors import Actor, ActorKind
from claims.transitions import BadInput, NotPermitted
from verification.access import browsers, sessions

TAKEN, LET_IN, ENDED = "second factors taken away", "a new browser let in", "signed out everywhere"


def named(name: str) -> Any:
    """The account with this name; raises BadInput where there is none."""
    user = get_user_model().objects.filter(username=name).first()
    if user is None:
        raise BadInput(_("Nobody is called %(name)s.") % {"name": name}, field="name")
    return user


@transaction.atomic
def take_factors(*, actor: Actor, user: Any, reason: str) -> None:
    """Take another person's second factors away: they set up a new one when they next sign in."""
    _require(actor, user)
    if not reason.strip():
        raise BadInput(_("This is needed: %(field)s.") % {"field": "reason"}, field="reason")
    Authenticator.objects.filter(user=user).delete()
    sessions.end_all(user)
    _note(actor, user, TAKEN, reason)


@transaction.atomic
def end_sessions(*, actor: Actor, user: Any) -> None:
    """Sign another person out everywhere."""
    _require(actor, user)
    sessions.end_all(user)
    _note(actor, user, ENDED)


@transaction.atomic
def let_browser_in(*, actor: Actor, user: Any) -> str:
    """An invitation with which another person's new browser is known at once, though strangers try."""
    _require(actor, user)
    _note(actor, user, LET_IN)
    return browsers.invitation(user.get_username())


def history(user: Any) -> list[LogEntry]:
    """What administrators did to this account, the newest first; twenty at most."""
    return list(_entries(user).select_related("user")[:20])


def last_taken(user: Any) -> LogEntry | None:
    """When, by whom and why this person's factors were last taken away; None if never."""
    return _entries(user).filter(change_message__startswith=TAKEN).select_related("user").first()


def _entries(user: Any) -> Any:
    kind = ContentType.objects.get_for_model(user)
    return LogEntry.objects.filter(content_type=kind, object_id=str(user.pk)).order_by("-pk")


def _require(actor: Actor, user: Any) -> None:
    if not (actor.is_administrator or actor.kind is ActorKind.DESK):
        raise NotPermitted(_("Only an administrator may do this."))
    if actor.user == user:
        raise NotPermitted(_("Another administrator has to do this for you."), code="own_account")


def _note(actor: Actor, user: Any, done: str, reason: str = "") -> None:
    """A line in the log of the admin. It needs a person: for the operator, whose account it is."""
    by = "" if actor.user else " by the operator, at the machine"
    LogEntry.objects.create(
        user=actor.user or user,
        content_type=ContentType.objects.get_for_model(user),
        object_id=str(user.pk),
        object_repr=str(user)[:200],
        action_flag=CHANGE,
        change_message=f"{done}{by}" + (f": {reason}" if reason else ""),
    )
