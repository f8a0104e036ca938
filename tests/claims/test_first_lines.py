"""Lines that were written before they had salts."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from claims import custody, verify_record
from claims.models import CustodyEvent
from tests.builders import make_case, make_claim

FIRST_FORM = ("claims", "0002_whole_intervals_and_places")


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("changed", [False, True])
def test_lines_of_the_first_form_are_chained_anew_unless_they_are_broken(changed):
    case = make_case()
    make_claim(case)
    executor = MigrationExecutor(connection)
    newest = [each for each in executor.loader.graph.leaf_nodes() if each[0] in ("claims", "verification")]
    executor.migrate([FIRST_FORM])
    _write_in_the_first_form(case.pk, changed)
    try:
        if changed:
            with pytest.raises(ValueError, match="broken at line 2"):
                MigrationExecutor(connection).migrate(newest)
            _write_in_the_first_form(case.pk, changed=False)
    finally:
        MigrationExecutor(connection).migrate(newest)
    assert not list(custody.breaks(case))
    assert CustodyEvent.objects.filter(case=case).exclude(salt="").count() == 2


def _write_in_the_first_form(case, changed):
    """The case's lines as they were hashed before they had salts; the second may be changed afterwards."""
    at = datetime(2026, 1, 2, 3, 4, 5, 678, tzinfo=UTC)
    previous = verify_record.GENESIS
    events = _old_events().filter(case_id=case)
    events.delete()
    for sequence, details in enumerate([{"slug": "a"}, {"statement": "قصف"}], 1):
        line = {"case": str(case), "sequence": sequence, "at": at, "actor": "desk", "action": "x",
                "subject": "y", "details": details, "previous_hash": previous}  # fmt: skip
        written = verify_record.canonical(line | {"at": at.isoformat()})
        line |= {"hash": verify_record.digest(written)}
        if changed and sequence == 2:
            line["actor"] = "user:1"
        events.create(**line | {"case_id": line.pop("case")})
        previous = line["hash"]


def _old_events():
    state = MigrationExecutor(connection).loader.project_state([FIRST_FORM])
    return state.apps.get_model("claims", "CustodyEvent").objects
