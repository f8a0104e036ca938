"""The CDX protocol: the earliest capture of an address that a web archive has.

Spoken by the Wayback Machine's CDX server (an array of rows below a row of names) and by pywb, whose
fields have other names and whose rows are objects, one a line. No ``fl`` is sent, for each knows its own
names alone and leaves the others out without a word. What comes back is a stranger's: it is bounded in
time and size, read strictly, and whatever cannot be read is no answer, never "not archived".
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit

from django.utils import timezone

from verification.asking import MOST_BYTES, NoAnswer, answer_of

__all__ = ["MOST_BYTES", "Capture", "NoAnswer", "earliest", "read"]

# The first page of the World Wide Web: no archive can have an older one.
FIRST_PAGE = datetime(1991, 8, 6, tzinfo=UTC)
CLOCKS_DIFFER = timedelta(days=1)
NOT_CDX = "its answer is not one of the CDX protocol"

HEADERS = {"User-Agent": "cdx", "Accept": "application/json, */*"}
# A * in an address is no wildcard, and no rule of the archive's may answer with another address.
ALWAYS = {"output": "json", "matchType": "exact", "allowFuzzy": "0", "filter": "statuscode:200", "limit": "1"}
NAMES = {"url": "original", "mime": "mimetype", "status": "statuscode"}


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
    query = urlencode({"url": address} | ALWAYS)
    return read(answer_of(server, seconds, HEADERS, query=query), address)


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
