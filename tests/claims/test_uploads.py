"""Files as they come in: streamed into the store, cut off when unfit, never left lying about."""

from __future__ import annotations

import base64
import gc
import hashlib
import io
import resource
import tracemalloc
from collections.abc import Iterator

import pytest
from django.http import UnreadablePostError
from django.http.multipartparser import MultiPartParserError
from django.test import RequestFactory

from claims import storage, uploads
from tests.originals import path_of

pytestmark = pytest.mark.usefixtures("store")
BOUNDARY = "fourteen-hours-ahead"
JPEG = b"\xff\xd8\xff\xe0\0\x10JFIF\0" + b"\0" * 5000
MIB = 1 << 20


@pytest.fixture
def lying_about(store):
    """How many bytes lie in the folder of what is being received."""
    return lambda: sum(each.stat().st_size for each in (store / "incoming").glob("*"))


def part(name: str, content: bytes, file_name: str | None = None, *headers: str) -> bytes:
    given = f'; filename="{file_name}"' if file_name else ""
    head = [f'Content-Disposition: form-data; name="{name}"{given}', *headers]
    return f"--{BOUNDARY}\r\n".encode() + "\r\n".join(head).encode() + b"\r\n\r\n" + content + b"\r\n"


def body(*parts: bytes) -> bytes:
    return b"".join(parts) + f"--{BOUNDARY}--\r\n".encode()


def request_with(stream: io.RawIOBase | io.BytesIO, length: int):
    request = RequestFactory().post(
        "/", data=b"-", content_type=f"multipart/form-data; boundary={BOUNDARY}", CONTENT_LENGTH=str(length)
    )
    request._stream = stream
    return request


def post(*parts: bytes):
    sent = body(*parts)
    return request_with(io.BytesIO(sent), len(sent))


class Slowly(io.RawIOBase):
    """A stream that is made while it is read, and that looks around at each reading."""

    def __init__(self, pieces: Iterator[bytes], look=lambda: None):
        self._pieces, self._look, self._left = pieces, look, b""

    def read(self, size: int = -1) -> bytes:
        self._look()
        while len(self._left) < size and (piece := next(self._pieces, None)):
            self._left += piece
        given, self._left = self._left[:size], self._left[size:]
        return given


def test_a_file_arrives_whole_with_its_hash_and_the_name_that_was_given():
    content = JPEG + bytes(range(256)) * 1000
    request = post(part("files", content, "صورة ١.jpg"))
    [upload] = request.FILES.getlist("files")
    assert upload.received.sha256 == hashlib.sha256(content).hexdigest()
    assert upload.received.path.read_bytes() == content
    assert upload.given_name == "صورة ١.jpg"
    assert uploads.offered(request).files == [upload]


def test_what_nobody_keeps_is_gone_when_the_request_ends(lying_about):
    request = post(part("files", JPEG, "a.jpg"))
    assert request.FILES
    assert lying_about() == len(JPEG)
    request.close()
    assert lying_about() == 0


def test_what_is_kept_stays_when_the_request_ends(lying_about):
    request = post(part("files", JPEG, "a.jpg"))
    received = request.FILES["files"].received
    storage.keep(received)
    request.close()
    uploads.abandon(request)
    assert path_of(received.sha256).read_bytes() == JPEG
    assert lying_about() == 0


