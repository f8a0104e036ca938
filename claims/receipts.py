"""Receipt codes: 100 bits that are shown once and stored only hashed."""

from __future__ import annotations

import hashlib
import secrets

from django.utils.crypto import salted_hmac

# Crockford's base 32: no letter that is read as another.
_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_LENGTH = 20
_READ_AS = str.maketrans("OIL", "011", " -–\u200e\u200f\u00a0")


def new_form_token() -> str:
    """A random token that a form carries, so that sending it twice is one submission."""
    return secrets.token_urlsafe(18)


def generate() -> str:
    """A receipt code of its own, for a submission that no form was filled in for."""
    return code_of(new_form_token())


def code_of(form_token: str) -> str:
    """The receipt code that belongs to a form token, in four groups of five."""
    number = int.from_bytes(salted_hmac("claims.receipts", form_token, algorithm="sha256").digest())
    letters = "".join(_ALPHABET[(number >> (5 * place)) & 31] for place in range(_LENGTH))
    return "-".join(letters[start : start + 5] for start in range(0, _LENGTH, 5))


def hash_of(code: str) -> str:
    """What is stored of a receipt code, in hex. Case, spaces and look-alike letters do not matter."""
    plain = code.strip().upper().translate(_READ_AS)
    return hashlib.sha256(plain.encode()).hexdigest()
