"""The volunteers' pages in a real browser: a narrow phone, Arabic, no script, no cookie, no other site."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from claims.models import Evidence, Submission
from tests.builders import make_case, make_claim, picture
from tests.volunteering import CODE

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
PHONE = {"width": 360, "height": 740}
LONG = "No-hospital-was-struck-" * 12


@dataclass
class Visit:
    """A page in a fresh browser, and what went wrong or out while it was used."""

    page: Page
    site: str
    slug: str
    complaints: list[str] = field(default_factory=list)
    outside: list[str] = field(default_factory=list)

    def go(self, address: str) -> None:
        self.page.goto(f"{self.site}{address}")
        self.check()

    def press(self, selector: str = "main button[type=submit]") -> None:
        self.page.click(selector)
        self.page.wait_for_load_state()
        self.check()

    def check(self) -> None:
        """Nothing sideways, no cookie, no complaint of the browser, no request to another site."""
        width = self.page.evaluate("document.documentElement.scrollWidth")
        assert width <= self.page.viewport_size["width"], (width, self.page.url)
        assert self.page.context.cookies() == []
        assert self.outside == []
        assert [each for each in self.complaints if "status of 4" not in each] == []


@pytest.fixture
def visit(browser: Browser, live_server: Any) -> Iterator[Any]:
    """Open a browser with these features on a case with one claim, and one with a very long word."""
    case = make_case(title="Aleppo, 2016")
    make_claim(case)
    make_claim(case, statement=LONG)
    contexts = []

    def start(**features: Any) -> Visit:
        contexts.append(browser.new_context(**{"viewport": PHONE} | features))
        started = Visit(contexts[-1].new_page(), live_server.url, case.slug)
        started.page.on("console", lambda message: started.complaints.append(message.text))
        started.page.on("pageerror", lambda error: started.complaints.append(str(error)))
        started.page.on(
            "request",
            lambda request: request.url.startswith(live_server.url) or started.outside.append(request.url),
        )
        return started

    yield start
    for each in contexts:
        each.close()


def photo(name: str = "صورة.jpg") -> dict[str, Any]:
    return {"name": name, "mimeType": "image/jpeg", "buffer": picture()}


def test_a_volunteer_sends_in_arabic_from_a_phone_without_scripts_and_comes_back(visit):
    there = visit(java_script_enabled=False, locale="ar")
    page = there.page
    there.go("/")
    assert page.url.endswith("/ar/")
    assert page.evaluate("getComputedStyle(document.documentElement).direction") == "rtl"
    there.press("a.door-first")
    page.set_input_files("[name=files]", [photo(), photo("IMG_2.jpg")])
    page.check(f"label:has-text('{LONG[:40]}') input")
    page.fill("[name=day]", "2016-11-18")
    page.fill("[name=where]", "حي الشعار")
    page.check("[name=consent][value=findings]")
    there.press()
    code = page.inner_text(".code")
    assert CODE.fullmatch(code)
    assert "استلمنا عنصرين" in page.inner_text("main")
    there.press("main a.button")
    page.fill("[name=code]", code.lower())
    there.press()
    assert page.locator(".item").count() == 2
    page.click("details.more summary")
    page.set_input_files("[name=files]", [photo()])
    there.press("details.more button")
    assert page.locator(".item").count() == 3
    assert Submission.objects.get().evidence.count() == 3


@pytest.mark.parametrize("language", ["en", "ar"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_errors_are_shown_beside_their_fields_and_what_was_typed_stays(visit, language, scheme):
    there = visit(java_script_enabled=False, color_scheme=scheme)
    page = there.page
    there.go(f"/{language}/submit/{there.slug}/")
    page.set_input_files("[name=files]", [{"name": f"{LONG}.pdf", "mimeType": "", "buffer": b"%PDF-1.7"}])
    page.fill("[name=how]", "I filmed it.\nFrom the roof.")
    page.check("[name=consent][value=publish]")
    there.press()
    assert page.input_value("[name=how]") == "I filmed it.\nFrom the roof."
    assert page.is_checked("[name=consent][value=publish]")
    assert page.inner_text(".file-name") == f"{LONG}.pdf"
    assert not Submission.objects.exists()


def test_without_consent_the_browser_sends_nothing_so_that_no_upload_is_wasted(visit):
    there = visit(java_script_enabled=False)
    there.go(f"/en/submit/{there.slug}/")
    sent = []
    there.page.on("request", lambda request: sent.append(request.method))
    there.page.set_input_files("[name=files]", [photo()])
    there.page.click("main button[type=submit]")
    assert "POST" not in sent
    assert not Submission.objects.exists()


def test_with_scripts_the_bytes_are_counted_and_the_receipt_is_the_same(visit):
    there = visit()
    page = there.page
    there.go(f"/en/submit/{there.slug}/")
    page.evaluate(
        """() => { window.seen = []; new MutationObserver(() =>
        window.seen.push(document.querySelector('[data-total]')?.textContent)).observe(
        document.body, {subtree: true, childList: true, characterData: true}); }"""
    )
    big = {"name": "a.jpg", "mimeType": "image/jpeg", "buffer": picture() + b"\0" * 6_000_000}
    page.set_input_files("[name=files]", [big])
    page.check("[name=consent][value=desk_only]")
    page.click("main button[type=submit]")
    page.wait_for_selector(".code")
    there.check()
    assert "6 MB" in page.evaluate("window.seen")
    assert CODE.fullmatch(page.inner_text(".code"))
    assert Evidence.objects.get().media_file.size > 6_000_000


def test_with_scripts_a_broken_connection_is_said_and_the_form_can_be_sent_again(visit):
    there = visit()
    page = there.page
    there.go(f"/en/submit/{there.slug}/")
    page.set_input_files("[name=files]", [photo()])
    page.check("[name=consent][value=desk_only]")
    page.context.set_offline(True)
    page.click("main button[type=submit]")
    page.wait_for_selector("[data-broken]:not([hidden])")
    page.context.set_offline(False)
    page.click("main button[type=submit]")
    page.wait_for_selector(".code")
    assert Submission.objects.count() == 1


@pytest.mark.parametrize(("language", "files"), [("en", 0), ("ar", 2)])
def test_the_arabic_typeface_is_fetched_for_arabic_alone(visit, language, files):
    there = visit()
    fonts = []
    there.page.on("response", lambda answer: answer.url.endswith(".woff2") and fonts.append(answer.status))
    there.go(f"/{language}/receipt/")
    there.page.evaluate("document.fonts.ready.then(() => true)")
    assert fonts == [200] * files


def test_the_receipt_prints_without_what_is_only_for_the_screen(visit):
    there = visit(java_script_enabled=False)
    there.go(f"/en/submit/{there.slug}/")
    there.page.set_input_files("[name=files]", [photo()])
    there.page.check("[name=consent][value=desk_only]")
    there.press()
    there.page.emulate_media(media="print")
    assert there.page.is_visible(".code")
    assert there.page.is_visible(".qr")
    assert not there.page.is_visible(".top")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_words_stand_out_from_their_ground(visit, scheme):
    """WCAG 2.2, contrast (minimum): 4.5 to 1 for text."""
    there = visit(color_scheme=scheme)
    there.go("/en/")
    colours = there.page.evaluate(
        """() => { const style = getComputedStyle(document.documentElement);
        const rgb = (name) => { const probe = document.createElement('i'); document.body.append(probe);
          probe.style.color = style.getPropertyValue(name);
          return getComputedStyle(probe).color.match(/[0-9.]+/g).slice(0, 3).map(Number); };
        const names = ['--body-bg', '--surface', '--darkened-bg', '--error-bg', '--body-fg', '--link-fg',
          '--body-quiet-color', '--error-fg', '--button-bg', '--button-fg', '--corroborated', '--consistent',
          '--inconclusive', '--disputed', '--contradicted', '--did-not-run'];
        return Object.fromEntries(names.map((name) => [name, rgb(name)])); }"""
    )
    grounds = {"--body-bg", "--surface", "--darkened-bg"}
    words = set(colours) - grounds - {"--error-bg", "--button-bg", "--button-fg"}
    for word in words:
        for ground in grounds:
            assert contrast(colours[word], colours[ground]) >= 4.5, (word, ground)
    assert contrast(colours["--button-fg"], colours["--button-bg"]) >= 4.5
    assert contrast(colours["--error-fg"], colours["--error-bg"]) >= 4.5


def contrast(one: list[float], other: list[float]) -> float:
    """WCAG's contrast ratio of two colours in sRGB, 0 to 255."""
    darker, lighter = sorted(map(luminance, (one, other)))
    return (lighter + 0.05) / (darker + 0.05)


def luminance(colour: list[float]) -> float:
    """WCAG's relative luminance."""
    parts = [each / 255 for each in colour]
    linear = [each / 12.92 if each <= 0.04045 else ((each + 0.055) / 1.055) ** 2.4 for each in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
