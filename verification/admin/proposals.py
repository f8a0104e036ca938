"""Proposals: what one person asks for and another has to agree to."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from claims.models import SealedKind
from claims.permissions import people_who, permitted
from verification import operations
from verification.admin import paging
from verification.admin.pages import DeskRequest, page, verb, visible
from verification.forms_claims import RefuseForm
from verification.models import Act, Proposal
from verification.models.proposals import PERMISSIONS

RELATED = ("case", "verdict__claim", "submission", "asked_by", "answered_by")


@page
def proposals(request: DeskRequest) -> HttpResponse:
    """What was proposed in the cases that this person may see, newest first."""
    found = Proposal.objects.visible_to(request.actor).select_related(*RELATED)
    waiting = Proposal.objects.waiting_for(request.actor).select_related(*RELATED)
    ready = Proposal.objects.ready_for(request.actor).select_related(*RELATED)
    context = {
        "waiting": waiting[: paging.ROWS],
        "ready": ready[: paging.ROWS],
        "shown": paging.newest_first(found, request, "asked_at"),
    }
    return render(request, "admin/desk/proposals/list.html", context)


def show_proposal(request: DeskRequest, pk: Any, refused: Any = None, status: int = 200) -> HttpResponse:
    """One proposal, with what this person can do about it."""
    proposal = visible(Proposal, request, pk, *RELATED)
    permission = PERMISSIONS[Act(proposal.act)]
    own = proposal.asked_by == request.actor.user
    context = {
        "proposal": proposal,
        "own": own,
        "may_answer": not own and permitted(request.actor, permission, proposal.case),
        "others": people_who(permission, proposal.case).exclude(pk=proposal.asked_by_id)[:10],
        "form": refused or RefuseForm(),
    }
    return render(request, "admin/desk/proposals/proposal.html", context, status=status)


@verb(Proposal, again=show_proposal)
def agree(request: DeskRequest, proposal: Proposal) -> HttpResponse:
    """Agree to what somebody else proposed."""
    operations.agree(actor=request.actor, proposal=proposal)
    if proposal.act == Act.RETRACTION:
        messages.success(request, _("The verdict is retracted. Partners learn it with their next pull."))
    else:
        messages.success(request, _("Agreed. Whoever asked can read it once, within the hour."))
    return redirect("admin:proposal", proposal.pk)


@verb(Proposal, RefuseForm, again=show_proposal)
def refuse(request: DeskRequest, proposal: Proposal, reason: str) -> HttpResponse:
    """Refuse what somebody else proposed."""
    operations.refuse(actor=request.actor, proposal=proposal, reason=reason)
    messages.success(request, _("Refused. Whoever asked sees your reason."))
    return redirect("admin:proposal", proposal.pk)


@verb(Proposal, again=show_proposal)
def withdraw(request: DeskRequest, proposal: Proposal) -> HttpResponse:
    """Take back what one proposed oneself."""
    operations.withdraw_proposal(actor=request.actor, proposal=proposal)
    messages.success(request, _("It is withdrawn."))
    return redirect("admin:proposal", proposal.pk)


@never_cache
@verb(Proposal, again=show_proposal)
def read_source(request: DeskRequest, proposal: Proposal) -> HttpResponse:
    """Show what is sealed, in this one answer, which no browser keeps."""
    sealed = operations.read_source(actor=request.actor, proposal=proposal)
    parts = [(SealedKind(kind).label, texts) for kind, texts in sealed.items()]
    context = {"submission": proposal.submission, "sealed": parts}
    return render(request, "admin/desk/submissions/source.html", context)


urlpatterns = [
    path("proposals/", proposals, name="proposals"),
    path("proposals/<uuid:pk>/", page(show_proposal), name="proposal"),
    path("proposals/<uuid:pk>/agree/", agree, name="agree"),
    path("proposals/<uuid:pk>/refuse/", refuse, name="refuse"),
    path("proposals/<uuid:pk>/withdraw/", withdraw, name="withdraw_proposal"),
    path("proposals/<uuid:pk>/read/", read_source, name="read_source"),
]
