"""What the log says of what went wrong: the kind and the place, and nothing of what was sent."""

from __future__ import annotations

import io
import logging
import re

import pytest
from django.test import Client

from config.logs import Plain
from tests.staff import address

SECRET = "abu-omar@canary.example"
LINE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z [A-Z]+ [\w.]+ \S.*")


@pytest.fixture
def log():
    """The log of this process as the desk writes it, at its most talkative."""
    written = io.StringIO()
    handler = logging.StreamHandler(written)
    handler.setFormatter(Plain())
    root = logging.getLogger()
    before = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    yield written
    root.setLevel(before)
    root.removeHandler(handler)


def breaking(secret: str) -> None:
    """An error in the handling of an error, both of which tell."""
    try:
        int(secret)
    except ValueError as error:
        raise RuntimeError(f"row: {secret}") from error


def test_an_exception_is_told_by_its_kind_and_its_places(log):
    try:
        breaking(SECRET)
    except RuntimeError:
        logging.getLogger("desk").exception("Check run %s broke", 7)
    told = log.getvalue()
    assert SECRET not in told
    assert "ERROR desk Check run 7 broke\n" in told
    assert re.search(r"test_logs\.py:\d+ in breaking\nbuiltins\.ValueError\nwhich led to:\n", told)
    assert told.endswith("builtins.RuntimeError\n")


def test_an_exception_among_the_words_is_told_by_its_kind(log):
    logging.getLogger("desk").warning("No answer: %s, %r", ValueError(SECRET), OSError(SECRET))
    logging.getLogger("desk").error(ValueError(SECRET))
    assert SECRET not in log.getvalue()
    assert "No answer: ValueError, 'OSError'" in log.getvalue()


def test_what_another_handler_noted_of_an_exception_is_not_repeated(log):
    try:
        breaking(SECRET)
    except RuntimeError as error:
        record = logging.LogRecord("desk", 40, "", 0, "It broke", (), (type(error), error, None))
    logging.Formatter().format(record)
    assert record.exc_text
    assert SECRET in record.exc_text
    assert SECRET not in Plain().format(record)


def test_celery_s_word_of_a_broken_task_leaves_out_what_it_was_told(log):
    said = {"name": "run_check", "exc": f"ValueError('{SECRET}')", "traceback": SECRET, "args": "()"}
    error = ValueError(SECRET)
    logging.getLogger("celery.app.trace").error(
        "Task %(name)s: %(exc)s %(traceback)s", said, exc_info=(ValueError, error, None)
    )
    assert "Task run_check: ValueError ValueError\nbuiltins.ValueError\n" in log.getvalue()
    assert SECRET not in log.getvalue()


@pytest.mark.parametrize("hostile", ["a\nb", "a\r\nb", "a\x1b[2Jb", "a\u202eb", "a\u2028b", "a\0b", "a\x9bb"])
def test_one_event_is_one_line_and_turns_no_terminal(log, hostile):
    logging.getLogger("desk").warning("The file %s is odd", hostile)
    (line,) = log.getvalue().splitlines()
    assert LINE.fullmatch(line)
    assert line.isprintable()


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("path", "told"),
    [
        ("/en/submit/abu-omar/", "404 answered, asked for: en/submit/<slug:slug>/\n"),
        ("/api/v1/abu-omar/?q=abu-omar", "404 answered\n"),
        ("/abu-omar%0A2026-11-27T00:00:00.000Z%20ERROR%20forged", "404 answered\n"),
    ],
)
def test_of_a_request_the_page_is_told_and_nothing_that_was_typed(log, path, told):
    Client(headers={"user-agent": "abu-omar", "referer": "https://abu-omar.example"}).get(path)
    assert log.getvalue().endswith(f" WARNING django.request {told}")
    assert "omar" not in log.getvalue()
    assert "forged" not in log.getvalue()


@pytest.mark.django_db
def test_a_forged_request_is_logged_without_where_it_came_from(log):
    forged = {"HTTP_REFERER": f"https://{SECRET}/", "HTTP_ORIGIN": f"https://{SECRET}"}
    client = Client(enforce_csrf_checks=True)
    assert client.post(address("login"), {"username": SECRET}, secure=True, **forged).status_code == 403
    assert "WARNING django.security.csrf 403 answered, asked for: admin/login/\n" in log.getvalue()
    assert SECRET not in log.getvalue()


@pytest.mark.django_db
def test_a_host_that_is_not_ours_is_logged_without_its_name(log):
    assert Client(SERVER_NAME="abu-omar.example").get("/en/").status_code == 400
    assert "ERROR django.security.DisallowedHost 400 answered\n" in log.getvalue()
    assert "omar" not in log.getvalue()
