"""``manage.py describe_photos``: checks again what arrived before photos were described as they are today."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from claims.actors import DESK
from verification import matching, operations

MOST = 1000


class Command(BaseCommand):
    """Queue new rounds; the workers do the rest."""

    help = "Check photos again that have no local features, or no descriptor of the model in the settings."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """One limit: what is sent in meanwhile waits behind what is queued here."""
        parser.add_argument("--most", type=int, default=MOST, metavar="N", help=f"at most so many ({MOST})")

    def handle(self, *args: Any, **options: Any) -> None:
        """Queue them and say how many are left."""
        if options["most"] < 1:
            raise CommandError("--most must be a whole number from 1 on.")
        started = operations.check_undescribed(actor=DESK, most=options["most"])
        left = matching.undescribed().count()
        self.stdout.write(
            f"Queued to be checked again: {started}. Left for another run of this command: {left}."
        )
