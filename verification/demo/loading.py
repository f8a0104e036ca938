"""Loading the demo case: through the same operations as everybody, checked by the same checks.

Every step looks first whether it was taken before, so that loading twice changes nothing, and a
loading that was cut short goes on where it stopped.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db.models import Q

from claims import receipts, storage
from claims.actors import VOLUNTEER, Actor
from claims.models import Case, Claim, Evidence, MediaFile, Submission
from claims.operations import ReceivedFile, Statement, open_case, open_claim
from verification import operations
from verification.demo import case as told
from verification.demo import people
from verification.demo.items import ITEMS
from verification.demo.outcomes import ATTESTED, DECIDED, JUDGED, RENDERED, VERDICTS, Decided, Judged, Written
from verification.demo.people import ADMINISTRATOR, INVESTIGATORS, People
from verification.demo.story import Sent
from verification.demo.waiting import NotSettled, Say, settle
from verification.models import Decision, Match, MatchJudgement, Review, Verdict, VerdictState

REACHED = (VerdictState.DRAFT, VerdictState.APPROVED, VerdictState.PUBLISHED)


def load(say: Say) -> dict[str, Any]:
    """Load the demo case, or what of it is missing; returns what the credentials file says.

    Raises NotSettled when the checks do not end; the credentials are written all the same.
    """
    say("The demo case: people, claims and the partner.")
    everybody = people.gather()
    case = open_the_case(everybody)
    key = people.partner_key(everybody[ADMINISTRATOR], case)
    try:
        tell(case, everybody, say)
    except NotSettled:
        people.write_credentials(everybody, key)
        raise
    return people.write_credentials(everybody, key)


def open_the_case(everybody: People) -> Case:
    """The case with its members and its ten claims."""
    case = Case.objects.filter(slug=told.SLUG).first() or open_case(
        actor=everybody[ADMINISTRATOR],
        slug=told.SLUG,
        title=told.TITLE,
        description=told.DESCRIPTION,
        accepts_submissions=True,
    )
    people.admit(everybody, case)
    for each in told.CLAIMS:
        if not Claim.objects.filter(case=case, statement=each.statement).exists():
            open_claim(actor=everybody["amal"], case=case, **each.fields())
    return case


def tell(case: Case, everybody: People, say: Say) -> None:
    """Send everything in, have it checked, and let the demo's people conclude what they conclude."""
    say("Earlier pictures and films come in.")
    send([each for each in ITEMS if each.earlier], case, everybody)
    settle(case, say)
    attest(everybody)
    say("Volunteers send in photos and films.")
    send([each for each in ITEMS if not each.earlier], case, everybody)
    settle(case, say)
    say("The investigators judge matches, and what those concern is checked again.")
    judge(JUDGED, everybody)
    settle(case, say)
    say("The investigators decide, and publish verdicts.")
    decide(DECIDED, everybody)
    conclude(VERDICTS, case, everybody)


def send(items: Sequence[Sent], case: Case, everybody: People) -> None:
    """Send in each item that was not sent before."""
    for item in items:
        if not Submission.objects.filter(receipt_hash=receipts.hash_of(_receipt(item.key))).exists():
            _send(item, case, everybody[item.by] if item.by else VOLUNTEER)


def sent(key: str) -> Evidence:
    """The evidence of an item, by its key."""
    return Evidence.objects.get(submission__receipt_hash=receipts.hash_of(_receipt(key)))


def sent_file(key: str) -> MediaFile:
    """The media file of an item that has one, by its key."""
    return MediaFile.objects.get(evidence=sent(key))


def attest(everybody: People) -> None:
    """Attest the addresses of earlier copies."""
    for each in ATTESTED:
        evidence = sent(each.item)
        if not evidence.source_attested_by_id:
            operations.attest(actor=everybody[each.by], evidence=evidence, reason=each.reason)


def judge(judged: Sequence[Judged], everybody: People) -> None:
    """Judge matches that their person has not judged yet."""
    for each in judged:
        original, derived = sent_file(each.original), sent_file(each.derived)
        match = Match.objects.of(original).get(Q(first=derived) | Q(second=derived))
        actor = everybody[each.by]
        if not MatchJudgement.objects.filter(match=match, judged_by=actor.user).exists():
            operations.judge_match(
                actor=actor, match=match, judgement=each.judgement, reason=each.reason, derived=derived
            )


def decide(decided: Sequence[Decided], everybody: People) -> None:
    """Take each review and decide it, unless this person decided about the item before."""
    for each in decided:
        evidence, actor = sent(each.item), everybody[each.by]
        if Decision.objects.filter(review__evidence=evidence, reviewer=actor.user).exists():
            continue
        review = Review.objects.live().get(evidence=evidence)
        operations.decide(
            actor=actor,
            review=operations.assign(actor=actor, review=review),
            authenticity=each.authenticity,
            confidence=each.confidence,
            rationale=each.rationale,
        )


def conclude(verdicts: Sequence[Written], case: Case, everybody: People) -> None:
    """Write each verdict and take it as far as it went."""
    versions: dict[str, int] = {}
    for each in verdicts:
        versions[each.claim] = versions.get(each.claim, 0) + 1
        claim = Claim.objects.get(case=case, statement=_statement(each.claim))
        verdict = Verdict.objects.filter(claim=claim, version=versions[each.claim]).first()
        _carry(verdict or _draft(each, claim, everybody[each.by]), each, everybody)


def _send(item: Sent, case: Case, actor: Actor) -> None:
    claim = Claim.objects.get(case=case, statement=_statement(item.claim)) if item.claim else None
    operations.submit(
        actor=actor,
        case=case,
        receipt_code=_receipt(item.key),
        files=[_received(item.make(), item.name)] if item.make else [],
        said=Statement(item.stance, item.start, item.end, item.where, item.how, item.source_url),
        consent=item.consent,
        claim=claim,
        description=item.text,
        contact=item.contact,
        language=item.language,
    )


def _received(content: bytes, name: str) -> ReceivedFile:
    with storage.Incoming() as incoming:
        incoming.write(content)
        return ReceivedFile(incoming.finish(), name)


def _receipt(key: str) -> str:
    """The item's receipt code: always the same on this desk, and known to nobody without its secret."""
    return receipts.code_of(f"demo {key}")


def _statement(key: str) -> str:
    return next(each.statement for each in told.CLAIMS if each.key == key)


def _draft(written: Written, claim: Claim, actor: Actor) -> Verdict:
    return operations.draft_verdict(
        actor=actor,
        claim=claim,
        rating=written.rating,
        confidence=written.confidence,
        summary=written.summary,
        rationale=f"{written.rationale} {RENDERED}",
    )


def _retract(verdict: Verdict, reason: str, everybody: People) -> None:
    """One lead proposes it, the other agrees."""
    asker, second = (everybody[name] for name in INVESTIGATORS)
    proposal = operations.propose_retraction(actor=asker, verdict=verdict, reason=reason)
    operations.agree(actor=second, proposal=proposal)


def _carry(verdict: Verdict, written: Written, everybody: People) -> None:
    """Take a verdict from where it stands to where it went; one that went further is left alone."""
    goal = REACHED.index(written.reached)
    if verdict.state == VerdictState.DRAFT and goal > 0:
        operations.approve_verdict(actor=everybody[written.approved_by], verdict=verdict)
    if verdict.state == VerdictState.APPROVED and goal > 1:
        operations.publish_verdict(actor=everybody[written.approved_by], verdict=verdict)
    if verdict.state == VerdictState.PUBLISHED and written.retracted:
        _retract(verdict, written.retracted, everybody)
