"""``manage.py let_in``: a link for somebody whom strangers keep waiting at the door."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand, CommandError
from django.urls import reverse

from claims.actors import DESK
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
        user = get_user_model().objects.filter(username=options["name"]).first()
        if user is None:
            raise CommandError(f"Nobody is called {options['name']}.")
        invited = accounts.let_browser_in(actor=DESK, user=user)
        self.stdout.write(settings.PUBLIC_URL + reverse("let_in", args=[invited]))
