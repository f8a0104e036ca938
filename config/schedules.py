"""When beat sends what it sends: by a clock that nobody can set."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

from celery.schedules import schedstate, schedule

_STARTED_AT = datetime.now(UTC) - timedelta(seconds=time.monotonic())


def steady_now() -> datetime:
    """The time at which this process started, and what has passed since, whatever the clock says now."""
    return _STARTED_AT + timedelta(seconds=time.monotonic())


class Every(schedule):
    """Every so many seconds. Celery's own goes by the clock: put back by an hour, it waits so long."""

    def __init__(self, run_every: timedelta, relative: bool = False, nowfun: object = steady_now):
        super().__init__(run_every, relative=relative, nowfun=nowfun)

    def is_due(self, last_run_at: datetime) -> schedstate:
        """At once where it last ran in the future: beat wrote that down before the clock was put back."""
        if self.maybe_make_aware(last_run_at) > self.maybe_make_aware(self.now()):
            return schedstate(is_due=True, next=self.seconds)
        return super().is_due(last_run_at)
