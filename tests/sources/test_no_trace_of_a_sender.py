"""Eight kinds of canary through every flow and every answer of a running desk, and nowhere in it afterwards.

The worker stands still while things are sent in, so that the messages are there to be searched; then it is
killed, and so is the web server in the middle of an upload. The view that breaks is next to the desk's own,
and its exception holds the whole request (``tests.sources.breaking``). The log is at its most talkative.
"""

from __future__ import annotations

import json
import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil
import pytest

from tests import desks, servers, system
from tests.builders import picture
from tests.desks import Desk
from tests.sources import places
from tests.sources.breaking import BREAK_CHECK, BREAK_TASK
from tests.sources.canaries import Search, word
from tests.sources.senders import KINDS, Answer, Sender
from tests.volunteering import CODE

pytestmark = [pytest.mark.desk, pytest.mark.timeout(600)]

MOST_BYTES = 400_000
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


def run(desk: Desk, code: str) -> Any:
    """What a script says in the desk's own environment."""
    return json.loads(desk.manage("shell", "--no-imports", "-c", code).splitlines()[-1])


@dataclass
class Told:
    """A desk to which everything was sent that there is to send, and what it answered."""

    desk: Desk
    sender: Sender
    statuses: dict[str, set[int]] = field(default_factory=dict)
    messages: int = 0
    overheard: list[str] = field(default_factory=list)
    searched: dict[str, bytes] = field(default_factory=dict)

    def hear(self, flow: str, answer: Answer | int) -> Answer | None:
        """Note what a flow was answered."""
        status = answer if isinstance(answer, int) else answer.status
        self.statuses.setdefault(flow, set()).add(status)
        return None if isinstance(answer, int) else answer


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


def typed(sender: Sender, **more: str) -> dict[str, str]:
    """The volunteers' form as it is filled in, with a contact."""
    given = {"consent": "findings", "stance": "refutes", "happened": "A bakery was struck."}
    return given | {"contact": sender.contact, "form_token": secrets.token_urlsafe(18)} | more


def photo(sender: Sender, *before: str) -> tuple[str, bytes]:
    return sender.file_name(*before), picture()


def send_by_form(told: Told, known: dict) -> None:
    """The volunteers' form without scripts: taken, and refused for every reason that there is."""
    sender, page = told.sender, "/en/submit/canaries/"
    for path in ("/", "/en/", "/ar/submit/", page):
        told.hear("form read", sender.get(path))
    for before in ("IMG_20161118_093100", BREAK_TASK, BREAK_CHECK):
        told.hear("form", sender.post(page, typed(sender, claim=known["claim"]), photo(sender, before)))
    told.hear("form", sender.post(page, typed(sender), photo(sender), ("x.jpg", b"%PDF-1.7")))
    told.hear("form", sender.post(page, typed(sender, consent=""), photo(sender)))
    told.hear("form", sender.post(page, typed(sender), (sender.file_name(), b"%PDF-1.7")))
    large = (sender.file_name(), picture() + bytes(MOST_BYTES))
    told.hear("form", sender.post(page, typed(sender), large))
    told.hear("form", sender.post(page, typed(sender, claim="x"), photo(sender)))
    told.hear("form", sender.post("/en/submit/nowhere/", typed(sender), photo(sender)))
    told.hear("form", sender.ask("PUT", page, b"x"))
    told.hear("form", sender.ask("POST", page, b"--x\r\n", Content_Type="multipart/form-data"))
    told.hear("form", sender.post(page, typed(sender) | dict.fromkeys(map(str, range(1100)), "x")))
    told.hear("form", sender.post(page, typed(sender), photo(sender), X_Break="view"))
    sender.post(page, typed(sender), photo(sender), X_Break="answer")


def send_by_browser(told: Told, browser) -> None:
    """The same form with scripts, in a real browser, from the same address."""
    sender = told.sender
    headers = {name: each for name, each in sender.headers().items() if name not in ("Cookie", "User-Agent")}
    del headers["Referer"]
    context = browser.new_context(extra_http_headers=headers, user_agent=sender.headers()["User-Agent"])
    with sender.way_in() as url:
        context.add_cookies([{"name": "visitor", "value": sender.words["cookie"], "url": url}])
        page = context.new_page()
        page.goto(f"{url}/en/submit/canaries/", referer=sender.headers()["Referer"])
        name, content = photo(sender, "VID-20161118-WA0001")
        page.set_input_files("[name=files]", [{"name": name, "mimeType": "image/jpeg", "buffer": content}])
        page.fill("[name=contact]", sender.contact)
        page.check("[name=consent][value=findings]")
        with page.expect_response(lambda answer: answer.request.method == "POST") as answered:
            page.click("main form button[type=submit]")
        page.wait_for_selector(".code")
        told.hear("form with scripts", answered.value.status)
    context.close()


