"""Sessions of staff, in the database: each ends by itself, and all of a person's can be ended at once."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, cast

from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore as DatabaseStore
from django.utils import timezone

from verification.models import StaffSession

STARTED = "started"


class SessionStore(DatabaseStore):
    """Django's sessions, with their owner and an end that no click puts off."""

    @classmethod
    def get_model_class(cls) -> type[StaffSession]:
        """The table that sessions are kept in."""
        return StaffSession

    def _get_session_from_db(self) -> StaffSession | None:
        found: StaffSession | None = super()._get_session_from_db()  # type: ignore[misc]
        if found and found.started_at <= timezone.now() - settings.SESSION_LONGEST:
            self._session_key = None
            return None
        return found

    def create_model_instance(self, data: dict[str, Any]) -> StaffSession:
        """The row. A new key for the same session leaves its beginning as it was."""
        started = data.setdefault(STARTED, int(timezone.now().timestamp()))
        row = cast(StaffSession, super().create_model_instance(data))
        row.user_id = data.get(SESSION_KEY)
        row.started_at = datetime.fromtimestamp(started, UTC)
        return row


def end_all(user: Any, *, but: str | None = None) -> int:
    """End every session of this person, one apart where its key is given; how many there were."""
    return StaffSession.objects.filter(user=user).exclude(session_key=but).delete()[0]


def live(user: Any) -> int:
    """In how many browsers this person is signed in."""
    now = timezone.now()
    begun = StaffSession.objects.filter(user=user, started_at__gt=now - settings.SESSION_LONGEST)
    return begun.filter(expire_date__gt=now).count()


def remove_ended() -> None:
    """Take the rows of sessions that have ended out of the database."""
    SessionStore.clear_expired()
    StaffSession.objects.filter(started_at__lte=timezone.now() - settings.SESSION_LONGEST).delete()
