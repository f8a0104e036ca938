"""Cases, their members and their claims."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.models import User
from django.utils.translation import gettext_lazy as _

from claims import custody
from claims.actors import Actor
from claims.models import Case, Claim, ClaimState, Membership, Role
from claims.models.claims import CLAIM_MOVES
from claims.operations.inputs import clean, need
from claims.permissions import Permission, require
from claims.transitions import BadInput, move


@custody.operation()
def open_case(*, actor: Actor, slug: str, title: str, **fields: Any) -> Case:
    """Open a case. Only an administrator or the desk itself may."""
    case = Case(slug=slug, title=title, **fields)
    require(actor, Permission.MANAGE_CASE, case)
    clean(case)
    case.save(force_insert=True)
    custody.record(actor, "case.opened", case, case=case, slug=slug)
    return case


@custody.operation()
def add_member(*, actor: Actor, case: Case, user: User, role: Role) -> Membership:
    """Give a person a role in a case; giving it again changes nothing."""
    require(actor, Permission.MANAGE_CASE, case)
    membership, created = Membership.objects.get_or_create(case=case, user=user, role=role)
    if created:
        custody.record(actor, "case.member_added", case, case=case, user=user.pk, role=str(role))
    return membership


@custody.operation()
def remove_member(*, actor: Actor, membership: Membership) -> None:
    """Take a role from a person."""
    case = membership.case
    require(actor, Permission.MANAGE_CASE, case)
    custody.record(
        actor, "case.member_removed", case, case=case, user=membership.user_id, role=membership.role
    )
    membership.delete()


@custody.operation()
def open_claim(*, actor: Actor, case: Case, parent: Claim | None = None, **fields: Any) -> Claim:
    """Open a claim in a case. Raises BadInput for fields that do not fit."""
    require(actor, Permission.OPEN_CLAIM, case)
    if parent and parent.case_id != case.pk:
        raise BadInput(_("A sub-claim belongs to the case of its claim."), field="parent")
    claim = Claim(case=case, parent=parent, **fields)
    clean(claim)
    claim.save(force_insert=True)
    custody.record(actor, "claim.opened", claim, case=case, statement=claim.statement)
    return claim


@custody.operation()
def conclude_claim(*, actor: Actor, claim: Claim, permission: Permission) -> None:
    """Close an open claim because its verdict was published."""
    require(actor, permission, claim.case)
    move(claim, CLAIM_MOVES, ClaimState.CONCLUDED)
    custody.record(actor, "claim.concluded", claim, case=claim.case)


@custody.operation()
def reopen_claim(*, actor: Actor, claim: Claim, reason: str) -> None:
    """Open a concluded claim again, for a correction."""
    require(actor, Permission.WRITE_VERDICT, claim.case)
    need(reason, "reason")
    move(claim, CLAIM_MOVES, ClaimState.OPEN)
    custody.record(actor, "claim.reopened", claim, case=claim.case, reason=reason)


@custody.operation()
def withdraw_claim(*, actor: Actor, claim: Claim, reason: str) -> None:
    """Withdraw an open claim, with a reason."""
    require(actor, Permission.OPEN_CLAIM, claim.case)
    need(reason, "reason")
    move(claim, CLAIM_MOVES, ClaimState.WITHDRAWN)
    custody.record(actor, "claim.withdrawn", claim, case=claim.case, reason=reason)
