"""Time stamps of heads (RFC 3161): by when a head existed, as an authority says that nobody here commands."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import datetime, timedelta

from cryptography.x509 import load_pem_x509_certificates
from django.conf import settings
from django.db import IntegrityError, transaction
from rfc3161_client import (
    HashAlgorithm,
    TimeStampRequest,
    TimestampRequestBuilder,
    VerificationError,
    Verifier,
    VerifierBuilder,
    decode_timestamp_response,
)

from claims import heads, verify_record
from claims.models import CustodyHead, TimeStamp

# An authority's clock may be a little behind the desk's.
CLOCKS_DIFFER = timedelta(minutes=5)


class BadTimeStamp(Exception):
    """An answer that is no time stamp of this head by an authority whose root is trusted."""


def request_for(head: CustodyHead) -> TimeStampRequest:
    """What to ask an authority: it gets the SHA-256 of the head, which is the head's hash, and a nonce."""
    return TimestampRequestBuilder().data(_signed(head)).hash_algorithm(HashAlgorithm.SHA256).build()


def keep(head: CustodyHead, answer: bytes, asked: TimeStampRequest, authority: str) -> None:
    """Verify an answer and store it; one that the head has already stays. Raises BadTimeStamp."""
    at = verified(head, answer, asked.nonce)
    try:
        with transaction.atomic():
            TimeStamp.objects.create(head=head, at=at, authority=authority, answer=answer)
    except IntegrityError:
        return


def verified(head: CustodyHead, answer: bytes, nonce: int | None = None) -> datetime:
    """The time (UTC) that an answer tells about a head. Raises BadTimeStamp.

    The signature, the certificates up to a root of TIME_STAMP_ROOTS, the digest and the nonce are verified.
    """
    try:
        response = decode_timestamp_response(answer)
        _verifier(nonce).verify(response, hashlib.sha256(_signed(head)).digest())
    except (VerificationError, ValueError) as problem:
        raise BadTimeStamp(str(problem)) from problem
    at: datetime = response.tst_info.gen_time
    if at < head.at - CLOCKS_DIFFER:
        raise BadTimeStamp("it is older than the head")
    return at


def breaks() -> Iterator[str]:
    """One sentence for each stored time stamp that is not one of its head."""
    stamps = TimeStamp.objects.select_related("head").order_by("head")
    for stamp in stamps.iterator(chunk_size=10):
        try:
            if not settings.TIME_STAMP_ROOTS:
                raise BadTimeStamp("TIME_STAMP_ROOTS holds no root to verify it with")
            if verified(stamp.head, bytes(stamp.answer)) != stamp.at:
                raise BadTimeStamp("it tells another time")
        except BadTimeStamp as problem:
            yield f"the time stamp of head {stamp.head_id} does not verify: {problem}"


def _verifier(nonce: int | None) -> Verifier:
    builder = VerifierBuilder()
    for root in load_pem_x509_certificates(settings.TIME_STAMP_ROOTS.encode()):
        builder = builder.add_root_certificate(root)
    return (builder if nonce is None else builder.nonce(nonce)).build()


def _signed(head: CustodyHead) -> bytes:
    return verify_record.signed_part(heads.document_of(head))
