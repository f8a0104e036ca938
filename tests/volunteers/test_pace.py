"""The limit on guesses."""

from __future__ import annotations

import threading

from verification.volunteers.pace import Pace


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


def test_a_burst_is_allowed_and_then_no_more():
    pace = Pace(per_second=2, burst=3, clock=Clock())
    assert [pace.allows() for _ in range(5)] == [True, True, True, False, False]


def test_time_gives_back_what_was_used_up_but_never_more_than_a_burst():
    clock = Clock()
    pace = Pace(per_second=2, burst=3, clock=clock)
    while pace.allows():
        pass
    clock.now += 0.5
    assert [pace.allows() for _ in range(2)] == [True, False]
    clock.now += 3600
    assert [pace.allows() for _ in range(4)] == [True, True, True, False]


def test_many_at_once_get_no_more_than_one_would():
    pace, allowed = Pace(per_second=1, burst=50, clock=Clock()), []
    threads = [
        threading.Thread(target=lambda: allowed.extend(pace.allows() for _ in range(50))) for _ in range(8)
    ]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert sum(allowed) == 50
