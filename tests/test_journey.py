"""The whole way through a running desk, by the three kinds of people that it is for.

A case and a claim are opened; a volunteer sends a photo and a film in Arabic from a phone; the worker
checks them; two investigators decide, the second without seeing the first answer; one writes the
verdict, the other approves and publishes it; a partner pulls it from the change feed.
"""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests import servers
from tests.desks import Desk
from tests.media_checks import samples
from tests.volunteering import CODE

pytestmark = [pytest.mark.desk, pytest.mark.browser, pytest.mark.timeout(600)]

PHONE = {"width": 360, "height": 740}
TITLE, SLUG = "The bakery", "the-bakery"
STATEMENT = "The bakery of the quarter was not struck."
REASON = "Window, awning and kerb are those of the satellite picture."
SUMMARY = "The bakery was struck on the morning of 18 November."
SECONDS_TO_CHECK = 90


@contextmanager
def visiting(browser: Browser, desk: Desk, **features: Any) -> Iterator[Page]:
    """A page of the desk in an empty profile, that asks nobody else for anything and complains of nothing."""
    context: BrowserContext = browser.new_context(**features)
    page = context.new_page()
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("request", lambda asked: asked.url.startswith(desk.url) or complaints.append(asked.url))
    yield page
    context.close()
    assert complaints == []


@contextmanager
def signed_in(browser: Browser, desk: Desk, entry: dict[str, str]) -> Iterator[Page]:
    """A member of staff at the desk."""
    with visiting(browser, desk) as page:
        page.goto(f"{desk.url}/admin/")
        page.fill("[name=username]", entry["username"])
        page.fill("[name=password]", entry["password"])
        page.get_by_role("button", name="Sign in").click()
        page.fill("[name=code]", desk.code(entry))
        page.get_by_role("button", name="Go on").click()
        expect(page.get_by_role("navigation", name="Rooms of the desk")).to_be_visible()
        yield page


def send(page: Page, button: str) -> None:
    """Press a button of the page's content and wait for what it leads to."""
    with page.expect_navigation():
        page.locator("main").get_by_role("button", name=button, exact=True).first.click()


def open_the_case(browser: Browser, desk: Desk) -> None:
    """The administrator opens a case that two people decide in, with two leads, and grants it."""
    with signed_in(browser, desk, desk.demo["administrator"]) as page:
        page.goto(f"{desk.url}/admin/cases/")
        page.get_by_role("link", name="Open a case").first.click()
        page.fill("[name=title]", TITLE)
        page.fill("[name=slug]", SLUG)
        page.check("[name=accepts_submissions]")
        page.check("[name=needs_second_review]")
        send(page, "Open the case")
        for entry in desk.demo["investigators"]:
            page.select_option("[name=user]", label=entry["username"])
            page.select_option("[name=role]", value="lead")
            send(page, "Add")
        page.goto(f"{desk.url}/admin/partners/")
        page.get_by_role("link", name=desk.demo["partner"]["name"]).click()
        page.select_option("select[name=case]", value=SLUG)
        send(page, "Grant the case")


def open_the_claim(page: Page) -> None:
    """An investigator writes down what is claimed."""
    page.get_by_role("link", name="Cases").first.click()
    page.get_by_role("link", name=TITLE).first.click()
    page.get_by_role("link", name="Open a claim").click()
    page.fill("[name=statement]", STATEMENT)
    page.fill("[name=claimant]", "A ministry")
    page.select_option("[name=category]", value="bombing")
    page.fill("[name=event_start]", "2016-11-18T06:00:00")
    page.fill("[name=event_end]", "2016-11-18T10:00:00")
    page.fill("[name=place_name]", "Aleppo")
    for name, value in (("latitude", "36.2"), ("longitude", "37.16"), ("precision_m", "5000")):
        page.fill(f"[name={name}]", value)
    send(page, "Open the claim")


def evidence() -> list[dict[str, Any]]:
    """A photo whose clock and place fit the claim, and a film."""
    taken = samples.photo(
        samples.scene(7001), captured="2016:11:18 09:31:00", offset="+02:00", place=(36.2, 37.16), make="Cam"
    )
    filmed = samples.film([samples.scene(seed) for seed in range(7002, 7006)], every_key=True)
    return [
        {"name": "IMG_20161118_093100.jpg", "mimeType": "image/jpeg", "buffer": taken},
        {"name": "فيديو.mp4", "mimeType": "video/mp4", "buffer": filmed},
    ]


def send_evidence_in(browser: Browser, desk: Desk) -> str:
    """A volunteer, in Arabic, on a phone, without scripts; returns the receipt code."""
    with visiting(browser, desk, viewport=PHONE, locale="ar", java_script_enabled=False) as page:
        page.goto(desk.url)
        assert page.evaluate("getComputedStyle(document.documentElement).direction") == "rtl"
        page.click("a.door-first")
        page.get_by_role("link", name=TITLE).click()
        page.set_input_files("[name=files]", evidence())
        page.locator("label", has_text=STATEMENT).locator("input").check()
        page.check("[name=stance][value=refutes]")
        page.fill("[name=day]", "2016-11-18")
        page.fill("[name=where]", "حي الشعار، قرب الفرن")
        page.fill("[name=how]", "صوّرته بنفسي.")
        page.check("[name=consent][value=findings]")
        with page.expect_navigation():
            page.click("main form button[type=submit]")
        assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
        assert page.context.cookies() == []
        code = page.inner_text(".code")
    assert CODE.fullmatch(code)
    return code


