"""Signed heads: what the record of the whole desk was at one time, for witnesses to keep.

A head covers the last line of every case, so that no case can be rewritten, cut short or dropped behind
it; each head names the one before. It tells how many lines there are, and nothing of what they say.
"""

from __future__ import annotations

import base64
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import OuterRef, Subquery
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from claims import verify_record
from claims.models import Case, CustodyEvent, CustodyHead
from claims.transitions import LostRace

EVERY = timedelta(days=1)


def sign() -> CustodyHead:
    """Sign a head over the record as it is. Raises LostRace when another one was signed at that moment."""
    try:
        with transaction.atomic():
            head = _next()
            head.save(force_insert=True)
    except IntegrityError as error:
        raise LostRace(_("Somebody else signed a head at this moment.")) from error
    return head


def is_due(now: datetime) -> bool:
    """Whether a day has passed since the last head."""
    return not CustodyHead.objects.filter(at__gt=now - EVERY).exists()


def public_key() -> str:
    """The public key of this desk, 64 hex digits: what others tell its heads by."""
    return _key().public_key().public_bytes_raw().hex()


def document_of(head: CustodyHead) -> dict[str, Any]:
    """The head as a witness gets it: plain JSON, without its leaves."""
    signed = {name: getattr(head, name) for name in verify_record.HEAD}
    return {**signed, "at": head.at.isoformat(), "hash": head.hash, "signature": head.signature}


def with_leaves(head: CustodyHead) -> dict[str, Any]:
    """The head with the leaves that its root is the digest of, in the form that hides what they name."""
    return {**document_of(head), "leaves": _leaves(head.leaves)}


def breaks() -> Iterator[str]:
    """One sentence for each head that is not whole, or that the record no longer fits."""
    keys = {public_key(), *settings.FORMER_CUSTODY_KEYS}
    yield from verify_record.head_breaks(map(with_leaves, _in_order()), keys)
    known: dict[str, list[Any]] = {}
    for head in _in_order():
        for case in known.keys() - head.leaves.keys():
            yield f"head {head.number} has lost case {case}"
        for case, leaf in head.leaves.items():
            if known.get(case) != leaf:
                yield from _leaf_breaks(head, case, leaf, known.get(case, [0, ""]))
        known = head.leaves


def witness_breaks(given: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    """One sentence for each head that a witness kept and that is not among this desk's."""
    for each in given:
        mine = CustodyHead.objects.filter(number=each["number"]).first()
        if mine is None:
            yield f"head {each['number']}, which the witness has, is gone"
        elif document_of(mine) != each:
            yield f"head {each['number']} is not the one that the witness has"


def _next() -> CustodyHead:
    last = CustodyHead.objects.select_for_update().order_by("-number").first()
    leaves = _last_lines()
    head = CustodyHead(
        number=last.number + 1 if last else 1,
        at=timezone.now(),
        lines=sum(sequence for sequence, _hash in leaves.values()),
        leaves=leaves,
        root=verify_record.root_of(_leaves(leaves)),
        previous_hash=last.hash if last else verify_record.GENESIS,
        key=public_key(),
    )
    signed = verify_record.signed_part(document_of(head))
    head.hash, head.signature = verify_record.digest(signed), _key().sign(signed).hex()
    return head


def _last_lines() -> dict[str, list[Any]]:
    """By case, in one statement, so that they are of one moment."""
    last = CustodyEvent.objects.filter(case=OuterRef("pk")).order_by("-sequence")
    rows = Case.objects.order_by("pk").values_list(
        "pk", Subquery(last.values("sequence")[:1]), Subquery(last.values("hash")[:1])
    )
    return {str(case): [sequence, line_hash] for case, sequence, line_hash in rows if sequence}


def _leaves(lines: dict[str, list[Any]]) -> list[list[str]]:
    return sorted(verify_record.leaf_of(case, *line) for case, line in lines.items())


def _in_order() -> Iterator[CustodyHead]:
    return CustodyHead.objects.order_by("number").iterator(chunk_size=10)


def _leaf_breaks(head: CustodyHead, case: str, leaf: list[Any], before: list[Any]) -> Iterator[str]:
    sequence, line_hash = leaf
    if sequence <= before[0]:
        yield f"head {head.number} has a shorter record of case {case} than the head before it"
    if not CustodyEvent.objects.filter(case_id=UUID(case), sequence=sequence, hash=line_hash).exists():
        yield f"head {head.number} no longer fits line {sequence} of case {case}"


def _key() -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(base64.urlsafe_b64decode(settings.CUSTODY_KEY))
