"""Forms of getting in: password, second factor, what is set up and changed of them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from allauth.core import context
from allauth.mfa.base.internal.flows import post_authentication
from allauth.mfa.totp.forms import ActivateTOTPForm
from allauth.mfa.totp.internal.auth import SECRET_SESSION_KEY, generate_totp_secret
from allauth.mfa.webauthn.forms import AddWebAuthnForm, AuthenticateWebAuthnForm
from django import forms
from django.contrib.admin.forms import AdminAuthenticationForm
from django.contrib.auth.forms import PasswordChangeForm
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from claims import sealing
from verification.access import attempts, browsers, factors

TOO_EARLY = "too_early"


class CountedForm(forms.Form):
    """A form whose answers could be guessed: after some wrong ones the next has to wait.

    ``wait`` is for how many seconds the next one will not be looked at; 0 if it will.
    """

    wait = 0

    @contextmanager
    def counted(self, kind: str, name: str, browser: str) -> Iterator[None]:
        """Around looking at an answer: it counts as wrong unless the block is left without an error."""
        slot = attempts.slot_of(kind, name, browser)
        try:
            attempts.begin(slot)
        except attempts.TooEarly as early:
            self.wait = early.seconds
            raise forms.ValidationError(
                _(
                    "Too many wrong answers. The next one is looked at in %(seconds)d seconds. A browser in "
                    "which you signed in before is not kept waiting by others."
                )
                % {"seconds": early.seconds},
                code=TOO_EARLY,
            ) from early
        yield
        attempts.succeeded(slot)


class SignInForm(CountedForm, AdminAuthenticationForm):
    """Name and password. Names that nobody has are answered like others, in the same time."""

    request: HttpRequest

    remember = forms.BooleanField(
        label=_("Know this browser again"),
        help_text=_("Not on a borrowed device. It only keeps strangers from making you wait here."),
        required=False,
        initial=True,
    )

    def clean(self) -> dict[str, Any]:
        """The password of this name, if it is time to look at it."""
        name = self.cleaned_data.get("username")
        if name is None or not self.cleaned_data.get("password"):
            return self.cleaned_data
        with self.counted("password", name, browsers.number_of(self.request, name)):
            return super().clean()


class CodeForm(CountedForm):
    """A code of the person's app, or one of their recovery codes."""

    code = forms.CharField(
        label=_("Code"),
        help_text=_("Six digits from your app, or one of your recovery codes."),
        max_length=40,
        widget=forms.TextInput(
            attrs={"autocomplete": "one-time-code", "inputmode": "numeric", "autofocus": True, "dir": "ltr"}
        ),
    )

    def __init__(self, *args: Any, user: Any, **options: Any):
        self.user = user
        super().__init__(*args, **options)

    def clean_code(self) -> str:
        """Find the factor that it opens. Raises ValidationError for one that opens none, or not any more."""
        name = self.user.get_username()
        with self.counted("code", name, browsers.number_of(context.request, name)):
            code = self.cleaned_data["code"]
            self.factor = factors.opened_by(self.user, code)
            if self.factor is None:
                raise forms.ValidationError(
                    _("This code is not right, or it was used already. Wait for the next one."), code="wrong"
                )
        return code

    def save(self) -> None:
        """Note in the session by which factor this person came in."""
        post_authentication(context.request, self.factor)


class PasskeyForm(AuthenticateWebAuthnForm):
    """What a passkey answered; a script fills it in."""


class ConfirmForm(CountedForm):
    """The password once more, before something about one's own account is changed."""

    password = forms.CharField(
        label=_("Password"),
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password", "autofocus": True}),
    )

    def __init__(self, *args: Any, request: HttpRequest, **options: Any):
        self.request = request
        super().__init__(*args, **options)

    def clean_password(self) -> str:
        """Raises ValidationError for a wrong one."""
        check_own_password(self, self.request, self.cleaned_data["password"])
        return self.cleaned_data["password"]


class OwnPasswordForm(CountedForm, PasswordChangeForm):
    """A new password with the old one, of which a stolen session has no more guesses than a stranger."""

    request: HttpRequest

    def clean_old_password(self) -> str:
        """Raises ValidationError for a wrong one."""
        check_own_password(self, self.request, self.cleaned_data["old_password"])
        return self.cleaned_data["old_password"]


def check_own_password(form: CountedForm, request: HttpRequest, password: str) -> None:
    """Raise ValidationError unless this is the password of whoever is signed in."""
    user: Any = request.user
    name = user.get_username()
    with form.counted("password", name, browsers.number_of(request, name)):
        if not user.check_password(password):
            raise forms.ValidationError(_("This is not your password."), code="wrong")


class SetUpAppForm(ActivateTOTPForm):
    """A first code from an app, to show that it has the secret; until then that is sealed in the session."""

    def __init__(self, *args: Any, user: Any, **options: Any):
        forms.Form.__init__(self, *args, **options)
        self.user, session = user, context.request.session
        if not self.is_bound or SECRET_SESSION_KEY not in session:
            session[SECRET_SESSION_KEY] = sealing.seal(generate_totp_secret()).decode()
        self.secret = sealing.unseal(session[SECRET_SESSION_KEY].encode())
        code = self.fields["code"]
        code.label, code.help_text = _("Code"), _("The six digits that the app shows now.")
        code.widget.attrs = {"autocomplete": "one-time-code", "inputmode": "numeric", "dir": "ltr"}

    def clean_code(self) -> str:
        """Raises ValidationError for a code that is not of this secret and this time."""
        code = self.cleaned_data["code"]
        if factors.step_of(self.secret, code) is None:
            raise forms.ValidationError(
                _("This code is not right. Is the clock of your device right?"), code="wrong"
            )
        return code


class AddPasskeyForm(AddWebAuthnForm):
    """A name for a passkey, and what its device answered; a script fills that in."""

    name = forms.CharField(
        label=_("What you call it"),
        help_text=_("For example the device that it is on."),
        max_length=60,
        required=False,
        widget=forms.TextInput(attrs={"dir": "auto"}),
    )


class TakeFactorForm(forms.Form):
    """Why another person's second factors are taken away."""

    reason = forms.CharField(
        label=_("Reason"),
        help_text=_("How do you know that it is this person who asks? It stays in the account's history."),
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3, "dir": "auto"}),
    )
