"""How the desk's processes write their log: what went wrong and where, and never what somebody sent.

The text of an exception may hold a row of the database, a form or a header; what Django says of a request
holds its path, and of a forged one the referrer. So of an exception the kind and the places in our code are
written, and of a request the page that it was for.
"""

from __future__ import annotations

import copy
import logging
import time
import traceback
from collections.abc import Iterator
from types import TracebackType
from typing import Any

from claims.isolation import neutral

_ExcInfo = tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]


class Plain(logging.Formatter):
    """One line an event, its time in UTC, and under it the places where an exception passed."""

    converter = staticmethod(time.gmtime)
    default_time_format = "%Y-%m-%dT%H:%M:%S"
    default_msec_format = "%s.%03dZ"

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s %(message)s")

    def format(self, record: logging.LogRecord) -> str:
        """The event, without what others may have noted of it before."""
        told = copy.copy(record)
        told.msg, told.args, told.exc_text, told.stack_info = _message(record), (), None, None
        return super().format(told)

    def formatException(self, ei: _ExcInfo) -> str:  # noqa: N802 (the name is logging's)
        """The kinds of the exception and of what led to it, each with the places that it passed."""
        return "\n".join(_places(ei[1])) if ei[1] else ""


def _message(record: logging.LogRecord) -> str:
    request = getattr(record, "request", None)
    if request is not None and record.name.startswith("django."):
        match = getattr(request, "resolver_match", None)
        page = f", asked for: {match.route}" if match else ""
        return f"{getattr(record, 'status_code', 'an error')} answered{page}"
    kind = record.exc_info[0].__name__ if record.exc_info and record.exc_info[0] else "an exception"
    told = copy.copy(record)
    if isinstance(record.args, dict):
        # Celery's word of a task that broke: the exception, its traceback and the arguments, as text.
        told.args = {name: _quiet(each) for name, each in record.args.items()}
        told.args |= {name: kind for name in ("exc", "traceback") if name in record.args}
    elif record.args:
        told.args = tuple(map(_quiet, record.args))
    told.msg = _quiet(record.msg)
    # One event is one line, whatever is in it: nobody writes a line of their own.
    return neutral(told.getMessage().strip()).replace("\n", " ").replace("\t", " ")


def _quiet(given: Any) -> Any:
    return type(given).__name__ if isinstance(given, BaseException) else given


def _places(error: BaseException) -> Iterator[str]:
    cause = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    if cause:
        yield from _places(cause)
        yield "which led to:"
    for place in traceback.extract_tb(error.__traceback__):
        yield f"  {place.filename}:{place.lineno} in {place.name}"
    yield f"{type(error).__module__}.{type(error).__qualname__}"
