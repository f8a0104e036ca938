"""The Arabic review page in a real browser, on a phone and on a desk: nothing sideways, all in its order."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import settings
from playwright.sync_api import Browser, Page

from claims.models import Role
from tests.builders import checked, make_case, make_claim, make_evidence
from tests.staff import address, signed_in, staff
from tests.verification.admin.test_review_page import dated

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
SIZES = {"phone": {"width": 390, "height": 844}, "desk": {"width": 1400, "height": 900}}
TRICK = "GIMP \u202egpj.2016\u2069\u2069"
# The boxes of two texts within the one finding that has both.
BOXES = """texts => {
    const findings = [...document.querySelectorAll('.observations .typed')];
    const finding = findings.find(each => texts.every(text => each.textContent.includes(text)));
    return texts.map(text => {
        const walk = document.createTreeWalker(finding, NodeFilter.SHOW_TEXT);
        for (let node; (node = walk.nextNode());) {
            const at = node.data.lastIndexOf(text);
            if (at < 0) continue;
            const range = document.createRange();
            range.setStart(node, at);
            range.setEnd(node, at + text.length);
            const { left, right, top } = range.getBoundingClientRect();
            return { left, right, top };
        }
    });
}"""


@pytest.fixture(params=SIZES)
def page(request: Any, browser: Browser, live_server: Any) -> Iterator[Page]:
    """The review page of one dated evidence item, for somebody whose browser speaks Arabic."""
    case = make_case()
    content = dated("2016:11:18 14:02:00", "12:02", software=TRICK.encode())
    evidence = checked(make_evidence(case, make_claim(case), content=content))
    session = signed_in(staff(case, Role.INVESTIGATOR)).cookies[settings.SESSION_COOKIE_NAME].value
    context = browser.new_context(viewport=SIZES[request.param], locale="ar")
    context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": session, "url": live_server.url}])
    page = context.new_page()
    page.goto(live_server.url + address("evidence", evidence.pk))
    yield page
    context.close()


def width(page: Page) -> int:
    return page.evaluate("document.documentElement.scrollWidth")


def test_nothing_is_sideways_with_every_value_open(page):
    assert page.evaluate("getComputedStyle(document.documentElement).direction") == "rtl"
    page.evaluate("document.querySelectorAll('main details').forEach(each => { each.open = true })")
    assert width(page) <= page.viewport_size["width"]


def test_a_date_reads_from_left_to_right_on_one_line(page):
    day, zone = page.locator(".whole", has_text="2016-11-18 12:02 UTC").first.evaluate(
        """each => [[0, 4], [17, 20]].map(([from, to]) => {
            const range = document.createRange();
            range.setStart(each.firstChild, from);
            range.setEnd(each.firstChild, to);
            const { left, top } = range.getBoundingClientRect();
            return { left, top };
        })"""
    )
    assert day["left"] < zone["left"]
    assert abs(day["top"] - zone["top"]) < 3


def test_a_trick_in_a_file_turns_nothing_around_it(page):
    begin, name, trick = page.evaluate(BOXES, ["يذكر", "GIMP [U+202E]", "gpj.2016"])
    assert begin["left"] > name["left"] or begin["top"] < name["top"]
    assert name["right"] <= trick["left"] + 1 or name["top"] < trick["top"]


def test_the_drawing_has_its_labels_on_the_right_and_its_dates_unturned(page):
    label = page.locator("svg.envelope text", has_text="استلام الملف").first.bounding_box()
    drawing = page.locator("svg.envelope").bounding_box()
    right = drawing["x"] + drawing["width"]
    assert right - (label["x"] + label["width"]) < drawing["width"] / 20
    assert label["x"] > drawing["x"]


def test_the_language_is_changed_with_one_press_and_the_page_stays(page):
    here = page.url
    page.click("button[name=language]")
    page.wait_for_load_state()
    assert page.url == here
    assert page.evaluate("document.documentElement.lang") == "en"
    assert "A second, independent signal agrees" in page.inner_text("main")
    assert width(page) <= page.viewport_size["width"]
