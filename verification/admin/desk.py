"""The desk's front page: what waits, what is oldest, how each case stands."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Subquery
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import path
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from claims.actors import Actor
from claims.models import Case, Claim, ClaimState, Membership
from verification.admin.machines import machine_room
from verification.admin.pages import DeskRequest, page
from verification.admin.paging import ROWS
from verification.admin.queue import state_of
from verification.models import (
    FeedChange,
    FeedEntry,
    Proposal,
    Rating,
    Review,
    ReviewState,
    Verdict,
    VerdictState,
)
from verification.models.over_cases import first_of

MOST = 1000
UNDERMINED = 10
OPEN = "open"


@dataclass(frozen=True)
class Number:
    """One of the four numbers: how many (at most a thousand are counted), the oldest, where they are."""

    label: Any
    query: str
    count: int
    oldest: datetime | None

    @property
    def more(self) -> bool:
        """Whether there are more than are counted."""
        return self.count > MOST


@dataclass(frozen=True)
class Part:
    """One piece of a case's bar, in hundredths of it."""

    rating: str
    label: Any
    count: int
    start: float
    width: float


@dataclass
class Standing:
    """How one case stands."""

    case: Case
    parts: list[Part] = field(default_factory=list)
    people: list[str] = field(default_factory=list)
    published: datetime | None = None
    waiting: int = 0

    @property
    def claims(self) -> int:
        """How many claims it has."""
        return sum(each.count for each in self.parts)

    @property
    def days(self) -> int | None:
        """Whole days since the last publication."""
        return (timezone.now() - self.published).days if self.published else None


@page
def front(request: DeskRequest) -> HttpResponse:
    """The front page."""
    cases = list(Case.objects.visible_to(request.actor)[: ROWS + 1])
    context = {
        "numbers": numbers(request.actor),
        "next": takes_next(request.actor),
        "standings": standings(cases[:ROWS]),
        "more_cases": len(cases) > ROWS,
        "undermined": undermined(request.actor),
        "machines": machine_room(),
        "proposals": Proposal.objects.waiting_for(request.actor).count(),
        "ready": Proposal.objects.ready_for(request.actor).count(),
    }
    return render(request, "admin/desk/front.html", context)


def takes_next(actor: Actor) -> bool:
    """Whether anything waits that this person may take."""
    takeable = Review.objects.takeable_by(actor, timezone.now())
    return bool(first_of(takeable, Case.objects.visible_to(actor), "opened_at", 1))


def numbers(actor: Actor) -> list[Number]:
    """What waits, is contradicted, did not run, and needs a second person."""
    asked = (
        (_("waiting"), "state=waiting", state_of(ReviewState.WAITING)),
        (_("contradicted"), "verdict=contradicted", Q(worst_verdict="contradicted")),
        (_("did not run"), "failed=on", Q(did_not_run=True)),
        (_("second review"), "state=second_review", state_of(ReviewState.SECOND_REVIEW)),
    )
    live, cases = Review.objects.live(), Case.objects.visible_to(actor)
    return [_number(label, query, live.filter(wanted), cases) for label, query, wanted in asked]


def _number(label: Any, query: str, reviews: QuerySet[Review], cases: QuerySet[Case]) -> Number:
    opened = [each.opened_at for each in first_of(reviews.only("opened_at"), cases, "opened_at", MOST + 1)]
    return Number(label, query, len(opened), opened[0] if opened else None)


def standings(cases: Iterable[Case]) -> list[Standing]:
    """How these cases stand; the number of queries does not grow with their number."""
    found = {case.pk: Standing(case) for case in cases}
    for each, counts in _ratings(found).items():
        found[each].parts = _bar(counts)
    members = Membership.objects.filter(case__in=found).select_related("user").order_by("user__username")
    for membership in members:
        name = membership.user.get_username()
        if name not in found[membership.case_id].people:
            found[membership.case_id].people.append(name)
    entries = FeedEntry.objects.filter(case=OuterRef("pk")).exclude(change=FeedChange.RETRACTED)
    last = Subquery(entries.order_by("-sequence").values("at")[:1])
    for case, at in Case.objects.filter(pk__in=found).values_list("pk", last):
        found[case].published = at
    return list(found.values())


def _ratings(cases: Iterable[Any]) -> dict[Any, dict[str, int]]:
    """By case: how many claims have which published rating, and how many are open without any."""
    claims = Claim.objects.filter(case__in=list(cases)).exclude(state=ClaimState.WITHDRAWN).order_by()
    counts: dict[Any, dict[str, int]] = {}
    published = Verdict.objects.filter(claim__in=claims, state=VerdictState.PUBLISHED).order_by()
    rated = published.values_list("claim__case", "rating").annotate(n=Count("pk"))
    for case, rating, n in rated:
        counts.setdefault(case, {})[rating] = n
    for case, n in claims.values_list("case").annotate(n=Count("pk")):
        of_case = counts.setdefault(case, {})
        of_case[OPEN] = n - sum(of_case.values())
    return counts


def _bar(counts: dict[str, int]) -> list[Part]:
    labels = {**dict(Rating.choices), OPEN: _("no verdict yet")}
    total, start, parts = sum(counts.values()), 0.0, []
    for rating, label in labels.items():
        if n := counts.get(rating, 0):
            width = 100 * n / total
            parts.append(Part(rating, label, n, round(start, 2), round(width, 2)))
            start += width
    return parts


def undermined(actor: Actor) -> list[Verdict]:
    """Published verdicts on whose claims a review opened after they were published."""
    newer = Review.objects.filter(evidence__claim=OuterRef("claim"), opened_at__gt=OuterRef("published_at"))
    published = Verdict.objects.visible_to(actor).filter(state=VerdictState.PUBLISHED)
    return list(published.filter(Exists(newer)).select_related("claim")[:UNDERMINED])


urlpatterns = [path("", front, name="index")]
