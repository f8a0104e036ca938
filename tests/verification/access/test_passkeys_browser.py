"""Passkeys in a real browser, on a virtual device: made, used, and refused where they do not belong."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from claims.models import Role
from tests.builders import make_case
from tests.staff import SECRET, staff
from verification.access import factors

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True), pytest.mark.timeout(300)]

PASSWORD = "a walk along the Queiq"
SIZES = {"phone": {"width": 360, "height": 740}, "desk": {"width": 1200, "height": 800}}


@pytest.fixture
def person(transactional_db: None) -> Any:
    user = staff(make_case(), Role.INVESTIGATOR)
    user.set_password(PASSWORD)
    user.save()
    return user


@pytest.fixture(params=SIZES)
def context(request: Any, browser: Browser) -> Iterator[BrowserContext]:
    context = browser.new_context(viewport=SIZES[request.param])
    yield context
    context.close()


@pytest.fixture
def page(context: BrowserContext) -> Page:
    """A page whose device has a passkey maker; it complains of nothing and asks nobody else."""
    page = context.new_page()
    device = context.new_cdp_session(page)
    device.send("WebAuthn.enable")
    options = {"protocol": "ctap2", "transport": "internal", "isUserVerified": True}
    options |= {"hasUserVerification": True, "automaticPresenceSimulation": True}
    device.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    return page


@pytest.fixture
def url(live_server: Any) -> str:
    """The desk by a name: browsers allow no passkeys for a number."""
    return live_server.url.replace("127.0.0.1", "localhost")


def sign_in(page: Page, url: str, person: Any) -> None:
    page.goto(f"{url}/admin/")
    page.fill("[name=username]", person.username)
    page.fill("[name=password]", PASSWORD)
    page.get_by_role("button", name="Sign in").click()


def test_a_passkey_is_made_at_the_first_sign_in_and_opens_the_next(page, url, person):
    complaints: list[str] = []
    page.on("console", lambda message: message.type == "error" and complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    sign_in(page, url, person)
    page.get_by_role("link", name="Add a passkey").click()
    page.fill("[name=name]", "My telephone")
    page.get_by_role("button", name="Make a passkey").click()
    expect(page.get_by_text("They are shown this once.")).to_be_visible()
    page.get_by_role("link", name="I have written them down").click()
    expect(page.get_by_role("navigation", name="Rooms of the desk")).to_be_visible()
    assert [each.wrap().name for each in factors.factors_of(person)] == ["My telephone"]

    page.context.clear_cookies()
    sign_in(page, url, person)
    expect(page.get_by_role("heading", name="Second factor")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.get_by_role("button", name="Use a passkey").press("Enter")
    expect(page.get_by_role("navigation", name="Rooms of the desk")).to_be_visible()
    assert complaints == []


def test_a_passkey_of_somebody_else_opens_nothing(page, url, person):
    sign_in(page, url, person)
    page.goto(f"{url}/admin/factors/passkey/")
    page.get_by_role("button", name="Make a passkey").click()
    expect(page.get_by_text("They are shown this once.")).to_be_visible()
    credential = factors.factors_of(person)[0].data["credential"]
    other = staff(make_case(), Role.LEAD)
    other.set_password(PASSWORD)
    other.save()
    factors.give_app(other, SECRET)
    page.context.clear_cookies()
    sign_in(page, url, other)
    expect(page.get_by_role("heading", name="Second factor")).to_be_visible()
    token = page.locator("[name=csrfmiddlewaretoken]").first.input_value()
    forged = {"csrfmiddlewaretoken": token, "credential": str(credential).replace("'", '"')}
    answer = page.request.post(f"{url}/admin/login/code/", form=forged, headers={"Origin": url})
    assert answer.status == 200
    page.goto(f"{url}/admin/")
    assert "/admin/login/" in page.url


def test_by_number_the_desk_says_that_passkeys_need_a_name(page, url, person):
    sign_in(page, url.replace("localhost", "127.0.0.1"), person)
    expect(page.get_by_text("Passkeys can be added where the desk is reached by the name")).to_be_visible()
    expect(page.get_by_role("link", name="Add a passkey")).to_have_count(0)
