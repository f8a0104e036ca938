"""One desk a set-up for all short forms: each leaves it well, and every next one judges it again."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests import system
from tests.faults.rows import BOTH, PATIENCE, QUICK
from tests.faults.scene import Scene, opened

SEED = 1


@pytest.fixture(scope="session", params=BOTH)
def scene(request: pytest.FixtureRequest) -> Iterator[Scene]:
    """A desk that may be hurt."""
    if system.compiler() is None:
        pytest.skip("gcc is not on this machine.")
    if request.param != "embedded" and not (system.postgresql() and system.redis_server()):
        pytest.skip("PostgreSQL or Redis is not on this machine.")
    with opened(request.param, SEED, PATIENCE, **QUICK) as running:
        yield running
