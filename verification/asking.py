"""Asking servers outside, where the operator names one: bounded in time and size, and telling nothing of us.

Whatever cannot be read is no answer, with the reason, never an answer that says nothing.
"""

from __future__ import annotations

import http.client
import logging
import socket
import ssl
import threading
from collections.abc import Mapping
from urllib.parse import SplitResult, urlsplit

log = logging.getLogger(__name__)

MOST_BYTES = 64 << 10
OVERLOADED = (http.client.TOO_MANY_REQUESTS, http.client.REQUEST_TIMEOUT)
ALWAYS = {"Accept-Encoding": "identity"}


class NoAnswer(Exception):
    """The server could not be asked, or what it said is of no use; the reason is in words for a person.

    ``is_away`` says that it will answer nobody now: it cannot be reached, is slow or is overloaded.
    """

    def __init__(self, reason: str, *, is_away: bool = False):
        super().__init__(reason)
        self.reason, self.is_away = reason, is_away


def answer_of(
    server: str, seconds: float, headers: Mapping[str, str], *, query: str = "", body: bytes | None = None
) -> bytes:
    """The body of what a server answers to a GET or, where there is a body, to a POST. Raises NoAnswer.

    The time is kept from outside: resolving a name cannot be told to hurry.
    """
    request = _Request(urlsplit(server), seconds, headers, query, body)
    request.start()
    request.join(seconds)
    if request.is_alive():
        request.abandon()
        raise NoAnswer(f"it took longer than {seconds:g} seconds", is_away=True)
    if request.problem:
        raise request.problem
    return request.answer


class _Request(threading.Thread):
    """One request, in a thread of its own that nobody has to wait for. No cookies, proxies or redirects."""

    def __init__(
        self, server: SplitResult, seconds: float, headers: Mapping[str, str], query: str, body: bytes | None
    ):
        super().__init__(daemon=True)
        self.method = "GET" if body is None else "POST"
        self.target = f"{server.path or '/'}?{query}" if query else server.path or "/"
        self.headers, self.body = {**ALWAYS, **headers}, body
        self.connection = _connection(server, seconds)
        self.answer = b""
        self.problem: NoAnswer | None = None

    def run(self) -> None:
        try:
            self.connection.request(self.method, self.target, self.body, self.headers)
            self.answer = _body(self.connection.getresponse())
        except NoAnswer as problem:
            self.problem = problem
        except OSError as error:
            self.problem = NoAnswer(f"it cannot be reached ({type(error).__name__})", is_away=True)
        except http.client.HTTPException:
            self.problem = NoAnswer("its answer is not one of HTTP", is_away=True)
        except Exception:
            log.exception("Asking broke")
            self.problem = NoAnswer("a defect of the desk")
        finally:
            self.connection.close()

    def abandon(self) -> None:
        """Break the connection off, so that the thread ends as soon as it can."""
        try:
            if self.connection.sock:
                self.connection.sock.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass  # It was broken off already.


def _connection(server: SplitResult, seconds: float) -> http.client.HTTPConnection:
    host = server.hostname or ""
    if server.scheme == "https":
        context = ssl.create_default_context()
        return http.client.HTTPSConnection(host, server.port, timeout=seconds, context=context)
    return http.client.HTTPConnection(host, server.port, timeout=seconds)


def _body(response: http.client.HTTPResponse) -> bytes:
    status = response.status
    if status != http.client.OK:
        raise NoAnswer(f"it answered with status {status}", is_away=status >= 500 or status in OVERLOADED)
    body = response.read(MOST_BYTES + 1)
    if len(body) > MOST_BYTES:
        raise NoAnswer("it answered more than it may")
    told_its_length = response.chunked or response.headers["Content-Length"]
    if response.length or not (body or told_its_length):
        raise http.client.IncompleteRead(
            body
        )  # What was cut off may look like an archive without the address.
    return body
