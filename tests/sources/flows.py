"""Everything that a sender can send to a running desk, and everything that it can answer.

Each flow notes the statuses that it was answered with.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from tests.builders import picture
from tests.desks import Desk
from tests.sources.breaking import BREAK_CHECK, BREAK_TASK
from tests.sources.senders import Answer, Sender
from tests.volunteering import CODE

MOST_BYTES = 400_000


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
    for _each in range(400):  # Each web process of an embedded desk counts its own.
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
