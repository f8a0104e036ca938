"""``manage.py verify_custody``: follow the custody record, and read every stored byte again."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand

from claims import heads, integrity
from claims.integrity import Break
from claims.models import Case, CustodyEvent, CustodyHead, MediaFile
from claims.verify_record import HEAD


def witness(text: str) -> list[dict[str, Any]]:
    """The heads in a file that ``export_heads`` printed."""
    try:
        given = [json.loads(line) for line in Path(text).read_text(encoding="utf-8").splitlines() if line]
        return [{name: head[name] for name in (*HEAD, "hash", "signature")} for head in given]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise argparse.ArgumentTypeError(f"{text!r} is no file of heads ({type(error).__name__})") from error


class Command(BaseCommand):
    """Verify the record; see docs/cli.md."""

    help = (
        "Follow the custody record and read every stored file again; one JSON line a break, then a summary."
    )

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """The arguments of the command."""
        parser.add_argument("--case", metavar="SLUG", help="the record and the files of this case only")
        parser.add_argument("--witness", type=witness, default=[], metavar="FILE", help="heads that it kept")

    def handle(self, *args: Any, **options: Any) -> None:
        """Exit 0 when everything is whole, 1 on any break, 2 for wrong arguments."""
        cases = Case.objects.order_by("slug")
        files = MediaFile.objects.order_by("sha256")
        if options["case"] is not None:
            cases = cases.filter(slug=options["case"])
            files = files.filter(evidence__case__in=cases).distinct()
            if not cases:
                self.stderr.write(f"There is no case {options['case']!r}.")
                sys.exit(2)
        self.files = broken = 0
        for found in self._breaks(list(cases), files, options["witness"]):
            broken += 1
            self._print(found.as_json())
        lines = CustodyEvent.objects.filter(case__in=cases).count()
        counted = {"cases": len(cases), "lines": lines, "heads": CustodyHead.objects.count()}
        self._print({"summary": {**counted, "files": self.files, "breaks": broken}})
        if broken:
            sys.exit(1)

    def _breaks(self, cases: list[Case], files: Any, given: list[dict[str, Any]]) -> Iterator[Break]:
        yield from integrity.record_breaks(cases)
        yield from integrity.desk_breaks()
        yield from (Break("head", each) for each in heads.witness_breaks(given))
        for media_file in files.iterator(chunk_size=integrity.AT_ONCE):
            self.files += 1
            if found := integrity.file_break(media_file):
                yield found
            if sys.stderr.isatty():
                self.stderr.write(f"\r{self.files} files read", ending="")

    def _print(self, line: dict[str, Any]) -> None:
        self.stdout.write(json.dumps(line, ensure_ascii=True))
        self.stdout.flush()
