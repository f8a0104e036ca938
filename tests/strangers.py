"""Servers that answer as no honest one does: bytes as they stand, late, drop by drop, or never."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

HTTP = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n\r\n"


@dataclass
class Stranger:
    """Where it listens, and the requests that it got."""

    url: str
    requests: list[str] = field(default_factory=list)


@contextmanager
def stranger(answer: bytes, *, every: float | None = None) -> Iterator[Stranger]:
    """A server that sends these bytes and closes; with ``every``, one byte in so many seconds, for ever."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        here = Stranger(f"http://127.0.0.1:{listener.getsockname()[1]}/cdx")
        over = threading.Event()
        threading.Thread(target=_listen, args=(listener, here, answer, every, over), daemon=True).start()
        yield here
        over.set()
        listener.shutdown(socket.SHUT_RDWR)


def _listen(
    listener: socket.socket, here: Stranger, answer: bytes, every: float | None, over: threading.Event
) -> None:
    with suppress(OSError):
        while not over.is_set():
            connection, _address = listener.accept()
            with connection, suppress(OSError):
                connection.settimeout(5)
                here.requests.append(connection.recv(8192).decode(errors="replace"))
                connection.sendall(answer)
                while every is not None and not over.wait(every):
                    connection.sendall(b" ")
