"""``manage.py sandbox_check``: which locks hold the children that open received files on this machine."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from media_checks.sandbox import client


class Command(BaseCommand):
    """Start a locked child and tell what it showed; see docs/cli.md."""

    help = "Tell which locks of the locked child hold on this machine. Needs no database."
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        """Exit 0 when what holds is enough for production, 1 when it is not or the child does not start."""
        try:
            layers = client.layers()
        except client.DidNotRun as problem:
            raise CommandError(f"It cannot be told which locks hold: {problem}.") from problem
        for name in layers.holding:
            self.stdout.write(f"holds    {name}")
        for name, reason in layers.missing.items():
            self.stdout.write(f"missing  {name}: {reason}")
        if layers.lacking:
            raise CommandError(f"Not enough for production, which needs {layers.lacking} too.")
        self.stdout.write("Of these locks enough hold for production.")
