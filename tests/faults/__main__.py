"""``python -m tests.faults``: put a desk to every fault, on both set-ups, and print what it did.

Ends with an error if a target is missed.
"""

from __future__ import annotations

import argparse
import os
import secrets
import sys
import traceback
from collections.abc import Iterator

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
django.setup()

from tests.faults.outcomes import COLUMNS, Outcome, lines  # noqa: E402 (its modules read the settings)
from tests.faults.rows import ROWS, Row  # noqa: E402

SETUPS = {"sqlite": "embedded", "postgresql": "postgres+redis"}


def main() -> int:
    """Run what the arguments ask for; 1 when any target was missed."""
    asked = _arguments()
    rows = [each for each in ROWS if asked.only in (None, each.name)]
    outcomes = []
    for row in rows:
        for outcome in _outcomes(row, asked):
            print(lines([outcome]).splitlines()[2], *outcome.missed, sep="\n", flush=True)
            outcomes.append(outcome)
    print(f"\n{lines(outcomes)}")
    return 0 if all(each.holds for each in outcomes) else 1


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__)
    parser.add_argument("--seed", type=int, default=secrets.randbelow(10_000), help="what chance decides")
    parser.add_argument("--full", action="store_true", help="as many as the targets say; many minutes")
    parser.add_argument("--only", choices=[each.name for each in ROWS], help="this fault alone")
    parser.add_argument("--on", choices=SETUPS, help="this set-up alone")
    asked = parser.parse_args()
    print(f"seed {asked.seed}; {', '.join(COLUMNS)}", flush=True)
    return asked


def _outcomes(row: Row, asked: argparse.Namespace) -> Iterator[Outcome]:
    wanted = SETUPS.get(asked.on)
    for setup in [each for each in row.setups if wanted in (None, each)]:
        try:
            yield row.on(setup, asked.seed, full=asked.full)
        except Exception as problem:
            traceback.print_exc()
            yield Outcome(row.name, setup, asked.seed, missed=[f"it could not be run to its end: {problem}"])


if __name__ == "__main__":
    sys.exit(main())
