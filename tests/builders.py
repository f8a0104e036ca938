"""The small world that tests are set in, built by the real operations."""

from __future__ import annotations

import io
import itertools
import random
from datetime import UTC, datetime
from typing import Any

from django.contrib.auth import get_user_model
from PIL import Image

from claims import operations as claims
from claims import receipts, storage
from claims.actors import DESK, VOLUNTEER, Actor, person
from claims.models import Case, Claim, Consent, Evidence, EvidenceState, Role, Stance
from verification import operations, runner
from verification.models import ApiKey, Authenticity, Confidence, Partner, Rating, Review, Scope, Verdict

_number = itertools.count(1)


def make_case(**fields: Any) -> Case:
    """An open case that accepts submissions."""
    number = next(_number)
    given = {"slug": f"case-{number}", "title": f"Case {number}", "accepts_submissions": True}
    return claims.open_case(actor=DESK, **given | fields)


def make_member(case: Case, *roles: Role) -> Any:
    """A user with these roles in the case."""
    user = get_user_model().objects.create_user(username=f"member-{next(_number)}")
    for role in roles:
        claims.add_member(actor=DESK, case=case, user=user, role=role)
    return user


def make_investigator(case: Case) -> Any:
    """A user who reviews in the case."""
    return make_member(case, Role.INVESTIGATOR)


def make_lead(case: Case) -> Any:
    """A user who approves and publishes in the case."""
    return make_member(case, Role.LEAD)


def make_administrator() -> Any:
    """A user who administers the desk, and has no role in any case."""
    return get_user_model().objects.create_superuser(username=f"administrator-{next(_number)}")


def make_claim(case: Case, **fields: Any) -> Claim:
    """An open claim about a hospital in Aleppo, on one day of November 2016."""
    given = {
        "statement": "No hospital was struck.",
        "claimant": "A ministry",
        "event_start": datetime(2016, 11, 18, tzinfo=UTC),
        "event_end": datetime(2016, 11, 19, tzinfo=UTC),
        "place_name": "Aleppo",
        "latitude": 36.2,
        "longitude": 37.16,
        "precision_m": 5000.0,
    }
    return claims.open_claim(actor=DESK, case=case, **given | fields)


def picture(exif: Image.Exif | None = None, *, seed: int | None = None) -> bytes:
    """A JPEG with enough in it for a fingerprint: another picture each time, or the one of this seed."""
    scene = Image.new("L", (8, 6))
    scene.putdata(random.Random(next(_number) if seed is None else seed).choices(range(256), k=48))
    out = io.BytesIO()
    scene.resize((320, 240), Image.Resampling.BICUBIC).convert("RGB").save(
        out, "JPEG", quality=90, exif=exif or Image.Exif()
    )
    return out.getvalue()


def received(content: bytes) -> storage.Received:
    """Bytes as the store has them once they arrived whole."""
    with storage.Incoming() as incoming:
        incoming.write(content)
        return incoming.finish()


def make_evidence(
    case: Case,
    claim: Claim | None = None,
    *,
    content: bytes | None = None,
    name: str = "",
    consent: Consent = Consent.FINDINGS,
    actor: Actor = VOLUNTEER,
    contact: str = "",
    description: str = "",
    **said: Any,
) -> Evidence:
    """One item of a new submission, received and not checked yet; ``content=b""`` for an address alone."""
    content = picture() if content is None else content
    [item] = operations.submit(
        actor=actor,
        case=case,
        claim=claim,
        receipt_code=receipts.code_of(receipts.new_form_token()),
        files=[claims.ReceivedFile(received(content), name)] if content else [],
        said=claims.Statement(**{"stance": Stance.REFUTES} | said),
        consent=consent,
        contact=contact,
        description=description,
    )
    return item


def checked(evidence: Evidence) -> Evidence:
    """Have every check of the item run, in the locked child, until it has settled."""
    waiting = list(evidence.check_runs.filter(round=evidence.round).values_list("pk", flat=True))
    while waiting:
        waiting += runner.run(waiting.pop(0))
    evidence.refresh_from_db()
    return evidence


def decided(
    evidence: Evidence,
    *reviewers: Any,
    authenticity: tuple[Authenticity, ...] = (Authenticity.ORIGINAL,),
    confidence: Confidence = Confidence.PROBABLE,
    rationale: str = "Seen with my own eyes.",
) -> Evidence:
    """Have the item checked, and decided by these reviewers, or by as many new ones as it needs."""
    if evidence.state != EvidenceState.CHECKED:
        checked(evidence)
    people = list(reviewers)
    while review := Review.objects.live().filter(evidence=evidence).first():
        actor = person(people.pop(0) if people else make_investigator(evidence.case))
        operations.assign(actor=actor, review=review)
        operations.decide(
            actor=actor,
            review=review,
            authenticity=authenticity,
            confidence=confidence,
            rationale=rationale,
        )
    return evidence


def publish(claim: Claim, author: Any = None, approver: Any = None, **fields: Any) -> Verdict:
    """A verdict on the claim, written by one person, approved and published by another."""
    author = author or make_investigator(claim.case)
    lead = person(approver or make_lead(claim.case))
    given = {
        "rating": Rating.REFUTED,
        "confidence": Confidence.CONFIRMED,
        "summary": "A hospital was struck.",
        "rationale": "Two photos show it.",
    }
    verdict = operations.draft_verdict(actor=person(author), claim=claim, **given | fields)
    operations.approve_verdict(actor=lead, verdict=verdict)
    operations.publish_verdict(actor=lead, verdict=verdict)
    claim.refresh_from_db()
    return verdict


def retract(verdict: Verdict, reason: str, asker: Any = None, second: Any = None) -> None:
    """Take a published verdict back: one lead proposes it, another agrees."""
    case = verdict.claim.case
    given = {"verdict": verdict, "reason": reason}
    proposal = operations.propose_retraction(actor=person(asker or make_lead(case)), **given)
    operations.agree(actor=person(second or make_lead(case)), proposal=proposal)
    verdict.refresh_from_db()


def make_partner(*cases: Case) -> Partner:
    """A partner that was granted these cases."""
    partner = operations.open_partner(actor=DESK, name=f"Partner {next(_number)}")
    for case in cases:
        operations.grant_case(actor=DESK, partner=partner, case=case)
    return partner


def make_key(*cases: Case, scopes: tuple[Scope, ...] = tuple(Scope), **fields: Any) -> tuple[ApiKey, str]:
    """A key of a new partner that was granted these cases, and its text."""
    return operations.issue_key(actor=DESK, partner=make_partner(*cases), scopes=scopes, **fields)
