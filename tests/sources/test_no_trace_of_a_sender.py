"""Eight kinds of canary through every flow and every answer of a running desk, and nowhere in it afterwards.

The worker stands still while things are sent in, so that the messages are there to be searched; then it is
killed, and so is the web server in the middle of an upload. The view that breaks is next to the desk's own,
and its exception holds the whole request (``tests.sources.breaking``). The log is at its most talkative.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from tests import desks, servers, system
from tests.desks import Desk
from tests.sources import places
from tests.sources.canaries import Search, word
from tests.sources.flows import (
    MOST_BYTES,
    Told,
    ask_as_partner,
    ask_for_receipts,
    break_the_protocol,
    photo,
    send_as_member,
    send_by_browser,
    send_by_form,
    typed,
)
from tests.sources.senders import KINDS, Sender

pytestmark = [pytest.mark.desk, pytest.mark.timeout(600)]

VARIABLES = {
    "DJANGO_SETTINGS_MODULE": "tests.sources.breaking",
    "LOG_LEVEL": "DEBUG",
    "MAX_UPLOAD_BYTES": str(MOST_BYTES),
    "API_REQUESTS_PER_MINUTE": "30",
    "SWEEP_SECONDS": "1",
    "PYTHONPATH": str(desks.ROOT),
}
# Behind a proxy and over https, where Django looks at the referrer.
SECURE = {"PUBLIC_URL": "https://desk.example", "BEHIND_PROXY": "1"}

PREPARE = """
import json
from django.conf import settings
from claims.models import Role
from tests import builders, staff
case = builders.make_case(slug="canaries")
claim = builders.make_claim(case)
sessions = {
    "member": staff.signed_in(staff.staff(case, Role.INVESTIGATOR)),
    "stranger": staff.signed_in(staff.staff(builders.make_case(), Role.INVESTIGATOR)),
}
print(json.dumps({
    "claim": str(claim.pk),
    "case": str(case.pk),
    "cookie": settings.SESSION_COOKIE_NAME,
    "sessions": {who: each.cookies[settings.SESSION_COOKIE_NAME].value for who, each in sessions.items()},
    "key": builders.make_key(case)[1],
    "no scope": builders.make_key(case, scopes=["evidence:read"])[1],
}))
"""
PLANT = """
import hashlib
from celery import current_app
from django.contrib.sessions.backends.db import SessionStore
from tests import builders
builders.make_case(title="{database}", description=hashlib.md5(b"{digest}").hexdigest())
kept = SessionStore()
kept["told"] = "{session}"
kept.create()
current_app.send_task("verification.tasks.run_check", args=["{broker}"], queue="checks")
print("{{}}")
"""
UNSEAL = """
import json
from claims import sealing
from claims.models import SealedPart
print(json.dumps([sealing.unseal(each.sealed) for each in SealedPart.objects.all()]))
"""
UNSETTLED = "SELECT count(*) FROM claims_evidence WHERE state <> 'checked'"
BROKEN = "SELECT count(*) FROM verification_checkrun WHERE reason LIKE 'a defect of the desk%'"
NONSENSE = """
from celery import current_app
current_app.send_task("verification.tasks.run_check", args=["{}"])
print("null")
"""


def run(desk: Desk, code: str) -> Any:
    """What a script says in the desk's own environment."""
    return json.loads(desk.manage("shell", "--no-imports", "-c", code).splitlines()[-1])


