"""Lies on every page of the desk, in a real browser: nothing runs, turns, leaves or sticks out.

The pages come from the desk's own list of addresses: a new one that nobody visits fails here.
``CORROBORATE_FULL=1`` visits them in each language at each width, as each kind of person.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from django.conf import settings
from django.core.cache import cache
from django.test import Client
from playwright.sync_api import Browser, BrowserContext, Page

from claims.actors import person
from claims.models import Role
from tests.staff import address, signed_in, staff
from tests.test_doors_within import FIELDS, PRESSED
from tests.texts.lies import HIDDEN, SINK, TURNING
from tests.texts.told import Told, routes
from verification import operations
from verification.access.browsers import invitation
from verification.models import Proposal

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True), pytest.mark.timeout(900)]

FULL = bool(os.environ.get("CORROBORATE_FULL"))
PHONE, DESK = {"width": 360, "height": 740}, {"width": 1280, "height": 900}
WAYS = [("en", DESK), ("ar", PHONE)] + ([("ar", DESK), ("en", PHONE)] if FULL else [])

# Addresses that no browser shows as a page: what is pressed, files, and what partners' programs read.
NO_PAGES = {"admin:media", "admin:jsi18n", "api:schema", "healthz", "set_language", "admin:logout"}

WATCH = """
window.__told = [];
document.addEventListener('securitypolicyviolation', (event) =>
  window.__told.push(`${event.violatedDirective}: ${event.blockedURI} ${event.sample}`));
"""
LOOK = """
() => {
  const shown = [document.title, document.body.innerText];
  for (const each of document.querySelectorAll('*'))
    for (const name of ['title', 'alt', 'aria-label', 'aria-description', 'data-copy', 'data-exact', 'label'])
      if (each.hasAttribute(name)) shown.push(each.getAttribute(name));
  const where = (name) => [...document.querySelectorAll(`[${name}]`)].map((each) => each.getAttribute(name));
  return {
    hit: window.__hit, told: window.__told, text: shown.join('\\n'),
    wide: document.documentElement.scrollWidth,
    links: [...where('href'), ...where('src'), ...where('action')],
    frames: document.querySelectorAll('iframe, object, embed, base, meta[http-equiv]').length,
    handlers: [...document.querySelectorAll('*')].filter((each) =>
      [...each.attributes].some(({name}) => name.startsWith('on'))).map((each) => each.outerHTML),
  };
}
"""


FLOOD = re.compile("[\u0300-\u036f]{9}")

# A form as a page would hold it, with the token of one that it does hold.
PRESS = """
([path, fields]) => {
  const form = Object.assign(document.createElement('form'), {method: 'post', action: path});
  const token = document.querySelector('[name=csrfmiddlewaretoken]').value;
  for (const [name, value] of Object.entries({...fields, csrfmiddlewaretoken: token}))
    form.append(Object.assign(document.createElement('textarea'), {name, value}));
  document.body.append(form);
  form.submit();
}
"""
# What a browser would not let into a field of a day, a program does.
TYPE = """
(field, text) => {
  if (['date', 'time'].includes(field.type)) field.type = 'text';
  field.value = text;
}
"""


@dataclass
class Visit:
    """One person's browser, and whatever was wrong with the pages that it showed."""

    context: BrowserContext
    site: str
    width: int
    wrong: list[str] = field(default_factory=list)
    seen: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.context.add_init_script(WATCH)
        self.page: Page = self.context.new_page()
        self.page.on(
            "dialog", lambda dialog: (self.wrong.append(f"a dialog: {dialog.message}"), dialog.dismiss())
        )
        self.page.on("pageerror", lambda error: self.wrong.append(f"an error: {error}"))
        self.page.on("console", self._hear)
        self.page.on("request", self._see)

    def _hear(self, message: Any) -> None:
        if message.type != "error":
            return
        if "the server responded with a status of 4" not in message.text or "lies" in str(message.location):
            self.wrong.append(f"{self.page.url}: {message.text}")

    def _see(self, request: Any) -> None:
        if not request.url.startswith(self.site) or "lies" in request.url.partition("?")[0]:
            self.wrong.append(f"{self.page.url} asked for {request.url}")

    def go(self, name: str, path: str) -> None:
        """Open a page and look at it."""
        self.page.goto(f"{self.site}{path}")
        if name.startswith("api:docs"):
            self.page.wait_for_selector(".opblock")  # Swagger UI draws it from the schema.
        self.look(name)

    def look(self, name: str) -> None:
        """Whether the page that is open is as it should be."""
        found = self.page.evaluate(LOOK)
        text = found.pop("text")
        if name.startswith("api:docs"):
            text = text.replace("\u200b/", "/")  # Where Swagger UI lets an address break.
        self.seen[name] = text
        links = [each for each in found.pop("links") if ":" in each.partition("?")[0].partition("/")[0]]
        turning = {f"U+{ord(each):04X}" for each in TURNING + HIDDEN if each in text}
        self._judge(name, "a script ran", found["hit"] is None)
        self._judge(name, f"violations of its policy: {found['told']}", not found["told"])
        self._judge(
            name,
            f"frames {found['frames']}, handlers {found['handlers']}",
            not (found["frames"] or found["handlers"]),
        )
        self._judge(name, f"wide: {found['wide']} of {self.width}", found["wide"] <= self.width)
        self._judge(name, f"raw {sorted(turning)}", not turning)
        self._judge(name, "a flood of marks", not FLOOD.search(text))
        self._judge(name, "an isolate is open", text.count("\u2068") == text.count("\u2069"))
        self._judge(
            name, f"links to {links}", all(each.startswith(("http://", "https://")) for each in links)
        )

    def _judge(self, name: str, problem: str, well: bool) -> None:
        if not well:
            self.wrong.append(f"{name}: {problem}")


