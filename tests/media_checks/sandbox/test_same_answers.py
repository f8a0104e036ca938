"""The locks take nothing from what is found: each file is answered behind all of them as without the filter.

A sample by seed; ``CORROBORATE_FULL=1`` asks about every file.
"""

from __future__ import annotations

import os
import random
from pathlib import Path

import pytest

from media_checks.contract import Unreadable
from media_checks.registry import CHECKS
from media_checks.sandbox.client import DidNotRun, Sandbox
from media_checks.sandbox.warmth import _CONTEXT
from tests.media_checks.sandbox import unlocked

FULL = bool(os.environ.get("CORROBORATE_FULL"))
SAMPLE = 40


def files(folder: Path) -> list[Path]:
    everything = sorted(
        path for name in ("media", "hostile") for path in (folder / name).rglob("*") if path.is_file()
    )
    return everything if FULL else random.Random(7).sample(everything, SAMPLE)


def answers(sandbox: Sandbox, path: Path) -> list[object]:
    """Every check, the working copy and the small grey picture, or why there is none."""
    checked = sandbox.examine(CHECKS, path, _CONTEXT)
    told = [each.reason if isinstance(each, DidNotRun) else each.as_json() for each in checked]
    for ask in (lambda: sandbox.render(path, 320), lambda: sandbox.grey(path).as_json()):
        try:
            told.append(ask())
        except (DidNotRun, Unreadable) as problem:
            told.append(str(problem))
    return told


@pytest.mark.timeout(3600 if FULL else 280)
def test_every_file_is_answered_as_without_the_filter(sandbox: Sandbox, media_folder: Path):
    assert "seccomp" in sandbox.layers().holding
    with unlocked.sandbox("seccomp") as unfiltered:
        assert "seccomp" in unfiltered.layers().missing
        differ = [each for each in files(media_folder) if answers(sandbox, each) != answers(unfiltered, each)]
    assert differ == []
