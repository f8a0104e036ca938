"""Random faults by seed: the desk's real operations in every order that chance can think of.

Every step is followed by what must always hold; in the end nothing goes wrong any more, and everything must
come to its end. One seed is one history: it is told when it fails, and ``--seed`` plays it again. That is
why this is not one of hypothesis's state machines, whose examples have no number, and which search for
another failure where one was seen once.
"""

from __future__ import annotations

import io
import logging
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.models import User
from django.db import IntegrityError
from PIL import Image

from claims import heads, receipts
from claims import operations as claims
from claims.actors import DESK, VOLUNTEER, person
from claims.models import Case, Claim, Consent, Evidence, Role, Stance
from claims.transitions import DomainError
from tests import builders
from tests.faults import invariants
from tests.faults.outcomes import Outcome
from tests.faults.simulated import Crash, World, as_it_was, database, later, simulated
from tests.faults.watched import Watch
from verification import operations, runner, tasks
from verification.models import Authenticity, CheckRun, Confidence, Rating, Review, RunState, Verdict
from verification.models.checks import UNSETTLED

NAME = "simulator"
STEPS = 20
ROUNDS_TO_SETTLE = 40


class Violated(AssertionError):
    """Something that must always hold does not; the message has the seed and its history."""


@dataclass
class Simulation:
    """One seed: the world, the people in it, what was acknowledged, and the history."""

    world: World
    content: bytes

    def __post_init__(self) -> None:
        self.history: list[str] = []
        self.received: list[tuple[str, str]] = []
        self.codes: list[str] = []
        self.verdicts: list[Verdict] = []
        self.watch = Watch()
        self.people = [person(user) for user in User.objects.order_by("pk")]
        self.cases = list(Case.objects.order_by("pk"))
        self.claims = list(Claim.objects.select_related("case").order_by("pk"))

    def step(self) -> None:
        """One thing happens, with or without a crash; then everything that must always hold is looked at."""
        world = self.world
        act = world.random.choices(*zip(*self._possible(), strict=True))[0]
        name = act.__name__.strip("_")
        try:
            with world.crashing(0.25):
                told = act()
        except (DomainError, IntegrityError) as refused:
            told = f"refused ({type(refused).__name__})"
        except Crash:
            told = "crashed"
        self.history.append(f"{name}: {told}")
        self.watch.look(self.received, name)

    def come_to_an_end(self) -> None:
        """Nothing goes wrong any more: every message arrives, every worker goes on, time passes."""
        world = self.world
        world.is_kind, world.broker_is_away = True, False
        for _round in range(ROUNDS_TO_SETTLE):
            while world.workers:
                world.proceed()
            tasks.send(runner.sweep("a worker"))
            while world.messages:
                world.deliver()
                while world.workers:
                    world.proceed()
            if not CheckRun.objects.filter(state__in=UNSETTLED).exists() and not any(invariants.unsettled()):
                break
            later(world, 30)
        self.history.append("in the end")
        self.watch.look(self.received, "verdict")

    def _possible(self) -> list[tuple[Callable[[], Any], int]]:
        """What can happen now, and how often."""
        world = self.world
        return [
            (self._submit, 5),
            (self._sweep, 3),
            (self._time_passes, 4),
            (self._broker, 1),
            (self._decide, 5),
            (self._verdict, 8),
            (self._proposal, 2),
            (self._ask_again, 3),
            (self._retry, 1),
            (self._sign_head, 1),
            (world.deliver, 10 if world.messages else 0),
            (world.proceed, 12 if world.workers else 0),
            (world.kill_worker, 2 if world.workers else 0),
        ]

    def _any(self, rows: Any) -> Any:
        found = list(rows)
        return self.world.random.choice(found) if found else None

    def _submit(self) -> str:
        """Files or a link, sometimes under a code that was used before."""
        world, case = self.world, self._any(self.cases)
        code = self._any(self.codes) if world.chance(0.2) else None
        code = code or receipts.code_of(str(world.random.random()))
        contents = [self.content + world.random.randbytes(8) for _ in range(world.random.randint(0, 2))]
        files = [claims.ReceivedFile(builders.received(each)) for each in contents]
        self.codes.append(code)
        operations.submit(
            actor=VOLUNTEER,
            case=case,
            receipt_code=code,
            files=files,
            said=claims.Statement(stance=Stance.REFUTES, source_url="https://example.org/1"),
            consent=Consent.PUBLISH,
            claim=self._any([each for each in self.claims if each.case_id == case.pk]),
        )
        self.received += [(code, each.received.sha256) for each in files] or [(code, "")]
        return f"{len(files)} files"

    def _sweep(self) -> str:
        return f"{tasks.send(runner.sweep('a worker'))} sent"

    def _time_passes(self) -> str:
        seconds = self.world.random.choice((1, 5, 20, 30, 80, 80, 2000, 3600, -3600))
        later(self.world, seconds)
        return f"{seconds} s"

    def _broker(self) -> str:
        """It goes away or comes back, or is flushed."""
        if self.world.chance(0.5):
            self.world.messages.clear()
            return "flushed"
        self.world.broker_is_away = not self.world.broker_is_away
        return "away" if self.world.broker_is_away else "back"

    def _decide(self) -> str:
        """Somebody takes a review, gives it back, or decides; perhaps one that another holds."""
        review, actor = self._any(Review.objects.live().order_by("pk")), self._any(self.people)
        if review is None:
            return "nothing waits"
        if review.assignee_id != actor.user.pk or self.world.chance(0.3):
            operations.assign(actor=actor, review=review)
            return "assigned"
        if self.world.chance(0.2):
            operations.release(actor=actor, review=review)
            return "released"
        codes = [self._any([Authenticity.ORIGINAL, Authenticity.DECONTEXTUALIZED])]
        said = {"authenticity": codes, "confidence": Confidence.PROBABLE, "rationale": "Seen."}
        operations.decide(actor=actor, review=review, **said)
        return "decided"

    def _verdict(self) -> str:
        """Somebody drafts, approves, returns, publishes or retracts, perhaps on what they read long ago."""
        world, actor = self.world, self._any(self.people)
        if not self.verdicts or world.chance(0.3):
            given = {"rating": Rating.REFUTED, "confidence": Confidence.CONFIRMED}
            claim = Claim.objects.select_related("case").get(pk=self._any(self.claims).pk)
            said = {"summary": "It was struck.", "rationale": "Two photos show it."}
            drafted = operations.draft_verdict(actor=actor, claim=claim, **given, **said)
            self.verdicts.append(drafted)
            return "drafted"
        verdict = self._any(self.verdicts)
        if not world.chance(0.3):
            verdict = Verdict.objects.select_related("claim__case").get(pk=verdict.pk)
        act = {
            "draft": (operations.approve_verdict, {}),
            "approved": (operations.publish_verdict, {}),
            "published": (operations.propose_retraction, {"reason": "It was wrong."}),
        }.get(verdict.state, (operations.return_verdict, {"reason": "Too soon."}))
        act[0](actor=actor, verdict=verdict, **act[1])
        return f"{verdict.state} now"

    def _proposal(self) -> str:
        """Somebody agrees to or refuses a retraction that was proposed, perhaps by themselves."""
        verdict = self._any(self.verdicts)
        proposal = verdict and verdict.proposals.filter(state="open").first()
        if proposal is None:
            return "there is none"
        if self.world.chance(0.3):
            operations.refuse(actor=self._any(self.people), proposal=proposal, reason="It holds.")
            return "refused"
        operations.agree(actor=self._any(self.people), proposal=proposal)
        return "retracted"

    def _ask_again(self) -> str:
        item, actor = self._any(Evidence.objects.order_by("pk")), self._any(self.people)
        if item is None:
            return "there is none"
        if self.world.chance(0.3):
            operations.ask_for_review(actor=actor, evidence=item, reason="Doubt.")
            return "a review"
        operations.request_checks(actor=actor, evidence=item, reason="Again.")
        return "its checks"

    def _retry(self) -> str:
        run = self._any(CheckRun.objects.filter(state=RunState.FAILED).order_by("pk"))
        if run is None:
            return "none failed"
        operations.retry_run(actor=self._any(self.people), run=run)
        return str(run.pk)[:8]

    def _sign_head(self) -> str:
        return f"head {heads.sign().number}"