@pytest.fixture(scope="module", params=desks.SETUPS)
def desk(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """A desk of these tests' own, without the demo case, with a folder for what is temporary."""
    if request.param != "embedded" and not (system.postgresql() and system.redis_server()):
        pytest.skip("PostgreSQL or Redis is not on this machine.")
    folder: Path = tmp_path_factory.mktemp("canaries")
    (folder / "tmp").mkdir()
    variables = VARIABLES | {"TMPDIR": str(folder / "tmp"), "HOME": str(folder / "tmp")}
    variables |= SECURE if request.param != "embedded" else {}
    with desks.SETUPS[request.param](folder / "var", demo=False, **variables) as running:
        yield running


@pytest.fixture(scope="module")
def told(desk: Desk, browser) -> Told:
    """Everything is sent, everything is killed, and what there was to check has been checked."""
    told = Told(desk, Sender(desk.url, secure=desk.setup != "embedded"))
    known = run(desk, PREPARE)
    with places.overhearing(desk) as told.overheard:
        with places.held(desk) as worker:
            send_by_form(told, known)
            send_by_browser(told, browser)
            ask_for_receipts(told)
            send_as_member(told, known)
            ask_as_partner(told, known)
            break_the_protocol(told)
            places.wait_for_messages(desk)
            told.messages = places.messages(desk)
            told.searched |= {f"{place}, at first": each for place, each in places.places(desk)}
        kill_the_web_server(told)
        kill_the_worker(desk, worker)
        # Two things never settle: the task that breaks each time, and the check that is tried again.
        servers.wait_until(lambda: is_checked(desk), 120, "All but what breaks is checked")
        told.searched |= dict(places.places(desk, "\n".join(told.overheard).encode()))
    return told


def is_checked(desk: Desk) -> bool:
    """Whether all items but two have settled, and one of those two broke."""
    return places.count(desk, UNSETTLED) <= 2 and places.count(desk, BROKEN) > 0


def kill_the_web_server(told: Told) -> None:
    """kill -9 of the processes that answer, in the middle of an upload."""
    begun = told.sender.begin("/en/submit/canaries/", typed(told.sender), photo(told.sender))
    for each in told.desk.web_workers():
        each.kill()
    begun.close()
    servers.wait_until(lambda: told.desk.health()[0] != 0, 60, "The web server answers again")


def kill_the_worker(desk: Desk, worker: psutil.Process) -> None:
    """kill -9 of the worker once it has begun."""
    family = [worker, *worker.children(recursive=True)]
    for each in family:
        each.kill()
    if "worker" in desk.processes:
        desk.processes["worker"].wait()
        desk.start("worker", desks.compose_command("worker"))
    servers.wait_until(lambda: desk.worker() not in (None, worker), 60, "Another worker runs")
    servers.wait_until(desk.is_well, 60, "The desk is well again")


EXPECTED = {
    "form read": {200, 302},
    "form": {200, 400, 404, 405, 413, 415, 500},
    "form with scripts": {200},
    "receipt": {200, 404, 429, 500},
    "add": {200, 400, 415, 500},
    "member": {302, 400, 404, 500},
    "forged": {403},
    "API": {200, 400, 401, 403, 404, 405, 429, 500},
    "protocol": {400, 501},
}


def test_every_flow_got_every_answer(told: Told) -> None:
    assert told.statuses.keys() == EXPECTED.keys()
    assert {flow: told.statuses[flow] for flow in EXPECTED} == EXPECTED
    assert told.messages > 0
    assert "Traceback" not in told.desk.log.read_text()
    assert "builtins.RuntimeError" in told.desk.log.read_text()


def test_no_trace_of_the_sender_is_anywhere(told: Told) -> None:
    assert len(told.searched) > 40
    assert set(told.sender.canaries) == {*KINDS, "receipt code"}
    assert Search(told.sender.canaries).over(told.searched.items()) == []


def test_what_was_sealed_is_there_for_whoever_may_read_it(told: Told) -> None:
    sealed = run(told.desk, UNSEAL)
    assert told.sender.contact in sealed
    assert told.sender.file_name() in sealed


def test_what_is_planted_in_each_of_these_places_is_found(told: Told) -> None:
    desk = told.desk
    planted = {
        name: word() for name in ("database", "digest", "session", "broker", "log", "data", "temporary")
    }
    with places.overhearing(desk) as overheard, places.held(desk):
        run(desk, PLANT.format(**planted))
        with desk.log.open("ab") as log:
            log.write(planted["log"].encode("utf-16-le"))
        (desk.data_dir / planted["data"]).touch()
        (Path(desk.environment["TMPDIR"]) / "kept").write_bytes(planted["temporary"].encode().hex().encode())
        places.wait_for_messages(desk)
        now = dict(places.places(desk, "\n".join(overheard).encode()))
    found: dict[str, set[str]] = {}
    for hit in Search(planted).over(now.items()):
        found.setdefault(hit.canary, set()).add(
            hit.place.split("/")[0].replace(planted["data"], "").removesuffix("-wal")
        )
    assert {name: OF_PLANTED[desk.setup][name] - found.get(name, set()) for name in planted} == dict.fromkeys(
        planted, set()
    )


def test_a_task_that_is_told_nonsense_does_not_tell_it_to_the_log(told: Told) -> None:
    log = told.desk.log
    run(told.desk, NONSENSE.format(word()))
    servers.wait_until(lambda: "builtins.ValueError" in log.read_text(errors="replace"), 120, "It is told")
    assert "badly formed hexadecimal" not in log.read_text(errors="replace")


OF_PLANTED = {
    "embedded": {
        "database": {"database", "data: desk.sqlite3"},
        "digest": {"database"},
        "session": {"sessions"},
        "broker": {"data: broker"},
        "log": {"log"},
        "data": {"data: "},
        "temporary": {"temporary: kept"},
    },
    "postgres+redis": {
        "database": {"database", "database's own: data"},
        "digest": {"database"},
        "session": {"sessions"},
        "broker": {"broker"},
        "log": {"log"},
        "data": {"data: "},
        "temporary": {"temporary: kept"},
    },
}
