"""``manage.py take_factors``: for the operator, when the last administrator lost the second factor."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from claims.actors import DESK
from claims.transitions import DomainError
from verification.operations import accounts


class Command(BaseCommand):
    """Take a person's second factors away, with a reason that the account's history keeps."""

    help = "Take a person's second factors away; they set up a new one at the next sign-in."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Whose, and why."""
        parser.add_argument("name")
        parser.add_argument("--reason", required=True, help="How it is known that this person asks.")

    def handle(self, *args: Any, **options: Any) -> None:
        """Raises CommandError where nobody has that name."""
        try:
            user = accounts.named(options["name"])
            accounts.take_factors(actor=DESK, user=user, reason=options["reason"])
        except DomainError as refusal:
            raise CommandError(str(refusal.message)) from refusal
        self.stdout.write(
            f"{options['name']} is signed out, and sets up a second factor at the next sign-in."
        )
