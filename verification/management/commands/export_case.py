"""``manage.py export_case``: a case for a court or an archive, as a bag that can be verified offline."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand, CommandError

from claims.actors import person
from claims.models import Case
from claims.transitions import DomainError
from verification import operations


class Command(BaseCommand):
    """Export a case; see docs/cli.md."""

    help = "Write a case with its original files and its custody record into a new folder, as a BagIt bag."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """The arguments of the command."""
        parser.add_argument("slug", metavar="SLUG", help="the case")
        parser.add_argument("folder", type=Path, metavar="FOLDER", help="a folder that does not exist yet")
        parser.add_argument("--by", required=True, metavar="USERNAME", help="the custodian who exports it")
        parser.add_argument("--reason", required=True, metavar="TEXT", help="who asked for it, and why")

    def handle(self, *args: Any, **options: Any) -> None:
        """Exit 0 when everything went with it, 1 when bytes are missing, 2 for wrong arguments."""
        case = Case.objects.filter(slug=options["slug"]).first()
        user = get_user_model().objects.filter(username=options["by"]).first()
        if case is None or user is None:
            self.stderr.write("There is no such case." if case is None else "There is no such person.")
            sys.exit(2)
        given = {"case": case, "reason": options["reason"], "folder": options["folder"]}
        try:
            done = operations.export_case(actor=person(user), **given)
        except DomainError as refused:
            raise CommandError(str(refused.message)) from refused
        for sha256, why in done.unfit.items():
            self.stdout.write(json.dumps({"sha256": sha256, "message": why}))
        self.stdout.write(json.dumps({"summary": {"files": done.files, "without_bytes": len(done.unfit)}}))
        if done.unfit:
            sys.exit(1)
