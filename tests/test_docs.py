"""What is not documented fails here: checks, finding codes, settings, commands, API calls, vocabulary."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.core.management import get_commands
from django.urls import get_resolver
from django.utils import translation

from media_checks import registry
from media_checks.contract import NOT_APPLICABLE, UNREADABLE
from verification.words import VERDICTS

ROOT = Path(__file__).resolve().parent.parent
DOCS = ROOT / "docs"
DECLARED = {UNREADABLE, NOT_APPLICABLE, *(code for check in registry.CHECKS for code in check.codes)}
CODES = sorted(code.slug for code in DECLARED)


def headings(page: str) -> set[str]:
    """The headings of a page of docs/, without marks."""
    lines = (DOCS / page).read_text(encoding="utf-8").splitlines()
    return {line.lstrip("#").strip().strip("`") for line in lines if line.startswith("#")}


def settings_read() -> set[str]:
    """Every variable that the settings read from the environment."""
    texts = [path.read_text(encoding="utf-8") for path in (ROOT / "config").glob("*.py")]
    return {name for text in texts for name in re.findall(r"env\.\w+\(\s*\"([A-Z_0-9]+)\"", text)}


def own_commands() -> list[str]:
    return sorted(name for name, app in get_commands().items() if app in ("verification", "claims"))


def api_calls() -> list[str]:
    def walk(patterns, prefix=""):
        for each in patterns:
            path = prefix + str(each.pattern)
            if hasattr(each, "url_patterns"):
                yield from walk(each.url_patterns, path)
            else:
                yield path

    paths = (path for path in walk(get_resolver().url_patterns) if path.startswith("api/v1/"))
    calls = {re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", path.removeprefix("api/v1/")) for path in paths}
    return sorted(call for call in calls if call and "^" not in call and "(" not in call)


@pytest.mark.parametrize("code", CODES)
def test_every_finding_code_has_its_heading(code):
    assert code in headings("checks.md")


@pytest.mark.parametrize("check", [each.slug for each in registry.CHECKS])
def test_every_check_has_its_heading(check):
    assert check in headings("checks.md")


@pytest.mark.parametrize("variable", sorted(settings_read()))
def test_every_setting_has_its_heading(variable):
    assert variable in headings("operators.md")


@pytest.mark.parametrize("command", own_commands())
def test_every_command_has_its_heading(command):
    assert any(heading.split()[:2] == ["manage.py", command] for heading in headings("cli.md"))


@pytest.mark.parametrize("call", api_calls())
def test_every_api_call_has_its_heading(call):
    shown = {re.sub(r"\{\w+\}", "{id}", heading) for heading in headings("api.md")}
    wanted = re.sub(r"\{\w+\}", "{id}", call)
    assert any(wanted in heading for heading in shown), f"docs/api.md has no heading for {call}"


def test_the_readme_shows_a_picture_and_the_two_commands_on_its_first_screen():
    first_screen = "\n".join((ROOT / "README.md").read_text(encoding="utf-8").splitlines()[:40])
    assert "make up" in first_screen
    assert "make test" in first_screen
    picture = re.search(r"!\[[^\]]+\]\(([^)]+)\)", first_screen)
    assert picture, "no picture on the first screen"
    assert (ROOT / picture[1]).stat().st_size > 10_000


def test_every_link_between_the_documents_leads_somewhere():
    pages = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md", *DOCS.glob("*.md")]
    for page in pages:
        for target in re.findall(r"\]\((?!https?:|#|mailto:)([^)#]+)", page.read_text(encoding="utf-8")):
            assert (page.parent / target).exists(), f"{page.name} links to {target}, which is not there"


def test_a_setting_without_a_heading_would_be_found():
    assert "DATA_DIR" in settings_read()
    assert "NO_SUCH_SETTING" not in headings("operators.md")


def lacks(code: str, text: str) -> list[str]:
    """What the section of a finding code does not say."""
    found = re.search(rf"^#+ {re.escape(code)}\n(.*?)(?=^#|\Z)", text, re.MULTILINE | re.DOTALL)
    section = found[1] if found else ""
    needed = {"what it does not mean": "does not", "how it can mislead": "can mislead"}
    return [what for what, words in needed.items() if words not in section]


@pytest.mark.parametrize("code", CODES)
def test_every_code_says_what_it_does_not_mean_and_how_it_can_mislead(code):
    assert lacks(code, (DOCS / "checks.md").read_text(encoding="utf-8")) == []


def test_a_section_that_says_neither_would_be_found():
    planted = "### a.code\n\nIt means this.\n\n### b.code\n\nIt does not mean that, and can mislead.\n"
    assert lacks("a.code", planted) == ["what it does not mean", "how it can mislead"]
    assert lacks("b.code", planted) == []


def test_the_arabic_of_the_check_verdicts_is_that_of_the_desk():
    rows = re.findall(
        r"^\| . \| ([a-z ]+) \| ([^a-z|]+) \|$", (DOCS / "investigators.md").read_text("utf-8"), re.M
    )
    with translation.override("ar"):
        assert dict(rows) == {slug.replace("_", " "): str(word) for slug, word in VERDICTS.items()}
