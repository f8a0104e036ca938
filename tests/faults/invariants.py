"""What must hold after every fault, read from a desk's database, store, broker and logs."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from datetime import timedelta
from pathlib import Path

from django.conf import settings

from claims import integrity, media_files, receipts
from claims.models import Case, CustodyEvent, Evidence, EvidenceState, MediaFile, Submission
from media_checks import registry
from tests.faults import canaries
from verification.models import CheckRun, FeedChange, FeedEntry, FeedHead, Review, RunState, Verdict
from verification.models.checks import MAX_ATTEMPTS, UNSETTLED

# Nothing is on its way in, so nothing is too young to be swept, whatever the clock says.
EVER = timedelta(days=36_500)
OVERTAKEN = "overtaken by a later round"
ENDED = {RunState.FINISHED: "check.finished", RunState.FAILED: "check.did_not_run"}


@dataclass
class Ledger:
    """What senders were told was received, by receipt code and SHA-256, and where nothing may leak to."""

    received: list[tuple[str, str]] = field(default_factory=list)
    canaries: list[str] = field(default_factory=list)
    logs: list[str] = field(default_factory=list)

    def write(self, path: Path) -> None:
        """Write it down for the process that judges."""
        path.write_text(json.dumps(asdict(self)))

    @classmethod
    def read(cls, path: Path) -> Ledger:
        """What ``write`` wrote."""
        return cls(**json.loads(path.read_text()))


@dataclass
class Violations:
    """One sentence for each thing that is lost, that is there twice, or that is not as it must be."""

    lost: list[str] = field(default_factory=list)
    duplicated: list[str] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)

    def all(self) -> list[str]:
        """Every sentence."""
        return [*self.lost, *self.duplicated, *self.broken]


def violations(ledger: Ledger) -> Violations:
    """Judge a desk that is at rest: nothing is on its way in, and every check has settled."""
    media_files.sweep_orphans(-EVER)
    return Violations(
        lost=[*missing(ledger.received), *unsettled()],
        duplicated=[*sent_twice(ledger.received), *ended_twice()],
        broken=[*published_wrongly(), *changed(), *orphans(), *leaked(ledger)],
    )


def judge(path: str) -> None:
    """Print the violations as JSON; run in the environment of the desk that is judged."""
    print(json.dumps(asdict(violations(Ledger.read(Path(path))))))


def missing(received: Sequence[Sequence[str]]) -> Iterator[str]:
    """What was acknowledged and has no submission, no item or no bytes; the bytes are read again."""
    known = dict(Submission.objects.values_list("receipt_hash", "pk"))
    items = set(Evidence.objects.values_list("submission", "media_file"))
    for code, sha256 in received:
        submission = known.get(receipts.hash_of(code))
        if submission is None:
            yield f"the submission of {code[:5]}… is gone"
        elif sha256 and (submission, sha256) not in items:
            yield f"{sha256[:12]} of the submission {code[:5]}… is gone"
    for media_file in MediaFile.objects.iterator():
        if found := integrity.file_break(media_file):
            yield found.message


def unsettled() -> Iterator[str]:
    """Runs that are missing or have not ended, and items that have not moved on or have no review."""
    for run in CheckRun.objects.filter(state__in=UNSETTLED):
        yield f"{run} is {run.state}"
    ran = set(CheckRun.objects.values_list("evidence", "check_slug", "round"))
    reviewed = set(Review.objects.values_list("evidence", flat=True))
    for item in Evidence.objects.iterator():
        checks = registry.CHECKS if item.media_file_id else ()
        for number in range(1, item.round + 1):
            wanted = {(item.pk, check.slug, number) for check in checks}
            yield from (f"{item} has no run of {slug} in round {no}" for _pk, slug, no in wanted - ran)
        if item.state != EvidenceState.CHECKED:
            yield f"{item} is {item.state}"
        if item.pk not in reviewed:
            yield f"{item} has no review"


def sent_twice(received: Sequence[Sequence[str]]) -> Iterator[str]:
    """Bytes that stand more than once in one submission."""
    items = Evidence.objects.exclude(media_file=None).values_list("submission", "media_file")
    for (submission, sha256), times in Counter(items).items():
        if times > 1:
            yield f"{sha256[:12]} is there {times} times in submission {submission}"


def ended_twice() -> Iterator[str]:
    """Runs whose end does not stand in the record exactly once, and items that were checked twice."""
    retried = _counted("check.retried", "check")
    ends = {action: _counted(action, "check", "version", "round") for action in ENDED.values()}
    for run in CheckRun.objects.filter(state__in=ENDED).exclude(reason=OVERTAKEN):
        subject = f"evidence:{run.evidence_id}"
        key = subject, run.check_slug, run.version, run.round
        again = retried[subject, run.check_slug]
        finished, failed = (ends[action][key] for action in ENDED.values())
        if finished != (run.state == RunState.FINISHED) or failed > again + 1:
            yield f"{run} is {run.state}: finished {finished} times, failed {failed} times in the record"
        if run.state == RunState.FAILED and not failed:
            yield f"{run} failed and the record does not say so"
        if run.attempts > MAX_ATTEMPTS:
            yield f"{run} was tried {run.attempts} times"
    again_of = Counter(subject for subject, _check in retried.elements())
    for (subject, number), times in _counted("evidence.checked", "round").items():
        if times > 1 + again_of[subject]:
            yield f"{subject} was checked {times} times in round {number}"


def published_wrongly() -> Iterator[str]:
    """Versions, lines of the record and entries of the feed that do not belong together, one to one."""
    entries = Counter(FeedEntry.objects.values_list("verdict", "change"))
    lines = {name: _counted(f"verdict.{name}", "version") for name in ("published", "retracted")}
    for verdict in Verdict.objects.select_related("claim"):
        key = f"claim:{verdict.claim_id}", verdict.version
        told = sum(entries[verdict.pk, each] for each in (FeedChange.PUBLISHED, FeedChange.CORRECTED))
        if not told == lines["published"][key] == (verdict.published_at is not None):
            yield f"{verdict} is {verdict.state}: {lines['published'][key]} lines, {told} entries"
        taken_back = entries[verdict.pk, FeedChange.RETRACTED]
        if not taken_back == lines["retracted"][key] == (verdict.state == "retracted"):
            yield f"{verdict} is {verdict.state}: {taken_back} entries say that it was taken back"
    numbers = list(FeedEntry.objects.order_by("sequence").values_list("sequence", flat=True))
    head = FeedHead.objects.values_list("sequence", flat=True).first() or 0
    if numbers != list(range(1, head + 1)):
        yield f"the feed's head is {head}, its entries are {numbers}"


def changed() -> Iterator[str]:
    """What the desk itself finds broken in the record."""
    yield from (each.message for each in integrity.record_breaks(Case.objects.all()))
    yield from (each.message for each in integrity.desk_breaks())


def orphans() -> Iterator[str]:
    """Files of the store that no row names, unfinished ones included."""
    known = set(MediaFile.objects.values_list("sha256", flat=True))
    used = set(Evidence.objects.exclude(media_file=None).values_list("media_file", flat=True))
    yield from (f"the media file {each[:12]} has no evidence" for each in known - used)
    folder = Path(settings.STORAGE_FOLDER)
    for path in folder.rglob("*"):
        if path.is_file() and not (path.name[:64] in known and path.suffix in ("", ".jpg")):
            yield f"nobody knows the file {path.relative_to(folder)}"


def leaked(ledger: Ledger) -> Iterator[str]:
    """Canaries outside the sealed table: in the database, the broker, the data folder or the logs."""
    if ledger.canaries:
        where = [Path(settings.DATA_DIR), *map(Path, ledger.logs)]
        yield from canaries.found(ledger.canaries, where)


def _counted(action: str, *names: str) -> Counter[tuple]:
    """How many lines of the record there are of an action, by their subject and these details."""
    lines = CustodyEvent.objects.filter(action=action).values_list("subject", "details")
    return Counter((subject, *(details.get(name) for name in names)) for subject, details in lines)
