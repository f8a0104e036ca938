"""What the review page shows of one evidence item, as far as the actor may see it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.utils import timezone

from claims import custody, storage
from claims.actors import Actor
from claims.models import CustodyEvent, Evidence
from claims.permissions import Permission, allowed
from media_checks import registry
from verification import working_copies
from verification.admin import envelope
from verification.admin.record import DECIDED, is_exact, names_of
from verification.models import CheckRun, Decision, Match, Review, ReviewState, RunState
from verification.models.checks import UNSETTLED
from verification.sentences import sentence

ENVELOPE = "dates.envelope"
# Machine rows that a reader has no use for: a person compares pictures, not bits.
UNSHOWN = frozenset({"queries", "fingerprints"})
CUSTODIANS_ONLY = "private"
MOST_MATCHES, MOST_EVENTS, MOST_VALUES = 20, 50, 200


@dataclass(frozen=True)
class Picture:
    """A working copy: its name in the address, and for a frame its time in seconds."""

    name: str
    at: float | None = None


@dataclass(frozen=True)
class Observation:
    """One finding, in its sentence for the reader, with the values behind it."""

    code: str
    bearing: str
    summary: str
    values: list[tuple[str, Any]]


@dataclass(frozen=True)
class Examined:
    """One check run with its findings; ``word`` is its verdict, or did_not_run, or empty while it runs."""

    run: CheckRun
    word: str
    observations: list[Observation]


@dataclass(frozen=True)
class Copy:
    """A match, the file on its other side, and the evidence there that the actor may see."""

    match: Match
    others: list[Evidence]
    picture: Picture | None

    @property
    def of(self) -> Evidence:
        """The evidence whose picture is shown."""
        return self.others[0]

    @property
    def percent(self) -> int:
        """How many of a hundred parts agree, where the pictures were laid over each other."""
        return round(100 * (self.match.agreement or 0))


@dataclass(frozen=True)
class Line:
    """A line of the custody record, as far as the actor may read it."""

    event: CustodyEvent
    who: str
    exact: bool
    details: list[tuple[str, Any]]


class Dossier:
    """One evidence item before one actor."""

    def __init__(self, actor: Actor, evidence: Evidence, review: Review | None) -> None:
        self.actor, self.evidence, self.review = actor, evidence, review
        self.may = allowed(actor, evidence.case)
        self.now = timezone.now()

    def context(self) -> dict[str, Any]:
        """Everything that the template needs; queries grow with the item, never with the desk."""
        runs = self.runs()
        return {
            "evidence": self.evidence,
            "claim": self.evidence.claim,
            "review": self.review,
            "pictures": self.pictures(),
            "examined": runs,
            "settled": sum(1 for each in runs if each.run.state not in UNSETTLED),
            "done": sum(1 for each in runs if each.run.state == RunState.FINISHED),
            "failed": [each for each in runs if each.run.state == RunState.FAILED],
            "drawing": self.drawing(runs),
            "copies": self.copies(),
            "twins": self.twins(),
            "lines": self.lines(),
            "decisions": self.decisions(),
            "may_review": Permission.REVIEW in self.may,
            "may_triage": Permission.TRIAGE in self.may,
            **self.hold(),
        }

    def pictures(self) -> list[Picture]:
        """The working copies that are there: the screen copy first, then the frames of a video."""
        media_file = self.evidence.media_file
        if not media_file:
            return []
        wanted = [Picture(str(working_copies.SCREEN))]
        wanted += [
            Picture(f"{working_copies.THUMBNAIL}-{number}", at)
            for number, at in enumerate(working_copies.frame_times(media_file))
        ]
        return [each for each in wanted if storage.has_working_copy(media_file.pk, each.name)]

    def runs(self) -> list[Examined]:
        """The runs of the current round, in the registry's order."""
        order = {check.slug: number for number, check in enumerate(registry.CHECKS)}
        runs = list(CheckRun.objects.current().filter(evidence=self.evidence))
        runs.sort(key=lambda run: order.get(run.check_slug, len(order)))
        return [Examined(run, word_of(run), [self._observed(each) for each in _told(run)]) for run in runs]

    def drawing(self, runs: list[Examined]) -> envelope.Drawing | None:
        """The envelope of the date check, if it has one."""
        for each in runs:
            for finding in each.run.findings:
                if finding["code"] == ENVELOPE:
                    return envelope.draw(finding["details"])
        return None

    def copies(self) -> list[Copy]:
        """Possible copies of which both sides may be seen, those to be judged first."""
        media_file = self.evidence.media_file
        if not media_file:
            return []
        found = Match.objects.visible_to(self.actor).of(media_file).select_related("first", "second")
        matches = sorted(found[:MOST_MATCHES], key=lambda match: match.judgement != "unjudged")
        others = {match.pk: match.other(media_file).pk for match in matches}
        seen = Evidence.objects.visible_to(self.actor).filter(media_file__in=others.values())
        by_file: dict[str, list[Evidence]] = {}
        for each in seen.select_related("case", "claim", "media_file").order_by("received_at", "id"):
            by_file.setdefault(str(each.media_file_id), []).append(each)
        return [
            Copy(match, by_file[others[match.pk]], _screen_copy(others[match.pk]))
            for match in matches
            if others[match.pk] in by_file
        ]

    def twins(self) -> list[Evidence]:
        """Other evidence with the same bytes, as far as it may be seen."""
        if not self.evidence.media_file_id:
            return []
        same = Evidence.objects.visible_to(self.actor).filter(media_file=self.evidence.media_file)
        return list(same.exclude(pk=self.evidence.pk).select_related("case", "claim")[:MOST_MATCHES])

    def lines(self) -> list[Line]:
        """The latest lines of the record about this item, oldest first.

        What others did at an exact time may lead to a sender, and the first answer to a sensitive
        item may sway the second: both stay hidden from whoever may not know them.
        """
        latest = list(custody.history_of(self.evidence).order_by("-sequence")[:MOST_EVENTS])
        names, hidden = names_of(latest), self._undecided_for_me()
        return [self._line(event, names, hidden) for event in reversed(latest)]

    def decisions(self) -> list[Decision]:
        """What was decided about this item, as far as the actor may know it."""
        seen = Decision.objects.visible_to(self.actor).filter(review__evidence=self.evidence)
        return list(seen.select_related("reviewer", "review"))

    def hold(self) -> dict[str, Any]:
        """Who holds the review, until when, and whether this actor can take it."""
        review = self.review
        if review is None:
            return {"held": False, "takeable": False, "minutes_left": 0}
        until = review.lease_until if review.state == ReviewState.ASSIGNED else None
        left = until - self.now if until and until > self.now else timedelta()
        held = bool(left) and review.assignee_id == self.actor.user.pk
        takeable = Permission.REVIEW in self.may and (
            Review.objects.takeable_by(self.actor, self.now).filter(pk=review.pk).exists()
        )
        return {
            "held": held,
            "held_by": review.assignee if left and not held else None,
            "takeable": takeable,
            "minutes_left": -(-left // timedelta(minutes=1)),
        }

    def _observed(self, finding: Mapping[str, Any]) -> Observation:
        shown = list(self._values(finding.get("details", {})))[:MOST_VALUES]
        return Observation(finding["code"], finding["bearing"], sentence(finding), shown)

    def _values(self, details: Mapping[str, Any], path: str = "") -> Iterator[tuple[str, Any]]:
        for key, value in details.items():
            if key in UNSHOWN or (key == CUSTODIANS_ONLY and Permission.READ_SOURCE not in self.may):
                continue
            name = f"{path} ▸ {key}" if path else key
            if isinstance(value, Mapping):
                yield from self._values(value, name)
            elif isinstance(value, list) and value and isinstance(value[0], Mapping):
                for number, each in enumerate(value, 1):
                    yield from self._values(each, f"{name} {number}")
            elif value not in (None, "", [], {}):
                yield name, ", ".join(map(str, value)) if isinstance(value, list) else value

    def _line(self, event: CustodyEvent, names: Mapping[str, str], hidden: bool) -> Line:
        covered = hidden and event.action == DECIDED
        details = [] if covered else list(self._values(event.details))
        return Line(event, names.get(event.actor, event.actor), is_exact(event), details)

    def _undecided_for_me(self) -> bool:
        """Whether a first decision may be there that this actor must not know yet."""
        review = self.review
        if review is None or review.state == ReviewState.DECIDED:
            return False
        return not Decision.objects.filter(review=review, reviewer=self.actor.user).exists()


def word_of(run: CheckRun) -> str:
    """The verdict of a run, or that it did not run; empty while it has not settled."""
    return "did_not_run" if run.state == RunState.FAILED else run.verdict


def _told(run: CheckRun) -> list[dict[str, Any]]:
    return [each for each in run.findings if each["code"] != ENVELOPE]


def _screen_copy(sha256: str) -> Picture | None:
    name = str(working_copies.SCREEN)
    return Picture(name) if storage.has_working_copy(sha256, name) else None
