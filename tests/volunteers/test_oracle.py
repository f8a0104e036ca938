"""A file that the desk knows and one that it does not: the same answer, by the same steps.

How long both take over HTTP is measured by ``benchmarks/bench_oracle.py``.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from claims.models import Submission
from tests.builders import checked, picture
from tests.volunteering import Volunteer, code_in, photo

pytestmark = pytest.mark.django_db

NAMES = r"\bs\d+_x\d+\b|\b_django_curs_\w+"  # Of savepoints and cursors.
VALUE = re.compile(rf"'[^']*'|(?: -)?\b\d[\d.]*\b|x'[0-9A-F]*'|{NAMES}", re.IGNORECASE)
# The one difference: of bytes that are new there is one row more, in a savepoint of its own.
OF_NEW_BYTES = ("SAVEPOINT", 'INSERT INTO "claims_mediafile"', "RELEASE SAVEPOINT")


def shape(answer: Any) -> tuple[int, dict[str, str], bytes]:
    """An answer without its receipt: the code, its picture (whose length is the code's), the next token."""
    body = re.sub(rb"<path [^>]*>", b"", answer.content).replace(code_in(answer).encode(), b"")
    body = re.sub(rb'name="form_token" value="[^"]*"', b"", body)
    headers = {name: each for name, each in answer.headers.items() if name != "Content-Length"}
    return answer.status_code, headers, body


def statements(send: Callable[[], Any]) -> list[str]:
    """What is asked of the database, without the values."""
    with CaptureQueriesContext(connection) as captured:
        send()
    return [VALUE.sub("?", each["sql"]) for each in captured.captured_queries]


def steps(monkeypatch: pytest.MonkeyPatch, send: Callable[[], Any], store: Path) -> list[str]:
    """What is done to the disk, in order: syncing, and every act on a path in the store.

    A folder is made once for the first of some hundred files that share it, whatever they are.
    """
    done: list[str] = []

    def watched(name: str, act: Callable[..., Any]) -> Callable[..., Any]:
        def inner(*given: Any, **more: Any) -> Any:
            if name in ("fsync", "fchmod") or str(store) in str(given[0]):
                done.append(name)
            return act(*given, **more)

        return inner

    with monkeypatch.context() as patch:
        for name in ("fsync", "fchmod", "link", "rename", "replace", "unlink", "chmod", "open"):
            patch.setattr(os, name, watched(name, getattr(os, name)))
        send()
    return done


@pytest.fixture
def volunteer(case, store):
    return Volunteer(case)


@pytest.fixture
def known(volunteer):
    """Bytes that the desk has, checked to the end."""
    content = picture() + b"."
    volunteer.send(photo(content=content))
    checked(Submission.objects.get().evidence.get())
    return content


@pytest.fixture
def unknown(known):
    """Bytes that it has not, of the same length."""
    return known[:-1] + bytes([known[-1] ^ 1])


def test_the_answer_is_the_same_byte_for_byte(volunteer, known, unknown):
    assert shape(volunteer.send(photo(content=unknown))) == shape(volunteer.send(photo(content=known)))


def test_the_database_is_asked_the_same_but_for_the_row_of_the_bytes(volunteer, known, unknown):
    new = statements(lambda: volunteer.send(photo(content=unknown)))
    old = statements(lambda: volunteer.send(photo(content=known)))
    at = next(number for number, each in enumerate(new) if each.startswith(OF_NEW_BYTES[1]))
    extra = new[at - 1 : at + 2]
    assert all(each.startswith(begins) for each, begins in zip(extra, OF_NEW_BYTES, strict=True)), extra
    assert new[: at - 1] + new[at + 2 :] == old


def test_the_disk_is_asked_the_same_step_by_step(monkeypatch, volunteer, known, unknown, store):
    new = steps(monkeypatch, lambda: volunteer.send(photo(content=unknown)), store)
    old = steps(monkeypatch, lambda: volunteer.send(photo(content=known)), store)
    assert new == old
    assert new.count("fsync") >= 3
    assert {"link", "unlink", "fchmod"} <= set(new)


def test_what_becomes_of_both_looks_the_same(volunteer, known, unknown):
    codes = [code_in(volunteer.send(photo(content=each))) for each in (unknown, known)]
    pages = [volunteer.look(code).content.decode() for code in codes]
    new, old = (re.sub(r'value="[^"]*"', "", page) for page in pages)
    for code in codes:
        new, old = new.replace(code, ""), old.replace(code, "")
    assert new == old
