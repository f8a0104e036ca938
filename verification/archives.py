"""Web archives: by when the address of an evidence item had been captured, where the operator names one.

The archive learns which addresses the desk looks at, so that nobody is asked by default, and never about
what a sender gave to this desk alone. The worker asks before it has the checks run, once an item and
round until there is an answer; what came of it is stored, and the checks are told.
"""

from __future__ import annotations

import base64
import hashlib
import ipaddress
import re
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.utils import timezone

from claims import custody, storage
from claims.actors import DESK
from claims.models import Consent, Evidence
from media_checks.context import ArchiveCapture
from media_checks.reading import addresses
from verification import cdx
from verification.models import ArchiveLookup, LookupOutcome

# An archive that is away is left alone for so long: not every item waits for it in turn.
REST = timedelta(seconds=60)
# RFC 4648 base32 of the 160 bits of a SHA-1, as CDX and WARC write it.
_DIGEST = re.compile(r"(?:sha1:)?([A-Z2-7]{32})", re.IGNORECASE)
_NOT_PUBLIC = (".onion", ".local", ".internal", ".localhost", ".i2p")


def ask(evidence: Evidence) -> None:
    """Ask about an item's address and store what came of it; call it outside a transaction.

    Does nothing where no archive is named, the address is none of the public web, or there is a
    row for this round or an answer already. Whatever the archive does, it takes ARCHIVE_SECONDS at most.
    """
    address = _public_address(evidence)
    if not settings.ARCHIVE_CDX_URL or not address or _is_known(evidence):
        return
    _store(evidence, address, _looked_up(evidence, address))


def capture_of(evidence: Evidence) -> ArchiveCapture | None:
    """The earliest capture that an archive told of, by the latest answer."""
    answers = [each for each in _lookups(evidence) if each.has_answer]
    if not answers or not answers[-1].captured_at:
        return None
    return ArchiveCapture(answers[-1].captured_at, answers[-1].media_type, answers[-1].same_bytes)


def why_not_asked(evidence: Evidence) -> str:
    """Why there is no answer in this round; empty where there is one, or nobody was to be asked."""
    return next((each.reason for each in _lookups(evidence) if each.round == evidence.round), "")


def _lookups(evidence: Evidence) -> list[ArchiveLookup]:
    """By round; read from memory where they were prefetched. What has no address was never asked about."""
    if not evidence.source_url:
        return []
    return sorted(evidence.archive_lookups.all(), key=lambda each: each.round)


def _is_known(evidence: Evidence) -> bool:
    return any(
        each.round == evidence.round or (each.has_answer and each.server == settings.ARCHIVE_CDX_URL)
        for each in _lookups(evidence)
    )


def _looked_up(evidence: Evidence, address: str) -> dict[str, Any]:
    """The outcome, with what belongs to it."""
    if evidence.submission.consent == Consent.DESK_ONLY:
        return _without("its sender gave the address to this desk alone")
    if _is_resting():
        return _without("it did not answer others a moment ago")
    try:
        capture = cdx.earliest(settings.ARCHIVE_CDX_URL, address, seconds=settings.ARCHIVE_SECONDS)
        if capture is None:
            return {"outcome": LookupOutcome.NOT_ARCHIVED}
        same_bytes = _same_bytes(capture.digest, evidence.media_file_id)
    except cdx.NoAnswer as problem:
        outcome = LookupOutcome.AWAY if problem.is_away else LookupOutcome.NO_USE
        return {"outcome": outcome, "reason": problem.reason}
    except OSError as error:
        reason = f"the file cannot be opened ({type(error).__name__})"
        return {"outcome": LookupOutcome.NO_USE, "reason": reason}
    return {
        "outcome": LookupOutcome.CAPTURED,
        "captured_at": capture.at,
        "media_type": capture.media_type,
        "digest": capture.digest,
        "same_bytes": same_bytes,
    }


def _without(reason: str) -> dict[str, Any]:
    return {"outcome": LookupOutcome.NOT_ASKED, "reason": reason}


def _is_resting() -> bool:
    since = timezone.now() - REST
    return ArchiveLookup.objects.filter(
        outcome=LookupOutcome.AWAY, asked_at__gte=since, server=settings.ARCHIVE_CDX_URL
    ).exists()


@custody.operation()
def _store(evidence: Evidence, address: str, found: dict[str, Any]) -> None:
    """The first row of a round counts, should two workers have asked. The record says who was told of it."""
    server = settings.ARCHIVE_CDX_URL
    stored, is_new = ArchiveLookup.objects.get_or_create(
        evidence=evidence, round=evidence.round, defaults={"server": server, "address": address, **found}
    )
    if is_new and stored.outcome != LookupOutcome.NOT_ASKED:
        custody.record(
            DESK,
            "archive.asked",
            evidence,
            case=evidence.case,
            archive=urlsplit(server).netloc,
            outcome=str(stored.outcome),
            round=evidence.round,
        )


def _same_bytes(digest: str, sha256: str | None) -> bool | None:
    written = _DIGEST.fullmatch(digest)
    if not written or not sha256:
        return None
    mine = hashlib.sha1(usedforsecurity=False)
    for piece in storage.chunks(sha256):
        mine.update(piece)
    return base64.b32encode(mine.digest()).decode() == written[1].upper()


def _public_address(evidence: Evidence) -> str:
    """What to ask about: of an address at an archive the one that it archived; empty where there is nothing.

    What only a browser sees (behind #) and a password within it stay in, and so does what no public
    archive can have: other schemes, names and numbers of private networks.
    """
    try:
        parts = urlsplit(addresses.archived_address(evidence.source_url))
        host = parts.hostname or ""
        if parts.scheme not in ("http", "https") or not _is_public(host):
            return ""
        port = f":{parts.port}" if parts.port else ""
    except ValueError:
        return ""
    host = f"[{host}]" if ":" in host else host
    return parts._replace(netloc=f"{host}{port}", fragment="").geturl()


def _is_public(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_global
    except ValueError:
        return "." in host.strip(".") and not host.rstrip(".").endswith(_NOT_PUBLIC)
