"""A store in a bucket of an S3 server, where originals are written once by ``If-None-Match: *``.

A server that does not know that header overwrites in silence: it is noticed before the first original is
written, and refused.
"""

from __future__ import annotations

import base64
import hashlib
import os
import tempfile
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from threading import Lock
from typing import IO, Any, BinaryIO

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

# Files fetched for the locked child, most of which is asked about the same one several times.
MOST_FETCHED = 4
MOST_KNOWN = 100_000
PIECE = 1 << 20
PROBE = "write-once"
# How S3 answers If-None-Match: at 409 it says to try again.
_THERE_ALREADY, _SOMEBODY_ELSE_AT_IT = 412, 409
_CONFLICT_ATTEMPTS = 5
_CONFIG = Config(
    connect_timeout=5,
    read_timeout=60,
    retries={"mode": "standard", "max_attempts": 3},
    signature_version="s3v4",
    request_checksum_calculation="when_required",
    response_checksum_validation="when_required",
    s3={"addressing_style": "path"},
)


class Unavailable(OSError):
    """The server does not answer, or not as it should; its text names no object.

    ``status`` is the HTTP status that it answered, if it did.
    """

    def __init__(self, reason: str, status: int | None = None):
        super().__init__(reason)
        self.status = status


class Bucket:
    """Objects of a bucket, by a prefix and their names."""

    def __init__(self, *, fetched: Path, name: str, prefix: str, **access: Any) -> None:
        self.fetched, self.name, self.prefix = fetched, name, prefix
        self._client = boto3.session.Session().client("s3", config=_CONFIG, **access)
        self._lock = Lock()
        self._files: OrderedDict[str, IO[bytes]] = OrderedDict()
        self._known: set[str] = set()
        self._writes_once = False

    def put_once(self, name: str, source: Path, sha256: str) -> None:
        """One conditional PUT with its SHA-256, which the server compares with what it got."""
        self._insist_on_writing_once()
        with source.open("rb") as body:
            self._put_new(name, body, sha256)
        source.unlink()

    def put(self, name: str, content: bytes) -> None:
        """One PUT."""
        with _answers():
            self._client.put_object(**self._at(name), Body=content)

    def has(self, name: str) -> bool:
        """Whether there is such an object; what was once seen is not asked for again."""
        if name not in self._known:
            try:
                with _answers():
                    self._client.head_object(**self._at(name))
            except FileNotFoundError:
                return False
            if len(self._known) >= MOST_KNOWN:
                self._known.clear()
            self._known.add(name)
        return True

    def open(self, name: str) -> BinaryIO:
        """The object's body, as it comes."""
        with _answers():
            return _Body(self._client.get_object(**self._at(name))["Body"])  # type: ignore[return-value]

    @contextmanager
    def local(self, name: str, sha256: str) -> Iterator[Path]:
        """The bytes in a file without a name, gone with this process whatever ends it; the last few are kept.

        Raises OSError where they are not those of ``sha256``.
        """
        with self._lock:
            file = self._files.pop(name, None) or self._fetch(name, sha256)
            self._files[name] = file
            while len(self._files) > MOST_FETCHED:
                self._files.popitem(last=False)  # It is closed when nobody uses it any more.
        yield Path(f"/proc/self/fd/{file.fileno()}")

    def names(self, under: str) -> Iterator[tuple[str, datetime]]:
        """Every object below, as the server lists them."""
        with _answers():
            pages = self._client.get_paginator("list_objects_v2")
            for page in pages.paginate(Bucket=self.name, Prefix=self.prefix + under):
                for each in page.get("Contents", ()):
                    yield each["Key"].removeprefix(self.prefix), each["LastModified"]

    def remove(self, name: str) -> None:
        """Delete the object. Where the bucket keeps versions, the server keeps this one."""
        with _answers():
            self._client.delete_object(**self._at(name))
        self._known.discard(name)

    def _at(self, name: str) -> dict[str, str]:
        return {"Bucket": self.name, "Key": self.prefix + name}

    def _put_new(self, name: str, body: IO[bytes], sha256: str) -> bool:
        """Whether the bytes are there by this PUT; False where the name was there before."""
        digest = base64.b64encode(bytes.fromhex(sha256)).decode()
        for _attempt in range(_CONFLICT_ATTEMPTS):
            body.seek(0)
            try:
                with _answers():
                    self._client.put_object(
                        **self._at(name), Body=body, IfNoneMatch="*", ChecksumSHA256=digest
                    )
            except Unavailable as problem:
                if problem.status == _THERE_ALREADY:
                    return False
                if problem.status != _SOMEBODY_ELSE_AT_IT:
                    raise
            else:
                return True
        raise Unavailable("the bucket answers 409 again and again")

    def _insist_on_writing_once(self) -> None:
        if self._writes_once:
            return
        with tempfile.TemporaryFile() as empty:
            nothing = hashlib.sha256().hexdigest()
            self._put_new(PROBE, empty, nothing)
            if self._put_new(PROBE, empty, nothing):
                raise Unavailable("this S3 server overwrites: it does not know If-None-Match")
        self._writes_once = True

    def _fetch(self, name: str, sha256: str) -> IO[bytes]:
        self.fetched.mkdir(parents=True, exist_ok=True)
        found = hashlib.sha256()
        file = tempfile.TemporaryFile(dir=self.fetched)  # noqa: SIM115
        with self.open(name) as body:
            while piece := body.read(PIECE):
                file.write(piece)
                found.update(piece)
        file.flush()
        if sha256 and found.hexdigest() != sha256:
            raise Unavailable("the bytes in the bucket are not what they were")
        return file


class _Body:
    """A body whose errors are the store's."""

    def __init__(self, body: Any) -> None:
        self._body = body

    def __enter__(self) -> _Body:
        return self

    def __exit__(self, *problem: object) -> None:
        self.close()

    def read(self, size: int | None = None) -> bytes:
        """The next bytes."""
        with _answers():
            return self._body.read(size)

    def close(self) -> None:
        """Let go of the connection."""
        with suppress(Exception):
            self._body.close()


@contextmanager
def _answers() -> Iterator[None]:
    """Every error of the library as one of the store's."""
    try:
        yield
    except ClientError as error:
        status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode")
        if status == 404:
            raise FileNotFoundError(os.strerror(2)) from error
        raise Unavailable(f"the bucket answers {status}", status) from error
    except BotoCoreError as error:
        raise Unavailable(type(error).__name__) from error
