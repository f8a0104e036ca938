"""Signing in: the password, the second factor, and the browsers that are known from then on."""

from __future__ import annotations

from functools import update_wrapper
from typing import Any

from allauth.account.internal.decorators import login_stage_required
from allauth.account.internal.flows.login import perform_password_login
from allauth.account.models import Login
from allauth.account.utils import get_next_redirect_url
from allauth.mfa.stages import AuthenticateStage
from allauth.mfa.webauthn.internal.auth import begin_authentication
from django import forms
from django.contrib.auth import update_session_auth_hash
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.crypto import constant_time_compare
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_safe

from verification.access import browsers, factors, sessions
from verification.admin.pages import View, naming_origin
from verification.forms_access import CodeForm, OwnPasswordForm, PasskeyForm, SignInForm

REMEMBER, PENDING = "know_browser", "password_given"
reads_and_takes = require_http_methods(["GET", "HEAD", "POST"])


@reads_and_takes
@sensitive_post_parameters()
@never_cache
@naming_origin
def sign_in(request: HttpRequest) -> HttpResponse:
    """The page to sign in on. Whoever has given a password already goes on from there."""
    if request.method != "POST" and factors.is_at_the_door(request):
        return redirect("admin:index" if factors.has_entered(request) else "mfa_index")
    form = SignInForm(request, data=request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        return _with_password(request, form)
    context = {"form": form, "next": get_next_redirect_url(request) or ""}
    return answer(request, "admin/desk/login.html", context, form)


def _with_password(request: HttpRequest, form: SignInForm) -> HttpResponse:
    """A session of its own begins; allauth asks for the second factor, if there is one."""
    leads_to = get_next_redirect_url(request)
    request.session.flush()
    sessions.remove_ended()
    request.session[REMEMBER] = form.cleaned_data["remember"]
    request.session[PENDING] = form.get_user().get_session_auth_hash()
    login = Login(user=form.get_user(), redirect_url=leads_to)
    return perform_password_login(request, {}, login)


@reads_and_takes
@sensitive_post_parameters()
@naming_origin
@login_stage_required(stage=AuthenticateStage.key, redirect_urlname="account_login")
def second_factor(request: Any) -> HttpResponse:
    """The second factor of whoever gave the right password: a code, or a passkey."""
    stage = request._login_stage
    user = stage.login.user
    if not constant_time_compare(request.session.get(PENDING, ""), user.get_session_auth_hash()):
        return stage.abort()  # The password that was given is not theirs any more.
    with_passkey = "credential" in request.POST
    given = request.POST or None
    code = CodeForm(None if with_passkey else given, user=user)
    passkey = PasskeyForm(given if with_passkey else None, user=user)
    form: Any = passkey if with_passkey else code
    if form.is_bound and form.is_valid():
        form.save()
        return stage.exit()
    kinds = {each.type for each in factors.factors_of(user)}
    context = {"form": code, "passkey_form": passkey, "kinds": kinds}
    if factors.Type.WEBAUTHN in kinds and factors.can_use_passkeys(request):
        context["options"] = begin_authentication(user)
    return answer(request, "admin/desk/factors/code.html", context, code)


@require_safe
@never_cache
def let_in(request: HttpRequest, invited: str) -> HttpResponse:
    """Have this browser known, as an administrator wanted; then sign in as always."""
    response = redirect("admin:login")
    if browsers.accept(request, response, invited):
        return response
    return render(request, "admin/desk/factors/too_late.html", status=404)


@reads_and_takes
@sensitive_post_parameters()
def change_password(request: Any) -> HttpResponse:
    """One's own password. This session gets a new key; the others of this person end."""
    form = OwnPasswordForm(request.user, request.POST if request.method == "POST" else None)
    form.request = request
    if form.is_bound and form.is_valid():
        user = form.save()
        update_session_auth_hash(request, user)
        sessions.end_all(user, but=request.session.session_key)
        return redirect("admin:password_change_done")
    return answer(request, "admin/desk/password_change.html", {"form": form}, form)


def answer(request: HttpRequest, template: str, context: dict[str, Any], form: forms.Form) -> HttpResponse:
    """A page with a form; 429 and when to come back where its answer was not looked at."""
    wait = getattr(form, "wait", 0)
    response = render(request, template, context, status=429 if wait else 200)
    if wait:
        response["Retry-After"] = str(wait)
    return response


def knowing_browsers(view: View) -> View:
    """On the first page that somebody gets to see, mark the browser, unless they would rather not."""

    def inner(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        response = view(request, *args, **kwargs)
        if factors.has_entered(request) and request.session.pop(REMEMBER, False):
            browsers.remember(request, response, request.user.get_username())
        return response

    return update_wrapper(inner, view)


urlpatterns = [
    path("login/code/", second_factor, name="mfa_authenticate"),
    path("let-in/<str:invited>/", let_in, name="let_in"),
]
