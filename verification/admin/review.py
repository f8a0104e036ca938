"""The review page, and what a person can do on it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path
from django.utils.translation import gettext as _

from claims.models import Claim, Evidence, Stance
from verification import operations
from verification.admin.dossier import Copy, Dossier
from verification.admin.pages import DeskRequest, page, verb, visible
from verification.forms import (
    AskForReviewForm,
    AttestForm,
    DecisionForm,
    JudgeMatchForm,
    RequestChecksForm,
    TieToClaimForm,
)
from verification.models import CheckRun, Judgement, Match, Review, ReviewState

MOST_CLAIMS = 500


def show_review(
    request: DeskRequest, pk: UUID, *, refused: forms.Form | None = None, status: int = 200, **names: Any
) -> HttpResponse:
    """One review with its evidence."""
    review = visible(Review, request, pk, "assignee")
    evidence = visible(Evidence, request, review.evidence_id, *RELATED)
    return _show(request, evidence, review, refused, status, names.get("match"))


def show_evidence(
    request: DeskRequest, pk: UUID, *, refused: forms.Form | None = None, status: int = 200, **names: Any
) -> HttpResponse:
    """One evidence item with its live review, or else its last one, if there is any."""
    evidence = visible(Evidence, request, pk, *RELATED)
    reviews = Review.objects.filter(evidence=evidence).select_related("assignee")
    live = reviews.live().first() or reviews.order_by("-opened_at").first()
    return _show(request, evidence, live, refused, status, names.get("match"))


RELATED = ("case", "claim", "submission", "media_file", "source_attested_by")


def _show(
    request: DeskRequest,
    evidence: Evidence,
    review: Review | None,
    refused: forms.Form | None,
    status: int,
    match: UUID | None,
) -> HttpResponse:
    context = Dossier(request.actor, evidence, review).context()
    if match and match not in {copy.match.pk for copy in context["copies"]}:
        raise Http404  # There is no form on the page that could say what was refused.
    context |= {
        "live": bool(review and review.state != ReviewState.DECIDED),
        "decision_form": _form(DecisionForm, refused),
        "attest_form": _form(AttestForm, refused, auto_id="attest_%s"),
        "ask_form": _form(AskForReviewForm, refused, auto_id="ask_%s"),
        "checks_form": _form(RequestChecksForm, refused, auto_id="checks_%s"),
        "tie_form": _form(TieToClaimForm, refused, auto_id="tie_%s"),
        "copies": [(copy, _judging(copy, refused, match)) for copy in context["copies"]],
    }
    open_claims = Claim.objects.open().filter(case=evidence.case_id)
    context["tie_form"].offer(open_claims[:MOST_CLAIMS])
    return render(request, "admin/desk/review.html", context, status=status)


def _form(form_class: type[forms.Form], refused: forms.Form | None, **options: Any) -> forms.Form:
    """A fresh form, or the one that was refused, with all that was typed."""
    return refused if type(refused) is form_class else form_class(**options)


def _judging(copy: Copy, refused: forms.Form | None, match: UUID | None) -> forms.Form:
    if match == copy.match.pk and isinstance(refused, JudgeMatchForm):
        return refused
    return JudgeMatchForm(auto_id=f"match_{copy.match.pk.hex}_%s")


@verb()
def take_next(request: DeskRequest) -> HttpResponse:
    """The oldest review that this person may decide."""
    return _on_to(request, operations.take_next(actor=request.actor))


@verb(Review, again=show_review)
def take(request: DeskRequest, review: Review) -> HttpResponse:
    """This review."""
    operations.assign(actor=request.actor, review=review)
    return redirect("admin:review", review.pk)


@verb(Review, again=show_review)
def release(request: DeskRequest, review: Review) -> HttpResponse:
    """Give it back."""
    operations.release(actor=request.actor, review=review)
    messages.success(request, _("Given back. Others can take it now."))
    return redirect("admin:queue")


@verb(Review, again=show_review)
def skip(request: DeskRequest, review: Review) -> HttpResponse:
    """Give it back and take the one after it."""
    return _on_to(request, operations.skip(actor=request.actor, review=review))


@verb(Review, DecisionForm, again=show_review)
def decide(request: DeskRequest, review: Review, **given: Any) -> HttpResponse:
    """Decide about the evidence."""
    operations.decide(actor=request.actor, review=review, **given)
    second = review.state == ReviewState.SECOND_REVIEW
    messages.success(
        request, _("Decided. A second person decides now.") if second else _("Decided. The record holds it.")
    )
    return redirect("admin:review", review.pk)


@verb(Evidence, JudgeMatchForm, again=show_evidence)
def judge_match(
    request: DeskRequest, evidence: Evidence, match: UUID, judgement: str, derived: str, reason: str
) -> HttpResponse:
    """Say what a match is."""
    this = evidence.media_file
    if this is None:
        raise Http404
    found = get_object_or_404(Match.objects.visible_to(request.actor).of(this), pk=match)
    made = {"this": this, "that": found.other(this)}.get(derived)
    operations.judge_match(
        actor=request.actor, match=found, judgement=Judgement(judgement), reason=reason, derived=made
    )
    messages.success(request, _("Judged. What depends on it is being checked again."))
    return redirect("admin:evidence", evidence.pk)


@verb(CheckRun)
def retry(request: DeskRequest, run: CheckRun) -> HttpResponse:
    """Try a check again that did not run."""
    operations.retry_run(actor=request.actor, run=run)
    messages.success(request, _("Queued again, with three fresh attempts."))
    return redirect("admin:evidence", run.evidence_id)


@verb(Evidence, RequestChecksForm, again=show_evidence)
def request_checks(request: DeskRequest, evidence: Evidence, reason: str) -> HttpResponse:
    """Run all checks again."""
    operations.request_checks(actor=request.actor, evidence=evidence, reason=reason)
    messages.success(request, _("All checks are queued again. What they found before stays in the record."))
    return redirect("admin:evidence", evidence.pk)


@verb(Evidence, TieToClaimForm, again=show_evidence)
def tie(request: DeskRequest, evidence: Evidence, claim: UUID, stance: str) -> HttpResponse:
    """Tie the evidence to a claim."""
    chosen = visible(Claim, request, claim)
    operations.tie(actor=request.actor, evidence=evidence, claim=chosen, stance=Stance(stance))
    messages.success(request, _("Tied to the claim. It is being checked against that."))
    return redirect("admin:evidence", evidence.pk)


@verb(Evidence, AttestForm, again=show_evidence)
def attest(request: DeskRequest, evidence: Evidence, reason: str) -> HttpResponse:
    """Say that one saw the content at its address."""
    operations.attest(actor=request.actor, evidence=evidence, reason=reason)
    messages.success(request, _("Noted. The address's own time counts from now on."))
    return redirect("admin:evidence", evidence.pk)


@verb(Evidence, AskForReviewForm, again=show_evidence)
def ask_for_review(request: DeskRequest, evidence: Evidence, reason: str) -> HttpResponse:
    """Ask for another look at what was decided."""
    review = operations.ask_for_review(actor=request.actor, evidence=evidence, reason=reason)
    messages.success(request, _("A review is open again."))
    return redirect("admin:review", review.pk)


def _on_to(request: DeskRequest, review: Review | None) -> HttpResponse:
    if review:
        return redirect("admin:review", review.pk)
    messages.info(request, _("Nothing more waits for you."))
    return redirect("admin:queue")


urlpatterns = [
    path("next/", take_next, name="take_next"),
    path("reviews/<uuid:pk>/", page(show_review), name="review"),
    path("reviews/<uuid:pk>/take/", take, name="take"),
    path("reviews/<uuid:pk>/release/", release, name="release"),
    path("reviews/<uuid:pk>/skip/", skip, name="skip"),
    path("reviews/<uuid:pk>/decide/", decide, name="decide"),
    path("runs/<uuid:pk>/retry/", retry, name="retry"),
    path("evidence/<uuid:pk>/", page(show_evidence), name="evidence"),
    path("evidence/<uuid:pk>/matches/<uuid:match>/", judge_match, name="judge_match"),
    path("evidence/<uuid:pk>/check/", request_checks, name="request_checks"),
    path("evidence/<uuid:pk>/tie/", tie, name="tie"),
    path("evidence/<uuid:pk>/attest/", attest, name="attest"),
    path("evidence/<uuid:pk>/ask/", ask_for_review, name="ask_for_review"),
]
