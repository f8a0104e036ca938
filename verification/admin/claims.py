"""Claims: the list, one claim with its evidence and its verdicts, and the verbs on it."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db.models import Prefetch
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext as _

from claims import operations as telling
from claims.actors import Actor
from claims.models import Case, Claim, Evidence, Stance
from claims.permissions import allowed
from verification import operations
from verification.admin import paging, standing
from verification.admin.pages import DeskRequest, page, verb, visible
from verification.forms_claims import (
    ClaimFilterForm,
    OpenClaimForm,
    RetractForm,
    ReturnForm,
    TieForm,
    WithdrawClaimForm,
)
from verification.models import Proposal, ProposalState, Verdict, VerdictState
from verification.partners import documents

UNTIED = 100
LIVE = (VerdictState.DRAFT, VerdictState.APPROVED)
# What a sub-claim takes over from its claim, to start with.
SAME = (
    "claimant",
    "category",
    "event_start",
    "event_end",
    "place_name",
    "latitude",
    "longitude",
    "precision_m",
)


@page
def claims(request: DeskRequest) -> HttpResponse:
    """The claims of the cases that this person may see, newest first."""
    cases = Case.objects.visible_to(request.actor)
    filters = ClaimFilterForm(request.GET, cases=cases)
    found = filters.narrow(Claim.objects.visible_to(request.actor)).select_related("case")
    newest = Prefetch("verdicts", Verdict.objects.order_by("-version"))
    shown = paging.newest_first(found.prefetch_related(newest), request, "created_at")
    counts = standing.counts(shown.rows)
    rows = [(each, counts.get(each.pk, {}), list(each.verdicts.all())[:1]) for each in shown.rows]
    context = {"filters": filters, "shown": shown, "rows": rows, "cases": cases}
    return render(request, "admin/desk/claims/list.html", context)


def show_claim(request: DeskRequest, pk: Any, refused: Any = None, status: int = 200) -> HttpResponse:
    """One claim; ``refused`` is the form of a verb that was not done."""
    claim = visible(Claim, request, pk, "case", "parent")
    verdicts = list(claim.verdicts.select_related("author", "approver").order_by("-version"))
    draft = next((each for each in verdicts if each.state in LIVE), None)
    published = next((each for each in verdicts if each.state == VerdictState.PUBLISHED), None)
    context = {
        "claim": claim,
        "may": allowed(request.actor, claim.case),
        "sub_claims": claim.sub_claims.order_by("created_at", "id"),
        "items": standing.items_of(claim),
        "evidence_count": claim.evidence.count(),
        "verdicts": verdicts,
        "draft": draft,
        "published": published,
        "retraction": _retraction_of(published),
        "missing": list(standing.missing(claim, draft, request.actor)),
        "doubts": standing.doubts(published) if published else [],
        "preview": preview_of(draft, published),
        "untied": _untied(request.actor, claim),
        **_forms(refused),
    }
    context["tie_form"].offer(context["untied"])
    return render(request, "admin/desk/claims/claim.html", context, status=status)


claim_page = page(show_claim)


def _retraction_of(published: Verdict | None) -> Proposal | None:
    """The open proposal to retract what is published, if there is one."""
    return Proposal.objects.filter(verdict=published, state=ProposalState.OPEN).first() if published else None


def preview_of(draft: Verdict | None, published: Verdict | None) -> dict[str, Any] | None:
    """The document as partners would get it, or as they have it."""
    if draft:
        return documents.verdict_document(draft)
    return published.document if published else None


def _forms(refused: Any) -> dict[str, Any]:
    """Every verb's form, the refused one as it was sent."""
    classes = {"withdraw": WithdrawClaimForm, "return": ReturnForm, "retract": RetractForm, "tie": TieForm}
    return {
        f"{name}_form": refused if isinstance(refused, each) else each(auto_id=f"{name}_%s")
        for name, each in classes.items()
    }


