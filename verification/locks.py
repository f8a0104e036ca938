"""The locks of the child in which files are decoded: shown at a worker's start, and in production required.

Production is a desk that others than this machine reach (``PUBLIC_URL`` is https). There, nothing that
decodes starts behind fewer locks than ``Layers.lacking`` asks for; elsewhere it starts, and what is
missing is told: in the log, and with each sign of life to whoever looks at the desk.
"""

from __future__ import annotations

import logging
from typing import Any

from django.conf import settings

from media_checks.sandbox import client
from media_checks.sandbox.client import DidNotRun, Layers

log = logging.getLogger(__name__)

_shown: Layers | None = None


class TooFewLocks(Exception):
    """Files would be decoded behind fewer locks than production needs; the message says what to do."""


def show() -> Layers:
    """Have a locked child show its locks and keep what it showed. Raises TooFewLocks in production."""
    global _shown
    _shown = _tried()
    if _shown.lacking:
        sentence = (
            f"Files would be decoded behind too few locks: the locked child lacks {_shown.lacking}"
            f" ({_reasons(_shown)}). 'manage.py sandbox_check' tries them; what they need is in"
            " docs/operators.md, under 'The locks of the child'."
        )
        if settings.PRODUCTION:
            raise TooFewLocks(f"In production this does not start. {sentence}")
        log.warning(sentence)
    return _shown


def told() -> dict[str, Any] | None:
    """What this process has shown, for its sign of life; None where it has shown nothing."""
    return None if _shown is None else {"holding": list(_shown.holding), "missing": dict(_shown.missing)}


def require() -> None:
    """For commands that decode files: in production, have the locks shown first. Raises TooFewLocks."""
    if settings.PRODUCTION and (_shown is None or _shown.lacking):
        show()


def _tried() -> Layers:
    """By a child of the zygote that is kept: whatever is forked from this process goes on with it."""
    try:
        if settings.DESCRIPTOR_MODEL:
            client.load(settings.DESCRIPTOR_MODEL)
        return client.layers()
    except DidNotRun as problem:
        return Layers((), {"locked_child": problem.reason})


def _reasons(layers: Layers) -> str:
    return "; ".join(f"{name}: {reason}" for name, reason in layers.missing.items())
