"""What a case that is exported for a court or an archive says: one allow-list, as for partners.

Contacts, original file names, exact times of receipt and what volunteers wrote beside their files stay in.
Of an item that its sender gave to this desk alone there is its number, and that it is withheld. The
original bytes go as they are, and may themselves lead to whoever made them.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from claims import custody, heads
from claims.models import Case, Claim, Consent, CustodyEvent, CustodyHead, Evidence, Submission
from verification.models import Verdict
from verification.models.verdicts import EVER_PUBLISHED
from verification.partners.documents import (
    Document,
    claim_document,
    decisions_on,
    evidence_document,
    time,
    with_answers,
)

WITHHELD = "its sender gave it to this desk alone"

# Details of lines that may be read, by name. Of reasons, those that are about claims and exports.
SHOWN = frozenset(
    {"authenticity", "check", "claim", "confidence", "consent", "files", "judgement", "outcome", "payload",
     "proposal", "rating", "role", "round", "sha256", "slug", "stance", "statement", "user", "verdict",
     "version"}
)  # fmt: skip
REASONED = frozenset(
    {
        "claim.withdrawn",
        "claim.reopened",
        "verdict.retracted",
        "case.export_began",
        "retraction.proposed",
        "retraction.refused",
    }
)


def case_document(case: Case) -> Document:
    """The case."""
    return {"id": str(case.pk), "slug": case.slug, "title": case.title, "description": case.description}


def claim_documents(case: Case) -> Iterator[Document]:
    """Its claims, withdrawn ones too."""
    for claim in Claim.objects.filter(case=case).select_related("case").order_by("pk").iterator():
        parent = str(claim.parent_id) if claim.parent_id else None
        yield {**claim_document(claim), "state": str(claim.state), "parent": parent}


def verdict_documents(case: Case) -> Iterator[Document]:
    """Every version of a verdict that was ever published, as it was published."""
    published = Verdict.objects.filter(claim__case=case, state__in=EVER_PUBLISHED)
    for verdict in published.order_by("claim", "version").iterator():
        yield verdict.published_document


def exportable(case: Case) -> Any:
    """The items of which more may leave than that they are there."""
    return Evidence.objects.filter(case=case).exclude(submission__consent=Consent.DESK_ONLY)


def evidence_documents(case: Case, unfit: dict[str, str]) -> Iterator[Document]:
    """Every item of the case; ``unfit`` says by SHA-256 why there are no bytes of a file."""
    withheld = Evidence.objects.filter(case=case, submission__consent=Consent.DESK_ONLY).order_by("pk")
    for pk in withheld.values_list("pk", flat=True).iterator():
        yield {"id": str(pk), "withheld": WITHHELD}
    items = exportable(case).select_related("media_file", "submission").order_by("pk")
    for item in with_answers(items).iterator(chunk_size=100):
        yield _evidence_document(item, unfit)


def lines(case: Case, until: int) -> Iterator[custody.Line]:
    """The record of the case up to this line, with what may not be read withheld."""
    private = {f"evidence:{each}" for each in _private(Evidence.objects.filter(case=case), "submission__")}
    private |= {f"submission:{each}" for each in _private(Submission.objects.filter(case=case), "")}
    events = CustodyEvent.objects.filter(case=case, sequence__lte=until).order_by("sequence")
    for event in events.iterator():
        yield custody.line_of(event, shows=_names(event, private).__contains__)


def head_documents(case: Case, until: int) -> Iterator[Document]:
    """Every head up to this one, with the leaves, and the line of this case that it covers."""
    for head in CustodyHead.objects.filter(number__lte=until).order_by("number").iterator(chunk_size=10):
        yield {**heads.with_leaves(head), "line": head.leaves.get(str(case.pk), [None])[0]}


def _evidence_document(item: Evidence, unfit: dict[str, str]) -> Document:
    media_file = item.media_file
    decisions = [
        {
            "reviewer": f"user:{each.reviewer_id}",
            "authenticity": each.authenticity,
            "confidence": str(each.confidence),
            "rationale": each.rationale,
        }
        for each in decisions_on(item)
    ]
    return {
        **evidence_document(item),
        "claim": str(item.claim_id) if item.claim_id else None,
        "consent": str(item.submission.consent),
        "received_hour": time(item.received_at),
        "said": {
            "start": time(item.said_start),
            "end": time(item.said_end),
            "where": item.said_where,
            "how": item.said_how,
            "address": item.source_url,
        },
        "size": media_file.size if media_file else None,
        "media_type": media_file.media_type if media_file else None,
        "without_bytes": unfit.get(media_file.sha256) if media_file else None,
        "decisions": decisions,
    }


def _private(rows: Any, to_submission: str) -> Any:
    return rows.filter(**{f"{to_submission}consent": Consent.DESK_ONLY}).values_list("pk", flat=True)


def _names(event: CustodyEvent, private: set[str]) -> frozenset[str]:
    if event.subject in private:
        return frozenset()
    return SHOWN | {"reason"} if event.action in REASONED else SHOWN
