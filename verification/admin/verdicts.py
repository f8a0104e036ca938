"""Verdicts: the list, the draft's form, and the verbs from the draft to its retraction."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext as _

from claims.models import Case, Claim
from claims.permissions import allowed
from claims.transitions import LostRace
from verification import operations
from verification.admin import paging, standing
from verification.admin.claims import LIVE, show_claim
from verification.admin.pages import DeskRequest, page, verb, visible
from verification.forms_claims import RetractForm, ReturnForm, SeenForm, VerdictFilterForm, VerdictForm
from verification.models import Verdict


@page
def verdicts(request: DeskRequest) -> HttpResponse:
    """Every version of every verdict that this person may see, last changed first."""
    filters = VerdictFilterForm(request.GET, cases=Case.objects.visible_to(request.actor))
    found = filters.narrow(Verdict.objects.visible_to(request.actor))
    related = found.select_related("claim__case", "author", "approver")
    shown = paging.newest_first(related, request, "updated_at")
    context = {"filters": filters, "shown": shown}
    return render(request, "admin/desk/verdicts/list.html", context)


def show_verdict_form(request: DeskRequest, pk: Any, refused: Any = None, status: int = 200) -> HttpResponse:
    """The form of a claim's next verdict: empty, the draft, or what was published last."""
    claim = visible(Claim, request, pk, "case")
    newest = claim.verdicts.order_by("-version").first()
    draft = newest if newest and newest.state in LIVE else None
    fields = ("rating", "confidence", "summary", "rationale")
    initial = {name: getattr(newest, name) for name in fields} if newest else {}
    context = {
        "claim": claim,
        "draft": draft,
        "may": allowed(request.actor, claim.case),
        "items": standing.items_of(claim),
        "form": refused or VerdictForm(initial={**initial, "seen": seen_of(draft)}),
    }
    return render(request, "admin/desk/verdicts/write.html", context, status=status)


def seen_of(verdict: Verdict | None) -> str:
    """The state of a draft that a page shows, for the verb that is pressed on it."""
    return verdict.updated_at.isoformat() if verdict else ""


@verb(Claim, VerdictForm, again=show_verdict_form)
def write(request: DeskRequest, claim: Claim, seen: str, **given: Any) -> HttpResponse:
    """Write a claim's next verdict, or change its draft."""
    draft = claim.verdicts.filter(state__in=LIVE).first() if seen else None
    if draft is None:
        operations.draft_verdict(actor=request.actor, claim=claim, **given)
    else:
        _refuse_changed(draft, seen)
        operations.revise_verdict(actor=request.actor, verdict=draft, **given)
    messages.success(request, _("The draft is kept. Another lead has to approve it."))
    return redirect("admin:claim", claim.pk)


def _again(request: DeskRequest, pk: Any, refused: Any = None, status: int = 200) -> HttpResponse:
    verdict = visible(Verdict, request, pk)
    return show_claim(request, verdict.claim_id, refused, status)


@verb(Verdict, SeenForm, again=_again)
def approve(request: DeskRequest, verdict: Verdict, seen: str) -> HttpResponse:
    """Approve a draft that somebody else wrote, as it was read."""
    _refuse_changed(verdict, seen)
    operations.approve_verdict(actor=request.actor, verdict=verdict)
    messages.success(request, _("The verdict is approved. It is not published yet."))
    return redirect("admin:claim", verdict.claim_id)


@verb(Verdict, ReturnForm, again=_again)
def send_back(request: DeskRequest, verdict: Verdict, reason: str) -> HttpResponse:
    """Send an approved verdict back to its draft."""
    operations.return_verdict(actor=request.actor, verdict=verdict, reason=reason)
    messages.success(request, _("The verdict is a draft again."))
    return redirect("admin:claim", verdict.claim_id)


@verb(Verdict, SeenForm, again=_again)
def publish(request: DeskRequest, verdict: Verdict, seen: str) -> HttpResponse:
    """Publish an approved verdict, as it was read."""
    _refuse_changed(verdict, seen)
    operations.publish_verdict(actor=request.actor, verdict=verdict)
    messages.success(request, _("The verdict is published. Partners get it with their next pull."))
    return redirect("admin:claim", verdict.claim_id)


@verb(Verdict, RetractForm, again=_again)
def propose_retraction(request: DeskRequest, verdict: Verdict, reason: str) -> HttpResponse:
    """Propose to take a published verdict back."""
    proposal = operations.propose_retraction(actor=request.actor, verdict=verdict, reason=reason)
    messages.success(request, _("It is proposed. The verdict stands until another person agrees."))
    return redirect("admin:proposal", proposal.pk)


def _refuse_changed(verdict: Verdict, seen: str) -> None:
    """Raise LostRace when somebody changed the text after this person loaded it."""
    if seen != seen_of(verdict):
        raise LostRace(_("Somebody changed this verdict after you loaded it. Read it again."))


urlpatterns = [
    path("verdicts/", verdicts, name="verdicts"),
    path("claims/<uuid:pk>/verdict/", page(show_verdict_form), name="verdict_form"),
    path("claims/<uuid:pk>/verdict/write/", write, name="write_verdict"),
    path("verdicts/<uuid:pk>/approve/", approve, name="approve_verdict"),
    path("verdicts/<uuid:pk>/return/", send_back, name="return_verdict"),
    path("verdicts/<uuid:pk>/publish/", publish, name="publish_verdict"),
    path("verdicts/<uuid:pk>/retract/", propose_retraction, name="propose_retraction"),
]
