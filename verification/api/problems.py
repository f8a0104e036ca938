"""Errors as ``application/problem+json`` (RFC 9457): every one under /api/, whoever makes it."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterator, Mapping
from http import HTTPStatus
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import InterfaceError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _
from rest_framework import exceptions
from rest_framework.response import Response
from rest_framework.views import set_rollback

log = logging.getLogger(__name__)

MEDIA_TYPE = "application/problem+json"
PREFIX = "/api/"
SECONDS_AWAY = 5


class Unavailable(exceptions.APIException):
    """The database is away for a moment."""

    status_code = 503
    default_code = "unavailable"
    wait = SECONDS_AWAY


def problem(status: int, detail: str, *, code: str = "", errors: list[dict[str, str]] | None = None) -> dict:
    """The members of a problem; ``errors`` are ``{"field", "message"}`` of bad fields."""
    found: dict[str, Any] = {
        "type": f"urn:corroborate:{code}" if code else "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
    }
    return found | ({"errors": errors} if errors else {})


def exception_handler(error: Exception, context: Mapping[str, Any]) -> Response:
    """What a caller reads of an exception in a view; of a defect, nothing but that there was one."""
    known = _known(error)
    set_rollback()
    headers = {}
    if header := getattr(known, "auth_header", None):
        headers["WWW-Authenticate"] = header
    if wait := getattr(known, "wait", None):
        headers["Retry-After"] = str(int(wait))
    return Response(_problem_of(known), known.status_code, headers=headers, content_type=MEDIA_TYPE)


class ProblemMiddleware:
    """Turns whatever error page another part makes for an address under /api/ into a problem."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """The response, its body replaced where it is an error that is no problem yet."""
        response = self.get_response(request)
        is_error = response.status_code >= 400 and response.get("Content-Type") != MEDIA_TYPE
        if request.path.startswith(PREFIX) and is_error and isinstance(response, HttpResponse):
            response.content = json.dumps(_problem_of_status(response.status_code)).encode()
            response["Content-Type"] = MEDIA_TYPE
            response["Content-Length"] = str(len(response.content))
        return response


def _known(error: Exception) -> exceptions.APIException:
    if isinstance(error, exceptions.APIException):
        return error
    if isinstance(error, Http404):
        return exceptions.NotFound()
    if isinstance(error, PermissionDenied):
        return exceptions.PermissionDenied()
    if isinstance(error, OperationalError | InterfaceError):
        log.warning("The database is away: %s", type(error).__name__)
        return Unavailable(_("The desk cannot answer at the moment. Try again."))
    log.error("A view of the API broke", exc_info=error)
    return exceptions.APIException(_("The desk made a mistake. It has been noted."))


def _problem_of(error: exceptions.APIException) -> dict:
    if isinstance(error, exceptions.ValidationError) and isinstance(error.detail, dict):
        errors = list(_errors(error.detail))
        return problem(400, _("Something in the request does not fit."), code="invalid", errors=errors)
    detail = error.detail[0] if isinstance(error.detail, list) else error.detail
    return problem(error.status_code, str(detail), code=getattr(detail, "code", ""))


def _errors(detail: Mapping[str, Any]) -> Iterator[dict[str, str]]:
    for field, messages in detail.items():
        for message in messages if isinstance(messages, list) else [messages]:
            yield {"field": field, "message": str(message)}


def _problem_of_status(status: int) -> dict:
    if status == HTTPStatus.NOT_FOUND:
        return problem(status, _("There is nothing at this address."), code="not_found")
    return problem(status, HTTPStatus(status).description or HTTPStatus(status).phrase)