def _untied(actor: Actor, claim: Claim) -> list[tuple[Any, str]]:
    """Evidence of the claim's case that is tied to none, newest first, at most 100, as choices."""
    untied = Evidence.objects.visible_to(actor).filter(case=claim.case_id, claim=None)
    items = untied.select_related("media_file").order_by("-received_at", "-id")[:UNTIED]
    return [(each.pk, _called(each)) for each in items]


def _called(evidence: Evidence) -> str:
    kind = evidence.media_file.kind if evidence.media_file else "link"
    where = evidence.said_where[:40] or evidence.source_url[:40]
    return " · ".join(
        filter(None, [str(evidence.pk)[:8], kind, f"{evidence.received_at:%Y-%m-%d %H:00} UTC", where])
    )


def show_claim_form(request: DeskRequest, pk: Any, refused: Any = None, status: int = 200) -> HttpResponse:
    """The form of a new claim in a case."""
    context = {"case": visible(Case, request, pk), "form": refused or OpenClaimForm()}
    return render(request, "admin/desk/claims/open.html", context, status=status)


def show_sub_claim_form(
    request: DeskRequest, pk: Any, refused: Any = None, status: int = 200
) -> HttpResponse:
    """The form of a new sub-claim; when and where start as those of its claim."""
    parent = visible(Claim, request, pk, "case")
    form = refused or OpenClaimForm(initial={name: getattr(parent, name) for name in SAME})
    context = {"case": parent.case, "parent": parent, "form": form}
    return render(request, "admin/desk/claims/open.html", context, status=status)


@verb(Case, OpenClaimForm, again=show_claim_form)
def open_claim(request: DeskRequest, case: Case, **fields: Any) -> HttpResponse:
    """Open a claim in a case."""
    claim = telling.open_claim(actor=request.actor, case=case, **fields)
    messages.success(request, _("The claim is open."))
    return redirect("admin:claim", claim.pk)


@verb(Claim, OpenClaimForm, again=show_sub_claim_form)
def open_sub_claim(request: DeskRequest, parent: Claim, **fields: Any) -> HttpResponse:
    """Open a sub-claim of a claim."""
    claim = telling.open_claim(actor=request.actor, case=parent.case, parent=parent, **fields)
    messages.success(request, _("The sub-claim is open."))
    return redirect("admin:claim", claim.pk)


@verb(Claim, WithdrawClaimForm, again=show_claim)
def withdraw(request: DeskRequest, claim: Claim, reason: str) -> HttpResponse:
    """Withdraw an open claim."""
    telling.withdraw_claim(actor=request.actor, claim=claim, reason=reason)
    messages.success(request, _("The claim is withdrawn."))
    return redirect("admin:claim", claim.pk)


@verb(Claim, TieForm, again=show_claim)
def tie(request: DeskRequest, claim: Claim, evidence: Any, stance: str) -> HttpResponse:
    """Tie an evidence item of the case to the claim."""
    item = visible(Evidence, request, evidence)
    operations.tie(actor=request.actor, evidence=item, claim=claim, stance=Stance(stance))
    messages.success(request, _("The evidence is tied to the claim, and is being checked with it."))
    return redirect("admin:claim", claim.pk)


urlpatterns = [
    path("claims/", claims, name="claims"),
    path("claims/<uuid:pk>/", claim_page, name="claim"),
    path("cases/<uuid:pk>/claims/new/", page(show_claim_form), name="new_claim"),
    path("cases/<uuid:pk>/claims/open/", open_claim, name="open_claim"),
    path("claims/<uuid:pk>/sub-claims/new/", page(show_sub_claim_form), name="new_sub_claim"),
    path("claims/<uuid:pk>/sub-claims/open/", open_sub_claim, name="open_sub_claim"),
    path("claims/<uuid:pk>/withdraw/", withdraw, name="withdraw_claim"),
    path("claims/<uuid:pk>/tie/", tie, name="tie_evidence"),
]
