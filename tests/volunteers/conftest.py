"""A case that takes evidence, and a volunteer who has some."""

from __future__ import annotations

import pytest

from tests.builders import make_case, make_claim
from tests.volunteering import Volunteer
from verification.volunteers import pace, views


@pytest.fixture(autouse=True)
def _fresh_pace(monkeypatch, store):
    monkeypatch.setattr(views, "LOOKUPS", pace.Pace(per_second=20, burst=40))


@pytest.fixture
def case(db):
    return make_case(title="Aleppo, 2016")


@pytest.fixture
def claim(case):
    return make_claim(case)


@pytest.fixture
def volunteer(case):
    return Volunteer(case)
