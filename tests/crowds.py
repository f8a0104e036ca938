"""A desk that is filled with many of one thing, for tests of what its pages cost."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.utils import timezone

from claims import receipts
from claims.actors import DESK, VOLUNTEER, Actor, person
from claims.models import Case, Claim, Consent, Evidence, Role, Submission
from claims.operations import ReceivedFile, Statement, add_member, open_claim
from tests import builders
from tests.staff import signed_in, staff
from verification import operations, settling
from verification.models import CheckRun, Partner, Review, ReviewState, RunState, Scope

ADDRESS = "https://example.org/1"


def _everybody_in_one(case: Case) -> Any:
    user = staff(case, *Role)
    user.is_superuser = True
    user.save()
    return user


@dataclass
class Crowd:
    """A case with one of each thing in it, an empty case, and somebody who may see and do everything.

    Each method adds so many of one thing, different enough that a page that asks for something row by
    row has to ask.
    """

    case: Case = field(default_factory=builders.make_case)
    code: str = field(default_factory=receipts.generate)
    content: bytes = field(default_factory=builders.picture)

    def __post_init__(self) -> None:
        self.user = _everybody_in_one(self.case)
        self.browser = signed_in(self.user)
        builders.make_case()
        self.lead = builders.make_lead(self.case)
        self.claim: Claim = builders.make_claim(self.case)
        self.partner: Partner = builders.make_partner(self.case)
        self.item: Evidence = builders.make_evidence(self.case, self.claim, content=self.content)
        self._settle([self.item])
        self.review = Review.objects.get(evidence=self.item)
        [link] = operations.submit(
            actor=VOLUNTEER,
            case=self.case,
            receipt_code=self.code,
            files=[],
            said=Statement(source_url=ADDRESS),
            consent=Consent.FINDINGS,
        )
        self.submission: Submission = link.submission

    def cases(self, number: int) -> None:
        """Cases with two members, a published verdict, and an item that came in since."""
        for _each in range(number):
            case = builders.make_case()
            add_member(actor=DESK, case=case, user=self.user, role=Role.INVESTIGATOR)
            add_member(actor=DESK, case=case, user=self.lead, role=Role.LEAD)
            claim = builders.make_claim(case)
            builders.publish(claim, self.user, self.lead)
            self._link(case, claim, person(self.lead))

    def claims(self, number: int) -> None:
        """Sub-claims of the claim, each with an item and a draft."""
        written = {"rating": "refuted", "confidence": "confirmed", "summary": "No.", "rationale": "Seen."}
        for _each in range(number):
            claim = builders.make_claim(self.case, parent=self.claim)
            self._link(self.case, claim)
            operations.draft_verdict(actor=person(self.user), claim=claim, **written)

    def lines(self, number: int) -> None:
        """Lines of the case's record, by people and by the desk in turn."""
        for each in range(number):
            actor = DESK if each % 2 else person((self.user, self.lead)[each % 4 // 2])
            open_claim(actor=actor, case=self.case, statement="So it was.", claimant="A ministry")

    def verdicts(self, number: int) -> None:
        """Published verdicts, each on a claim of its own with an item that came in since."""
        for _each in range(number):
            claim = builders.make_claim(self.case)
            builders.publish(claim, self.user, self.lead)
            self._link(self.case, claim, person(self.lead))

    def versions(self, number: int) -> None:
        """Versions of the claim's verdict."""
        for _each in range(number):
            builders.publish(self.claim, self.user, self.lead)

    def items(self, number: int, content: bytes | None = None) -> None:
        """Items about the claim whose checks have run: half of them decided, a quarter held."""
        made = [builders.make_evidence(self.case, self.claim, content=content) for _each in range(number)]
        self._settle(made)
        for each in made[::2]:
            each.refresh_from_db()
            builders.decided(each, self.lead)
        self._hold(made[1::4])

    def twins(self, number: int) -> None:
        """Items with the bytes of the one that there is."""
        self.items(number, self.content)

    def waiting(self, number: int) -> None:
        """Items that wait for a person; half of them are held."""
        made = [builders.make_evidence(self.case, self.claim) for _each in range(number)]
        self._settle(made)
        self._hold(made[::2])

    def submissions(self, number: int) -> None:
        """Submissions of volunteers and of members, in turn."""
        for each in range(number):
            self._link(self.case, actor=VOLUNTEER if each % 2 else person(self.user))

    def proposals(self, number: int) -> None:
        """Proposals to read a source, each of a submission of its own."""
        custodian = person(staff(self.case, Role.CUSTODIAN))
        for _each in range(number):
            submission = builders.make_evidence(self.case, content=b"", source_url=ADDRESS).submission
            operations.propose_reading(actor=custodian, submission=submission, reason="He asked for help.")

    def added(self, number: int) -> None:
        """Items of the one submission: files and addresses in turn, half of them about a claim."""
        for each in range(number):
            files = [ReceivedFile(builders.received(builders.picture()))] if each % 2 else []
            operations.add_to_submission(
                actor=VOLUNTEER,
                submission=self.submission,
                files=files,
                said=Statement(source_url=ADDRESS),
                claim=self.claim if each % 4 < 2 else None,
            )

    def members(self, number: int) -> None:
        """People who work on the case, and partners that see it."""
        for _each in range(number):
            staff(self.case, Role.INVESTIGATOR)
            builders.make_partner(self.case)

    def partners(self, number: int) -> None:
        """Partners with a case and a key."""
        for _each in range(number):
            builders.make_key(self.case)

    def keys(self, number: int) -> None:
        """Keys of the one partner, and cases that it was granted."""
        for _each in range(number):
            operations.issue_key(actor=DESK, partner=self.partner, scopes=[Scope.VERDICTS_READ])
        for _each in range(number):
            operations.grant_case(actor=DESK, partner=self.partner, case=builders.make_case())

    def _link(self, case: Case, claim: Claim | None = None, actor: Actor = VOLUNTEER) -> None:
        """An address, which waits for a person at once."""
        builders.make_evidence(case, claim, content=b"", source_url=ADDRESS, actor=actor)

    def _settle(self, made: list[Evidence]) -> None:
        """As if the checks had run: to have them run takes a second for every five items."""
        runs = CheckRun.objects.filter(evidence__in=made)
        runs.update(
            state=RunState.FINISHED,
            verdict="consistent",
            result={"findings": []},
            finished_at=timezone.now(),
        )
        for each in made:
            settling.settle(each.pk)

    def _hold(self, made: list[Evidence]) -> None:
        until = timezone.now() + timedelta(hours=1)
        for holder, items in ((self.user, made[::2]), (self.lead, made[1::2])):
            reviews = Review.objects.live().filter(evidence__in=items)
            reviews.update(state=ReviewState.ASSIGNED, assignee=holder, lease_until=until)
