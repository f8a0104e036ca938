"""The content-addressed store."""

from __future__ import annotations

import hashlib
import stat

import pytest

from claims import storage

pytestmark = pytest.mark.usefixtures("store")
BYTES = b"what the witness sent" * 1000


def receive(content: bytes) -> storage.Received:
    with storage.Incoming() as incoming:
        for start in range(0, len(content), 700):
            incoming.write(content[start : start + 700])
        return incoming.finish()


def test_bytes_are_named_by_their_sha256_and_read_back_whole():
    received = receive(BYTES)
    path = storage.keep(received)
    assert received.sha256 == hashlib.sha256(BYTES).hexdigest() == path.name
    assert received.size == len(BYTES)
    assert b"".join(storage.chunks(received.sha256, size=999)) == BYTES


def test_kept_bytes_are_read_only():
    path = storage.keep(receive(BYTES))
    assert stat.S_IMODE(path.stat().st_mode) == 0o440


def test_the_same_bytes_are_stored_once(store):
    first, second = storage.keep(receive(BYTES)), storage.keep(receive(BYTES))
    assert first == second
    assert [path for path in store.rglob("*") if path.is_file()] == [first]


def test_keeping_never_overwrites_what_has_the_name(store):
    received = receive(BYTES)
    path = storage.path_of(received.sha256)
    path.parent.mkdir(parents=True)
    path.write_bytes(b"already here")
    storage.keep(received)
    assert path.read_bytes() == b"already here"


def test_a_broken_upload_leaves_nothing(store):
    def upload():
        with storage.Incoming() as incoming:
            incoming.write(b"half of a")
            raise ConnectionError

    with pytest.raises(ConnectionError):
        upload()
    assert not [path for path in store.rglob("*") if path.is_file()]


def test_discarding_what_was_kept_does_not_lose_it():
    received = receive(BYTES)
    path = storage.keep(received)
    storage.discard(received)
    assert path.read_bytes() == BYTES


def test_the_head_is_what_the_type_is_read_from():
    assert receive(BYTES).head == BYTES[: storage.HEAD_BYTES]


@pytest.mark.parametrize("name", ["", "..", "../../etc/passwd", "A" * 64, "a" * 63, "a" * 63 + "/"])
def test_a_name_that_is_no_sha256_is_no_path(name):
    with pytest.raises(ValueError, match="SHA-256"):
        storage.path_of(name)


@pytest.mark.parametrize("name", ["../x", "320/..", "", "-"])
def test_a_working_copy_has_no_other_name_than_numbers(name):
    with pytest.raises(ValueError, match="numbers"):
        storage.working_copy("a" * 64, name)


def test_a_working_copy_can_be_made_again():
    storage.put_working_copy("a" * 64, "320", b"one")
    storage.put_working_copy("a" * 64, "320", b"two")
    assert storage.working_copy("a" * 64, "320").read_bytes() == b"two"