def states(browser: Browser, desk: Desk, code: str) -> list[str]:
    """What the state page says of each item."""
    with visiting(browser, desk, viewport=PHONE) as page:
        page.goto(f"{desk.url}/en/receipt/")
        page.fill("[name=code]", code)
        with page.expect_navigation():
            page.click("main form button[type=submit]")
        return page.locator(".item .stage").evaluate_all("all => all.map(each => each.className)")


def decide(page: Page, desk: Desk, claim_url: str, number: int) -> str:
    """Take an item of the claim, uncover it by key, and decide; returns what the page said before."""
    page.goto(claim_url)
    page.locator("table.list a.hash").nth(number).click()
    said = page.inner_text("main")
    send(page, "Take this review")
    picture = page.locator(".frame img").first
    assert picture.evaluate("image => getComputedStyle(image).filter") != "none"
    page.keyboard.press("c")
    assert picture.evaluate("image => getComputedStyle(image).filter") == "none"
    servers.wait_until(lambda: picture.evaluate("image => image.naturalWidth"), 10, "The picture is there")
    page.check("[name=authenticity][value=OriginalMediaContent]")
    page.check("[name=confidence][value=confirmed]")
    page.fill("[name=rationale]", REASON)
    send(page, "Decide")
    return said


def pulled(desk: Desk, path: str) -> dict[str, Any]:
    """What a partner with the key gets."""
    key = desk.demo["partner"]["key"]
    request = urllib.request.Request(f"{desk.url}/api/v1/{path}", headers={"Authorization": f"Bearer {key}"})
    with urllib.request.urlopen(request, timeout=30) as answer:
        return json.load(answer)


def changes_after(desk: Desk, cursor: str) -> tuple[list[dict[str, Any]], str]:
    """The changes since the cursor, and the cursor to come back with."""
    found: list[dict[str, Any]] = []
    while True:
        page = pulled(desk, f"verdicts/changes/?cursor={cursor}" if cursor else "verdicts/changes/")
        found, cursor = found + page["results"], page["next_cursor"]
        if not page["has_more"]:
            return found, cursor


def test_from_a_volunteers_phone_to_a_partners_feed(desk: Desk, browser: Browser) -> None:
    _before, cursor = changes_after(desk, "")
    open_the_case(browser, desk)
    first, second = desk.demo["investigators"]

    with signed_in(browser, desk, first) as page:
        open_the_claim(page)
        claim_url = page.url
        code = send_evidence_in(browser, desk)
        servers.wait_until(
            lambda: states(browser, desk, code) == ["stage stage-waiting"] * 2,
            SECONDS_TO_CHECK,
            "Both items are checked and wait for a person",
        )
        photo_said = decide(page, desk, claim_url, 0) + decide(page, desk, claim_url, 1)
        assert "corroborated" in photo_said or "consistent" in photo_said
        page.goto(claim_url)
        page.get_by_role("link", name="Write a verdict").click()
        page.select_option("[name=rating]", value="refuted")
        page.select_option("[name=confidence]", value="confirmed")
        page.fill("[name=summary]", SUMMARY)
        page.fill("[name=rationale]", "A photo and a film show it; their clock and place fit.")
        send(page, "Keep the draft")
        assert page.get_by_role("button", name="Approve", exact=True).count() == 0

    with signed_in(browser, desk, second) as page:
        for number in range(2):
            assert REASON not in decide(page, desk, claim_url, number)
        page.goto(claim_url)
        send(page, "Approve")
        send(page, "Publish")
        expect(page.locator("main")).to_contain_text("The verdict is published.")

    changes, _cursor = changes_after(desk, cursor)
    ours = [each for each in changes if each["verdict"]["claim"]["statement"] == STATEMENT]
    assert [each["change"] for each in ours] == ["published"]
    verdict = ours[0]["verdict"]
    assert (verdict["rating"], verdict["confidence"], verdict["summary"]) == ("refuted", "confirmed", SUMMARY)
    assert {len(each["sha256"]) for each in verdict["evidence"]} == {64}
    assert [each["authenticity"] for each in verdict["evidence"]] == [["OriginalMediaContent"]] * 2
    assert verdict["reviewers"] == 2
    assert pulled(desk, f"verdicts/{verdict['id']}/")["summary"] == SUMMARY
    assert states(browser, desk, code) == ["stage stage-decided"] * 2
    text = json.dumps(verdict, ensure_ascii=False)
    for secret in (
        "IMG_20161118",
        "فيديو",
        "حي الشعار",
        "صوّرته",
        first["username"],
        second["username"],
        code,
    ):
        assert secret not in text