def ask_for_receipts(told: Told) -> None:
    """Looking up by a right code, wrong ones and too many, and adding more."""
    sender = told.sender
    sent = sender.post("/en/submit/canaries/", typed(sender), photo(sender))
    found = CODE.search(sent.text)
    assert found, sent.text
    sender.words["receipt code"] = found[0].lower()
    code = {"code": found[0]}
    told.hear("receipt", sender.post("/en/receipt/", code))
    told.hear("receipt", sender.post("/en/receipt/", {"code": "AAAAA-AAAAA-AAAAA-AAAAA"}))
    told.hear("receipt", sender.post("/en/receipt/", code, X_Break="view"))
    more = code | {"stance": "context"}
    told.hear("add", sender.post("/en/receipt/add/", more, photo(sender)))
    told.hear("add", sender.post("/en/receipt/add/", more))
    told.hear("add", sender.post("/en/receipt/add/", more, (sender.file_name(), b"%PDF-1.7")))
    told.hear("add", sender.post("/en/receipt/add/", more, photo(sender), X_Break="view"))
    for _guess in range(400):
        answer = told.hear("receipt", sender.post("/en/receipt/", {"code": "BBBBB-BBBBB-BBBBB-BBBBB"}))
        if answer and answer.status == 429:
            break


@contextmanager
def signed_in(told: Told, known: dict, who: str) -> Iterator[str]:
    """The sender is a member of staff; gives the token of their forms."""
    told.sender.jar[known["cookie"]] = known["sessions"][who]
    page = told.sender.get(f"/admin/cases/{known['case']}/send-in/" if who == "member" else "/admin/")
    found = re.search(r'csrfmiddlewaretoken" value="(\w+)"', page.text)
    yield found[1] if found else ""
    told.sender.jar.clear()


def send_as_member(told: Told, known: dict) -> None:
    """A member's form: taken, refused, forged, by a stranger, and broken."""
    sender, path = told.sender, f"/admin/cases/{known['case']}/send-in/send/"
    with signed_in(told, known, "member") as token:
        honest = {"csrfmiddlewaretoken": token}
        own = {"Referer": "https://desk.example/admin/"} if sender.secure else {}
        told.hear("member", sender.post(path, typed(sender) | honest, photo(sender), **own))
        told.hear("member", sender.post(path, typed(sender, consent="") | honest, photo(sender), **own))
        told.hear("member", sender.post(path, typed(sender) | honest, photo(sender), X_Break="view", **own))
        told.hear("forged", sender.post(path, typed(sender) | honest, photo(sender)) if sender.secure
                  else sender.post(path, typed(sender), photo(sender)))  # fmt: skip
        told.hear(
            "forged",
            sender.post(
                path, typed(sender), photo(sender), Origin=f"https://{sender.words['referrer']}.example"
            ),
        )
    with signed_in(told, known, "stranger") as token:
        honest = {"csrfmiddlewaretoken": token}
        told.hear("member", sender.post(path, typed(sender) | honest, photo(sender), **own))
    wrong = {"username": "nobody", "password": sender.words["contact"]}
    told.hear("forged", sender.post("/admin/login/", wrong))


def ask_as_partner(told: Told, known: dict) -> None:
    """The API: read, refused, not there, beyond the allowance, and broken."""
    sender, key = told.sender, {"Authorization": f"Bearer {known['key']}"}
    told.hear("API", sender.ask("GET", "/api/v1/claims/", **key))
    told.hear("API", sender.ask("GET", "/api/v1/verdicts/changes/?cursor=x", **key))
    told.hear("API", sender.ask("GET", f"/api/v1/claims/?q={sender.words['contact']}"))
    told.hear("API", sender.ask("GET", "/api/v1/claims/", Authorization=f"Bearer {known['no scope']}"))
    told.hear("API", sender.ask("GET", "/api/v1/nowhere/", **key))
    told.hear("API", sender.ask("DELETE", "/api/v1/claims/", **key))
    told.hear("API", sender.ask("GET", "/api/v1/claims/", X_Break="view", **key))
    for _each in range(100):
        if (answer := told.hear("API", sender.ask("GET", "/api/v1/claims/", **key))) and answer.status == 429:
            break


def break_the_protocol(told: Told) -> None:
    """What never becomes a request: gunicorn answers it alone."""
    sender = told.sender
    lines = "".join(f"{name}: {value}\r\n" for name, value in sender.headers().items())
    word = sender.words["agent"]
    for start in (
        f"GET /{word} HTTP/9.9\r\n",
        f"G@T /{word} HTTP/1.1\r\n",
        f"GET / HTTP/1.1\r\n{word}\r\n",
        f"GET / HTTP/1.1\r\nX {word}: 1\r\n",
        f"POST / HTTP/1.1\r\nTransfer-Encoding: {word}\r\n",
        f"POST /en/receipt/ HTTP/1.1\r\nContent-Length: {word}\r\n",
        f"GET /{word} HTTP/1.1\r\nHost: {word}.example\r\n",
    ):
        said = sender.say(f"{start}{lines}\r\n".encode())
        told.hear("protocol", int(said.split()[1]) if said else 0)


def kill_the_web_server(told: Told) -> None:
    """kill -9 of the processes that answer, in the middle of an upload."""
    begun = told.sender.begin("/en/submit/canaries/", typed(told.sender), photo(told.sender))
    for each in places.web_workers(told.desk):
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
    # The worker was held until a moment ago.
    servers.wait_until(lambda: "builtins.ValueError" in log.read_text(errors="replace"), 20, "It is told")
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
