"""Cases: the list, one case with its members and rules, its custody record, and the verbs on it."""

from __future__ import annotations

from itertools import islice
from typing import Any

from django.contrib import messages
from django.db.models import Count, Q
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext as _

from claims import custody
from claims import operations as telling
from claims.actors import Actor
from claims.models import Case, Claim, ClaimState, CustodyEvent, Evidence, Membership, Role
from claims.permissions import allowed
from claims.transitions import NotPermitted
from verification.admin import paging, record
from verification.admin.pages import DeskRequest, page, verb, visible
from verification.forms_claims import MemberForm, OpenCaseForm
from verification.models import Partner, Review

LINES = 100
BREAKS = 20


@page
def cases(request: DeskRequest) -> HttpResponse:
    """The cases that this person may see, with what waits in each."""
    shown = paging.in_order(Case.objects.visible_to(request.actor), request, "slug")
    numbers = _numbers(shown.rows, request.actor)
    rows = [{"case": each, **of_case} for each, of_case in zip(shown.rows, numbers, strict=True)]
    return render(request, "admin/desk/cases/list.html", {"rows": rows, "shown": shown})


def show_case(request: DeskRequest, pk: Any, refused: Any = None, status: int = 200) -> HttpResponse:
    """One case: its rules, its members, where to go from here."""
    case = visible(Case, request, pk)
    context = {
        "case": case,
        "may": allowed(request.actor, case),
        "numbers": _numbers([case], request.actor)[0],
        "members": case.memberships.select_related("user").order_by("user__username", "role"),
        "partners": Partner.objects.visible_to(request.actor).filter(cases=case),
        "lines": CustodyEvent.objects.filter(case=case).count(),
        "member_form": refused or MemberForm(),
    }
    return render(request, "admin/desk/cases/case.html", context, status=status)


@page
def custody_record(request: DeskRequest, pk: Any) -> HttpResponse:
    """The record of a case, newest line first; ``?verify=1`` follows the chain from its beginning."""
    case = visible(Case, request, pk)
    events = CustodyEvent.objects.filter(case=case).order_by("-sequence")
    below = request.GET.get("below", "")
    if below.isascii() and below.isdigit():
        events = events.filter(sequence__lt=min(int(below), 2**62))
    lines = list(events[: LINES + 1])
    verify = "verify" in request.GET
    context = {
        "case": case,
        "lines": record.readable(lines[:LINES]),
        "next": lines[LINES - 1].sequence if len(lines) > LINES else None,
        "newest": not below,
        "verified": verify,
        "breaks": list(islice(custody.breaks(case), BREAKS)) if verify else [],
    }
    return render(request, "admin/desk/cases/custody.html", context)


def show_case_form(
    request: DeskRequest, pk: Any = None, refused: Any = None, status: int = 200
) -> HttpResponse:
    """The form of a new case; for administrators."""
    if not request.actor.is_administrator:
        raise NotPermitted(_("Only an administrator may do this."))
    context = {"form": refused or OpenCaseForm()}
    return render(request, "admin/desk/cases/open.html", context, status=status)


@verb(None, OpenCaseForm, again=show_case_form)
def open_case(request: DeskRequest, **fields: Any) -> HttpResponse:
    """Open a case."""
    case = telling.open_case(actor=request.actor, **fields)
    messages.success(request, _("The case is open. Add the people who work on it."))
    return redirect("admin:case", case.pk)


@verb(Case, MemberForm, again=show_case)
def add_member(request: DeskRequest, case: Case, user: Any, role: str) -> HttpResponse:
    """Give a person a role in a case."""
    telling.add_member(actor=request.actor, case=case, user=user, role=Role(role))
    messages.success(request, _("They have the role."))
    return redirect("admin:case", case.pk)


@verb(Membership)
def remove_member(request: DeskRequest, membership: Membership) -> HttpResponse:
    """Take a role from a person."""
    telling.remove_member(actor=request.actor, membership=membership)
    messages.success(request, _("They do not have the role any more."))
    return redirect("admin:case", membership.case_id)


def _numbers(cases: list[Case], actor: Actor) -> list[dict[str, Any]]:
    """For each case: open and all claims, evidence items, live reviews, and the person's own roles."""
    keys = [each.pk for each in cases]
    claims = _by_case(
        Claim, "case", keys, open=Count("pk", filter=Q(state=ClaimState.OPEN)), claims=Count("pk")
    )
    evidence = _by_case(Evidence, "case", keys, evidence=Count("pk"))
    live = Q(pk__in=Review.objects.live().values("pk"))
    reviews = _by_case(Review, "evidence__case", keys, waiting=Count("pk", filter=live))
    roles: dict[Any, list[str]] = {}
    for each in Membership.objects.filter(case__in=keys, user=actor.user):
        roles.setdefault(each.case_id, []).append(each.get_role_display())
    none = {"open": 0, "claims": 0, "evidence": 0, "waiting": 0}
    return [
        {
            **none,
            **claims.get(key, {}),
            **evidence.get(key, {}),
            **reviews.get(key, {}),
            "roles": roles.get(key, []),
        }
        for key in keys
    ]


def _by_case(model: Any, key: str, cases: list[Any], **numbers: Any) -> dict[Any, dict[str, int]]:
    rows = model.objects.filter(**{f"{key}__in": cases}).order_by().values(key).annotate(**numbers)
    return {each.pop(key): each for each in rows}


urlpatterns = [
    path("cases/", cases, name="cases"),
    path("cases/new/", page(show_case_form), name="new_case"),
    path("cases/open/", open_case, name="open_case"),
    path("cases/<uuid:pk>/", page(show_case), name="case"),
    path("cases/<uuid:pk>/custody/", custody_record, name="case_custody"),
    path("cases/<uuid:pk>/members/add/", add_member, name="add_member"),
    path("members/<int:pk>/remove/", remove_member, name="remove_member"),
]
