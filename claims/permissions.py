"""Who may do what in a case: one table, one question, one refusal."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from django.contrib.auth import get_user_model
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from claims.actors import Actor, ActorKind
from claims.models import Case, Membership, Role
from claims.transitions import NotPermitted


class Permission(StrEnum):
    """An act that a role may allow."""

    SUBMIT = "submit"
    OPEN_CLAIM = "open_claim"
    TRIAGE = "triage"
    REVIEW = "review"
    WRITE_VERDICT = "write_verdict"
    APPROVE_VERDICT = "approve_verdict"
    PUBLISH_VERDICT = "publish_verdict"
    READ_SOURCE = "read_source"
    EXPORT_CASE = "export_case"
    MANAGE_CASE = "manage_case"
    MANAGE_PARTNERS = "manage_partners"


_INVESTIGATOR = frozenset(
    {
        Permission.SUBMIT,
        Permission.OPEN_CLAIM,
        Permission.TRIAGE,
        Permission.REVIEW,
        Permission.WRITE_VERDICT,
    }
)
_OF_ROLE = {
    Role.INVESTIGATOR: _INVESTIGATOR,
    Role.LEAD: _INVESTIGATOR | {Permission.APPROVE_VERDICT, Permission.PUBLISH_VERDICT},
    Role.CUSTODIAN: frozenset({Permission.READ_SOURCE, Permission.EXPORT_CASE}),
}
_OF_ADMINISTRATOR = frozenset({Permission.MANAGE_CASE, Permission.MANAGE_PARTNERS})


def allowed(actor: Actor, case: Case) -> frozenset[Permission]:
    """Everything that the actor may do in this case."""
    if actor.kind is ActorKind.DESK:
        return frozenset(Permission)
    if actor.kind is ActorKind.VOLUNTEER:
        return frozenset({Permission.SUBMIT}) if case.accepts_submissions else frozenset()
    if actor.kind is not ActorKind.PERSON or not actor.user.is_active:
        return frozenset()
    roles = Membership.objects.filter(case=case, user=actor.user).values_list("role", flat=True)
    acts = frozenset().union(*(_OF_ROLE[Role(each)] for each in roles))
    return acts | _OF_ADMINISTRATOR if actor.is_administrator else acts


def permitted(actor: Actor, permission: Permission, case: Case) -> bool:
    """Whether the actor may do this in this case."""
    return permission in allowed(actor, case)


def cases_where(actor: Actor, permission: Permission) -> QuerySet[Case]:
    """The cases in which a role of this person allows this; an administrator's own acts left out."""
    if actor.kind is not ActorKind.PERSON or not actor.user.is_active:
        return Case.objects.none()
    memberships = Membership.objects.filter(user=actor.user, role__in=_roles_with(permission))
    return Case.objects.filter(pk__in=memberships.values("case"))


def people_who(permission: Permission, case: Case) -> QuerySet[Any]:
    """The people whose role in this case allows this, by name."""
    memberships = Membership.objects.filter(case=case, role__in=_roles_with(permission))
    return (
        get_user_model()
        .objects.filter(is_active=True, pk__in=memberships.values("user"))
        .order_by("username")
    )


def _roles_with(permission: Permission) -> list[Role]:
    return [role for role, acts in _OF_ROLE.items() if permission in acts]


def require(actor: Actor, permission: Permission, case: Case) -> None:
    """The first line of every operation; raises NotPermitted."""
    if not permitted(actor, permission, case):
        raise NotPermitted(_("You may not do this in this case."), permission=permission.value)
