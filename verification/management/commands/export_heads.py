"""``manage.py export_heads``: the signed heads of the custody record, for witnesses to keep."""

from __future__ import annotations

import argparse
import base64
import json
from typing import Any

from django.core.management.base import BaseCommand

from claims import heads
from claims.models import CustodyHead
from verification import keeping


class Command(BaseCommand):
    """Export heads; see docs/cli.md."""

    help = "Print the signed heads of the custody record, one JSON line a head."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """The arguments of the command."""
        parser.add_argument("--after", type=int, default=0, metavar="NUMBER", help="only those after it")
        parser.add_argument("--sign", action="store_true", help="sign a head over the record as it is, first")

    def handle(self, *args: Any, **options: Any) -> None:
        """Print them, oldest first."""
        if options["sign"]:
            keeping.sign_head()
        asked = CustodyHead.objects.filter(number__gt=options["after"]).select_related("time_stamp")
        for head in asked.defer("leaves").order_by("number").iterator(chunk_size=10):
            self.stdout.write(json.dumps({**heads.document_of(head), "time_stamp": _stamp_of(head)}))


def _stamp_of(head: CustodyHead) -> str | None:
    stamp = getattr(head, "time_stamp", None)
    return base64.b64encode(stamp.answer).decode() if stamp else None
