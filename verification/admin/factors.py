"""One's own second factors: set up, added, taken away; recovery codes; signing out everywhere.

Open to whoever gave a password: the first factor is set up here before anything else of the desk opens.
Once there is a factor, nobody comes here without having given one.
"""

from __future__ import annotations

from functools import wraps
from typing import Any

from allauth.account.internal.flows.reauthentication import reauthenticate_by_password
from allauth.account.utils import get_next_redirect_url
from allauth.mfa.recovery_codes.internal.flows import generate_recovery_codes
from allauth.mfa.totp.internal.flows import activate_totp
from allauth.mfa.webauthn.internal import flows as passkeys
from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path, reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST, require_safe

from verification.access import factors, sessions
from verification.admin.pages import View, naming_origin
from verification.admin.sign_in import answer, reads_and_takes
from verification.forms_access import AddPasskeyForm, ConfirmForm, SetUpAppForm
from verification.operations import accounts


def at_the_door(view: View) -> View:
    """For staff who gave a password, and a second factor if they have one."""

    @naming_origin
    @never_cache
    @sensitive_post_parameters()
    @wraps(view)
    def inner(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not factors.is_at_the_door(request):
            return redirect(f"{reverse('admin:login')}?{urlencode({'next': request.path})}")
        if not factors.has_entered(request) and factors.factors_of(request.user):
            request.session.flush()  # It was set up in another browser meanwhile.
            return redirect("admin:login")
        return view(request, *args, **kwargs)

    return inner


def with_the_password(view: View) -> View:
    """The password, or a factor, was given within the last minutes; else it is asked for once more."""

    @wraps(view)
    def inner(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if factors.is_recent(request):
            return view(request, *args, **kwargs)
        leads_to = request.path if request.method == "GET" else reverse("mfa_index")
        return redirect(f"{reverse('account_reauthenticate')}?{urlencode({'next': leads_to})}")

    return inner


@require_safe
@at_the_door
def index(request: HttpRequest) -> HttpResponse:
    """What this person has set up, and where they are signed in."""
    there = factors.factors_of(request.user)
    context = {
        "factors": there,
        "has_app": any(each.type == factors.Type.TOTP for each in there),
        "codes": len(factors.recovery_codes_of(request.user)),
        "passkeys": factors.can_use_passkeys(request),
        "sessions": sessions.live(request.user),
        "taken": None if there else accounts.last_taken(request.user),
    }
    return render(request, "admin/desk/factors/list.html", context)


@reads_and_takes
@at_the_door
@with_the_password
def set_up_app(request: HttpRequest) -> HttpResponse:
    """Set up codes from an app: show the secret, take a first code of it."""
    form = SetUpAppForm(request.POST if request.method == "POST" else None, user=request.user)
    if _has_app(request):
        return redirect("mfa_index")
    if form.is_bound and form.is_valid():
        with transaction.atomic():
            factor, codes = activate_totp(request, form)
            factors.spend(factor, form.cleaned_data["code"])
        return _is_set_up(request, factor, bool(codes))
    adapter = factors.FactorAdapter()
    url = adapter.build_totp_url(request.user, form.secret)
    context = {"form": form, "qr": adapter.build_totp_svg(url), "secret": form.secret, "url": url}
    context["secret_in_fours"] = [form.secret[at : at + 4] for at in range(0, len(form.secret), 4)]
    return answer(request, "admin/desk/factors/app.html", context, form)


@reads_and_takes
@at_the_door
@with_the_password
def add_passkey(request: HttpRequest) -> HttpResponse:
    """Add a passkey: its device makes it, in this browser."""
    form = AddPasskeyForm(request.POST if request.method == "POST" else None, user=request.user)
    if form.is_bound and form.is_valid():
        given = form.cleaned_data
        with transaction.atomic():
            factor, codes = passkeys.add_authenticator(request, given["name"], given["credential"])
        return _is_set_up(request, factor, bool(codes))
    context = {"form": form, "options": None}
    if factors.can_use_passkeys(request):
        context["options"] = passkeys.begin_registration(request, request.user, passwordless=False)
    return answer(request, "admin/desk/factors/passkey.html", context, form)


@require_POST
@at_the_door
@with_the_password
def new_codes(request: HttpRequest) -> HttpResponse:
    """Make new recovery codes; the former ones open nothing any more."""
    if not factors.factors_of(request.user):
        return redirect("mfa_index")
    generate_recovery_codes(request)
    return _show_codes(request)


@require_POST
@at_the_door
@with_the_password
def remove(request: HttpRequest, pk: int) -> HttpResponse:
    """Take one of one's own factors away, never the last."""
    there = factors.factors_of(request.user)
    factor = get_object_or_404(factors.Authenticator, pk=pk, user=request.user, pk__in=[f.pk for f in there])
    if len(there) == 1:
        messages.error(request, _("This is your only second factor. Add another before you take it away."))
        return redirect("mfa_index")
    factor.delete()
    sessions.end_all(request.user, but=request.session.session_key)
    messages.success(request, _("It opens the desk no more. Your other sessions have ended."))
    return redirect("mfa_index")


@reads_and_takes
@at_the_door
def confirm(request: HttpRequest) -> HttpResponse:
    """Ask for the password once more."""
    form = ConfirmForm(request.POST if request.method == "POST" else None, request=request)
    if form.is_bound and form.is_valid():
        reauthenticate_by_password(request)
        request.session.cycle_key()
        return redirect(get_next_redirect_url(request) or "mfa_index")
    context = {"form": form, "next": get_next_redirect_url(request) or ""}
    return answer(request, "admin/desk/factors/confirm.html", context, form)


@require_POST
@at_the_door
def end_sessions(request: HttpRequest) -> HttpResponse:
    """Sign out everywhere else."""
    sessions.end_all(request.user, but=request.session.session_key)
    messages.success(request, _("You are signed out everywhere else."))
    return redirect("mfa_index")


def _has_app(request: HttpRequest) -> bool:
    return any(each.type == factors.Type.TOTP for each in factors.factors_of(request.user))


def _is_set_up(request: HttpRequest, factor: Any, has_new_codes: bool) -> HttpResponse:
    first = not factors.has_entered(request)
    factors.enter(request, factor)
    if has_new_codes:
        return _show_codes(request, first)
    messages.success(request, _("The second factor is set up."))
    return redirect("mfa_index")


def _show_codes(request: HttpRequest, first: bool = False) -> HttpResponse:
    """The recovery codes, in this one answer, which no browser keeps."""
    context = {"codes": factors.recovery_codes_of(request.user), "first": first}
    return render(request, "admin/desk/factors/codes.html", context)


urlpatterns = [
    path("factors/", index, name="mfa_index"),
    path("factors/app/", set_up_app, name="set_up_app"),
    path("factors/passkey/", add_passkey, name="add_passkey"),
    path("factors/codes/", new_codes, name="new_recovery_codes"),
    path("factors/<int:pk>/remove/", remove, name="remove_factor"),
    path("factors/confirm/", confirm, name="account_reauthenticate"),
    path("factors/sessions/end/", end_sessions, name="end_sessions"),
]
