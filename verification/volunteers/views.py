"""The volunteers' pages: sending evidence in, and looking at what became of it."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import TypeVar

from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from claims import uploads
from claims.actors import VOLUNTEER
from claims.forms import EvidenceForm, ReceiptForm, SubmissionForm
from claims.models import Case, Submission
from claims.transitions import DomainError
from verification.volunteers import qr, sending
from verification.volunteers.pace import Pace
from verification.volunteers.pages import notice, page, read_form, volunteers_page
from verification.volunteers.progress import progress_of

logger = logging.getLogger(__name__)
T = TypeVar("T")

LOOKUPS = Pace(per_second=20, burst=40)
OF_REFUSAL = {"file_too_large": 413, "too_many_files": 413, "wrong_type": 415}


@volunteers_page
def doors(request: HttpRequest) -> HttpResponse:
    """The front page: for volunteers, investigators and partners, a door each."""
    return page(request, "doors")


@volunteers_page
def open_cases(request: HttpRequest) -> HttpResponse:
    """The cases that one can send to; straight to the form where there is only one."""
    cases = list(Case.objects.visible_to(VOLUNTEER))
    if len(cases) == 1:
        return redirect("volunteers:send", slug=cases[0].slug)
    return page(request, "open_cases", cases=cases)


@volunteers_page
def send(request: HttpRequest, slug: str) -> HttpResponse:
    """The form of a case; sent, the receipt."""
    case = Case.objects.visible_to(VOLUNTEER).filter(slug=slug).first()
    if case is None:
        return _no_such_case(request)
    if request.method != "POST":
        return page(request, "send", case=case, form=SubmissionForm(case=case))
    if unread := read_form(request):
        return unread
    form = SubmissionForm(request.POST, request.FILES, case=case, offered=uploads.offered(request))
    sent, status = _try(form, lambda: sending.send(case, form, get_language()))
    if sent is None:
        return page(request, "send", status, case=case, form=form)
    return page(request, "sent", case=case, sent=sent, refused=form.offered.refused, qr=qr.draw(sent.code))


@volunteers_page
def look(request: HttpRequest) -> HttpResponse:
    """What became of a submission, for whoever has its code."""
    if request.method != "POST":
        return page(request, "look", form=ReceiptForm())
    if unread := read_form(request):
        return unread
    found = _find(request)
    return found if isinstance(found, HttpResponse) else _state(request, found)


@volunteers_page
def add(request: HttpRequest) -> HttpResponse:
    """Add more to a submission, for whoever has its code."""
    if request.method != "POST":
        return redirect("volunteers:look")
    if unread := read_form(request):
        return unread
    found = _find(request)
    if isinstance(found, HttpResponse):
        return found
    form = EvidenceForm(request.POST, request.FILES, case=found.case, offered=uploads.offered(request))
    added, status = _try(form, lambda: sending.add(found, form))
    if added is None:
        return _state(request, found, form, status=status)
    return _state(request, found, added=added, refused=form.offered.refused)


def _try(form: EvidenceForm, act: Callable[[], T]) -> tuple[T | None, int]:
    """Do the act if the form is in order; else None and a status, with the reason in the form."""
    done, status = _done(form, act)
    if done is None:
        form.offer_claims()
    return done, status


def _done(form: EvidenceForm, act: Callable[[], T]) -> tuple[T | None, int]:
    try:
        valid = form.is_valid()
        if form.offered.storage_error:
            raise form.offered.storage_error
        return (act(), 200) if valid else (None, _status_of(form))
    except DomainError as refusal:
        field = refusal.details.get("field")
        form.add_error(field if field in form.fields else None, refusal.message)
        return None, 400
    except (OSError, DatabaseError) as error:
        logger.error("Something sent could not be stored: %s", type(error).__name__)
        form.add_error(None, _("We could not store what you sent: the fault is ours. Nothing was kept."))
        form.add_error(None, _("Keep your files, and try again in a few minutes."))
        return None, 503


def _status_of(form: EvidenceForm) -> int:
    codes = [each.code for each in form.offered.refused if "files" in form.errors]
    return OF_REFUSAL.get(codes[0], 400) if codes else 400


def _find(request: HttpRequest) -> Submission | HttpResponse:
    """The submission whose code was typed, or the page that says why there is none."""
    form = ReceiptForm(request.POST)
    if not form.is_valid():
        return page(request, "look", 400, form=form)
    if not LOOKUPS.allows():
        form.add_error("code", _("Too many codes are being tried at this moment. Wait a minute."))
        return page(request, "look", 429, form=form)
    if submission := sending.find(form.cleaned_data["code"]):
        return submission
    form.add_error("code", _("We know nothing by this code. Compare it letter by letter with your note."))
    return page(request, "look", 404, form=form)


def _state(
    request: HttpRequest,
    submission: Submission,
    form: EvidenceForm | None = None,
    status: int = 200,
    added: int | None = None,
    refused: list[uploads.Refusal] | None = None,
) -> HttpResponse:
    items = progress_of(submission)
    return page(
        request,
        "state",
        status,
        case=submission.case,
        items=items,
        left_off=submission.evidence.count() - len(items),
        form=form or EvidenceForm(case=submission.case),
        code=request.POST["code"],
        added=added,
        refused=refused or [],
    )


def _no_such_case(request: HttpRequest) -> HttpResponse:
    return notice(
        request,
        _("Nothing can be sent here"),
        _("There is no such case, or it takes nothing at the moment. Nothing was kept."),
        _("Look at the address, or choose from the list of open cases."),
        status=404,
    )
