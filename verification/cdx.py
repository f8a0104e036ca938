"""The CDX protocol: the earliest capture of an address that a web archive has.

Spoken by the Wayback Machine's CDX server (an array of rows below a row of names) and by pywb, whose
fields have other names and whose rows are objects, one a line. No ``fl`` is sent, for each knows its own
names alone and leaves the others out without a word. What comes back is a stranger's: it is bounded in
time and size, read strictly, and whatever cannot be read is no answer, never "not archived".
"""

from __future__ import annotations

import http.client
import json
import logging
import re
import socket
import ssl
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import SplitResult, parse_qsl, unquote, urlencode, urlsplit

from django.utils import timezone

log = logging.getLogger(__name__)

MOST_BYTES = 64 << 10
OVERLOADED = (http.client.TOO_MANY_REQUESTS, http.client.REQUEST_TIMEOUT)
# The first page of the World Wide Web: no archive can have an older one.
FIRST_PAGE = datetime(1991, 8, 6, tzinfo=UTC)
CLOCKS_DIFFER = timedelta(days=1)
NOT_CDX = "its answer is not one of the CDX protocol"

# Nothing in it tells who asks.
HEADERS = {"User-Agent": "cdx", "Accept": "application/json, */*", "Accept-Encoding": "identity"}
# A * in an address is no wildcard, and no rule of the archive's may answer with another address.
ALWAYS = {"output": "json", "matchType": "exact", "allowFuzzy": "0", "filter": "statuscode:200", "limit": "1"}
NAMES = {"url": "original", "mime": "mimetype", "status": "statuscode"}


class NoAnswer(Exception):
    """The archive could not be asked, or what it said is of no use; the reason is in words for a person.

    ``is_away`` says that it will answer nobody now: it cannot be reached, is slow or is overloaded.
    """

    def __init__(self, reason: str, *, is_away: bool = False):
        super().__init__(reason)
        self.reason, self.is_away = reason, is_away


@dataclass(frozen=True)
class Capture:
    """One capture: when (UTC), of what type, and the digest as the archive wrote it."""

    at: datetime
    media_type: str
    digest: str


def earliest(server: str, address: str, *, seconds: float) -> Capture | None:
    """The earliest capture of an address with status 200; None where the archive has none.

    Takes ``seconds`` at most, whatever the server does. Raises NoAnswer.
    """
    return read(_asked(server, urlencode({"url": address} | ALWAYS), seconds), address)


def read(answer: bytes, address: str) -> Capture | None:
    """The first capture of an answer about this address. Raises NoAnswer."""
    try:
        row = _first_row(answer.decode())
    except (ValueError, RecursionError) as error:
        raise NoAnswer(NOT_CDX) from error
    if row is None:
        return None
    values = {NAMES.get(name, name): value for name, value in row.items() if isinstance(value, str)}
    at = _moment(values.get("timestamp", ""))
    if at is None or values.get("statuscode", "200") not in ("200", "-"):
        raise NoAnswer(NOT_CDX)
    if _key(values.get("original", "")) != _key(address):
        raise NoAnswer("it answered about another address")
    return Capture(at, _plain(values.get("mimetype", "")), _plain(values.get("digest", "")))


def _first_row(text: str) -> Mapping[str, Any] | None:
    """Names and values of the first row; None for an answer without any. Raises ValueError."""
    if not text.strip():
        return None
    if not text.lstrip().startswith("["):
        row = json.loads(text.strip().splitlines()[0])
        if not isinstance(row, dict):
            raise ValueError("no object")
        return row
    rows = json.loads(text)
    if not all(isinstance(each, list) for each in rows):
        raise ValueError("no array of rows")
    if len(rows) < 2:
        return None
    if len(rows[0]) != len(rows[1]) or not all(isinstance(name, str) for name in rows[0]):
        raise ValueError("a row that does not fit its names")
    return dict(zip(rows[0], rows[1], strict=True))


def _plain(value: str) -> str:
    """A word as it was written, or nothing where no media type and no digest is written so."""
    return value if re.fullmatch(r"[!-~ ]{1,100}", value, re.ASCII) else ""


def _moment(stamp: str) -> datetime | None:
    if not re.fullmatch(r"\d{14}", stamp, re.ASCII):
        return None
    try:
        at = datetime.strptime(stamp, "%Y%m%d%H%M%S").replace(tzinfo=UTC)
    except ValueError:
        return None
    return at if FIRST_PAGE <= at <= timezone.now() + CLOCKS_DIFFER else None


def _key(address: str) -> tuple[str, str, list[tuple[str, str]]] | None:
    """An address as archives compare it: without scheme, port, ``www.``, case, and order of its query."""
    try:
        parts = urlsplit(address if "//" in address else f"//{address}")
        host = re.sub(r"^www\d*\.", "", parts.hostname or "")
        return host, unquote(parts.path).lower().rstrip("/"), sorted(parse_qsl(parts.query.lower(), True))
    except ValueError:
        return None


def _asked(server: str, query: str, seconds: float) -> bytes:
    """The body of the answer. The time is kept from outside: resolving a name cannot be told to hurry."""
    request = _Request(urlsplit(server), query, seconds)
    request.start()
    request.join(seconds)
    if request.is_alive():
        request.abandon()
        raise NoAnswer(f"it took longer than {seconds:g} seconds", is_away=True)
    if request.problem:
        raise request.problem
    return request.answer


class _Request(threading.Thread):
    """One GET, in a thread of its own that nobody has to wait for. No cookies, proxies or redirects."""

    def __init__(self, server: SplitResult, query: str, seconds: float):
        super().__init__(daemon=True)
        self.target = f"{server.path or '/'}?{query}"
        self.connection = _connection(server, seconds)
        self.answer = b""
        self.problem: NoAnswer | None = None

    def run(self) -> None:
        try:
            self.connection.request("GET", self.target, headers=HEADERS)
            self.answer = _body(self.connection.getresponse())
        except NoAnswer as problem:
            self.problem = problem
        except OSError as error:
            self.problem = NoAnswer(f"it cannot be reached ({type(error).__name__})", is_away=True)
        except http.client.HTTPException:
            self.problem = NoAnswer("its answer is not one of HTTP", is_away=True)
        except Exception:
            log.exception("Asking an archive broke")
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
