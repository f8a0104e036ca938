"""The database refuses to change what is only added to, on SQLite and on PostgreSQL."""

from __future__ import annotations

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from claims import append_only, heads
from claims.models import CustodyEvent, CustodyHead, Evidence, EvidenceState, MediaFile, TimeStamp
from tests import superuser
from tests.builders import make_case, make_claim, make_evidence

pytestmark = pytest.mark.django_db

MODELS = (CustodyEvent, CustodyHead, TimeStamp, MediaFile, Evidence)
CHANGES = {
    CustodyEvent: {"details": {}},
    CustodyHead: {"lines": 0},
    TimeStamp: {"authority": "https://elsewhere.example"},
    MediaFile: {"size": 1},
    Evidence: {"source_url": "https://elsewhere.example"},
}


@pytest.fixture
def evidence(store):
    case = make_case()
    item = make_evidence(case, make_claim(case))
    TimeStamp.objects.create(head=heads.sign(), at=timezone.now(), authority="a", answer=b"b")
    connection.check_constraints()  # PostgreSQL empties no table that has checks still to come.
    return item


def refused(statement: str, *values: object) -> bool:
    """Whether the database refuses the statement, and says why."""
    refusal = pytest.raises(IntegrityError, match="append-only")
    with refusal, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement, values or None)
    return True


@pytest.mark.parametrize("model", MODELS)
def test_no_row_is_changed_or_removed(evidence, model):
    before = list(model.objects.order_by("pk").values())
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        model.objects.update(**CHANGES[model])
    table = model._meta.db_table
    assert refused(f"DELETE FROM {table}")
    assert list(model.objects.order_by("pk").values()) == before


@pytest.mark.parametrize("model", MODELS)
def test_no_table_is_emptied_and_no_row_replaced(evidence, model):
    before = list(model.objects.order_by("pk").values())
    table = model._meta.db_table
    if connection.vendor == "postgresql":
        assert refused(f"TRUNCATE {table} CASCADE")
        assert refused("TRUNCATE claims_case CASCADE")
    else:
        columns = ", ".join(each.column for each in model._meta.concrete_fields)
        assert refused(f"INSERT OR REPLACE INTO {table} ({columns}) SELECT {columns} FROM {table}")
    assert list(model.objects.order_by("pk").values()) == before


def test_a_session_that_claims_to_replay_a_replica_is_refused_too(evidence):
    if connection.vendor != "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA recursive_triggers = OFF")
        assert refused("UPDATE claims_custodyevent SET actor = 'user:1'")
        return
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
    assert refused("UPDATE claims_custodyevent SET actor = 'user:1'")


def test_what_an_item_is_tied_to_and_how_it_stands_still_changes(evidence):
    claim = make_claim(evidence.case)
    evidence.claim, evidence.state = claim, EvidenceState.CHECKING
    evidence.save()
    evidence.refresh_from_db()
    assert (evidence.claim, evidence.state) == (claim, EvidenceState.CHECKING)


@pytest.mark.parametrize("column", append_only.GUARDS["claims_evidence"].frozen)
def test_what_an_item_was_received_as_does_not_change(evidence, column):
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {column} FROM claims_evidence")
        was = cursor.fetchone()
    others = {"said_start": "2016-01-01", "said_end": "2016-01-01", "received_at": "2016-01-01"}
    other = others.get(column, "0" * 32)
    assert refused(f"UPDATE claims_evidence SET {column} = %s", other)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {column} FROM claims_evidence")
        assert cursor.fetchone() == was


def test_every_trigger_is_there_after_all_migrations(evidence):
    assert append_only.missing(connection) == []
    with superuser.without_triggers():
        assert len(append_only.missing(connection)) == 3 * len(MODELS)
        assert CustodyEvent.objects.update(actor="user:1")
    assert append_only.missing(connection) == []


@pytest.mark.django_db(transaction=True)
def test_the_desk_s_own_access_cannot_empty_the_database(evidence):
    with pytest.raises(CommandError, match="couldn't be flushed") as problem:
        call_command("flush", interactive=False, verbosity=0)
    assert "append-only" in str(problem.value.__cause__)
    assert CustodyEvent.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_a_trigger_that_was_switched_off_is_missing(evidence):
    if connection.vendor != "postgresql":
        drop, back = "DROP TRIGGER claims_custodyevent_no_update", None
    else:
        switch = "ALTER TABLE claims_custodyevent {} TRIGGER claims_custodyevent_no_update"
        drop, back = switch.format("DISABLE"), switch.format("ENABLE ALWAYS")
    with connection.cursor() as cursor:
        cursor.execute(drop)
        assert append_only.missing(connection) == ["claims_custodyevent_no_update"]
        cursor.execute(
            back
            or append_only.GUARDS["claims_custodyevent"].triggers("sqlite")["claims_custodyevent_no_update"]
        )
    assert append_only.missing(connection) == []
