"""``GET /healthz`` tells what is well and what is not, whatever state the servers are in."""

import signal
import stat
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from claims.models import Case, Consent, Evidence, MediaFile, Submission
from tests import desks
from tests.servers import wait_until
from verification.admin import machines
from verification.health import longest_silence
from verification.models import CheckRun, Heartbeat, RunState

in_database = pytest.mark.django_db(transaction=True)


ENOUGH = {"holding": ["resource_limits", "landlock", "seccomp"], "missing": {"network_namespace": "not here"}}
TOO_FEW = {"holding": ["resource_limits", "landlock"], "missing": {"seccomp": "not here"}}


def beat(seconds_ago: float = 0, *, name: str = "worker", locks: dict[str, Any] | None = ENOUGH) -> None:
    """A worker gave a sign of life so many seconds ago, and told of its locks."""
    at = timezone.now() - timedelta(seconds=seconds_ago)
    told = {"at": at, "locks": locks}
    Heartbeat.objects.update_or_create(name=name, defaults=told)


def queue(slug: str, seconds_ago: float) -> None:
    """A check run has waited for so many seconds."""
    now = timezone.now()
    case, _ = Case.objects.get_or_create(slug="case", title="Case")
    submission = Submission.objects.create(
        case=case, consent=Consent.FINDINGS, receipt_hash=slug.ljust(64, "0"), received_at=now
    )
    media = MediaFile.objects.create(sha256=slug.encode().hex().ljust(64, "0"), size=1, kind="photo")
    evidence = Evidence.objects.create(case=case, submission=submission, media_file=media, received_at=now)
    run = CheckRun.objects.create(evidence=evidence, check_slug=slug, version=1, due_at=now)
    CheckRun.objects.filter(pk=run.pk).update(created_at=now - timedelta(seconds=seconds_ago))


def ask(client: Client) -> tuple[int, dict[str, Any]]:
    answer = client.get("/healthz")
    return answer.status_code, answer.json()


@in_database
def test_a_well_desk_tells_its_queue(client: Client) -> None:
    beat(seconds_ago=4)
    queue("metadata", seconds_ago=90)
    queue("reverse_date", seconds_ago=30)
    status, answer = ask(client)
    assert status == 200
    assert {answer[part] for part in ("status", "database", "broker", "worker", "locks")} == {"ok"}
    assert 4 <= answer["heartbeat_age_s"] < 80
    assert 90 <= answer["oldest_waiting_s"] < 170
    assert answer["queue_depth"] == 2


@in_database
def test_runs_that_do_not_wait_are_not_in_the_queue(client: Client) -> None:
    beat()
    queue("metadata", seconds_ago=90)
    CheckRun.objects.update(state=RunState.FAILED, reason="a reason")
    answer = ask(client)[1]
    assert answer["queue_depth"] == 0
    assert answer["oldest_waiting_s"] is None


@in_database
@pytest.mark.parametrize("silent", [True, False])
def test_a_worker_that_was_never_heard_of_or_long_ago_is_not_well(client: Client, silent: bool) -> None:
    if not silent:
        beat(seconds_ago=longest_silence() + 5)
    status, answer = ask(client)
    assert (status, answer["status"], answer["worker"]) == (503, "not well", "not well")
    assert answer["database"] == answer["broker"] == "ok"


@in_database
def test_a_sign_of_life_from_the_future_says_nothing_of_now_here_or_on_the_front_page(client: Client) -> None:
    beat(seconds_ago=-3600)
    assert ask(client)[1]["worker"] == "not well"
    assert [each.well for each in machines.machine_room().parts if "worker" in each.sentence][0] is False


