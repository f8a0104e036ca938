"""Each message comes one to five times, in any order, and fifty people publish one verdict at once."""

from __future__ import annotations

import json
import random
import threading
from collections import Counter

from django.db import connection

from claims.actors import person
from claims.models import Case
from claims.transitions import DomainError
from tests import builders
from tests.faults.outcomes import Outcome
from tests.faults.scene import CASE, Scene
from verification import operations, tasks
from verification.models import CheckRun, Confidence, Rating, RunState, Verdict

NAME = "repeated messages"
MOST_TIMES = 5
AT_ONCE = 50


def run(scene: Scene, *, items: int) -> Outcome:
    """Repeat the messages of so many items before the worker sees them; then publish."""
    with scene.paused_worker():
        scene.send(items)
        sent = int(scene.shell(f"from tests.faults import repeated; repeated.repeat({scene.seed})"))
    scene.wait_until_checked()
    told = json.loads(scene.shell("from tests.faults import repeated; repeated.publish_at_once()"))
    outcome = scene.outcome(NAME)
    outcome.further = f"{sent} messages for {items * 3} runs; publishes: {told}"
    outcome.expect(told == {"published": 1, "refused": AT_ONCE - 1}, f"not one publish of {AT_ONCE}: {told}")
    return scene.judged(outcome)


def repeat(seed: int) -> None:
    """In the desk's environment: send every waiting run one to five times, in any order."""
    chances = random.Random(seed)
    waiting = CheckRun.objects.filter(state=RunState.QUEUED).order_by("pk").values_list("pk", flat=True)
    messages = [pk for pk in waiting for _ in range(chances.randint(1, MOST_TIMES))]
    chances.shuffle(messages)
    print(tasks.send(messages))


def publish_at_once() -> None:
    """In the desk's environment: have fifty threads publish one approved verdict at the same moment."""
    case = Case.objects.get(slug=CASE)
    claim, lead = builders.make_claim(case), person(builders.make_lead(case))
    verdict = operations.draft_verdict(
        actor=person(builders.make_investigator(case)),
        claim=claim,
        rating=Rating.REFUTED,
        confidence=Confidence.CONFIRMED,
        summary="A hospital was struck.",
        rationale="Two photos show it.",
    )
    operations.approve_verdict(actor=lead, verdict=verdict)
    together, outcomes = threading.Barrier(AT_ONCE), []

    def publish() -> None:
        mine = Verdict.objects.select_related("claim__case").get(pk=verdict.pk)
        together.wait()
        try:
            operations.publish_verdict(actor=lead, verdict=mine)
            outcomes.append("published")
        except DomainError:
            outcomes.append("refused")
        finally:
            connection.close()

    threads = [threading.Thread(target=publish) for _ in range(AT_ONCE)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    print(json.dumps(Counter(outcomes)))
