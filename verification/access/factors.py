"""Second factors: allauth's codes, passkeys and recovery codes, as the desk keeps and asks for them.

Secrets are sealed with the desk's sealing key. That a code opens once only is held by the database: allauth
holds it by a cache, of which every process of an embedded desk has its own.
"""

from __future__ import annotations

import ipaddress
import time
from typing import Any
from urllib.parse import urlsplit

import segno
from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.internal.flows.login import get_authentication_records
from allauth.core.internal.cryptokit import compare_user_code
from allauth.mfa import app_settings
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.base.internal.flows import post_authentication
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import (
    TOTP,
    format_hotp_value,
    hotp_value,
    yield_hotp_counters_from_time,
)
from django.conf import settings
from django.db import transaction
from django.http import HttpRequest
from django.utils.translation import gettext as _

from claims import sealing

Type = Authenticator.Type
RECENT_SECONDS = 300
LAST_STEP = "last_step"


class AccountAdapter(DefaultAccountAdapter):
    """No signing up, no mail, no address; the pages say in their own words what was done."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Never: administrators open accounts."""
        return False

    def add_message(self, *args: Any, **options: Any) -> None:
        """None of allauth's."""

    def send_notification_mail(self, *args: Any, **options: Any) -> None:
        """None: the desk sends no mail."""

    def get_client_ip(self, request: HttpRequest) -> str:
        """Never asked for."""
        return ""

    def get_http_user_agent(self, request: HttpRequest) -> str:
        """Never asked for."""
        return ""

    def is_reauthentication_required(self, *, app: str, **options: Any) -> bool:
        """Whether the password was last given too long ago to change a factor on it."""
        return not is_recent(self.request)


class FactorAdapter(DefaultMFAAdapter):
    """What is kept is sealed; what an authenticator shows is the desk's host."""

    def encrypt(self, text: str) -> str:
        """Sealed with the desk's sealing key."""
        return sealing.seal(text).decode()

    def decrypt(self, encrypted_text: str) -> str:
        """Raises BrokenSeal under another key."""
        return sealing.unseal(encrypted_text.encode())

    def get_totp_issuer(self) -> str:
        """The desk's host, as an app lists it."""
        return urlsplit(settings.PUBLIC_URL).hostname or ""

    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        """Passkeys are bound to the host that the browser shows."""
        return super().get_public_key_credential_rp_entity() | {"name": self.get_totp_issuer()}

    def build_totp_svg(self, url: str) -> str:
        """The QR code, as the volunteers' receipt has one."""
        return segno.make(url, micro=False).svg_inline(scale=4, border=3)

    def generate_authenticator_name(self, user: Any, type: Authenticator.Type) -> str:  # noqa: A002
        """What a passkey is called whose owner gives it no name."""
        number = Authenticator.objects.filter(user=user, type=type).count() + 1
        return _("Passkey %(number)d") % {"number": number}


def is_recent(request: HttpRequest) -> bool:
    """Whether this session's password or second factor was given within the last minutes."""
    records = get_authentication_records(request, request.user)
    return bool(records) and time.time() - records[-1]["at"] < RECENT_SECONDS


def has_entered(request: HttpRequest) -> bool:
    """Whether this is a member of staff who gave a second factor in this session."""
    return is_at_the_door(request) and any(
        each["method"] == "mfa" for each in get_authentication_records(request, request.user)
    )


def is_at_the_door(request: HttpRequest) -> bool:
    """Whether this is a member of staff who gave a password in this session, at least."""
    return request.user.is_active and request.user.is_staff


def enter(request: HttpRequest, factor: Authenticator) -> None:
    """Note that this session's person gave, or has just set up, this factor; the session gets a new key."""
    post_authentication(request, factor)
    request.session.cycle_key()


def factors_of(user: Any) -> list[Authenticator]:
    """The second factors of a person, the oldest first; recovery codes are none by themselves."""
    return list(Authenticator.objects.filter(user=user).exclude(type=Type.RECOVERY_CODES).order_by("pk"))


def opened_by(user: Any, code: str) -> Authenticator | None:
    """The factor of this person that the code opens, and from now on no more; None if it opens none."""
    code = "".join(code.split())
    for each in Authenticator.objects.filter(user=user).exclude(type=Type.WEBAUTHN):
        opens = spend if each.type == Type.TOTP else _opens_recovery
        if opens(each, code):
            return Authenticator.objects.get(pk=each.pk)
    return None


@transaction.atomic
def spend(factor: Authenticator, code: str) -> bool:
    """Whether the code is of this app and opens now; it, and any before it, opens no more."""
    kept = Authenticator.objects.select_for_update().filter(pk=factor.pk).first()
    step = step_of(secret_of(kept), code) if kept else None
    if kept is None or step is None or step <= kept.data.get(LAST_STEP, -1):
        return False
    kept.data[LAST_STEP] = step
    kept.save(update_fields=["data"])
    return True


def _opens_recovery(factor: Authenticator, code: str) -> bool:
    return factor.wrap().validate_code(code)


def secret_of(factor: Authenticator) -> str:
    """The secret that an app's codes are made from; raises BrokenSeal under another key."""
    return FactorAdapter().decrypt(factor.data["secret"])


def step_of(secret: str, code: str) -> int | None:
    """The step of thirty seconds that the code is of, this one or one beside it; None if of none."""
    for step in yield_hotp_counters_from_time():
        if compare_user_code(actual=code, expected=format_hotp_value(hotp_value(secret, step))):
            return step
    return None


def code_now(secret: str) -> tuple[str, int]:
    """What an app shows for this secret, and for how many more seconds."""
    period = app_settings.TOTP_PERIOD
    now = int(time.time())
    return format_hotp_value(hotp_value(secret, now // period)), period - now % period


def give_app(user: Any, secret: str) -> Authenticator:
    """Set up codes from an app for somebody who has none."""
    return TOTP.activate(user, secret).instance


def recovery_codes_of(user: Any) -> list[str]:
    """The recovery codes of a person that are not used yet."""
    found = Authenticator.objects.filter(user=user, type=Type.RECOVERY_CODES).first()
    return found.wrap().get_unused_codes() if found else []


def can_use_passkeys(request: HttpRequest) -> bool:
    """Whether browsers allow passkeys here: they do for names of hosts, not for numbers."""
    host = urlsplit(f"//{request.get_host()}").hostname or ""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return True
    return False
