"""A limit on guesses that stores nothing about who guesses."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable


class Pace:
    """At most ``burst`` acts at once and ``per_second`` on average, for everybody together, a process.

    A receipt code has 100 bits, so that no guessing gets anywhere; this keeps guessers from wearing
    down the database. It counts right and wrong codes alike: a limit on wrong ones alone would limit
    no guess. Honest use stays far below it.
    """

    def __init__(self, per_second: float, burst: int, clock: Callable[[], float] = time.monotonic):
        self._per_second, self._burst, self._clock = per_second, burst, clock
        self._left, self._at = float(burst), clock()
        self._lock = threading.Lock()

    def allows(self) -> bool:
        """Whether one more act fits; counts it if so."""
        with self._lock:
            now = self._clock()
            self._left = min(self._burst, self._left + (now - self._at) * self._per_second)
            self._at = now
            if self._left < 1:
                return False
            self._left -= 1
            return True
