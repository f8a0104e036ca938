"""How a claim stands: its evidence, what is missing before publication, what undermines a verdict."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Exists, OuterRef, Prefetch, Q
from django.utils.translation import gettext as _
from django.utils.translation import ngettext_lazy

from claims.actors import Actor
from claims.models import Claim, ClaimState, Consent, Evidence, EvidenceState, Membership, Role
from media_checks.contract import CheckVerdict
from verification.models import (
    Authenticity,
    CheckRun,
    Decision,
    Rating,
    Review,
    ReviewState,
    RunState,
    Verdict,
    VerdictState,
)
from verification.partners import documents

SHOWN = 100

NOT_IN_IT = ngettext_lazy(
    "%(number)s decided evidence item is not in it.",
    "%(number)s decided evidence items are not in it.",
    "number",
)
NOT_STANDING = ngettext_lazy(
    "%(number)s evidence item that it rests on does not stand for this claim any more.",
    "%(number)s evidence items that it rests on do not stand for this claim any more.",
    "number",
)
DIFFERENT = ngettext_lazy(
    "%(number)s evidence item is decided differently now than it says.",
    "%(number)s evidence items are decided differently now than it says.",
    "number",
)
WAITING = ngettext_lazy(
    "%(number)s evidence item came in or into doubt since, and is not decided.",
    "%(number)s evidence items came in or into doubt since, and are not decided.",
    "number",
)
AGAINST = ngettext_lazy(
    "%(number)s check that ran since speaks against its evidence.",
    "%(number)s checks that ran since speak against its evidence.",
    "number",
)
CHECKING = ngettext_lazy(
    "%(number)s evidence item is still being checked.",
    "%(number)s evidence items are still being checked.",
    "number",
)
DID_NOT_RUN = ngettext_lazy("%(number)s check did not run.", "%(number)s checks did not run.", "number")
INSIDE = ngettext_lazy(
    "%(number)s evidence item stays inside: its sender lets nobody else hear of it.",
    "%(number)s evidence items stay inside: their senders let nobody else hear of them.",
    "number",
)


@dataclass(frozen=True)
class Item:
    """An evidence item with its current runs, its newest review, and what was last decided of it."""

    evidence: Evidence
    runs: list[CheckRun]
    review: Review | None
    decisions: list[Decision]

    @property
    def answers(self) -> list[dict[str, str]]:
        """What was decided, in words; one where the deciders agree."""
        words = [
            {
                "authenticity": ", ".join(str(Authenticity(code).label) for code in each.authenticity),
                "confidence": each.get_confidence_display(),
            }
            for each in self.decisions
        ]
        return words[:1] if len({each["authenticity"] for each in words}) == 1 else words


@dataclass(frozen=True)
class Missing:
    """Something to do before a verdict is published; ``needed`` when it cannot be published without."""

    sentence: str
    needed: bool


def items_of(claim: Claim) -> list[Item]:
    """The claim's evidence, oldest first, at most 100; what a live review has decided stays covered."""
    evidence = (
        Evidence.objects.filter(claim=claim)
        .select_related("media_file", "submission")
        .prefetch_related(
            Prefetch("check_runs", CheckRun.objects.current().order_by("check_slug")),
            Prefetch("reviews", Review.objects.prefetch_related("decisions").order_by("opened_at", "id")),
        )
    )
    return [_item(each) for each in evidence.order_by("received_at", "id")[:SHOWN]]


def counts(claims: Iterable[Claim]) -> dict[Any, dict[str, int]]:
    """By claim: how many evidence items it has, and how many of them are decided."""
    items = Evidence.objects.filter(claim__in=[each.pk for each in claims]).order_by()
    rows = items.values("claim").annotate(all=Count("pk"), decided=Count("pk", filter=decided()))
    return {each["claim"]: {"all": each["all"], "decided": each["decided"]} for each in rows}


def decided() -> Q:
    """That an evidence item has a decided review and no live one."""
    reviews = Review.objects.filter(evidence=OuterRef("pk"))
    return Q(Exists(reviews)) & ~Q(Exists(reviews.live()))


