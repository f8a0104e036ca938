"""What every page and every verb of the desk shares: the actor, the records, the refusals.

A page answers GET alone and changes nothing. A verb answers POST alone and is a few lines around
one operation::

    @verb(Review, DecisionForm, again=show_review)
    def decide(request, review, **given):
        operations.decide(actor=request.actor, review=review, **given)
        messages.success(request, _("Decided."))
        return redirect("admin:review", review.pk)

Each module of pages lists its addresses in ``urlpatterns``; ``site.DeskSite`` gathers them, lets
nobody in who is not signed in, and sets ``request.actor``.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import update_wrapper, wraps
from typing import Any, TypeVar

from django import forms
from django.contrib import messages
from django.db import models
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_POST, require_safe

from claims.actors import Actor
from claims.transitions import DomainError, NotPermitted

View = Callable[..., HttpResponseBase]
Answer = TypeVar("Answer", bound=HttpResponseBase)

page = require_safe


class DeskRequest(HttpRequest):
    """A request of somebody who is signed in."""

    actor: Actor


def naming_origin(view: Callable[..., Answer]) -> Callable[..., Answer]:
    """With ``no-referrer`` browsers send ``Origin: null``, which the guard against forged requests
    refuses. ``same-origin`` tells other sites just as little."""

    def inner(*args: Any, **kwargs: Any) -> Answer:
        response = view(*args, **kwargs)
        response["Referrer-Policy"] = "same-origin"
        return response

    return update_wrapper(inner, view)


def visible(model: type[models.Model], request: DeskRequest, pk: Any, *related: str) -> Any:
    """The record of that key, if this actor may see it; 404 else: nobody learns what they may not see."""
    found = model.objects.visible_to(request.actor)  # type: ignore[attr-defined]
    return get_object_or_404(found.select_related(*related) if related else found, pk=pk)


def verb(
    model: type[models.Model] | None = None,
    form_class: type[forms.Form] | None = None,
    *,
    again: Callable[..., HttpResponse] | None = None,
) -> Callable[[View], View]:
    """Make a view of one verb: find the record, read the form, call the operation, say what it refused.

    The function gets ``request``, the record (if ``model`` is named) and the form's cleaned values by
    name. What is refused, by the form or by the operation, is shown by ``again(request, pk=…,
    refused=form, status=…)``, with whatever else the address names, and all that was typed still in
    the form.
    """

    def decorate(act: View) -> View:
        @require_POST
        @wraps(act)
        def view(request: DeskRequest, pk: Any = None, **names: Any) -> HttpResponseBase:
            records = [visible(model, request, pk)] if model else []
            form = form_class(request.POST) if form_class else None
            if form is not None and not form.is_valid():
                return refuse(request, form, "", 400, again, pk=pk, **names)
            given = form.cleaned_data if form is not None else {}
            try:
                return act(request, *records, **names, **given)
            except DomainError as refusal:
                if form is not None:
                    blame(form, refusal)
                return refuse(request, form, refusal.message, status_of(refusal), again, pk=pk, **names)

        return view

    return decorate


def refuse(
    request: DeskRequest,
    form: forms.Form | None,
    message: Any,
    status: int,
    again: Callable[..., HttpResponse] | None,
    **address: Any,
) -> HttpResponse:
    """The page that says what was refused: the one that the verb was on, or one of its own.

    It is said at the top, too: the record may have moved on, and its page have that form no more.
    """
    said = message or _sentences(form)
    if again is None:
        return refused(request, said, status)
    messages.error(request, said)
    return again(request, **address, refused=form, status=status)


def refused(request: DeskRequest, message: Any, status: int) -> HttpResponse:
    """A page that says one thing: what was refused and why."""
    return render(request, "admin/desk/refused.html", {"message": message}, status=status)


def blame(form: forms.Form, refusal: DomainError) -> None:
    """Put the refusal beside the field that it is about."""
    field = refusal.details.get("field")
    if field in form.fields:
        form.add_error(field, str(refusal.message))


def status_of(refusal: DomainError) -> int:
    """403 for what the actor may not do, 400 for what was given wrongly, 409 for a state that moved on."""
    if isinstance(refusal, NotPermitted):
        return 403
    return 400 if refusal.code == "bad_input" else 409


def _sentences(form: forms.Form | None) -> str:
    """What is wrong with a form, each sentence with the name of its field where that can be seen."""
    if form is None:
        return ""
    labels = {each.name: f"{each.label}: " for each in form.visible_fields()}
    return " ".join(
        f"{labels.get(name, '')}{each}" for name, errors in form.errors.items() for each in errors
    )
