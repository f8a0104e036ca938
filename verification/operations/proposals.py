"""Acts that need two people: one proposes with a reason, another agrees or refuses, each on the record."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from claims import custody, sealing
from claims.actors import Actor, ActorKind, person
from claims.models import Case, Submission
from claims.operations.inputs import need
from claims.permissions import Permission, permitted, require
from claims.transitions import IllegalMove, NotPermitted, move
from verification.models import Act, Proposal, ProposalState, Verdict, VerdictState
from verification.models.proposals import PERMISSIONS, PROPOSAL_MOVES
from verification.operations.verdicts import retract_verdict

READ_WITHIN = timedelta(hours=1)


@custody.operation()
def propose_retraction(*, actor: Actor, verdict: Verdict, reason: str) -> Proposal:
    """Propose to take a published verdict back. The reason is published when another person agrees."""
    case = verdict.claim.case
    require(actor, Permission.PUBLISH_VERDICT, case)
    verdict.refresh_from_db()
    if verdict.state != VerdictState.PUBLISHED:
        raise IllegalMove(_("Only a published verdict can be retracted."))
    already = Proposal.objects.filter(verdict=verdict, state=ProposalState.OPEN)
    return _propose(actor, already, act=Act.RETRACTION, case=case, verdict=verdict, reason=reason)


@custody.operation()
def propose_reading(*, actor: Actor, submission: Submission, reason: str) -> Proposal:
    """Propose to read what is sealed of a submission."""
    require(actor, Permission.READ_SOURCE, submission.case)
    already = Proposal.objects.filter(submission=submission, state=ProposalState.OPEN, asked_by=actor.user)
    given = {"case": submission.case, "submission": submission, "reason": reason}
    return _propose(actor, already, act=Act.SOURCE_READING, **given)


@custody.operation()
def agree(*, actor: Actor, proposal: Proposal) -> None:
    """Agree to what somebody else proposed. A retraction is done with it; a source can be read once, soon."""
    _answer(actor, proposal, ProposalState.AGREED, until=timezone.now() + READ_WITHIN)
    if proposal.act == Act.RETRACTION:
        retract_verdict(actor=actor, proposal=proposal)
        move(proposal, PROPOSAL_MOVES, ProposalState.DONE)


@custody.operation()
def refuse(*, actor: Actor, proposal: Proposal, reason: str) -> None:
    """Refuse what somebody else proposed, with a reason."""
    need(reason, "reason")
    _answer(actor, proposal, ProposalState.REFUSED, answer=reason)


@custody.operation()
def withdraw_proposal(*, actor: Actor, proposal: Proposal) -> None:
    """Take back what one proposed oneself, while nobody has answered."""
    _require_own(actor, proposal)
    move(proposal, PROPOSAL_MOVES, ProposalState.WITHDRAWN)
    _record(actor, "withdrawn", proposal)


@custody.operation()
def read_source(*, actor: Actor, proposal: Proposal) -> dict[str, list[str]]:
    """What is sealed of the submission, by kind: once, in time, for whoever asked and was agreed to."""
    require(actor, Permission.READ_SOURCE, proposal.case)
    _require_own(actor, proposal)
    if proposal.act != Act.SOURCE_READING or proposal.submission is None:
        raise IllegalMove(_("This proposal is about something else."))
    if proposal.has_lapsed:
        raise IllegalMove(_("The agreement has lapsed. Propose it again."), code="lapsed")
    move(proposal, PROPOSAL_MOVES, ProposalState.DONE)
    given = {"reason": proposal.reason, "proposal": str(proposal.pk)}
    custody.record(actor, "source.read", proposal.submission, case=proposal.case, **given)
    return sealing.opened(proposal.submission)


def _propose(actor: Actor, already: models.QuerySet[Proposal], **given: Any) -> Proposal:
    _require_person(actor)
    need(given["reason"], "reason")
    Case.objects.select_for_update(no_key=True).get(pk=given["case"].pk)
    if already.exists():
        raise IllegalMove(_("This is proposed already, and waits for an answer."), code="proposed_already")
    proposal = Proposal.objects.create(asked_by=actor.user, **given)
    _record(actor, "proposed", proposal, reason=proposal.reason)
    return proposal


def _answer(actor: Actor, proposal: Proposal, state: ProposalState, **changes: Any) -> None:
    permission = PERMISSIONS[Act(proposal.act)]
    require(actor, permission, proposal.case)
    _require_person(actor)
    if proposal.asked_by_id == actor.user.pk:
        raise NotPermitted(_("Another person has to agree to what you propose."), code="own_proposal")
    if not permitted(person(proposal.asked_by), permission, proposal.case):
        raise IllegalMove(_("Whoever proposed this may not do it any more."), code="asker_left")
    given = {"answered_by": actor.user, "answered_at": timezone.now(), **changes}
    move(proposal, PROPOSAL_MOVES, state, **given)
    reason = {"reason": changes["answer"]} if "answer" in changes else {}
    _record(actor, state.value, proposal, **reason)


def _record(actor: Actor, done: str, proposal: Proposal, **details: Any) -> None:
    """A line about the claim or the submission that it is about."""
    subject: models.Model | None = proposal.submission
    if proposal.verdict:
        subject = proposal.verdict.claim
        details["version"] = proposal.verdict.version
    assert subject is not None  # noqa: S101  The database has it so.
    given = {"proposal": str(proposal.pk), **details}
    custody.record(actor, f"{proposal.act}.{done}", subject, case=proposal.case, **given)


def _require_person(actor: Actor) -> None:
    if actor.kind is not ActorKind.PERSON:
        raise NotPermitted(_("Two people are needed for this."))


def _require_own(actor: Actor, proposal: Proposal) -> None:
    _require_person(actor)
    if proposal.asked_by_id != actor.user.pk:
        raise NotPermitted(_("Only whoever proposed it can do this."))
