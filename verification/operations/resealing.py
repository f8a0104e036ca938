"""Changing the sealing key: whatever is sealed with a former key is sealed with today's."""

from __future__ import annotations

from allauth.mfa.models import Authenticator
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from claims import sealing
from claims.actors import Actor, ActorKind
from claims.models import SealedPart
from claims.transitions import NotPermitted

# Where allauth keeps what it has encrypted of a factor.
SECRETS = ("secret", "seed")


def reseal(*, actor: Actor) -> int:
    """Seal all anew that is not sealed with today's key, row by row; returns how many rows that were.

    Interrupted, it goes on where it was. Raises BrokenSeal for what no key of the desk opens, with nothing
    lost; NotPermitted for anybody but the operator.
    """
    if actor.kind is not ActorKind.DESK:
        raise NotPermitted(_("Only the operator may do this."))
    parts = SealedPart.objects.order_by("pk").values_list("pk", flat=True)
    factors = Authenticator.objects.order_by("pk").values_list("pk", flat=True)
    return sum(map(_reseal_part, list(parts))) + sum(map(_reseal_factor, list(factors)))


@transaction.atomic
def _reseal_part(pk: int) -> bool:
    part = SealedPart.objects.select_for_update().get(pk=pk)
    if sealing.is_of_today(part.sealed):
        return False
    part.sealed = sealing.sealed_anew(part.sealed)
    part.save(update_fields=["sealed"])
    return True


@transaction.atomic
def _reseal_factor(pk: int) -> bool:
    """A second factor; somebody may have taken it away meanwhile."""
    factor = Authenticator.objects.select_for_update().filter(pk=pk).first()
    kept = {name: factor.data[name].encode() for name in SECRETS if name in factor.data} if factor else {}
    old = {name: sealed for name, sealed in kept.items() if not sealing.is_of_today(sealed)}
    if factor is None or not old:
        return False
    factor.data |= {name: sealing.sealed_anew(sealed).decode() for name, sealed in old.items()}
    factor.save(update_fields=["data"])
    return True
