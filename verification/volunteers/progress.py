"""What became of each thing that was sent, in words for its sender. Never what was decided, or by whom."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import Exists, OuterRef
from django.utils.translation import gettext_lazy as _

from claims.models import Evidence, EvidenceState, Submission
from media_checks.context import Kind
from verification.models import Review

RECEIVED = ("received", _("Received"), _("It is here, whole. Its checks have not begun."))
CHECKING = ("checking", _("Being checked"), _("Programs are reading its dates, its place, earlier copies."))
WAITING = ("waiting", _("Waiting for a person"), _("The checks are done. An investigator will look at it."))
DECIDED = ("decided", _("Decided"), _("An investigator has looked at it and decided what it shows."))
SHOWN = 100
_NAMES = {Kind.PHOTO.value: _("Photo"), Kind.VIDEO.value: _("Video")}


@dataclass(frozen=True)
class Progress:
    """One evidence item as its sender sees it: what it is, its bytes, and how far it has come."""

    name: Any
    size: int | None
    state: str
    word: Any
    sentence: Any


def progress_of(submission: Submission) -> list[Progress]:
    """The items of a submission, in the order in which they came: the last hundred of them."""
    reviews = Review.objects.filter(evidence=OuterRef("pk"))
    items = submission.evidence.select_related("media_file").annotate(
        reviewed=Exists(reviews), in_review=Exists(reviews.live())
    )
    return [_progress(each) for each in items.order_by("-received_at", "-id")[:SHOWN]][::-1]


def _progress(evidence: Evidence) -> Progress:
    file = evidence.media_file
    name = _NAMES.get(file.kind, _("File")) if file else _("Link")
    return Progress(name, file.size if file else None, *_stage(evidence))


def _stage(evidence: Any) -> tuple[str, Any, Any]:
    if evidence.state == EvidenceState.RECEIVED:
        return RECEIVED
    if evidence.state == EvidenceState.CHECKING:
        return CHECKING
    return DECIDED if evidence.reviewed and not evidence.in_review else WAITING
