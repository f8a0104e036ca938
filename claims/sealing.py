"""Sealing: encryption of what may lead to a source, with a key of its own."""

from __future__ import annotations

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings

from claims.models import Evidence, SealedKind, Submission


class BrokenSeal(Exception):
    """A sealed part that none of this desk's keys opens."""


def seal(text: str) -> bytes:
    """The text, encrypted and authenticated with the desk's sealing key."""
    return _box().encrypt(text.encode())


def unseal(sealed: bytes | memoryview) -> str:
    """The text that ``seal`` was given; raises BrokenSeal."""
    try:
        return _box().decrypt(bytes(sealed)).decode()
    except InvalidToken as broken:
        raise BrokenSeal("No sealing key of this desk opens this part.") from broken


def sealed_anew(sealed: bytes | memoryview) -> bytes:
    """The same sealed with today's key, whichever key it was sealed with; raises BrokenSeal."""
    try:
        return _box().rotate(bytes(sealed))
    except InvalidToken as broken:
        raise BrokenSeal("No sealing key of this desk opens this part.") from broken


def is_of_today(sealed: bytes | memoryview) -> bool:
    """Whether today's key alone opens it."""
    try:
        Fernet(settings.SEALING_KEY.encode()).decrypt(bytes(sealed))
    except InvalidToken:
        return False
    return True


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


def _box() -> MultiFernet:
    """Seals with today's key; opens with the former ones too."""
    keys = (settings.SEALING_KEY, *settings.FORMER_SEALING_KEYS)
    return MultiFernet([Fernet(each.encode()) for each in keys])
