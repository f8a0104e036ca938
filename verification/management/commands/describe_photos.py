"""``manage.py describe_photos``: checks again what arrived before a descriptor model was named."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from claims.actors import DESK
from verification import descriptor_index, operations

MOST = 1000


class Command(BaseCommand):
    """Queue new rounds; the workers do the rest."""

    help = "Check photos again that the descriptor model of the settings has not described yet."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """One limit: what is sent in meanwhile waits behind what is queued here."""
        parser.add_argument("--most", type=int, default=MOST, metavar="N", help=f"at most so many ({MOST})")

    def handle(self, *args: Any, **options: Any) -> None:
        """Queue them and say how many are left. Raises CommandError where no model is named."""
        if settings.DESCRIPTOR_MODEL is None:
            raise CommandError("DESCRIPTOR_MODEL names no model; see docs/operators.md.")
        if options["most"] < 1:
            raise CommandError("--most must be a whole number from 1 on.")
        started = operations.check_undescribed(actor=DESK, most=options["most"])
        left = descriptor_index.undescribed().count()
        self.stdout.write(
            f"Queued to be checked again: {started}. Left for another run of this command: {left}."
        )
