"""Sealing: encryption of what may lead to a source, with a key of its own."""

from __future__ import annotations

from cryptography.fernet import Fernet, InvalidToken
from django.conf import settings

from claims.models import Evidence, SealedKind, Submission


class BrokenSeal(Exception):
    """A sealed part that this desk's key does not open."""


def seal(text: str) -> bytes:
    """The text, encrypted and authenticated with the desk's sealing key."""
    return _box().encrypt(text.encode())


def unseal(sealed: bytes | memoryview) -> str:
    """The text that ``seal`` was given; raises BrokenSeal."""
    try:
        return _box().decrypt(bytes(sealed)).decode()
    except InvalidToken as broken:
        raise BrokenSeal("The sealing key does not open this part.") from broken


def opened(submission: Submission) -> dict[str, list[str]]:
    """Everything that is sealed of a submission, by kind; for ``operations.read_source`` alone."""
    found: dict[str, list[str]] = {}
    for part in submission.sealed_parts.order_by("pk"):
        found.setdefault(part.kind, []).append(unseal(part.sealed))
    return found


def file_name_of(evidence: Evidence) -> str:
    """The sealed original name, for the locked child alone; empty where none was given."""
    part = evidence.sealed_parts.filter(kind=SealedKind.FILE_NAME).first()
    return unseal(part.sealed) if part else ""


def _box() -> Fernet:
    return Fernet(settings.SEALING_KEY.encode())
