"""Submissions: the list, one act of sending in, its sealed part, and evidence that members send in."""

from __future__ import annotations

import logging
from typing import Any

from django.contrib import messages
from django.db.models import Count
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from claims import operations as telling
from claims import receipts, uploads
from claims.models import Case, Consent, Submission
from claims.permissions import Permission, allowed, require
from claims.transitions import DomainError
from verification import operations
from verification.admin import paging
from verification.admin.pages import DeskRequest, page, status_of, verb, visible
from verification.forms_claims import ReadSourceForm, SendInForm, SubmissionFilterForm

log = logging.getLogger(__name__)


@page
def submissions(request: DeskRequest) -> HttpResponse:
    """What was sent in to the cases that this person may see, newest first."""
    filters = SubmissionFilterForm(request.GET, cases=Case.objects.visible_to(request.actor))
    found = filters.narrow(Submission.objects.visible_to(request.actor))
    counted = found.select_related("case", "submitted_by").annotate(items=Count("evidence"))
    context = {"filters": filters, "shown": paging.newest_first(counted, request, "received_at")}
    return render(request, "admin/desk/submissions/list.html", context)


def show_submission(request: DeskRequest, pk: Any, refused: Any = None, status: int = 200) -> HttpResponse:
    """One submission; nothing on this page leads to its sender."""
    submission = visible(Submission, request, pk, "case", "submitted_by")
    items = submission.evidence.select_related("media_file", "claim")
    context = {
        "submission": submission,
        "may": allowed(request.actor, submission.case),
        "number": items.count(),
        "shown": paging.in_order(items, request, "received_at"),
        "form": refused or ReadSourceForm(),
        "proposals": submission.proposals.select_related("asked_by")[:10],
    }
    return render(request, "admin/desk/submissions/submission.html", context, status=status)


@verb(Submission, ReadSourceForm, again=show_submission)
def propose_reading(request: DeskRequest, submission: Submission, reason: str) -> HttpResponse:
    """Propose to read what is sealed."""
    proposal = operations.propose_reading(actor=request.actor, submission=submission, reason=reason)
    messages.success(request, _("It is proposed. You can read it once another custodian agrees."))
    return redirect("admin:proposal", proposal.pk)


def show_form(request: DeskRequest, pk: Any, refused: Any = None, status: int = 200) -> HttpResponse:
    """The form with which a member sends evidence in."""
    case = visible(Case, request, pk)
    require(request.actor, Permission.SUBMIT, case)
    if refused:
        refused.offer_claims()
    form = refused or SendInForm(case=case, initial={"claim": request.GET.get("claim")})
    return render(request, "admin/desk/submissions/send.html", {"case": case, "form": form}, status=status)


@require_POST
def send_in(request: DeskRequest, pk: Any) -> HttpResponse:
    """Take evidence from a member of the case. The same form sent twice is one submission."""
    case = visible(Case, request, pk)
    require(request.actor, Permission.SUBMIT, case)
    offered = uploads.offered(request)
    form = SendInForm(request.POST, request.FILES, case=case, offered=offered)
    if offered.storage_error:
        log.error("A member's file was not stored: %s", type(offered.storage_error).__name__)
        messages.error(request, _("The files did not arrive whole. Nothing was kept; send them again."))
        return show_form(request, pk, form, 503)
    if not form.is_valid():
        return show_form(request, pk, form, 400)
    code = receipts.code_of(form.cleaned_data["form_token"])
    submission = _sent_before(request, code)
    if submission is None:
        try:
            submission = _submit(request, case, form, code)
        except DomainError as refusal:
            messages.error(request, refusal.message)
            return show_form(request, pk, form, status_of(refusal))
    for each in offered.refused:
        messages.warning(request, f"{each.name}: {each.message}")
    messages.success(request, _("It is kept, and being checked."))
    return redirect("admin:submission", submission.pk)


def _sent_before(request: DeskRequest, code: str) -> Submission | None:
    mine = Submission.objects.visible_to(request.actor).filter(submitted_by=request.actor.user)
    return mine.filter(receipt_hash=receipts.hash_of(code)).first()


def _submit(request: DeskRequest, case: Case, form: SendInForm, code: str) -> Submission:
    given = form.cleaned_data
    once = {each.received.sha256: each for each in given["files"]}
    items = operations.submit(
        actor=request.actor,
        case=case,
        receipt_code=code,
        files=[telling.ReceivedFile(each.received, each.given_name) for each in once.values()],
        said=form.statement(),
        consent=Consent(given["consent"]),
        claim=given["claim"],
        description=form.description(),
        contact=given["contact"],
        language=get_language() or "en",
    )
    return items[0].submission


urlpatterns = [
    path("submissions/", submissions, name="submissions"),
    path("submissions/<uuid:pk>/", page(show_submission), name="submission"),
    path("submissions/<uuid:pk>/source/", propose_reading, name="propose_reading"),
    path("cases/<uuid:pk>/send-in/", page(show_form), name="send_in_form"),
    path("cases/<uuid:pk>/send-in/send/", send_in, name="send_in"),
]
