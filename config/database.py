"""Which database the desk keeps its records in."""

from typing import Any

import environ
from django.core.exceptions import ImproperlyConfigured

# A plan that was kept would read all of a table that has grown meanwhile.
PLANNED = "-c plan_cache_mode=force_custom_plan"


def database(url: str) -> dict[str, Any]:
    """The database at this address, for DATABASES; raises ImproperlyConfigured.

    It is the queue of record: what is acknowledged has been synced to disk.
    """
    told = environ.Env.db_url_config(url) | {"CONN_MAX_AGE": 60}
    if told["ENGINE"] == "django.db.backends.sqlite3":
        told["OPTIONS"] = {
            "transaction_mode": "IMMEDIATE",
            "timeout": 20,
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;",
        }
    elif told["ENGINE"] == "django.db.backends.postgresql":
        told["CONN_HEALTH_CHECKS"] = True
        given = told.get("OPTIONS", {})
        told["OPTIONS"] = {
            "connect_timeout": 5,
            # PostgreSQL reads a statement once a connection.
            "server_side_binding": True,
            "prepare_threshold": 3,
            **given,
            "options": f"{PLANNED} {given.get('options', '')}".strip(),
        }
    else:
        raise ImproperlyConfigured("DATABASE_URL must name SQLite or PostgreSQL.")
    return told
