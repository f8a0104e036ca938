"""The worker's pool of processes, which loses little with one of them.

Celery's own looks when a child's pipe ends. At that moment the kernel may not yet say that the child has
died, and the pool does not look again for five seconds, in which nobody takes its place. And when it then
collects garbage, it goes through all that the worker has loaded, and so has a copy of its own made of
every page that it shares with its processes.
"""

from __future__ import annotations

import gc
from collections.abc import Callable

from celery.concurrency import asynpool, prefork

SECONDS_BETWEEN_LOOKS = 0.1


class _Pool(asynpool.AsynPool):
    @property
    def timers(self) -> dict[Callable[[], None], float]:
        """What the worker's loop calls again and again, and how often, in seconds."""
        return {self.maintain_pool: SECONDS_BETWEEN_LOOKS}


class TaskPool(prefork.TaskPool):
    """Celery's ``prefork`` with these looks, whose processes share what was there before them."""

    Pool = _Pool

    def on_start(self) -> None:
        """Before the first process is forked: what is loaded by now stays, and is no garbage."""
        gc.collect()
        gc.freeze()
        super().on_start()
