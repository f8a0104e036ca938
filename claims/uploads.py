"""Receiving files from a browser: straight into the store, hashed on the way, never whole in memory.

A file that cannot be evidence is cut off as soon as that shows, and the rest of the form is read on,
so that what else a volunteer typed is not lost. Whatever nobody keeps is gone when the request ends.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, NoReturn

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import FileUploadHandler, SkipFile
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.translation import gettext_lazy as _

from claims import storage
from media_checks.context import Kind
from media_checks.files import sniff

FIELD = "files"
MEDIA = (Kind.PHOTO, Kind.VIDEO)


@dataclass(frozen=True)
class Refusal:
    """A file that was not taken: the name that the sender gave it, a stable code, a plain sentence."""

    name: str
    code: str
    message: Any


class StoredUpload(UploadedFile):
    """A file that arrived whole. Django closes it with the request: bytes that nobody kept go then."""

    def __init__(self, received: storage.Received, given_name: str):
        # Django would shorten the given name, or refuse it; nothing on disk is ever called by it.
        super().__init__(name="received", size=received.size)
        self.received = received
        self.given_name = given_name

    def close(self) -> None:
        """Forget the bytes unless they were kept."""
        storage.discard(self.received)


@dataclass
class Offered:
    """What one request brought: files that arrived whole, files refused, and what broke."""

    files: list[StoredUpload] = field(default_factory=list)
    refused: list[Refusal] = field(default_factory=list)
    storage_error: OSError | None = None


class _Arriving:
    """One file on its way in: its name, its first bytes, and where the bytes go."""

    def __init__(self, name: str, owner: FileUploadHandler):
        self.name, self.head = name, b""
        self.incoming = storage.Incoming()
        # For a request that dies where nobody tells the handler: the bytes go when the handler goes.
        self._forget = weakref.finalize(owner, self.incoming.discard)

    def finish(self) -> storage.Received:
        """Sync the bytes to disk. From here on whoever asked for them answers for them."""
        received = self.incoming.finish()
        self._forget.detach()
        return received

    def discard(self) -> None:
        """Remove what came so far."""
        self._forget()


class StoreUploadHandler(FileUploadHandler):
    """Streams the files of the field ``files`` into the store; files of other fields are not read."""

    def __init__(self, request: HttpRequest | None = None):
        super().__init__(request)
        self.offered = Offered()
        self._arriving: _Arriving | None = None

    def new_file(self, field_name: str, file_name: str, *args: Any, **kwargs: Any) -> None:
        """A file begins. Raises SkipFile for one that is not wanted."""
        if field_name != FIELD or self.offered.storage_error:
            raise SkipFile
        if len(self.offered.files) >= settings.MAX_FILES_PER_SUBMISSION:
            self._refuse(file_name, "too_many_files", _("There were too many files at once."))
        try:
            self._arriving = _Arriving(file_name, self)
        except OSError as error:
            self._break(error)

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        """Store the next bytes; raises SkipFile once the file cannot be evidence."""
        assert self._arriving
        file, size = self._arriving, start + len(raw_data)
        undecided = len(file.head) < storage.HEAD_BYTES
        file.head += bytes(raw_data[: storage.HEAD_BYTES - len(file.head)])
        if (undecided and len(file.head) == storage.HEAD_BYTES) or size > settings.MAX_UPLOAD_BYTES:
            self._judge(file, size)
        try:
            file.incoming.write(raw_data)
        except OSError as error:
            self._break(error)

    def file_complete(self, file_size: int) -> StoredUpload | None:
        """The file is whole: sync it to disk; None when it was refused at its last byte."""
        assert self._arriving
        try:
            self._judge(self._arriving, file_size)
            received = self._finish(self._arriving)
        except SkipFile:
            return None
        upload = StoredUpload(received, self._arriving.name)
        self._arriving = None
        self.offered.files.append(upload)
        return upload

    def upload_interrupted(self) -> None:
        """The request ended in the middle of a file."""
        self.abandon()

    def abandon(self) -> None:
        """Remove what was received of a file that is not whole."""
        if self._arriving:
            self._arriving.discard()
            self._arriving = None

    def _finish(self, file: _Arriving) -> storage.Received:
        try:
            return file.finish()
        except OSError as error:
            self._break(error)

    def _judge(self, file: _Arriving, size: int) -> None:
        """Raises SkipFile, with the reason noted, for bytes that cannot be evidence."""
        if unfit := unfitness(size, file.head):
            self._refuse(file.name, *unfit)

    def _refuse(self, name: str, code: str, message: Any) -> NoReturn:
        self.offered.refused.append(Refusal(name, code, message))
        self.abandon()
        raise SkipFile

    def _break(self, error: OSError) -> NoReturn:
        """The store takes nothing more in this request."""
        self.offered.storage_error = error
        self.abandon()
        raise SkipFile


def unfitness(size: int, head: bytes) -> tuple[str, Any] | None:
    """Why bytes cannot be evidence, by their number and the first of them: a stable code and a
    sentence fit for a volunteer. None when they can.
    """
    if size == 0:
        return "empty_file", _("The file is empty.")
    if size > settings.MAX_UPLOAD_BYTES:
        return "file_too_large", _("The file is too large.")
    if sniff(head)[1] not in MEDIA:
        return "wrong_type", _("This is not a photo or video that we can check.")
    return None


def offered(request: HttpRequest) -> Offered:
    """What the request brought, once its form has been read."""
    return _handler(request).offered


def abandon(request: HttpRequest) -> None:
    """Remove everything that the request brought and nobody kept, at once."""
    handler = _handler(request)
    handler.abandon()
    for each in handler.offered.files:
        each.close()


def read_safely(get_response: Callable[[HttpRequest], HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """Middleware for every door: what a request brought and nobody kept is gone when it is answered, and
    forms are read as what our pages are written in. Browsers send nothing else, and some of the encodings
    that a request can name are none of text.
    """

    def answer(request: HttpRequest) -> HttpResponseBase:
        if request.encoding:
            request.encoding = None  # type: ignore[assignment]
        try:
            return get_response(request)
        finally:
            abandon(request)

    return answer


def _handler(request: HttpRequest) -> StoreUploadHandler:
    return next(each for each in request.upload_handlers if isinstance(each, StoreUploadHandler))
