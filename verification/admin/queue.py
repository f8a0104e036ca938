"""The review queue: what waits for a person, oldest first."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.contrib.auth import get_user_model
from django.core.exceptions import ValidationError
from django.db.models import Prefetch, Q, QuerySet
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.utils import timezone

from claims import storage
from claims.models import Case
from verification import working_copies
from verification.admin.dossier import word_of
from verification.admin.pages import DeskRequest, page
from verification.forms import QueueFilterForm
from verification.models import CheckRun, Review, ReviewState
from verification.models.over_cases import first_of

ROWS = 25


@dataclass(frozen=True)
class Row:
    """One review with what the list shows of it."""

    review: Review
    words: list[tuple[str, str]]
    thumbnail: str
    held: bool
    mine: bool


@page
def queue(request: DeskRequest) -> HttpResponse:
    """Live reviews, oldest first, in pages by key: no page counts the rows before or behind it."""
    cases = Case.objects.visible_to(request.actor)
    people = get_user_model().objects.filter(memberships__case__in=cases).distinct().order_by("username")
    form = QueueFilterForm(request.GET or None, cases=cases, people=people)
    reviews = filtered(Review.objects.live(), form)
    if "after" in request.GET:
        reviews = reviews.filter(_behind(request.GET["after"]))
    found = list(first_of(_with_rows(reviews), cases, "opened_at", ROWS + 1))
    rows = [_row(each, request) for each in found[:ROWS]]
    context = {"form": form, "rows": rows, "next": _next(request, found), "narrowed": bool(request.GET)}
    return render(request, "admin/desk/queue.html", context)


def filtered(reviews: QuerySet[Review], form: QueueFilterForm) -> QuerySet[Review]:
    """The reviews that the filters let through; filters that make no sense let nothing through."""
    if not form.is_bound:
        return reviews
    if not form.is_valid():
        return reviews.none()
    wanted = form.cleaned_data
    columns = {"case": "case", "verdict": "worst_verdict", "assignee": "assignee"}
    reviews = reviews.filter(**{column: wanted[name] for name, column in columns.items() if wanted[name]})
    if wanted["state"]:
        reviews = reviews.filter(state_of(wanted["state"]))
    return reviews.filter(did_not_run=True) if wanted["failed"] else reviews


def state_of(state: str) -> Q:
    """Reviews in a state, as people see it: a lease that ran out holds nothing."""
    if state == ReviewState.ASSIGNED:
        return Q(state=state, lease_until__gte=timezone.now())
    if state == ReviewState.WAITING:
        return Q(state=state) | Q(state=ReviewState.ASSIGNED, lease_until__lt=timezone.now())
    return Q(state=state)


def _with_rows(reviews: QuerySet[Review]) -> QuerySet[Review]:
    runs = CheckRun.objects.current().order_by("check_slug").defer("result")
    related = reviews.select_related("evidence__claim", "evidence__case", "evidence__media_file", "assignee")
    return related.prefetch_related(Prefetch("evidence__check_runs", runs, to_attr="current_runs"))


def _row(review: Review, request: DeskRequest) -> Row:
    evidence = review.evidence
    held = review.state == ReviewState.ASSIGNED and (review.lease_until or timezone.now()) > timezone.now()
    name = str(working_copies.THUMBNAIL)
    shown = evidence.media_file_id and storage.has_working_copy(evidence.media_file_id, name)
    return Row(
        review=review,
        words=[(run.check_slug, word_of(run)) for run in evidence.current_runs],  # type: ignore[attr-defined]
        thumbnail=name if shown else "",
        held=held,
        mine=held and review.assignee_id == request.actor.user.pk,
    )


def _behind(key: str) -> Q:
    """What was opened after the review of that id; 404 when there is none."""
    try:
        last = Review.objects.filter(pk=key).first()
    except ValidationError:
        last = None
    if last is None:
        raise Http404
    # The plain bound lets an index be entered at this place; the rest settles ties.
    later = Q(opened_at__gt=last.opened_at) | Q(opened_at=last.opened_at, pk__gt=last.pk)
    return Q(opened_at__gte=last.opened_at) & later


def _next(request: DeskRequest, found: list[Review]) -> str:
    if len(found) <= ROWS:
        return ""
    query: Any = request.GET.copy()
    query["after"] = str(found[ROWS - 1].pk)
    return query.urlencode()


urlpatterns = [path("queue/", queue, name="queue")]
