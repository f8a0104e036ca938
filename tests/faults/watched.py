"""What must hold after every single step of the simulator, looked at as far as it is new.

Asked of SQLite itself: it is asked very often.
"""

from __future__ import annotations

from collections import Counter

from django.db import connection

from claims import custody, receipts
from claims.models import CustodyEvent
from media_checks import registry
from tests.faults import invariants
from tests.originals import path_of
from verification.models.checks import MAX_ATTEMPTS

# Actions that stand in the record once for each subject and these details.
ONCE = {
    "submission.received": (),
    "evidence.received": (),
    "check.finished": ("check", "round"),
    "verdict.published": ("version",),
}
RUNS = "SELECT id, state, verdict, finished_at, attempts FROM verification_checkrun"
UNREADY = f"""
    SELECT item.id, item.state, count(run.id), count(CASE WHEN run.state IN ('queued', 'running') THEN 1 END)
    FROM claims_evidence item
    LEFT JOIN verification_checkrun run ON run.evidence_id = item.id AND run.round = item.round
    WHERE item.media_file_id IS NOT NULL
    GROUP BY item.id
    HAVING count(run.id) <> {len(registry.CHECKS)}
        OR (item.state = 'checked' AND count(CASE WHEN run.state IN ('queued', 'running') THEN 1 END) > 0)
"""
DECIDED = """
    SELECT review.id, review.state, count(decision.id) FROM verification_review review
    LEFT JOIN verification_decision decision ON decision.review_id = review.id GROUP BY review.id
"""


class Watch:
    """Remembers what was there, so that nothing of it goes, changes or comes twice."""

    def __init__(self) -> None:
        self._last_line = 0
        self._tips: dict[object, CustodyEvent] = {}
        self._finished: dict[str, tuple] = {}
        self._failed: set[str] = set()
        self._lines: Counter[tuple] = Counter()
        self._stored: set[str] = set()
        self._decisions: dict[int, int] = {}
        self._look_at_the_record()

    def look(self, received: list[tuple[str, str]], step: str) -> None:
        """Raises AssertionError with a sentence for the first thing that is wrong."""
        self._look_at_the_record()
        self._look_at_runs(retried=step == "retry")
        self._look_at_submissions(received)
        self._look_at_reviews()
        if step == "verdict":
            found = list(invariants.published_wrongly())
            assert not found, found[0]

    def _look_at_the_record(self) -> None:
        if _ask("SELECT max(id) FROM claims_custodyevent")[0][0] == self._last_line:
            return
        for line in CustodyEvent.objects.filter(pk__gt=self._last_line).order_by("pk"):
            if tip := self._tips.get(line.case_id):
                assert line.sequence == tip.sequence + 1, f"line {line.sequence} follows {tip.sequence}"
                assert line.previous_hash == tip.hash, f"line {line.sequence} does not follow"
            assert line.hash == custody.hash_of(line), f"line {line.sequence} has another hash"
            self._tips[line.case_id], self._last_line = line, line.pk
            if line.action in ONCE:
                details = (line.details[name] for name in ONCE[line.action])
                self._lines[line.action, line.subject, *details] += 1
        twice = [key for key, times in self._lines.items() if times > 1]
        assert not twice, f"twice in the record: {twice[0]}"

    def _look_at_runs(self, *, retried: bool) -> None:
        runs = {pk: rest for pk, *rest in _ask(RUNS)}
        for pk, told in self._finished.items():
            assert runs[pk] == told, f"run {pk} was {told} and is {runs[pk]}"
        for pk in self._failed:
            assert retried or runs[pk][0] == "failed", f"run {pk} had failed"
        tried = {pk: rest[-1] for pk, rest in runs.items() if rest[-1] > MAX_ATTEMPTS}
        assert not tried, f"tried more than {MAX_ATTEMPTS} times: {tried}"
        self._finished = {pk: rest for pk, rest in runs.items() if rest[0] == "finished"}
        self._failed = {pk for pk, rest in runs.items() if rest[0] == "failed"}
        unready = _ask(UNREADY)
        assert not unready, f"an item lacks a run, or is checked and waits: {unready[0]}"

    def _look_at_submissions(self, received: list[tuple[str, str]]) -> None:
        known = {each for (each,) in _ask("SELECT receipt_hash FROM claims_submission")}
        for code, sha256 in received:
            assert receipts.hash_of(code) in known, f"the submission of {code} is gone"
            if sha256 and sha256 not in self._stored:
                assert path_of(sha256).exists(), f"the bytes {sha256[:12]} are gone"
                self._stored.add(sha256)

    def _look_at_reviews(self) -> None:
        for pk, state, decisions in _ask(DECIDED):
            assert self._decisions.get(pk, 0) <= decisions <= 2, f"review {pk} has {decisions} decisions"
            assert decisions or state != "decided", f"review {pk} was decided by nobody"
            self._decisions[pk] = decisions


def _ask(statement: str) -> list[tuple]:
    return connection.connection.execute(statement).fetchall()
