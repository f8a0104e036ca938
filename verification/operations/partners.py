"""Partners, what they were granted, and their keys."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from claims import custody
from claims.actors import Actor, ActorKind
from claims.models import Case
from claims.permissions import Permission, require
from claims.transitions import BadInput, NotPermitted
from verification.models import ApiKey, Partner, Scope
from verification.partners import keys

KEY_DAYS = 365


@custody.operation()
def open_partner(*, actor: Actor, name: str) -> Partner:
    """Register a partner organisation, which sees nothing yet."""
    _administrate(actor)
    if not name.strip():
        raise BadInput(_("A partner needs a name."), field="name")
    if Partner.objects.filter(name=name).exists():
        raise BadInput(_("There is a partner of that name."), field="name")
    return Partner.objects.create(name=name)


@custody.operation()
def grant_case(*, actor: Actor, partner: Partner, case: Case) -> None:
    """Let a partner see what is published of a case."""
    require(actor, Permission.MANAGE_PARTNERS, case)
    partner.cases.add(case)
    custody.record(actor, "partner.granted", case, case=case, partner=str(partner.pk))


@custody.operation()
def withdraw_case(*, actor: Actor, partner: Partner, case: Case) -> None:
    """Stop a partner from seeing a case."""
    require(actor, Permission.MANAGE_PARTNERS, case)
    partner.cases.remove(case)
    custody.record(actor, "partner.withdrawn", case, case=case, partner=str(partner.pk))


@custody.operation()
def issue_key(
    *, actor: Actor, partner: Partner, scopes: Iterable[Scope], days: int = KEY_DAYS
) -> tuple[ApiKey, str]:
    """Make a key for a partner; returns it and the full text, which is shown this once."""
    _administrate(actor)
    wanted = sorted(set(map(str, scopes)))
    if not wanted or set(wanted) - set(Scope.values):
        raise BadInput(_("Choose what the key may be used for."), field="scopes")
    if not 1 <= days <= KEY_DAYS:
        raise BadInput(_("A key lasts from a day to a year."), field="days")
    fresh = keys.generate()
    key = ApiKey.objects.create(
        partner=partner,
        prefix=fresh.prefix,
        secret_hash=fresh.secret_hash,
        scopes=wanted,
        expires_at=timezone.now() + timedelta(days=days),
    )
    _record_in_cases(actor, "key.issued", key)
    return key, fresh.text


@custody.operation()
def revoke_key(*, actor: Actor, key: ApiKey) -> None:
    """Revoke a key at once; doing it again changes nothing."""
    _administrate(actor)
    if ApiKey.objects.filter(pk=key.pk, revoked_at=None).update(revoked_at=timezone.now()):
        _record_in_cases(actor, "key.revoked", key)
    key.refresh_from_db()


def _record_in_cases(actor: Actor, action: str, key: ApiKey) -> None:
    """A key concerns every case that its partner was granted: it stands in each one's record."""
    for case in key.partner.cases.order_by("slug"):
        custody.record(actor, action, case, case=case, partner=str(key.partner_id), prefix=key.prefix)


def _administrate(actor: Actor) -> None:
    if actor.kind is not ActorKind.DESK and not actor.is_administrator:
        raise NotPermitted(_("Only an administrator may do this."))
