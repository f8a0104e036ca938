"""Keys of partners: ``cor_<prefix>_<secret>``, kept only as a hash."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from dataclasses import dataclass

from django.utils import timezone

from verification.models import ApiKey


@dataclass(frozen=True)
class FreshKey:
    """A new key: ``text`` is what the partner gets, once."""

    prefix: str
    secret_hash: str
    text: str


def generate() -> FreshKey:
    """A new key with a secret of 256 bits."""
    prefix, secret = secrets.token_hex(6), secrets.token_urlsafe(32)
    return FreshKey(prefix, hash_of(secret), f"cor_{prefix}_{secret}")


def hash_of(secret: str) -> str:
    """What is stored of a secret; one fast hash is enough for 256 random bits."""
    return hashlib.sha256(secret.encode()).hexdigest()


def find(text: str) -> ApiKey | None:
    """The valid key that this text is; None for any other text, an expired or a revoked key."""
    parts = text.split("_", 2)
    if len(parts) != 3 or parts[0] != "cor":
        return None
    key = ApiKey.objects.select_related("partner").filter(prefix=parts[1]).first()
    # A wrong prefix costs the same comparison as a wrong secret.
    same = hmac.compare_digest(key.secret_hash if key else "0" * 64, hash_of(parts[2]))
    return key if key and same and key.is_valid(timezone.now()) else None