def missing(claim: Claim, draft: Verdict | None, actor: Actor) -> Iterator[Missing]:
    """What is missing before the claim's next verdict can go out, the needed things first."""
    yield from (Missing(each, True) for each in _needed(claim, draft, actor))
    yield from (Missing(each, False) for each in _advisable(claim))


def doubts(verdict: Verdict) -> list[str]:
    """What changed since a published verdict was published, and may undermine it."""
    said = {each["id"]: each["authenticity"] for each in (verdict.document or {}).get("evidence", [])}
    today = map(documents.evidence_document, documents.evidence_of(verdict.claim))
    now = {each["id"]: each["authenticity"] for each in today}
    return _sentences(
        (len(now.keys() - said.keys()), NOT_IN_IT),
        (len(said.keys() - now.keys()), NOT_STANDING),
        (sum(said[each] != now[each] for each in said.keys() & now.keys()), DIFFERENT),
        (_waiting_since(verdict), WAITING),
        (_turned(verdict), AGAINST),
    )


def _sentences(*numbers: tuple[int, Any]) -> list[str]:
    return [str(sentence % {"number": number}) for number, sentence in numbers if number]


def _item(evidence: Evidence) -> Item:
    reviews = list(evidence.reviews.all())
    done = [each for each in reviews if each.state == ReviewState.DECIDED]
    decisions = list(done[-1].decisions.all()) if done else []
    return Item(evidence, list(evidence.check_runs.all()), reviews[-1] if reviews else None, decisions)


def _needed(claim: Claim, draft: Verdict | None, actor: Actor) -> Iterator[str]:
    if claim.state == ClaimState.WITHDRAWN:
        yield _("The claim was withdrawn.")
    elif draft is None:
        yield _("Nobody has written a verdict yet.")
        return
    if draft and draft.rating == Rating.NOT_CHECKABLE:
        yield _("“Not checkable” is not published; choose another rating, or leave the claim open.")
    if draft and draft.state == VerdictState.DRAFT:
        yield _approval(claim, draft, actor)


def _approval(claim: Claim, draft: Verdict, actor: Actor) -> str:
    leads = Membership.objects.filter(case=claim.case_id, role=Role.LEAD, user__is_active=True)
    if not leads.exclude(user=draft.author_id).exists():
        return _("Another lead must approve it, and this case has none: an administrator has to add one.")
    if actor.user.pk == draft.author_id:
        return _("Another lead must approve it: you wrote it.")
    return _("A lead who did not write it must approve it.")


def _advisable(claim: Claim) -> Iterator[str]:
    numbers = Evidence.objects.filter(claim=claim).aggregate(
        all=Count("pk"),
        decided=Count("pk", filter=decided()),
        checking=Count("pk", filter=~Q(state=EvidenceState.CHECKED)),
        inside=Count("pk", filter=Q(submission__consent=Consent.DESK_ONLY)),
    )
    undecided = numbers["all"] - numbers["decided"]
    if not numbers["all"]:
        yield _("No evidence is tied to this claim.")
    if undecided:
        text = _("%(undecided)s of %(total)s evidence items not decided.")
        yield text % {"undecided": undecided, "total": numbers["all"]}
    failed = CheckRun.objects.current().filter(evidence__claim=claim, state=RunState.FAILED).count()
    yield from _sentences((numbers["checking"], CHECKING), (failed, DID_NOT_RUN), (numbers["inside"], INSIDE))


def _waiting_since(verdict: Verdict) -> int:
    live = Review.objects.live().filter(evidence__claim=verdict.claim_id)
    return live.filter(opened_at__gt=verdict.published_at).count()


def _turned(verdict: Verdict) -> int:
    """How many checks of the latest rounds, ended since, speak against their evidence."""
    against = (CheckVerdict.CONTRADICTED, CheckVerdict.DISPUTED)
    runs = CheckRun.objects.current().filter(evidence__claim=verdict.claim_id)
    return runs.filter(verdict__in=against, finished_at__gt=verdict.published_at).count()
