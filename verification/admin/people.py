"""People who sign in to the desk: Django's own administration of them, for administrators alone.

Accounts belong to no case, so no operation and no custody record knows of them; Django's log of
the admin keeps who changed what. Nobody is deleted: what they decided stays theirs.
"""

from __future__ import annotations

from typing import Any

from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from verification.access import sessions

KEPT = ("auth_user_changelist", "auth_user_add", "auth_user_change", "auth_user_password_change")
OWN = ("is_active", "is_superuser")


class PasswordForm(AdminPasswordChangeForm):
    """A new password for somebody else; there is no other way to sign in that it could turn off."""

    usable_password_help_text = ""

    def __init__(self, *args: Any, **options: Any):
        super().__init__(*args, **options)
        self.fields.pop("usable_password", None)


class PersonForm(UserChangeForm):
    """An account; of its password there is nothing to see, and it has a page of its own."""

    password = None  # type: ignore[assignment]


class PeopleAdmin(UserAdmin):
    """Accounts: opened with a password, deactivated, made administrators; never deleted."""

    form = PersonForm
    add_form = UserCreationForm
    change_password_form = PasswordForm
    change_list_template = "admin/desk/people/list.html"
    add_form_template = change_form_template = "admin/desk/people/person.html"
    change_user_password_template = "admin/desk/people/password.html"  # noqa: S105
    fieldsets = ((None, {"fields": ("username", *OWN)}),)
    add_fieldsets = ((None, {"fields": ("username", "password1", "password2")}),)
    list_display = ("username", "is_active", "is_superuser", "last_login")
    list_filter = ()
    search_fields = ("username",)
    filter_horizontal = ()
    actions = None
    list_per_page = 100

    def get_urls(self) -> list[Any]:
        """The four pages that are in the desk's look."""
        return [each for each in super().get_urls() if each.name in KEPT]

    def lookup_allowed(self, lookup: str, value: Any, request: HttpRequest) -> bool:
        """None: the list has no filters, so nothing in its address is handed to the database."""
        return False

    def has_module_permission(self, request: HttpRequest) -> bool:
        """Administrators alone."""
        return bool(request.user.is_active and request.user.is_superuser)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Administrators alone."""
        return self.has_module_permission(request)

    has_add_permission = has_change_permission = has_view_permission

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody: an account is deactivated."""
        return False

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """Administrators cannot shut themselves out, so one of them always remains."""
        return OWN if obj is not None and obj.pk == request.user.pk else ()

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **options: Any) -> Any:
        """The form with our words for what an account is."""
        form = super().get_form(request, obj, change=change, **options)
        labels = {"is_active": _("may sign in"), "is_superuser": _("administers the desk")}
        for name in set(labels) & set(form.base_fields):
            form.base_fields[name].label = labels[name]
            form.base_fields[name].help_text = ""
        return form

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Everybody with an account is staff. Whoever may not sign in any more is out at once."""
        obj.is_staff = True
        super().save_model(request, obj, form, change)
        if not obj.is_active:
            sessions.end_all(obj)
