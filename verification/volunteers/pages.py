"""What every volunteers' page has in common: it is kept nowhere, and it says honestly what went wrong."""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.conf import settings
from django.core.exceptions import (
    BadRequest,
    RequestDataTooBig,
    SuspiciousOperation,
    TooManyFieldsSent,
    TooManyFilesSent,
)
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse, UnreadablePostError
from django.http.multipartparser import MultiPartParserError
from django.shortcuts import render
from django.urls import translate_url
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

logger = logging.getLogger(__name__)

# Somewhere harmless that loads fast and is not blocked in many places.
QUICK_EXIT = "https://www.google.com/"
RETRY_SECONDS = 60
TEXT_BYTES = 8 << 20
TOO_MUCH = (RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent)
CUT_OFF = (UnreadablePostError, MultiPartParserError, BadRequest, SuspiciousOperation)
View = Callable[..., HttpResponse]


def volunteers_page(view: View) -> View:
    """A page for people without an account: no cookie, nothing cached, nothing half written.

    There is no CSRF token: a token needs a cookie, and there is no session or authority that a
    foreign page could misuse. What proves a right here is a receipt code, typed by its holder.
    """

    @wraps(view)
    def guarded(request: HttpRequest, **kwargs: Any) -> HttpResponse:
        try:
            response = view(request, **kwargs)
        except DatabaseError as error:
            logger.error("A volunteers' page had no database: %s", type(error).__name__)
            response = not_now(request)
        response["Cache-Control"] = "no-store"
        return response

    return csrf_exempt(require_http_methods(["GET", "HEAD", "POST"])(guarded))


def page(request: HttpRequest, name: str, status: int = 200, **context: Any) -> HttpResponse:
    """One of the volunteers' templates, with the switch of language where nothing is lost by it."""
    context |= {"languages": _languages(request), "quick_exit": QUICK_EXIT}
    response = render(request, f"volunteers/{name}.html", context, status=status)
    if status in (429, 503):
        response["Retry-After"] = str(RETRY_SECONDS)
    return response


def notice(request: HttpRequest, title: str, *sentences: str, status: int) -> HttpResponse:
    """A page that says what happened, what was kept, and what to do."""
    return page(request, "notice", status, title=title, sentences=sentences)


def not_now(request: HttpRequest) -> HttpResponse:
    """The desk cannot take anything at this moment."""
    return notice(
        request,
        _("We cannot do this right now"),
        _("The fault is ours. Nothing of what you just sent was kept."),
        _("Keep your files. Go back and try again in a few minutes."),
        status=503,
    )


def read_form(request: HttpRequest) -> HttpResponse | None:
    """Read a sent form, its files straight into the store; the page to answer with if it cannot be read."""
    if int(request.META.get("CONTENT_LENGTH") or 0) > _most_bytes():
        return _too_much(request)
    try:
        request.POST  # noqa: B018 (Django reads the form when it is first asked for)
    except TOO_MUCH:
        return _too_much(request)
    except CUT_OFF:
        return notice(
            request,
            _("What you sent did not arrive whole"),
            _("The connection may have broken. Nothing of it was kept."),
            _("Go back and send it again. On a weak connection, send one file at a time."),
            status=400,
        )
    return None


def _too_much(request: HttpRequest) -> HttpResponse:
    return notice(
        request,
        _("That was too much at once"),
        _("Nothing of it was kept."),
        _("Go back and send fewer or smaller files. You can add more later with your receipt code."),
        status=413,
    )


def _most_bytes() -> int:
    return settings.MAX_FILES_PER_SUBMISSION * settings.MAX_UPLOAD_BYTES + TEXT_BYTES


def _languages(request: HttpRequest) -> list[tuple[str, str, str]]:
    """Code, name and address of this page in its other languages; none once something was typed."""
    if request.method == "POST":
        return []
    return [
        (code, name, translate_url(request.path, code))
        for code, name in settings.LANGUAGES
        if code != get_language()
    ]
