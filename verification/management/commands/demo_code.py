"""``manage.py demo_code``: the app for codes that the demo's people have not."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from verification.access.factors import code_now
from verification.demo import people


class Command(BaseCommand):
    """Print the code with which each of the demo's people signs in now, from the secrets in demo.json."""

    help = "Print the codes that the demo's people sign in with, beside their passwords."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """One of them, if named."""
        parser.add_argument("name", nargs="?", help="Of this person alone.")

    def handle(self, *args: Any, **options: Any) -> None:
        """Raises CommandError where there is no demo, or nobody of that name in it."""
        known = people.codes()
        wanted = known if options["name"] is None else {options["name"]: known.get(options["name"], "")}
        if not all(wanted.values()) or not wanted:
            raise CommandError(f"{people.credentials_path()} knows no such code. Is the demo case loaded?")
        for name, secret in wanted.items():
            code, seconds = code_now(secret)
            self.stdout.write(f"{name:15} {code}   for {seconds} more seconds, and once")
