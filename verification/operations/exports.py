"""Exporting a case for a court or an archive, as a bag that can be verified without the desk."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from claims import custody, heads, storage, verify_record
from claims.actors import Actor
from claims.models import Case, CustodyHead, MediaFile, TimeStamp
from claims.permissions import Permission, require
from claims.transitions import BadInput, LostRace
from verification.bags import Bag
from verification.partners import exported

README = Path(exported.__file__).with_name("README-bag.txt")


HEAD_ATTEMPTS = 5


class _NoBytes(Exception):
    """The store has no bytes to copy; the cause says why."""


@dataclass
class Export:
    """What came of an export: how many files went with it, and why others did not, by SHA-256."""

    files: int = 0
    unfit: dict[str, str] = field(default_factory=dict)


def export_case(*, actor: Actor, case: Case, reason: str, folder: Path) -> Export:
    """Write the case into a new folder. That it began and what it was stands in the record.

    Not one transaction: it copies every original, which may take hours. Raises NotPermitted, BadInput
    without a reason or where the folder cannot be made; bytes that are not what they were stay out and
    are named in what is returned.
    """
    require(actor, Permission.EXPORT_CASE, case)
    if not reason.strip():
        raise BadInput(_("Say who asked for it, and why."), field="reason")
    try:
        bag = Bag(folder)
    except OSError as error:
        message = _("The folder cannot be made: %(error)s.") % {"error": error.strerror}
        raise BadInput(message, field="folder") from error
    with custody.operation():
        custody.record(actor, "case.export_began", case, case=case, reason=reason)
    done = _write_payload(bag, case)
    with custody.operation():
        payload = verify_record.payload_digest(bag.manifest)
        custody.record(actor, "case.exported", case, case=case, payload=payload, files=done.files)
    _write_record(bag, case, _head_over(case))
    return done


def _write_payload(bag: Bag, case: Case) -> Export:
    done = Export()
    files = MediaFile.objects.filter(evidence__in=exported.exportable(case)).order_by("sha256").distinct()
    for media_file in files.iterator():
        if why := _copy(bag, media_file.sha256):
            done.unfit[media_file.sha256] = why
        else:
            done.files += 1
    bag.add_lines("data/case.jsonl", [exported.case_document(case)])
    bag.add_lines("data/claims.jsonl", exported.claim_documents(case))
    bag.add_lines("data/evidence.jsonl", exported.evidence_documents(case, done.unfit))
    bag.add_lines("data/verdicts.jsonl", exported.verdict_documents(case))
    return done


def _copy(bag: Bag, sha256: str) -> str:
    """Copy an original; returns why not, where its bytes are not there or not what they were."""
    path = f"{verify_record.ORIGINALS}{sha256}"
    try:
        if bag.add(path, _read(sha256)) == sha256:
            return ""
        why = "its bytes were changed"
    except _NoBytes as error:
        why = f"its bytes cannot be read ({type(error.__cause__).__name__})"
    bag.remove(path)
    return why


def _read(sha256: str) -> Iterator[bytes]:
    try:
        yield from storage.chunks(sha256)
    except OSError as error:
        raise _NoBytes(sha256) from error


def _head_over(case: Case) -> CustodyHead:
    """A head over the record as it is now; one that others sign at this moment may be a moment too old."""
    for _attempt in range(HEAD_ATTEMPTS):
        with suppress(LostRace):
            return heads.sign()
    return heads.sign()


def _write_record(bag: Bag, case: Case, head: CustodyHead) -> None:
    until, _hash = head.leaves[str(case.pk)]
    bag.add_lines(verify_record.LINES, exported.lines(case, until))
    bag.add_lines(verify_record.HEADS, exported.head_documents(case, head.number))
    for stamp in TimeStamp.objects.filter(head__number__lte=head.number).iterator():
        bag.add(f"{verify_record.TIME_STAMPS}{stamp.head_id}.tsr", [bytes(stamp.answer)])
    info = {
        "Bag-Software-Agent": "Corroborate",
        "Bagging-Date": timezone.now().date().isoformat(),
        "External-Identifier": str(case.pk),
        "Custody-Public-Key": head.key,
    }
    verifier = Path(verify_record.__file__)
    bag.finish(info, beside={verifier.name: verifier.read_bytes(), "README.txt": README.read_bytes()})
