"""Partners, what they were granted, and their keys: pages and verbs for administrators."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db.models import Count, Q
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils import timezone
from django.utils.translation import gettext as _

from claims.models import Case
from claims.transitions import NotPermitted
from verification import operations
from verification.admin import paging
from verification.admin.pages import DeskRequest, page, verb, visible
from verification.forms_claims import GrantForm, KeyForm, PartnerForm
from verification.models import ApiKey, Partner


def show_partners(
    request: DeskRequest, pk: Any = None, refused: Any = None, status: int = 200
) -> HttpResponse:
    """Every partner, and the form of a new one."""
    _administrators_only(request)
    valid = Q(keys__revoked_at=None, keys__expires_at__gt=timezone.now())
    partners = Partner.objects.visible_to(request.actor).prefetch_related("cases")
    counted = partners.annotate(valid_keys=Count("keys", filter=valid))
    context = {"shown": paging.in_order(counted, request, "name"), "form": refused or PartnerForm()}
    return render(request, "admin/desk/partners/list.html", context, status=status)


def show_partner(
    request: DeskRequest, pk: Any, refused: Any = None, status: int = 200, fresh: str = ""
) -> HttpResponse:
    """One partner; ``fresh`` is the text of a key that was made just now, shown this once."""
    _administrators_only(request)
    partner = visible(Partner, request, pk)
    now = timezone.now()
    keys = [(each, each.is_valid(now)) for each in partner.keys.order_by("-created_at", "-pk")]
    granted = list(partner.cases.order_by("slug"))
    grant = refused if isinstance(refused, GrantForm) else GrantForm(auto_id="grant_%s")
    grant.offer(Case.objects.exclude(pk__in=[each.pk for each in granted]))
    context = {
        "partner": partner,
        "granted": granted,
        "keys": keys,
        "fresh": fresh,
        "grant_form": grant,
        "key_form": refused if isinstance(refused, KeyForm) else KeyForm(auto_id="key_%s"),
    }
    return render(request, "admin/desk/partners/partner.html", context, status=status)


@verb(None, PartnerForm, again=show_partners)
def open_partner(request: DeskRequest, name: str) -> HttpResponse:
    """Register a partner."""
    partner = operations.open_partner(actor=request.actor, name=name)
    messages.success(request, _("The partner is registered, and sees nothing yet."))
    return redirect("admin:partner", partner.pk)


@verb(Partner, GrantForm, again=show_partner)
def grant(request: DeskRequest, partner: Partner, case: Case) -> HttpResponse:
    """Let a partner see what is published of a case."""
    operations.grant_case(actor=request.actor, partner=partner, case=case)
    messages.success(request, _("The partner sees what is published of the case."))
    return redirect("admin:partner", partner.pk)


@verb(Partner, GrantForm, again=show_partner)
def withdraw(request: DeskRequest, partner: Partner, case: Case) -> HttpResponse:
    """Stop a partner from seeing a case."""
    operations.withdraw_case(actor=request.actor, partner=partner, case=case)
    messages.success(request, _("The partner does not see the case any more."))
    return redirect("admin:partner", partner.pk)


@verb(Partner, KeyForm, again=show_partner)
def issue_key(request: DeskRequest, partner: Partner, **given: Any) -> HttpResponse:
    """Make a key. Its text is in this one answer, which no browser keeps, and nowhere else."""
    _key, text = operations.issue_key(actor=request.actor, partner=partner, **given)
    return show_partner(request, partner.pk, fresh=text)


@verb(ApiKey)
def revoke_key(request: DeskRequest, key: ApiKey) -> HttpResponse:
    """Revoke a key at once."""
    operations.revoke_key(actor=request.actor, key=key)
    messages.success(request, _("The key is revoked."))
    return redirect("admin:partner", key.partner_id)


def _administrators_only(request: DeskRequest) -> None:
    if not request.actor.is_administrator:
        raise NotPermitted(_("Only an administrator may do this."))


urlpatterns = [
    path("partners/", page(show_partners), name="partners"),
    path("partners/open/", open_partner, name="open_partner"),
    path("partners/<uuid:pk>/", page(show_partner), name="partner"),
    path("partners/<uuid:pk>/grant/", grant, name="grant_case"),
    path("partners/<uuid:pk>/withdraw/", withdraw, name="withdraw_case"),
    path("partners/<uuid:pk>/keys/issue/", issue_key, name="issue_key"),
    path("keys/<int:pk>/revoke/", revoke_key, name="revoke_key"),
]
