"""The worker's pool of processes, which sees within a tenth of a second that one of them was lost.

Celery's own looks when a child's pipe ends. At that moment the kernel may not yet say that the child has
died, and the pool does not look again for five seconds, in which nobody takes its place.
"""

from __future__ import annotations

from collections.abc import Callable

from celery.concurrency import asynpool, prefork

SECONDS_BETWEEN_LOOKS = 0.1


class _Pool(asynpool.AsynPool):
    @property
    def timers(self) -> dict[Callable[[], None], float]:
        """What the worker's loop calls again and again, and how often, in seconds."""
        return {self.maintain_pool: SECONDS_BETWEEN_LOOKS}


class TaskPool(prefork.TaskPool):
    """Celery's ``prefork`` with these looks."""

    Pool = _Pool