@pytest.fixture
def told(store, db) -> Told:
    cache.clear()
    return Told()


@pytest.fixture
def visiting(browser: Browser, live_server: Any) -> Iterator[Any]:
    """Open the browser of a signed-in person, or of nobody, in a language and at a width."""
    contexts: list[BrowserContext] = []

    def start(who: Client | None, language: str, viewport: dict[str, int]) -> Visit:
        context = browser.new_context(viewport=viewport, locale=language)
        contexts.append(context)
        cookies = {settings.LANGUAGE_COOKIE_NAME: language}
        if who:
            cookies[settings.SESSION_COOKIE_NAME] = who.cookies[settings.SESSION_COOKIE_NAME].value
        context.add_cookies(
            [{"name": name, "value": value, "url": live_server.url} for name, value in cookies.items()]
        )
        return Visit(context, live_server.url, viewport["width"])

    yield start
    for each in contexts:
        each.close()


def pages_of(told: Told, language: str) -> dict[str, str]:
    """Every page of the desk by its name, each about the one thing of its kind that there is."""
    found = {}
    desk = told.desk()
    known = {"<slug:slug>": told.case.slug, "<id>": str(told.user.pk), "<path:object_id>": str(told.user.pk)}
    known |= {"factors/<int:pk>": "factors/1", "<str:invited>": invitation(told.user.get_username())}
    for name, route in routes():
        if name in NO_PAGES or (name.startswith("api:") and name != "api:docs"):
            continue
        path = f"/{route}"
        if path.startswith("/en/"):
            path = f"/{language}/{path[4:]}"
        for placeholder, value in known.items():
            path = path.replace(placeholder, value)
        path = desk[name.removeprefix("admin:")] if "<" in path else path
        assert "<" not in path, path
        found[name] = path
    return found | {"admin:review, decided": address("review", told.decided.pk)}


def visited(told: Told, browser: Client, language: str) -> dict[str, str]:
    """The pages that this person opens: not the verbs, which are only pressed, nor what is closed to them."""
    found = {}
    for name, path in pages_of(told, language).items():
        status = browser.get(path, headers={"accept-language": language}).status_code
        if browser is told.browser:
            assert status in (200, 302, 405), (name, status)
        if status in (200, 302):
            found[name] = path
    return found