def test_a_large_file_is_never_whole_in_memory():
    size = 48 * MIB
    head = part("files", JPEG, "long.jpg")[:-2]
    tail = f"\r\n--{BOUNDARY}--\r\n".encode()
    stream = Slowly(iter([head, *[b"x" * MIB] * (size // MIB), tail]))
    request = request_with(stream, len(head) + size + len(tail))
    tracemalloc.start()
    upload = request.FILES["files"]
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert upload.received.size == size + len(JPEG)
    assert peak < 8 * MIB


def test_a_file_of_the_wrong_type_is_cut_off_at_its_first_bytes(lying_about):
    seen = []
    sent = body(part("files", b"%PDF-1.7" + b"x" * 4 * MIB, "report.pdf"), part("where", b"Aleppo"))
    pieces = (sent[at : at + 65536] for at in range(0, len(sent), 65536))
    request = request_with(Slowly(pieces, lambda: seen.append(lying_about())), len(sent))
    assert request.POST["where"] == "Aleppo"
    [refusal] = uploads.offered(request).refused
    assert (refusal.name, refusal.code) == ("report.pdf", "wrong_type")
    assert max(seen) <= storage.HEAD_BYTES
    assert lying_about() == 0


def test_a_file_that_is_too_large_is_cut_off_and_the_rest_of_the_form_is_read(settings, lying_about):
    settings.MAX_UPLOAD_BYTES = 200_000
    request = post(
        part("files", JPEG + b"x" * 300_000, "long.mp4"),
        part("files", JPEG, "short.jpg"),
        part("where", "حلب".encode()),
    )
    assert request.POST["where"] == "حلب"
    assert [each.given_name for each in request.FILES.getlist("files")] == ["short.jpg"]
    assert [(each.name, each.code) for each in uploads.offered(request).refused] == [
        ("long.mp4", "file_too_large")
    ]
    assert lying_about() == len(JPEG)


def test_a_file_of_exactly_the_limit_is_taken(settings):
    settings.MAX_UPLOAD_BYTES = len(JPEG)
    assert post(part("files", JPEG, "a.jpg")).FILES["files"].received.size == len(JPEG)


@pytest.mark.parametrize(
    ("content", "code"), [(b"", "empty_file"), (b"hello", "wrong_type"), (b"<svg></svg>", "wrong_type")]
)
def test_a_short_unfit_file_is_refused_by_name(content, code, lying_about):
    request = post(part("files", content, "x.jpg"))
    assert not request.FILES
    assert [(each.name, each.code) for each in uploads.offered(request).refused] == [("x.jpg", code)]
    assert lying_about() == 0


def test_each_file_beyond_the_limit_is_refused_by_name(settings):
    settings.MAX_FILES_PER_SUBMISSION = 2
    request = post(*(part("files", JPEG + bytes([n]), f"{n}.jpg") for n in range(4)))
    assert len(request.FILES.getlist("files")) == 2
    assert [(each.name, each.code) for each in uploads.offered(request).refused] == [
        ("2.jpg", "too_many_files"),
        ("3.jpg", "too_many_files"),
    ]


def test_files_of_other_fields_are_not_received(lying_about):
    request = post(part("avatar", JPEG, "me.jpg"), part("where", b"here"))
    assert not request.FILES
    assert request.POST["where"] == "here"
    assert lying_about() == 0


def test_a_body_that_ends_in_the_middle_of_a_file_leaves_nothing(lying_about):
    sent = body(part("where", b"here"), part("files", JPEG, "a.jpg"))
    request = request_with(io.BytesIO(sent[:-1000]), len(sent))
    assert not request.FILES
    assert lying_about() == 0


class Breaking(io.BytesIO):
    """A connection that breaks once its bytes are used up."""

    def read(self, size: int = -1) -> bytes:
        if piece := super().read(size):
            return piece
        raise ConnectionResetError


def test_a_connection_that_breaks_leaves_nothing(lying_about):
    sent = body(part("files", JPEG * 40, "a.jpg"))
    request = request_with(Breaking(sent[: len(sent) // 2]), len(sent))
    with pytest.raises(UnreadablePostError):
        request.POST  # noqa: B018
    uploads.abandon(request)
    assert lying_about() == 0


def test_even_where_nobody_tidies_up_a_broken_file_goes_with_its_request(lying_about):
    sent = body(part("files", JPEG * 40, "a.jpg"))
    request = request_with(Breaking(sent[: len(sent) // 2]), len(sent))
    with pytest.raises(UnreadablePostError):
        request.POST  # noqa: B018
    assert lying_about() > 0
    del request
    gc.collect()
    assert lying_about() == 0


def test_a_broken_encoding_leaves_nothing(lying_about):
    cut = base64.b64encode(JPEG) + b"A"
    request = post(part("files", cut, "a.jpg", "Content-Transfer-Encoding: base64"))
    with pytest.raises(MultiPartParserError):
        request.POST  # noqa: B018
    uploads.abandon(request)
    assert lying_about() == 0


@pytest.fixture
def no_room():
    """The kernel lets this process write no file beyond 20,000 bytes."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, hard))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.mark.usefixtures("no_room")
@pytest.mark.parametrize("size", [19_000, 40_000, 400_000])
def test_a_store_without_room_is_noticed_and_nothing_half_written_stays(size, lying_about):
    request = post(
        part("files", JPEG + b"x" * size, "a.jpg"), part("files", JPEG, "b.jpg"), part("where", b"here")
    )
    assert request.POST["where"] == "here"
    assert isinstance(uploads.offered(request).storage_error, OSError)
    assert not request.FILES
    assert lying_about() == 0


def test_a_store_that_cannot_be_opened_is_noticed(settings, tmp_path):
    (tmp_path / "a-file").touch()
    settings.STORAGE_FOLDER = tmp_path / "a-file"
    request = post(part("files", JPEG, "a.jpg"), part("where", b"here"))
    assert request.POST["where"] == "here"
    assert isinstance(uploads.offered(request).storage_error, OSError)
