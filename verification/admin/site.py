"""The desk's own admin site: Django's, with our pages in the place of its index."""

from __future__ import annotations

from functools import update_wrapper
from typing import Any

from django.contrib.admin import AdminSite
from django.contrib.auth import get_user_model
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import URLPattern, path
from django.utils.translation import gettext_lazy as _

from claims.actors import person
from claims.transitions import DomainError
from verification.access.factors import has_entered
from verification.admin import (
    accounts,
    cases,
    claims,
    desk,
    media,
    partners,
    people,
    proposals,
    queue,
    review,
    sign_in,
    submissions,
    verdicts,
)
from verification.admin.pages import View, naming_origin, refused, status_of

PAGES = (desk, queue, review, media, claims, verdicts, cases, submissions, proposals, partners, accounts)
# Addresses of the stock admin that this desk has no use for.
UNUSED = frozenset({"index", "logout", "autocomplete", "view_on_site", "app_list"})


class DeskSite(AdminSite):
    """Pages of the desk, for staff that is signed in with a second factor."""

    site_header = site_title = _("Verification desk")
    logout_template = "admin/desk/logged_out.html"
    password_change_template = "admin/desk/password_change.html"  # noqa: S105
    password_change_done_template = "admin/desk/password_change_done.html"  # noqa: S105
    enable_nav_sidebar = False
    final_catch_all_view = False

    def get_urls(self) -> list[Any]:
        """Every page and verb of the desk, then what is left of Django's own."""
        own = [self._behind_the_door(each) for module in PAGES for each in module.urlpatterns]
        rest = [each for each in super().get_urls() if getattr(each, "name", None) not in UNUSED]
        return [path("logout/", self.logout, name="logout"), *own, *rest]

    def has_permission(self, request: HttpRequest) -> bool:
        """Whether this is a member of staff who gave a second factor in this session."""
        return has_entered(request)

    def admin_view(self, view: View, cacheable: bool = False) -> Any:
        """A view for signed-in staff, whose forms name their origin when they are sent."""
        return naming_origin(sign_in.knowing_browsers(super().admin_view(view, cacheable)))

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """The page to sign in on."""
        return sign_in.sign_in(request)

    def logout(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        """Sign out; the browser forgets the pages that it has seen. It is open to the half signed in, too."""
        response = super().logout(request, extra_context)
        response["Clear-Site-Data"] = '"cache"'
        return response

    def password_change(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        """One's own password, with the old one; every other session of this person ends."""
        return sign_in.change_password(request)

    def each_context(self, request: HttpRequest) -> dict[str, Any]:
        """What Django's own pages need; no list of apps, which this desk does not show."""
        return {
            "site_title": self.site_title,
            "site_header": self.site_header,
            "has_permission": self.has_permission(request),
            "is_popup": False,
            "is_nav_sidebar_enabled": False,
        }

    def _behind_the_door(self, pattern: URLPattern) -> URLPattern:
        view = self.admin_view(_with_actor(pattern.callback))
        return URLPattern(pattern.pattern, view, pattern.default_args, pattern.name)


def _with_actor(view: View) -> View:
    """The one place where a refusal of an operation, that no verb has shown, becomes a page."""

    def inner(request: Any, *args: Any, **kwargs: Any) -> HttpResponseBase:
        request.actor = person(request.user)
        try:
            return view(request, *args, **kwargs)
        except DomainError as refusal:
            return refused(request, refusal.message, status_of(refusal))

    return update_wrapper(inner, view)


site = DeskSite(name="admin")
site.register(get_user_model(), people.PeopleAdmin)
