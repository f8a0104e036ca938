"""Sending in, and sending the same again: one form token is one submission, and nothing is lost."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.db import IntegrityError, transaction

from claims.actors import VOLUNTEER
from claims.forms import EvidenceForm, SubmissionForm
from claims.models import Case, Consent, Submission
from claims.operations import ReceivedFile
from claims.receipts import code_of, hash_of
from claims.transitions import BadInput
from claims.uploads import StoredUpload
from verification import operations


@dataclass(frozen=True)
class Sent:
    """The receipt code, how many items are new, and whether this form had been sent before."""

    code: str
    added: int
    again: bool = False


def find(code: str) -> Submission | None:
    """The submission with this receipt code. The code is the right to see it; there is no other."""
    return Submission.objects.select_related("case").filter(receipt_hash=hash_of(code)).first()


def send(case: Case, form: SubmissionForm, language: str) -> Sent:
    """Take a valid form in. Sent again, the same form gives the same code and adds only what is new.

    Raises what ``operations.submit`` raises; nothing is written then.
    """
    code = code_of(form.cleaned_data["form_token"])
    try:
        return Sent(code, _submit(case, code, form, language))
    except (BadInput, IntegrityError):
        # The form was sent before, or at this very moment: whoever comes second finds the first's submission.
        if (earlier := find(code)) is None:
            raise
        return Sent(code, add(earlier, form), again=True)


@transaction.atomic
def add(submission: Submission, form: EvidenceForm) -> int:
    """Add what the submission does not have yet; the number of new items."""
    # One at a time, so that what is sent twice at once is added once.
    Submission.objects.select_for_update(no_key=True).get(pk=submission.pk)
    given = form.cleaned_data
    evidence = submission.evidence.all()
    had = set(evidence.values_list("media_file_id", flat=True))
    files = _once(given["files"], had)
    link_is_new = given["source_url"] and not evidence.filter(source_url=given["source_url"]).exists()
    if not files and not link_is_new:
        return 0
    added = operations.add_to_submission(
        actor=VOLUNTEER, submission=submission, files=files, said=form.statement(), claim=given["claim"]
    )
    return len(added)


def _submit(case: Case, code: str, form: SubmissionForm, language: str) -> int:
    given = form.cleaned_data
    items = operations.submit(
        actor=VOLUNTEER,
        case=case,
        receipt_code=code,
        files=_once(given["files"], set()),
        said=form.statement(),
        consent=Consent(given["consent"]),
        claim=given["claim"],
        description=form.description(),
        contact=given["contact"],
        language=language,
    )
    return len(items)


def _once(uploads: Iterable[StoredUpload], had: set[str]) -> list[ReceivedFile]:
    """Each file that is not had already, once, however often it was chosen."""
    new = {each.received.sha256: each for each in uploads if each.received.sha256 not in had}
    return [ReceivedFile(each.received, each.given_name) for each in new.values()]
