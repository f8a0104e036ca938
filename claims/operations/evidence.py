"""Submissions and their evidence: taken in, tied to claims, attested."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from claims import custody, media_files, receipts, sealing, storage, uploads
from claims.actors import Actor
from claims.models import (
    Case,
    Claim,
    Consent,
    Evidence,
    EvidenceState,
    SealedKind,
    SealedPart,
    Stance,
    Submission,
)
from claims.operations.inputs import clean_fields, need
from claims.permissions import Permission, require
from claims.transitions import BadInput


@dataclass(frozen=True)
class ReceivedFile:
    """A file as a door received it: its bytes on disk and the name that the sender's device gave."""

    received: storage.Received
    name: str = ""


@dataclass(frozen=True)
class Statement:
    """What a sender says of evidence: stance, when, where and how it was taken, and an address."""

    stance: Stance = Stance.CONTEXT
    start: datetime | None = None
    end: datetime | None = None
    where: str = ""
    how: str = ""
    source_url: str = ""


@custody.operation()
def take_submission(
    *,
    actor: Actor,
    case: Case,
    receipt_code: str,
    files: Sequence[ReceivedFile],
    said: Statement,
    consent: Consent,
    claim: Claim | None = None,
    description: str = "",
    contact: str = "",
    language: str = "en",
) -> list[Evidence]:
    """Take one act of sending in: rows, sealed parts and custody in one transaction.

    Each file becomes an evidence item; with no file, the address alone is one. Returns the items, each with
    its submission. Raises BadInput, with nothing written, when nothing usable was sent, the claim is not one
    of this case or the receipt code belongs to another submission.
    """
    require(actor, Permission.SUBMIT, case)
    if claim and not Claim.objects.visible_to(actor).filter(pk=claim.pk, case=case).exists():
        raise BadInput(_("That claim is not open in this case."), field="claim")
    need(consent in Consent.values and consent, "consent")
    receipt_hash = receipts.hash_of(receipt_code)
    if Submission.objects.filter(receipt_hash=receipt_hash).exists():
        raise BadInput(_("This was sent before."), field="receipt_code")
    _keep(files, said)
    submission = Submission(
        case=case,
        receipt_hash=receipt_hash,
        language=language,
        consent=consent,
        description=description,
        submitted_by=actor.user,
        received_at=_this_hour(),
    )
    clean_fields(submission)
    submission.save(force_insert=True)
    custody.record(actor, "submission.received", submission, case=case, consent=str(consent))
    _seal(submission, None, SealedKind.CONTACT, contact)
    _seal(submission, None, SealedKind.EXACT_TIME, timezone.now().isoformat())
    return _offer_all(actor, submission, files, said, claim)


@custody.operation()
def add_evidence(
    *,
    actor: Actor,
    submission: Submission,
    files: Sequence[ReceivedFile],
    said: Statement,
    claim: Claim | None = None,
) -> list[Evidence]:
    """Add evidence items to a submission; raises BadInput when a file cannot be evidence."""
    require(actor, Permission.SUBMIT, submission.case)
    _keep(files, said)
    return _offer_all(actor, submission, files, said, claim)


def refuse_unfit(received: storage.Received) -> None:
    """Raise BadInput, in words fit for a volunteer, for bytes that cannot be evidence."""
    if unfit := uploads.unfitness(received.size, received.head):
        code, message = unfit
        raise BadInput(message, field="files", code=code)


@custody.operation()
def tie_evidence(*, actor: Actor, evidence: Evidence, claim: Claim, stance: Stance) -> None:
    """Tie an evidence item to a claim of its case."""
    require(actor, Permission.TRIAGE, evidence.case)
    if claim.case_id != evidence.case_id:
        raise BadInput(_("That claim belongs to another case."), field="claim")
    if stance not in Stance.values:
        raise BadInput(_("Choose what the evidence is offered as."), field="stance")
    evidence.claim, evidence.stance = claim, stance
    evidence.save(update_fields=["claim", "stance"])
    custody.record(
        actor, "evidence.tied", evidence, case=evidence.case, claim=str(claim.pk), stance=str(stance)
    )


@custody.operation()
def attest_source(*, actor: Actor, evidence: Evidence, reason: str) -> None:
    """Say that the actor saw this content at its address, so that the address's own time counts."""
    require(actor, Permission.REVIEW, evidence.case)
    need(reason, "reason")
    if not evidence.source_url:
        raise BadInput(_("This evidence has no address."), field="source_url")
    evidence.source_attested_by = actor.user
    evidence.save(update_fields=["source_attested_by"])
    custody.record(actor, "evidence.source_attested", evidence, case=evidence.case, reason=reason)


def _keep(files: Sequence[ReceivedFile], said: Statement) -> None:
    """Store the bytes of what is offered, before any row is locked: a large file may take a while."""
    if not files and not said.source_url:
        raise BadInput(_("Add a photo, a video or a link."), field="files")
    if said.end and (not said.start or said.end < said.start):
        raise BadInput(_("The last day is before the first."), field="last_day")
    if len(files) > settings.MAX_FILES_PER_SUBMISSION:
        raise BadInput(_("Send fewer files at once."), field="files")
    for each in files:
        refuse_unfit(each.received)
    media_files.keep(each.received for each in files)


def _offer_all(
    actor: Actor, submission: Submission, files: Sequence[ReceivedFile], said: Statement, claim: Claim | None
) -> list[Evidence]:
    return [_offer(actor, submission, each, said, claim) for each in files or (None,)]


def _offer(
    actor: Actor, submission: Submission, file: ReceivedFile | None, said: Statement, claim: Claim | None
) -> Evidence:
    evidence = Evidence(
        case=submission.case,
        submission=submission,
        claim=claim,
        media_file=media_files.named(file.received) if file else None,
        # Nothing is waited for where there is no file: whoever received it opens its review with it.
        state=EvidenceState.RECEIVED if file else EvidenceState.CHECKED,
        source_url=said.source_url,
        stance=said.stance,
        said_start=said.start,
        said_end=said.end or said.start,
        said_where=said.where,
        said_how=said.how,
        received_at=_this_hour(),
    )
    clean_fields(evidence)
    evidence.save(force_insert=True)
    if file:
        _seal(submission, evidence, SealedKind.FILE_NAME, file.name)
    custody.record(actor, "evidence.received", evidence, case=submission.case, sha256=evidence.media_file_id)
    return evidence


def _seal(submission: Submission, evidence: Evidence | None, kind: SealedKind, text: str) -> None:
    if text:
        SealedPart.objects.create(
            submission=submission, evidence=evidence, kind=kind, sealed=sealing.seal(text)
        )


def _this_hour() -> datetime:
    return timezone.now().replace(minute=0, second=0, microsecond=0)
