"""``manage.py let_in``: a link for somebody whom strangers keep waiting at the door."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.urls import reverse

from claims.actors import DESK
from claims.transitions import DomainError
from verification.operations import accounts


class Command(BaseCommand):
    """Print a link that has any browser known as this person's for an hour: it no longer waits."""

    help = (
        "Print a link that has a new browser of this person known, so that strangers cannot keep it waiting."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Whose."""
        parser.add_argument("name")

    def handle(self, *args: Any, **options: Any) -> None:
        """Raises CommandError where nobody has that name."""
        try:
            invited = accounts.let_browser_in(actor=DESK, user=accounts.named(options["name"]))
        except DomainError as refusal:
            raise CommandError(str(refusal.message)) from refusal
        self.stdout.write(settings.PUBLIC_URL + reverse("let_in", args=[invited]))
