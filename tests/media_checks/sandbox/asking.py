"""One check of one file, asked of a locked child."""

from __future__ import annotations

from pathlib import Path

from media_checks.context import Context
from media_checks.contract import Check, Result
from media_checks.sandbox.client import DidNotRun, Limits, Sandbox


def examined(
    sandbox: Sandbox, check: Check, file: Path | int, context: Context, *, limits: Limits | None = None
) -> Result:
    """The result of the check. Raises DidNotRun where it has none."""
    (outcome,) = sandbox.examine((check,), file, context, limits=limits)
    if isinstance(outcome, DidNotRun):
        raise outcome
    return outcome
