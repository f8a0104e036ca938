"""An item that waits for its checks, and one of its runs."""

from __future__ import annotations

from pathlib import Path

import pytest

from claims.models import Evidence
from tests.builders import make_case, make_evidence
from verification.models import CheckRun


@pytest.fixture
def evidence(db: None, store: Path) -> Evidence:
    return make_evidence(make_case())


@pytest.fixture
def run(evidence: Evidence) -> CheckRun:
    return evidence.check_runs.get(check_slug="metadata")
