"""A web process that dies between any two steps of taking a file in.

The process is real and dies by SIGKILL: a child of the test sends the volunteers' form through the whole
desk, and a hook of the interpreter ends it before its n-th step, for every n. A step is a call of the
kernel that changes something, a call of the S3 server, a statement of the database or its commit.
"""

from __future__ import annotations

import os
import random
import signal
import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from types import FrameType
from typing import Any

import pytest
from botocore.client import BaseClient
from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.utils import CursorWrapper

from claims import custody, media_files, receipts, storage
from claims.models import Evidence, MediaFile, Submission
from tests.builders import make_case, picture
from tests.volunteering import Volunteer, code_in, photo
from verification.models import RunState

pytestmark = pytest.mark.django_db(transaction=True)

KERNEL = {"open", "write", "flush", "close", "fsync", "fchmod", "chmod", "mkdir", "link", "unlink", "rename"}
OURS = {
    CursorWrapper._execute.__code__: "statement",
    CursorWrapper._executemany.__code__: "statement",
    BaseDatabaseWrapper._commit.__code__: "commit",
    BaseClient._make_api_call.__code__: "bucket",
}
NOW = timedelta(0)
FULL = bool(os.environ.get("CORROBORATE_FULL"))


@dataclass
class Dying:
    """Counts the steps of this process, and kills it before one of them."""

    before: int | None
    steps: list[str]

    def __call__(self, frame: FrameType, event: str, what: Any) -> None:
        """A hook for ``sys.setprofile``."""
        if event == "call" and frame.f_code in OURS:
            self._step(OURS[frame.f_code])
        elif event == "c_call" and what.__name__ in KERNEL and _is_of_files(what):
            self._step(what.__name__)

    def _step(self, name: str) -> None:
        if len(self.steps) == self.before:
            os.kill(os.getpid(), signal.SIGKILL)
        self.steps.append(name)


def _is_of_files(what: Any) -> bool:
    return what.__module__ in ("posix", "io", "_io") or type(what.__self__).__module__ in ("io", "_io")


def in_a_child(act: Callable[[], str], before: int | None = None) -> tuple[str, list[str]]:
    """What the act answered in a process of its own, empty if it died; and the steps that it took."""
    connections.close_all()
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            dying = Dying(before, [])
            sys.setprofile(dying)
            answer = act()
            sys.setprofile(None)
            os.write(writing, "\n".join([answer, *dying.steps]).encode())
        finally:
            os._exit(0)
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        told = pipe.read().decode()
    _child, status = os.waitpid(child, 0)
    assert bool(told) != (os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL)
    answer, *steps = told.split("\n")
    return answer, steps


@dataclass
class Form:
    """A form with one photo, that can be sent again and again."""

    volunteer: Volunteer
    content: bytes
    token: str

    def send(self) -> str:
        """The receipt code that was answered."""
        answer = self.volunteer.send(
            photo(content=self.content),
            form_token=self.token,
            contact="reach me here",
            happened="It was dark.",
        )
        assert answer.status_code == 200
        return code_in(answer)

    def taken(self) -> list[Submission]:
        """What the desk has of it."""
        return list(Submission.objects.filter(receipt_hash=receipts.hash_of(receipts.code_of(self.token))))


@pytest.fixture
def form_of():
    volunteer = Volunteer(make_case())
    return lambda: Form(volunteer, picture(), receipts.new_form_token())


def assert_whole(form: Form, submission: Submission) -> None:
    item = Evidence.objects.get(submission=submission)
    assert b"".join(storage.chunks(item.media_file_id)) == form.content
    assert set(item.check_runs.values_list("state", flat=True)) == {RunState.QUEUED}
    assert item.check_runs.count() == 3
    assert submission.sealed_parts.count() == 3
    assert list(custody.breaks(item.case)) == []


def assert_no_orphans() -> None:
    kept = {sha256 for sha256, _since in storage.originals()}
    assert kept == set(MediaFile.objects.values_list("pk", flat=True))


def chosen(steps: list[str], store: Any) -> list[int]:
    """Of a folder every step, of a bucket those around what the server is asked; a third of them in short."""
    asked = [number for number, name in enumerate(steps) if name == "bucket"]
    near = sorted({each for number in asked for each in (number - 1, number, number + 1)})
    found = list(range(len(steps))) if isinstance(store, os.PathLike) else near
    return found if FULL else found[random.randrange(3) :: 3]


def test_a_crash_between_any_two_steps_loses_nothing_and_leaves_no_orphan(either_store, form_of):
    form_of().send()  # What is made once is made: folders, templates.
    answer, steps = in_a_child(form_of().send)
    assert answer
    assert {"fsync", "unlink", "statement", "commit"} < set(steps)
    assert ("bucket" in steps) != ("link" in steps)
    died = unanswered_and_kept = swept = 0
    for before in chosen(steps, either_store):
        form = form_of()
        answer, _steps = in_a_child(form.send, before)
        died += not answer
        for submission in (taken := form.taken()):
            assert_whole(form, submission)
        unanswered_and_kept += len(taken)
        swept += media_files.sweep_orphans(NOW)
        assert_no_orphans()
        assert form.send()  # Whoever was not answered sends again.
        assert_whole(form, *form.taken())
        assert media_files.sweep_orphans(NOW) == 0
    print(f"{died} deaths in {len(steps)} steps: {unanswered_and_kept} kept unanswered, {swept} swept")
    assert died >= len(chosen(steps, either_store)) - 4  # Some forms need a folder less than others.
    assert swept
