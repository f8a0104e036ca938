"""What administrators can do about another person's ways in, and what was done to the account."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth import get_user_model
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path, reverse
from django.utils.translation import gettext as _

from verification.access import browsers, factors, sessions
from verification.admin.pages import DeskRequest, page, verb
from verification.forms_access import TakeFactorForm
from verification.operations import accounts


def person_of(request: DeskRequest, account: int) -> Any:
    """The account, for administrators alone."""
    if not request.actor.is_administrator:
        raise PermissionDenied
    return get_object_or_404(get_user_model(), pk=account)


def show_account(
    request: DeskRequest, account: int, refused: Any = None, status: int = 200, pk: Any = None
) -> HttpResponse:
    """How a person gets in, and what administrators did to the account."""
    person = person_of(request, account)
    context = {
        "person": person,
        "factors": factors.factors_of(person),
        "sessions": sessions.live(person),
        "history": accounts.history(person),
        "form": refused or TakeFactorForm(),
    }
    return render(request, "admin/desk/people/access.html", context, status=status)


@verb(None, TakeFactorForm, again=show_account)
def take_factors(request: DeskRequest, account: int, reason: str) -> HttpResponse:
    """Take another person's lost second factor away."""
    person = person_of(request, account)
    accounts.take_factors(actor=request.actor, user=person, reason=reason)
    messages.success(request, _("Taken away. They are signed out, and set up a new one when they sign in."))
    return redirect("admin:account", account)


@verb(None, again=show_account)
def end_sessions(request: DeskRequest, account: int) -> HttpResponse:
    """Sign another person out everywhere."""
    accounts.end_sessions(actor=request.actor, user=person_of(request, account))
    messages.success(request, _("They are signed out everywhere."))
    return redirect("admin:account", account)


@verb(None, again=show_account)
def let_in(request: DeskRequest, account: int) -> HttpResponse:
    """Make a link that has a new browser of another person known, in this one answer."""
    person = person_of(request, account)
    invited = accounts.let_browser_in(actor=request.actor, user=person)
    context = {
        "person": person,
        "link": request.build_absolute_uri(reverse("let_in", args=[invited])),
        "minutes": browsers.LET_IN_SECONDS // 60,
    }
    return render(request, "admin/desk/people/let_in.html", context)


urlpatterns = [
    path("people/<int:account>/", page(show_account), name="account"),
    path("people/<int:account>/take-factors/", take_factors, name="take_factors"),
    path("people/<int:account>/end-sessions/", end_sessions, name="end_account_sessions"),
    path("people/<int:account>/let-in/", let_in, name="let_account_in"),
]