def readers(told: Told) -> dict[str, Client]:
    """Who visits: somebody who may do everything and, in the full form, each kind of person alone."""
    one = {"everybody in one": told.browser}
    return one | ({role: signed_in(staff(told.case, role)) for role in Role.values} if FULL else {})


def test_no_page_runs_turns_or_fetches_what_people_wrote(told, visiting):
    wrong: list[str] = []
    for who, client in readers(told).items():
        for language, viewport in WAYS:
            visit = visiting(client, language, viewport)
            for name, path in visited(told, client, language).items():
                visit.go(f"{name} in {language} at {viewport['width']} as {who}", path)
            wrong += visit.wrong
            if client is told.browser:
                assert len(visit.seen) > 25
                assert "{{7*7}}[U+202E]gpj" in "".join(visit.seen.values())
    assert wrong == []


def test_no_answer_to_a_form_runs_turns_or_fetches_what_was_typed(told, visiting):
    """Each verb of the desk is given lies in every field: what it refuses is shown with what was typed."""
    visit = visiting(told.browser, "ar", PHONE)
    visit.go("the desk", "/ar/")
    verbs = [
        (name, path)
        for name, path in pages_of(told, "en").items()
        if name.startswith("admin:") and told.browser.get(path).status_code == 405
    ]
    for name, path in verbs:
        if name.removeprefix("admin:") in PRESSED:
            continue
        visit.go(f"before {name}", address("case", told.case.pk))
        with visit.page.expect_navigation():
            visit.page.evaluate(PRESS, [path, dict.fromkeys(FIELDS, SINK)])
        visit.look(name)
    assert len(verbs) > 20
    assert visit.wrong == []


def test_what_is_sealed_is_shown_to_a_custodian_without_turning_anything(told, visiting):
    visit = visiting(told.browser, "ar", PHONE)
    visit.go("submission", address("submission", told.submission.pk))
    visit.page.locator("form[action$='/source/']").evaluate(
        "form => { form.closest('details').open = true; }"
    )
    visit.page.fill("form[action$='/source/'] [name=reason]", SINK)
    with visit.page.expect_navigation():
        visit.page.locator("form[action$='/source/'] button").click()
    visit.look("proposed")
    proposal = Proposal.objects.get(submission=told.submission)
    operations.agree(actor=person(staff(told.case, Role.CUSTODIAN)), proposal=proposal)
    visit.go("agreed", address("proposal", proposal.pk))
    with visit.page.expect_navigation():
        visit.page.locator("form[action$='/read/'] button").click()
    visit.look("source")
    assert "[U+202E]gpj" in visit.seen["source"]
    assert visit.wrong == []


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without"])
def test_lies_that_a_volunteer_sends_come_back_harmless(told, visiting, scripts):
    visit = visiting(None, "ar", PHONE)
    visit.go("form", f"/ar/submit/{told.case.slug}/")
    names = [SINK.replace("/", "∕"), "\u202egpj.exe", "=cmd()|'\"><img src=lies onerror=window.__hit=1>.pdf"]
    files = [{"name": each, "mimeType": "image/jpeg", "buffer": b"%PDF-1.7"} for each in names]
    visit.page.set_input_files("[name=files]", files)
    for name in ("happened", "anything_else", "where", "how", "contact", "day", "time_from", "source_url"):
        visit.page.locator(f"[name={name}]").evaluate(
            "(each, text) => { each.type = 'text'; each.value = text; }", SINK
        )
    visit.page.check("[name=consent][value=findings]")
    with visit.page.expect_response(lambda answer: answer.request.method == "POST") as answered:
        visit.page.locator("main form button[type=submit]").evaluate(
            "(button, scripts) => scripts ? button.click() : button.form.submit()", scripts
        )
    assert answered.value.status == 400
    visit.page.wait_for_selector(".file-name")
    visit.look("refused")
    assert "[U+202E]gpj.exe" in visit.seen["refused"]
    assert visit.page.input_value("[name=where]") == SINK
    assert visit.wrong == []
