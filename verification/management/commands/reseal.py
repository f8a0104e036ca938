"""``manage.py reseal``: the last step of changing the sealing key."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from claims.actors import DESK
from claims.sealing import BrokenSeal
from verification import operations


class Command(BaseCommand):
    """Seal with today's key whatever is sealed with a former one."""

    help = "Seal with SEALING_KEY whatever is sealed with one of FORMER_SEALING_KEYS."

    def handle(self, *args: Any, **options: Any) -> None:
        """Print how many were sealed anew. Raises CommandError where no key opens something."""
        try:
            number = operations.reseal(actor=DESK)
        except BrokenSeal as broken:
            raise CommandError(
                f"{broken} FORMER_SEALING_KEYS lacks the key that it was sealed with."
            ) from broken
        self.stdout.write(f"Sealed anew: {number}. The former keys can be taken out of FORMER_SEALING_KEYS.")
