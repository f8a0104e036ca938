"""Processes seen from outside: whose children they are, and that they are gone."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TypeVar

from media_checks.sandbox.zygote import EXAMINING, SERVING, STANDING_BY

T = TypeVar("T")


def server_of(zygote: int) -> int:
    """Who forks the locked children, of the zygote's group; it may just have been lost."""
    return _the_one_called(SERVING, zygote)


def standby_of(zygote: int) -> int:
    """Who stands by, of the zygote's group; it may just have been lost."""
    return _the_one_called(STANDING_BY, zygote)


def locked_children(zygote: int) -> list[int]:
    """Who examines files, of the zygote's group."""
    return _called(EXAMINING, zygote)


def _the_one_called(name: str, group: int) -> int:
    (process,) = eventually(lambda: found if len(found := _called(name, group)) == 1 else None)
    return process


def _called(name: str, group: int) -> list[int]:
    found = []
    for each in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):  # it has ended
            called, (state, _parent, of_group, *_) = _told(each.read_text())
            if called == name and int(of_group) == group and state != "Z":
                found.append(int(each.parent.name))
    return found


def _told(stat: str) -> tuple[str, list[str]]:
    called, rest = stat.split("(", 1)[1].rsplit(")", 1)
    return called, rest.split()


def eventually(condition: Callable[[], T], seconds: float = 15) -> T:
    deadline = time.monotonic() + seconds
    while not (value := condition()):
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.01)
    return value


def gone(process: int) -> bool:
    try:
        return _told(Path(f"/proc/{process}/stat").read_text())[1][0] == "Z"
    except FileNotFoundError:
        return True
