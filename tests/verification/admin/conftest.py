"""One case with one claim, and an investigator of it at the desk."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from claims.models import Case, Claim, Role
from tests.builders import make_case, make_claim
from tests.staff import signed_in, staff


@pytest.fixture
def case(db: None) -> Case:
    return make_case()


@pytest.fixture
def claim(case: Case) -> Claim:
    return make_claim(case)


@pytest.fixture
def investigator(case: Case) -> Any:
    return staff(case, Role.INVESTIGATOR)


@pytest.fixture
def desk(investigator: Any) -> Client:
    return signed_in(investigator)