def play(seed: int, content: bytes) -> Simulation:
    """One seed from its beginning to its end. Raises Violated, with the history, when anything breaks."""
    world = World(seed)
    with simulated(world):
        simulation = Simulation(world, content)
        try:
            for _step in range(STEPS):
                simulation.step()
            simulation.come_to_an_end()
            _expect_nothing(invariants.violations(invariants.Ledger(simulation.received)).all())
        except Exception as problem:
            told = "\n".join([*simulation.history, f"{type(problem).__name__}: {problem}"])
            raise Violated(f"seed {seed}\n{told}") from problem
    return simulation


def play_all(seeds: range, most: int = 10) -> list[str]:
    """Every seed on a desk as new; returns what was violated, one history each, the first so many."""
    content, violated = _small_photo(), []
    with database() as made, _quiet():
        _people()
        first = sqlite3.connect(":memory:")
        made.connection.backup(first)
        for seed in seeds:
            as_it_was(made, first)
            try:
                play(seed, content)
            except Violated as problem:
                violated.append(str(problem))
                if len(violated) == most:
                    break
    return violated


def run(seed: int, *, seeds: int) -> Outcome:
    """So many seeds from this one on."""
    start = time.monotonic()
    violated = play_all(range(seed, seed + seeds))
    further = f"{seeds} seeds, {len(violated)} violations, {time.monotonic() - start:.0f} s"
    return Outcome(NAME, "in memory", seed, further=further, missed=violated[:3])


def _people() -> None:
    """Two cases, one of which asks for two reviewers, their claims, and whoever works on both."""
    cases = [builders.make_case(), builders.make_case(needs_second_review=True)]
    for user in [builders.make_lead(cases[0]) for _ in range(3)]:
        claims.add_member(actor=DESK, case=cases[1], user=user, role=Role.LEAD)
    for case in cases:
        builders.make_claim(case)


def _small_photo() -> bytes:
    out = io.BytesIO()
    Image.new("L", (8, 8)).save(out, "JPEG")
    return out.getvalue()


@contextmanager
def _quiet() -> Iterator[None]:
    """What is meant to go wrong here is not told in the log."""
    before = logging.root.manager.disable
    logging.disable(logging.CRITICAL)
    try:
        yield
    finally:
        logging.disable(before)


def _expect_nothing(found: list[str]) -> None:
    if found:
        raise AssertionError("; ".join(found[:5]))
