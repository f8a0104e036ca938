"""Who calls: a partner's key, what it may be used for, and how often."""

from __future__ import annotations

import logging
import re
import time
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.core.cache import cache
from django.utils.translation import gettext_lazy as _
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from redis.exceptions import RedisError
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle
from rest_framework.views import APIView

from claims import actors
from verification.partners import keys

log = logging.getLogger(__name__)

WINDOW_SECONDS = 60
_KEY = re.compile(r"cor_[0-9a-f]{1,16}_[A-Za-z0-9_-]{1,100}")


class KeyAuthentication(BaseAuthentication):
    """``Authorization: Bearer cor_<prefix>_<secret>``; ``request.auth`` is then the partner's actor."""

    def authenticate(self, request: Request) -> tuple[None, actors.Actor] | None:
        """The partner of a valid key; None without a key. Raises AuthenticationFailed for any other."""
        scheme, _space, text = get_authorization_header(request).decode("latin-1").partition(" ")
        if scheme.lower() != "bearer":
            return None
        key = keys.find(text.strip()) if _KEY.fullmatch(text.strip()) else None
        if not key:
            raise AuthenticationFailed(_("This key is not valid: it is unknown, expired or revoked."))
        return None, actors.partner(key)

    def authenticate_header(self, request: Request) -> str:
        """What a caller without a valid key is asked for."""
        return "Bearer"


class KeyScheme(OpenApiAuthenticationExtension):
    """How the schema describes a key."""

    target_class = KeyAuthentication
    name = "key"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        """A bearer token."""
        return {"type": "http", "scheme": "bearer", "bearerFormat": "cor_<prefix>_<secret>"}


class HasScope(BasePermission):
    """A key, and on it the scope that the view names."""

    message = _("This key lacks the scope for this.")

    def has_permission(self, request: Request, view: APIView) -> bool:
        """Whether the key may be used for this; without a key, the caller is asked for one."""
        return request.auth is not None and view.scope in request.auth.key.scopes  # type: ignore[attr-defined]


@dataclass(frozen=True)
class Allowance:
    """What is left of a key's allowance in this window, and when the next one begins."""

    limit: int
    remaining: int
    reset_s: int

    def headers(self) -> dict[str, str]:
        """The RateLimit headers of draft-ietf-httpapi-ratelimit-headers-10."""
        return {
            "RateLimit-Policy": f'"key";q={self.limit};w={WINDOW_SECONDS}',
            "RateLimit": f'"key";r={self.remaining};t={self.reset_s}',
        }


class KeyThrottle(BaseThrottle):
    """So many requests a minute for each key; counted in the cache, by the key's prefix alone."""

    def allow_request(self, request: Request, view: APIView) -> bool:
        """Count this request; ``request.allowance`` says what is left."""
        now = time.time()
        limit = settings.API_REQUESTS_PER_MINUTE
        used = _count(f"throttle:{request.auth.key.prefix}:{int(now // WINDOW_SECONDS)}")
        self._reset = WINDOW_SECONDS - int(now % WINDOW_SECONDS)
        request.allowance = Allowance(limit, max(0, limit - used), self._reset)  # type: ignore[attr-defined]
        return used <= limit

    def wait(self) -> float:
        """Seconds until the next window."""
        return self._reset


def _count(name: str) -> int:
    """How often this was counted in its window, now included; nothing while the cache is away.

    A partner must not lose the feed because the counter is broken.
    """
    try:
        cache.add(name, 0, timeout=2 * WINDOW_SECONDS)
        return cache.incr(name)
    except ValueError:  # It ended between the two steps.
        return 1
    except (RedisError, OSError) as error:
        log.warning("The cache is away (%s): requests are not counted.", type(error).__name__)
        return 0
