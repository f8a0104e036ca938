"""The content-addressed store."""

from __future__ import annotations

import hashlib
import os
import stat
from datetime import UTC, datetime, timedelta

import pytest

from claims import storage
from tests.originals import path_of

BYTES = b"what the witness sent" * 1000


def receive(content: bytes) -> storage.Received:
    with storage.Incoming() as incoming:
        for start in range(0, len(content), 700):
            incoming.write(content[start : start + 700])
        return incoming.finish()


def keep(content: bytes) -> str:
    received = receive(content)
    storage.keep(received)
    return received.sha256


def kept() -> set[str]:
    return {sha256 for sha256, _since in storage.originals()}


@pytest.mark.usefixtures("either_store")
def test_bytes_are_named_by_their_sha256_and_read_back_whole():
    received = receive(BYTES)
    storage.keep(received)
    assert received.sha256 == hashlib.sha256(BYTES).hexdigest()
    assert received.size == len(BYTES)
    assert b"".join(storage.chunks(received.sha256, size=999)) == BYTES
    with storage.local(received.sha256) as path:
        assert path.read_bytes() == BYTES


def test_kept_bytes_are_read_only(store):
    sha256 = keep(BYTES)
    assert stat.S_IMODE(path_of(sha256).stat().st_mode) == 0o440


def test_the_same_bytes_are_stored_once(store):
    assert keep(BYTES) == keep(BYTES)
    assert [path for path in store.rglob("*") if path.is_file()] == [
        path_of(hashlib.sha256(BYTES).hexdigest())
    ]


@pytest.mark.usefixtures("either_store")
def test_the_originals_are_those_that_were_kept_and_nothing_else_that_lies_there():
    received = receive(b"never kept")
    before = datetime.now(UTC) - timedelta(seconds=2)
    both = {keep(b"one"), keep(b"two")}
    storage.put_working_copy(next(iter(both)), "320", b"copy")
    assert kept() == both
    assert all(since >= before for _sha256, since in storage.originals())
    storage.discard(received)


@pytest.mark.usefixtures("either_store")
def test_what_is_removed_is_gone_and_removing_it_again_does_nothing():
    sha256 = keep(BYTES)
    storage.remove(sha256)
    storage.remove(sha256)
    assert not kept()
    with pytest.raises(FileNotFoundError):
        storage.opened(sha256)
    with pytest.raises(FileNotFoundError), storage.local("a" * 64):
        pass


def test_keeping_never_overwrites_what_has_the_name(store):
    received = receive(BYTES)
    path = path_of(received.sha256)
    path.parent.mkdir(parents=True)
    path.write_bytes(b"already here")
    storage.keep(received)
    assert path.read_bytes() == b"already here"


@pytest.mark.usefixtures("either_store")
def test_what_was_kept_can_be_kept_again_and_what_never_was_cannot():
    received, lost = receive(BYTES), receive(BYTES + b"more")
    storage.keep(received)
    storage.keep(received)
    assert kept() == {received.sha256}
    lost.path.unlink()
    with pytest.raises(FileNotFoundError):
        storage.keep(lost)


def test_a_broken_upload_leaves_nothing(store):
    def upload():
        with storage.Incoming() as incoming:
            incoming.write(b"half of a")
            raise ConnectionError

    with pytest.raises(ConnectionError):
        upload()
    assert not [path for path in store.rglob("*") if path.is_file()]


@pytest.mark.usefixtures("either_store")
def test_discarding_what_was_kept_does_not_lose_it():
    received = receive(BYTES)
    storage.keep(received)
    storage.discard(received)
    assert b"".join(storage.chunks(received.sha256)) == BYTES


@pytest.mark.usefixtures("store")
def test_what_cannot_be_removed_now_breaks_nothing_and_is_told(caplog):
    received = receive(b"refused")
    received.path.unlink()
    received.path.mkdir()  # which nobody can unlink
    storage.discard(received)
    assert "could not be removed now" in caplog.text


@pytest.mark.usefixtures("store")
def test_the_head_is_what_the_type_is_read_from():
    assert receive(BYTES).head == BYTES[: storage.HEAD_BYTES]


@pytest.mark.usefixtures("either_store")
@pytest.mark.parametrize("name", ["", "..", "../../etc/passwd", "A" * 64, "a" * 63, "a" * 63 + "/"])
def test_a_name_that_is_no_sha256_names_nothing(name):
    for ask in (storage.opened, storage.local, storage.remove):
        with pytest.raises(ValueError, match="SHA-256"):
            ask(name)


@pytest.mark.usefixtures("either_store")
@pytest.mark.parametrize("name", ["../x", "320/..", "", "-"])
def test_a_working_copy_has_no_other_name_than_numbers(name):
    for ask in (storage.has_working_copy, storage.opened_working_copy, storage.local_working_copy):
        with pytest.raises(ValueError, match="numbers"):
            ask("a" * 64, name)


@pytest.mark.usefixtures("either_store")
def test_a_working_copy_can_be_made_again():
    assert not storage.has_working_copy("a" * 64, "320")
    storage.put_working_copy("a" * 64, "320", b"one")
    storage.put_working_copy("a" * 64, "320", b"two")
    assert storage.has_working_copy("a" * 64, "320")
    with storage.opened_working_copy("a" * 64, "320") as file:
        assert file.read() == b"two"
    with storage.local_working_copy("a" * 64, "320") as path:
        assert path.read_bytes() == b"two"


def test_what_no_request_can_be_receiving_any_more_is_removed(store):
    old, young = receive(b"left by a crash"), receive(b"being received")
    os.utime(old.path, (0, 0))
    assert storage.discard_unfinished(older_than=3600) == 1
    assert [each for each in (old, young) if each.path.exists()] == [young]
