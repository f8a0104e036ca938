"""What the database itself refuses: to change or remove a line of the record, or what evidence stands on.

Triggers on both databases. They hold against mistakes and against whoever has the desk's own access; who
may alter the tables can take the triggers off, and is found by the chain and by the heads.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.db.backends.base.base import BaseDatabaseWrapper

_REFUSAL = """
CREATE OR REPLACE FUNCTION claims_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only: % is refused', TG_TABLE_NAME, TG_OP
        USING ERRCODE = 'integrity_constraint_violation';
END $$
"""


@dataclass(frozen=True)
class Guard:
    """A table of which rows are only added. ``frozen`` are the columns that may not change; all, if empty.

    ``keys`` are its unique keys: on SQLite ``INSERT OR REPLACE`` removes a row without a word.
    """

    table: str
    keys: tuple[tuple[str, ...], ...]
    frozen: tuple[str, ...] = ()

    def triggers(self, vendor: str) -> dict[str, str]:
        """What creates each trigger, by its name."""
        return self._of_postgresql() if vendor == "postgresql" else self._of_sqlite()

    def _of_postgresql(self) -> dict[str, str]:
        changed = " OR ".join(f"OLD.{each} IS DISTINCT FROM NEW.{each}" for each in self.frozen)
        when = f"WHEN ({changed})" if changed else ""
        events = {
            "update": f"BEFORE UPDATE ON {self.table} FOR EACH ROW {when}",
            "delete": f"BEFORE DELETE ON {self.table} FOR EACH ROW",
            "truncate": f"BEFORE TRUNCATE ON {self.table} FOR EACH STATEMENT",
        }
        return {
            f"{self.table}_no_{event}": f"CREATE TRIGGER {self.table}_no_{event} {clause}"
            f" EXECUTE FUNCTION claims_append_only()"
            for event, clause in events.items()
        }

    def _of_sqlite(self) -> dict[str, str]:
        changed = " OR ".join(f"OLD.{each} IS NOT NEW.{each}" for each in self.frozen)
        there = " OR ".join(" AND ".join(f"{each} = NEW.{each}" for each in key) for key in self.keys)
        events = {
            "update": f"BEFORE UPDATE ON {self.table}" + (f" WHEN {changed}" if changed else ""),
            "delete": f"BEFORE DELETE ON {self.table}",
            "replace": f"BEFORE INSERT ON {self.table} WHEN EXISTS (SELECT 1 FROM {self.table}"  # noqa: S608
            f" WHERE {there})",
        }
        return {
            f"{self.table}_no_{event}": f"CREATE TRIGGER {self.table}_no_{event} {clause}"
            f" BEGIN SELECT RAISE(ABORT, '{self.table} is append-only: {event} is refused'); END"
            for event, clause in events.items()
        }


GUARDS = {
    guard.table: guard
    for guard in (
        Guard("claims_custodyevent", keys=(("id",), ("hash",), ("case_id", "sequence"))),
        Guard("claims_custodyhead", keys=(("number",), ("hash",))),
        Guard("claims_timestamp", keys=(("id",), ("head_id",))),
        Guard("claims_mediafile", keys=(("sha256",),)),
        Guard(
            "claims_evidence",
            keys=(("id",),),
            frozen=("id", "case_id", "submission_id", "media_file_id", "source_url", "said_start",
                    "said_end", "said_where", "said_how", "received_at"),
        ),
    )
}  # fmt: skip


def install(connection: BaseDatabaseWrapper, *tables: str) -> None:
    """Create the triggers of these tables; for migrations."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(_REFUSAL, None)
        for table in tables:
            for name, statement in GUARDS[table].triggers(connection.vendor).items():
                cursor.execute(statement)
                if connection.vendor == "postgresql":  # Not even a session that replays a replica passes.
                    cursor.execute(f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {name}")


def remove(connection: BaseDatabaseWrapper, *tables: str) -> None:
    """Drop the triggers of these tables; for migrations."""
    with connection.cursor() as cursor:
        for table in tables:
            for name in GUARDS[table].triggers(connection.vendor):
                on = f" ON {table}" if connection.vendor == "postgresql" else ""
                cursor.execute(f"DROP TRIGGER IF EXISTS {name}{on}")


def missing(connection: BaseDatabaseWrapper) -> list[str]:
    """The names of triggers that should be there and are not, or are switched off."""
    active = {
        "postgresql": "SELECT tgname FROM pg_trigger WHERE tgenabled = 'A'",
        "sqlite": "SELECT name FROM sqlite_master WHERE type = 'trigger'",
    }
    with connection.cursor() as cursor:
        cursor.execute(active[connection.vendor])
        there = {name for (name,) in cursor.fetchall()}
    wanted = {name for guard in GUARDS.values() for name in guard.triggers(connection.vendor)}
    return sorted(wanted - there)
