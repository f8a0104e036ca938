"""Keeping the custody record: what a worker does about it when nobody asks."""

from __future__ import annotations

import logging

from django.utils import timezone

from claims import heads
from claims.transitions import LostRace

log = logging.getLogger(__name__)


def tend() -> None:
    """Sign a head once a day."""
    if heads.is_due(timezone.now()):
        sign_head()


def sign_head() -> None:
    """Sign a head; somebody else's of the same moment is as good."""
    try:
        head = heads.sign()
    except LostRace:
        return
    log.info("Signed head %s over %s lines of the custody record.", head.number, head.lines)
