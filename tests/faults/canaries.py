"""Canaries: marks that lead to a sender, put into every submission, and looked for wherever bytes stay."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import redis
from django.conf import settings
from django.db import connection

SEALED = "claims_sealedpart"
CONTACT, FILE_NAME = "canary-contact-7f3a@example.org", "canary-file-name-91bd.jpg"
HEADERS = {
    "X-Forwarded-For": "203.0.113.77",
    "Forwarded": "for=198.51.100.94",
    "User-Agent": "canary-agent-2c58",
    "Referer": "https://canary-referrer-e6a1.example.org/",
    "Accept-Language": "en,qya-CANARY",
    "Cookie": "canary=canary-cookie-04d7",
}
PLANTED = [
    *("canary-contact-7f3a", "canary-file-name-91bd", "203.0.113.77", "198.51.100.94"),
    *("canary-agent-2c58", "canary-referrer-e6a1", "qya-CANARY", "canary-cookie-04d7"),
]


def found(canaries: Sequence[str], places: Iterable[Path]) -> Iterator[str]:
    """One sentence for each canary that stands in a place where it must not."""
    forms = [(canary, form) for canary in canaries for form in _forms(canary)]
    for name, content in (*_rows(), *_messages(), *_files(places)):
        for canary in sorted({canary for canary, form in forms if form in content}):
            yield f"{canary} stands in {name}"


def _forms(canary: str) -> Iterator[bytes]:
    """As it stands, and as base64 at each of the three places where it can begin: messages are."""
    yield canary.encode()
    for before in range(3):
        encoded = base64.b64encode(b"\0" * before + canary.encode())
        yield encoded[4 if before else 0 : -4]


def _rows() -> Iterator[tuple[str, bytes]]:
    with connection.cursor() as cursor:
        for table in set(connection.introspection.table_names(cursor)) - {SEALED}:
            cursor.execute(f'SELECT * FROM "{table}"')
            for row in cursor.fetchall():
                yield f"the table {table}", b"|".join(map(_bytes, row))


def _bytes(value: object) -> bytes:
    return bytes(value) if isinstance(value, bytes | memoryview) else str(value).encode()


def _messages() -> Iterator[tuple[str, bytes]]:
    """Whatever Redis holds; messages in a folder are files of the data folder."""
    if settings.CELERY_BROKER_URL.startswith("filesystem:"):
        return
    broker = redis.Redis.from_url(settings.CELERY_BROKER_URL.replace("redis+socket://", "unix://"))
    read = {
        b"list": lambda key: broker.lrange(key, 0, -1),
        b"set": broker.smembers,
        b"hash": lambda key: broker.hgetall(key).values(),
        b"zset": lambda key: broker.zrange(key, 0, -1),
        b"string": lambda key: [broker.get(key) or b""],
    }
    for key in broker.scan_iter():
        if (kind := broker.type(key)) in read:  # it may have been taken a moment ago
            yield f"the broker's {key!r}", b"|".join(read[kind](key))


def _files(places: Iterable[Path]) -> Iterator[tuple[str, bytes]]:
    for place in places:
        for path in [place] if place.is_file() else place.rglob("*"):
            if path.is_file():
                try:
                    yield f"the file {path.name}", path.read_bytes()
                except FileNotFoundError:
                    continue  # a message that was taken, a file of a moment
