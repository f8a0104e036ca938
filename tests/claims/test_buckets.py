"""The store in a bucket of a real S3 server: written once, and honest about a server that fails."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

import pytest

from claims import integrity, storage
from claims.models import Submission
from claims.storage.bucket import PROBE, Unavailable
from tests import buckets
from tests.builders import make_case, make_evidence, picture, received
from tests.volunteering import Volunteer, photo
from verification import runner
from verification.models import RunState

NOT_PASSED_ON = {"transfer-encoding", "connection", "date", "server", "content-length"}


class Between(BaseHTTPRequestHandler):
    """Passes everything on to the S3 server, but for what the test makes go wrong on the way."""

    protocol_version = "HTTP/1.1"

    def _pass_on(self) -> None:
        server = self.server
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        given = {name: value for name, value in self.headers.items() if name.lower() not in server.dropped}
        if self.command == "PUT" and PROBE not in self.path and server.conflicts:
            server.conflicts -= 1
            self._answer(409, {}, b"<Error><Code>ConditionalRequestConflict</Code></Error>")
            return
        passed = HTTPConnection(server.to)
        passed.request(self.command, self.path, body, given | {"Host": server.to})
        answer = passed.getresponse()
        self._answer(answer.status, dict(answer.getheaders()), answer.read())

    do_GET = do_PUT = do_HEAD = do_DELETE = _pass_on

    def _answer(self, status: int, headers: dict[str, str], body: bytes) -> None:
        self.send_response(status)
        for name, value in headers.items():
            if name.lower() not in NOT_PASSED_ON:
                self.send_header(name, value)
        length = headers.get("Content-Length", "0") if self.command == "HEAD" else str(len(body))
        self.send_header("Content-Length", length)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body[: self.server.most])
        if len(body) > self.server.most:
            self.close_connection = True

    def log_message(self, *_line: object) -> None:
        """Say nothing."""


@pytest.fixture
def between(s3_server) -> Iterator[ThreadingHTTPServer]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Between)
    server.to, server.dropped, server.conflicts, server.most = (
        urlsplit(s3_server.url).netloc,
        set(),
        0,
        1 << 30,
    )
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def bucket(settings, tmp_path, s3_server, between):
    """The bucket as the desk finds it: by way of what is between."""
    made = buckets.make(s3_server, f"http://127.0.0.1:{between.server_port}")
    settings.STORAGE_FOLDER, settings.STORAGE_BUCKET = tmp_path / "media", made.settings
    return made


def keep(content: bytes) -> str:
    given = received(content)
    storage.keep(given)
    return given.sha256


def place(sha256: str) -> str:
    return f"{buckets.PREFIX}originals/{sha256[:2]}/{sha256[2:4]}/{sha256}"


def test_an_original_has_its_name_under_the_prefix_and_nothing_stays_on_this_machine(bucket, settings):
    sha256 = keep(b"what the witness sent")
    assert bucket.names() == sorted([place(sha256), f"{buckets.PREFIX}{PROBE}"])
    assert not [each for each in settings.STORAGE_FOLDER.rglob("*") if each.is_file()]


def test_keeping_never_overwrites_what_has_the_name_in_a_bucket(bucket):
    given = received(b"what the witness sent")
    bucket.write(place(given.sha256), b"already here")
    storage.keep(given)
    assert bucket.read(place(given.sha256)) == b"already here"


def test_a_server_that_overwrites_is_refused_before_the_first_original(bucket, between):
    between.dropped = {"if-none-match"}
    given = received(b"what the witness sent")
    with pytest.raises(Unavailable, match="overwrites"):
        storage.keep(given)
    assert bucket.names() == [f"{buckets.PREFIX}{PROBE}"]
    assert given.path.exists()


def test_who_meets_another_with_the_same_bytes_tries_again(bucket, between):
    between.conflicts = 2
    assert bucket.read(place(keep(b"what the witness sent"))) == b"what the witness sent"


def test_the_same_bytes_sent_by_many_at_once_are_kept_once(bucket):
    given = [received(b"what the witness sent") for _each in range(8)]
    problems = []

    def keep_one(each):
        try:
            storage.keep(each)
        except Exception as problem:
            problems.append(problem)

    threads = [threading.Thread(target=keep_one, args=(each,)) for each in given]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert problems == []
    assert bucket.read(place(given[0].sha256)) == b"what the witness sent"


def test_bytes_that_were_changed_in_the_bucket_are_never_handed_to_a_check(bucket):
    sha256 = keep(b"what the witness sent")
    bucket.write(place(sha256), b"what the witness sold")
    with pytest.raises(OSError, match="not what they were"), storage.local(sha256):
        pass


def test_an_answer_that_breaks_off_is_an_error_and_no_shorter_file(bucket, between):
    sha256 = keep(b"x" * 300_000)
    between.most = 100_000
    with pytest.raises(OSError, match=r"."), storage.local(sha256):
        pass
    with pytest.raises(OSError, match=r"."):
        b"".join(storage.chunks(sha256))


@pytest.mark.django_db
def test_the_reading_of_all_files_names_what_was_changed_or_lost_in_a_bucket(bucket):
    good, changed, lost = (make_evidence(make_case()).media_file for _each in range(3))
    bucket.write(place(changed.pk), b"other")
    bucket.client.delete_object(Bucket=bucket.name, Key=place(lost.pk))
    assert integrity.file_break(good) is None
    assert "was changed" in integrity.file_break(changed).message
    assert "is missing" in integrity.file_break(lost).message


@pytest.mark.django_db
def test_a_bucket_that_is_away_is_our_fault_and_nothing_is_written(bucket, between, settings):
    volunteer = Volunteer(make_case())
    between.shutdown()
    between.server_close()
    answer = volunteer.send(photo(), happened="It was dark.")
    assert (answer.status_code, answer["Retry-After"]) == (503, "60")
    assert "It was dark." in answer.content.decode()
    assert not Submission.objects.exists()
    assert not [each for each in settings.STORAGE_FOLDER.rglob("*") if each.is_file()]


@pytest.mark.django_db
def test_a_run_whose_bytes_cannot_be_fetched_is_tried_again(bucket, between):
    content = picture()
    item = make_evidence(make_case(), content=content)
    bucket.client.delete_object(Bucket=bucket.name, Key=place(item.media_file_id))
    run = item.check_runs.get(check_slug="metadata")
    runner.run(run.pk)
    run.refresh_from_db()
    assert (run.state, run.attempts) == (RunState.QUEUED, 1)
    assert "cannot be opened" in run.reason
    bucket.write(place(item.media_file_id), content)
    runner.run(run.pk)
    run.refresh_from_db()
    assert run.state == RunState.FINISHED


@pytest.mark.django_db
def test_what_is_sent_in_is_checked_and_shown_from_a_bucket(bucket, settings):
    content = picture()
    item = make_evidence(make_case(), content=content)
    for slug in ("metadata", "perceptual_hash", "reverse_date"):
        runner.run(item.check_runs.get(check_slug=slug).pk)
    assert set(item.check_runs.values_list("state", flat=True)) == {RunState.FINISHED}
    assert b"".join(storage.chunks(item.media_file_id)) == content
    assert storage.has_working_copy(item.media_file_id, "320")
    with storage.opened_working_copy(item.media_file_id, "320") as copy:
        assert copy.read(3) == b"\xff\xd8\xff"
    assert not [each for each in settings.STORAGE_FOLDER.rglob("*") if each.is_file()]
