"""Whether this process, child processes apart, turns to the network."""

from __future__ import annotations

import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

_heard: list[list[str]] = []


@contextmanager
def heard() -> Iterator[list[str]]:
    """The names that are resolved and the network addresses that are connected to, by any thread."""
    _listen()
    _heard.append([])
    try:
        yield _heard[-1]
    finally:
        _heard.pop()


@cache
def _listen() -> None:
    sys.addaudithook(_hear)  # It stays as long as the process does.


def _hear(event: str, args: tuple) -> None:
    if not _heard:
        return
    if event == "socket.getaddrinfo":
        _heard[-1].append(f"resolves {args[0]}")
    elif event == "socket.connect" and args[0].family in (socket.AF_INET, socket.AF_INET6):
        _heard[-1].append(f"connects to {args[1]}")
