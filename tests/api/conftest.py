"""A partner at the door."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client

from tests import builders


@dataclass
class Caller:
    """Whoever calls the API, with a key or with none."""

    key: str = ""
    client: Client = field(default_factory=lambda: Client(raise_request_exception=False))

    def get(self, path: str, *, headers: dict[str, str] | None = None, **query: Any) -> Any:
        """The answer to a GET of this path below /api/v1/, or of a whole link."""
        address = path if path.startswith(("http", "/")) else f"/api/v1/{path}"
        return self.client.get(address, query or None, headers=self._headers(headers))

    def send(self, method: str, path: str, **more: Any) -> Any:
        """The answer to any other method."""
        return self.client.generic(method, f"/api/v1/{path}", headers=self._headers(None), **more)

    def pages(self, path: str, **query: Any) -> list[dict]:
        """The bodies of all pages, by their links."""
        bodies = [self.get(path, **query).json()]
        while bodies[-1]["next"]:
            bodies.append(self.get(bodies[-1]["next"]).json())
        return bodies

    def _headers(self, more: dict[str, str] | None) -> dict[str, str]:
        return ({"Authorization": f"Bearer {self.key}"} if self.key else {}) | (more or {})


@pytest.fixture(autouse=True)
def _nothing_counted_yet():
    cache.clear()


@pytest.fixture
def case(db):
    return builders.make_case()


@pytest.fixture
def partner(case):
    """A partner whose key opens everything of ``case``."""
    return Caller(builders.make_key(case)[1])


@pytest.fixture
def stranger(db):
    """A partner whose key opens everything of another case."""
    return Caller(builders.make_key(builders.make_case())[1])


@pytest.fixture
def nobody(db):
    """Somebody without a key."""
    return Caller()