@in_database
@pytest.mark.parametrize(
    ("locks", "sentence"),
    [
        (None, "no word from a worker on the locks behind which files are decoded"),
        (
            TOO_FEW,
            "BEHIND TOO FEW LOCKS (missing: the filter of system calls (seccomp)): tell who runs the desk",
        ),
        ({"holding": [], "missing": {"locked_child": "it died"}}, "(missing: the locked child itself)"),
    ],
)
def test_one_worker_without_locks_enough_or_without_a_word_of_them_is_not_well(
    client: Client, locks: dict[str, Any] | None, sentence: str
) -> None:
    beat(name="a good one")
    beat(name="another", locks=locks)
    status, answer = ask(client)
    assert (status, answer["status"], answer["locks"]) == (503, "not well", "not well")
    room = machines.machine_room()
    assert not room.well
    assert any(sentence in each.sentence and not each.well for each in room.parts)
    assert answer["worker"] == "ok"


@in_database
def test_what_is_missing_is_told_though_enough_holds_and_a_worker_that_left_is_not_asked() -> None:
    beat()
    beat(seconds_ago=longest_silence() + 5, name="gone", locks=TOO_FEW)
    told = [each for each in machines.machine_room().parts if "locks" in each.sentence]
    assert [(each.well, each.sentence) for each in told] == [
        (True, "files are decoded behind locks enough (missing: a network of its own)")
    ]


@in_database
def test_where_no_worker_lives_nobody_answers_for_the_locks(client: Client) -> None:
    assert ask(client)[1]["locks"] == "not well"


@in_database
def test_it_is_only_read_and_never_kept(client: Client) -> None:
    beat()
    assert client.post("/healthz").status_code == 405
    head = client.head("/healthz")
    assert (head.status_code, head.content) == (200, b"")
    assert "no-store" in head.headers["Cache-Control"]


@in_database
def test_a_probe_that_is_not_on_https_is_answered_too(client: Client, settings: Any) -> None:
    beat()
    settings.SECURE_SSL_REDIRECT = True
    settings.SECURE_REDIRECT_EXEMPT = [r"^healthz$"]
    assert client.get("/healthz").status_code == 200
    assert client.get("/healthz/else").status_code in (301, 404)


@pytest.mark.desk
def test_an_embedded_desk_without_its_broker_folder_says_so(tmp_path: Path) -> None:
    with desks.embedded(tmp_path / "var", demo=False) as desk:
        messages = desk.data_dir / "broker" / "messages"
        messages.rename(messages.with_name("elsewhere"))
        status, answer = desk.health()
        assert (status, answer["broker"], answer["database"]) == (503, "not well", "ok")
        messages.with_name("elsewhere").rename(messages)
        assert stat.S_IMODE(messages.stat().st_mode) == 0o700


@pytest.mark.desk
def test_servers_that_hang_or_die_never_hang_the_answer(tmp_path: Path) -> None:
    quick = {"SWEEP_SECONDS": "1", "CHECK_SECONDS": "2"}
    with desks.production(tmp_path / "var", demo=False, **quick) as desk:
        assert desk.broker is not None
        assert desk.database is not None
        for part, process in (("broker", desk.broker.process), ("database", desk.database.process)):
            # Of PostgreSQL the servers of open connections are stopped too: all that belong to it.
            _to_all(process.pid, signal.SIGSTOP)
            status, answer, seconds = _timed(desk.health)
            assert (status, answer[part]) == (503, "not well")
            assert seconds < 8
            assert desk.url not in str(answer)
            _to_all(process.pid, signal.SIGCONT)
            wait_until(lambda: desk.health()[0] == 200, 30, f"The desk is well again after the {part}")
        desk.processes.pop("worker").kill()
        wait_until(lambda: desk.health()[1].get("worker") == "not well", 20, "The worker is missed")
        assert desk.health()[1]["broker"] == "ok"


def _timed(ask_it: Callable[[], tuple[int, dict[str, Any]]]) -> tuple[int, dict[str, Any], float]:
    started = time.monotonic()
    status, answer = ask_it()
    return status, answer, time.monotonic() - started


def _to_all(pid: int, number: signal.Signals) -> None:
    parent = desks.psutil.Process(pid)
    for each in [parent, *parent.children(recursive=True)]:
        with suppress(desks.psutil.NoSuchProcess):  # a child that has ended in the meantime
            each.send_signal(number)
