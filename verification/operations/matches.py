"""Judging matches: machines propose, people say whether two files show the same."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from claims import custody
from claims.actors import Actor
from claims.models import Evidence, MediaFile
from claims.permissions import Permission, require
from claims.transitions import BadInput, NotPermitted
from verification.models import Judgement, Match, MatchJudgement
from verification.operations.intake import check_again


@custody.operation()
def judge_match(
    *,
    actor: Actor,
    match: Match,
    judgement: Judgement,
    reason: str,
    derived: MediaFile | None = None,
) -> None:
    """Say what a match is. "Different" wins over every other answer, and is remembered.

    ``derived`` names the file that was made from the other one. Evidence on either file is checked
    again, for its dates may now be bound by the other's. Raises NotPermitted unless the actor
    reviews evidence on both files.
    """
    items = _reviewed_by(actor, match)
    _sensible(match, judgement, reason, derived)
    locked = Match.objects.select_for_update(no_key=True).get(pk=match.pk)
    MatchJudgement.objects.create(match=locked, judgement=judgement, judged_by=actor.user, reason=reason)
    was = locked.judgement
    locked.judgement = _standing(locked, judgement)
    locked.derived = derived if locked.judgement == Judgement.DERIVED else None
    locked.save(update_fields=["judgement", "derived"])
    for each in items:
        custody.record(
            actor, "match.judged", each, case=each.case, match=str(match.pk), judgement=str(judgement)
        )
    if locked.judgement != was:
        check_again(actor, items, "a match was judged")
    match.refresh_from_db()


def _reviewed_by(actor: Actor, match: Match) -> list[Evidence]:
    if not Match.objects.visible_to(actor).filter(pk=match.pk).exists():
        raise NotPermitted(_("You may not judge this match."))
    items = list(
        Evidence.objects.visible_to(actor)
        .filter(media_file__in=[match.first_id, match.second_id])
        .select_related("case")
        .order_by("case", "pk")
    )
    for case in {each.case for each in items}:
        require(actor, Permission.REVIEW, case)
    return items


def _sensible(match: Match, judgement: Judgement, reason: str, derived: MediaFile | None) -> None:
    if judgement not in Judgement.values or judgement == Judgement.UNJUDGED:
        raise BadInput(_("Choose what the match is."), field="judgement")
    if not reason.strip():
        raise BadInput(_("Say what you saw."), field="reason")
    if judgement == Judgement.DERIVED and (
        not derived or derived.pk not in (match.first_id, match.second_id)
    ):
        raise BadInput(_("Say which of the two was made from the other."), field="derived")


def _standing(match: Match, latest: Judgement) -> str:
    """What stands after the latest answer: "different" if that is anybody's own latest answer."""
    answers: dict[int, str] = {}
    for each in match.judgements.order_by("at", "pk"):
        answers[each.judged_by_id] = each.judgement
    return Judgement.DIFFERENT if Judgement.DIFFERENT in answers.values() else latest
