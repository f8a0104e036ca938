"""The description in OpenAPI, the page that shows it, and real answers held against it."""

from __future__ import annotations

import re
from collections.abc import Callable
from html.parser import HTMLParser
from itertools import cycle
from typing import Any
from urllib.parse import parse_qs, urlsplit

import hypothesis
import pytest
import schemathesis
from django.contrib.staticfiles import finders
from drf_spectacular.validation import validate_schema
from schemathesis.core.failures import FailureGroup
from schemathesis.core.parameters import ParameterLocation
from schemathesis.generation.hypothesis.builder import HypothesisTestConfig, HypothesisTestMode, create_test

from claims import heads
from config.wsgi import application
from tests import builders
from verification.api.urls import urlpatterns
from verification.partners import evidence

DESCRIPTION = "/api/v1/schema/"
OF_THE_DESCRIPTION = {"schema", "docs"}
CALLS = {
    each.name: "/api/v1/" + re.sub(r"<\w+:(\w+)>", r"{\1}", str(each.pattern))
    for each in urlpatterns
    if each.name not in OF_THE_DESCRIPTION
}
PROBLEM = "application/problem+json"
BOUNDED = hypothesis.settings(
    max_examples=25,
    derandomize=True,
    database=None,
    deadline=None,
    suppress_health_check=list(hypothesis.HealthCheck),
)


@pytest.fixture
def description(nobody):
    return nobody.get(DESCRIPTION).json()


@pytest.fixture
def records(transactional_db, case):
    """The ids of what is published: verdicts as they come, corrected and retracted; claims; evidence."""
    author, lead = builders.make_investigator(case), builders.make_lead(case)
    nowhere = {"place_name": "", "latitude": None, "longitude": None, "precision_m": None}
    whole = builders.make_claim(case)
    timeless = builders.make_claim(case, parent=whole, event_start=None, event_end=None)
    placeless = builders.make_claim(case, parent=whole, **nowhere)
    content = builders.picture()
    items = [builders.make_evidence(case, claim, content=content) for claim in (whole, timeless)]
    items.append(builders.make_evidence(case, whole, content=b"", source_url="https://example.org/a"))
    for each in items:
        builders.decided(each)
    claims = [whole, timeless, placeless]
    verdicts = [builders.publish(claim, author, lead) for claim in [*claims, whole]]
    builders.retract(verdicts[2], "It was another day.")
    found = {"verdicts": verdicts, "claims": claims, "evidence": items}
    return {kind: [str(each.pk) for each in those] for kind, those in found.items()}


@pytest.fixture
def ask(records, partner, settings):
    """Send a case with a key, about what there is where it fits the description, and check the answer."""
    settings.API_REQUESTS_PER_MINUTE = 1_000_000
    ids = {kind: cycle(those) for kind, those in records.items()}
    link = urlsplit(partner.get("verdicts/", page_size=1).json()["next"])
    of_a_list = parse_qs(link.query)["cursor"][0]
    heads.sign()
    of_feeds = {
        CALLS[call]: partner.get(path, page_size=1).json()["next_cursor"]
        for call, path in (("changes", "verdicts/changes/"), ("heads", "custody/heads/"))
    }

    def send(case: schemathesis.Case) -> Any:
        if case.path_parameters and not case.meta.is_negative_at(ParameterLocation.PATH):
            case.path_parameters["id"] = next(ids[case.path.split("/")[3]])
        if case.query and not case.meta.is_negative_at(ParameterLocation.QUERY):
            known = {"cursor": of_feeds.get(case.path, of_a_list), "place": "36.2,37.16,25"}
            case.query |= {name: known[name] for name in known.keys() & case.query.keys()}
        return case.call_and_validate(headers={"Authorization": f"Bearer {partner.key}"})

    return send


def fuzz(call: str, ask: Callable[[schemathesis.Case], Any]) -> None:
    """Ask a call in many ways that fit its description and in many that do not: the same ones every time.

    This builds the test itself: schemathesis's plug-in gives the tests of all calls one id under
    pytest 9.2, and of tests with one id xdist runs a single one.
    """
    described = schemathesis.openapi.from_wsgi(DESCRIPTION, application)
    # No NUL: it fits every description of text, and is refused (test_problems).
    described.config.generation.update(with_security_parameters=False, allow_x00=False)
    modes = [HypothesisTestMode.COVERAGE, HypothesisTestMode.FUZZING]
    config = HypothesisTestConfig(project=described.config, modes=modes, settings=BOUNDED)
    create_test(operation=described[CALLS[call]]["GET"], test_func=lambda case: ask(case), config=config)()


class Tags(HTMLParser):
    """The start tags of a page, as ``(tag, {attribute: value})``."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))


def test_the_description_is_openapi_3_1_1(description):
    assert description["openapi"] == "3.1.1"
    validate_schema(description)


def test_every_call_is_described_and_nothing_else(description):
    assert set(description["paths"]) == set(CALLS.values())
    assert {method for path in description["paths"].values() for method in path} == {"get"}
    assert len({each["get"]["operationId"] for each in description["paths"].values()}) == len(CALLS)


@pytest.mark.parametrize("call", CALLS)
def test_every_call_asks_for_a_key(description, call):
    assert description["components"]["securitySchemes"]["key"]["type"] == "http"
    assert description["components"]["securitySchemes"]["key"]["scheme"] == "bearer"
    assert description["paths"][CALLS[call]]["get"]["security"] == [{"key": []}]


@pytest.mark.parametrize("call", CALLS)
def test_every_error_is_described_as_a_problem(description, call):
    answers = description["paths"][CALLS[call]]["get"]["responses"]
    errors = {status: each for status, each in answers.items() if status >= "400"}
    assert {"400", "401", "403", "404", "406", "429", "500", "503"} == set(errors)
    for each in errors.values():
        assert each["description"]
        assert each["content"] == {PROBLEM: {"schema": {"$ref": "#/components/schemas/Problem"}}}


@pytest.mark.parametrize("call", CALLS)
def test_every_answer_is_as_described(ask, call):
    statuses = set()
    fuzz(call, lambda case: statuses.add(ask(case).status_code))
    assert statuses >= {200, 405}
    assert statuses & {400, 404}


@pytest.mark.parametrize("wrong", [{"id": "9eb04a06"}, {"verdict": {}}, {"category": "gossip"}])
def test_an_answer_that_is_not_as_described_would_be_found(ask, monkeypatch, wrong):
    right = evidence.claim_page
    monkeypatch.setattr(evidence, "claim_page", lambda claim: right(claim) | wrong)
    with pytest.raises(FailureGroup, match="violates schema"):
        fuzz("claim", ask)


@pytest.mark.parametrize("call", CALLS)
def test_whatever_is_asked_without_a_key_is_refused_and_asks_nothing_of_the_database(call):
    statuses = []

    def ask(case):
        answer = case.call()
        statuses.append(answer.status_code)
        no_address = case.meta.is_negative_at(ParameterLocation.PATH) and answer.status_code == 404
        assert answer.status_code == 401 or no_address
        assert answer.headers["content-type"] == [PROBLEM]
        assert answer.json()["status"] == answer.status_code

    fuzz(call, ask)
    assert statuses.count(401) >= 20


def test_the_page_has_no_code_or_style_of_its_own(nobody):
    answer = nobody.get("docs/")
    assert answer.status_code == 200
    assert "default-src 'none'" in answer["Content-Security-Policy"]
    assert "unsafe" not in answer["Content-Security-Policy"]
    tags = Tags(answer.content.decode()).found
    names = {name for _tag, attributes in tags for name in attributes}
    assert not {name for name in names if name == "style" or name.startswith("on")}
    assert "style" not in {tag for tag, _attributes in tags}
    files = [each["src"] for tag, each in tags if tag == "script"]
    files += [each["href"] for tag, each in tags if tag == "link"]
    assert len(files) == 5
    for each in files:
        assert each.startswith("/static/")
        assert finders.find(each.removeprefix("/static/")), each


@pytest.mark.browser
def test_the_page_shows_every_call_and_can_try_them_under_its_policy(page, live_server):
    complaints = []
    page.on("console", lambda message: complaints.append(message.text))
    page.goto(f"{live_server.url}/api/v1/docs/")
    page.wait_for_selector(".opblock-summary-path")
    paths = page.locator(".opblock-summary-path").all_inner_texts()
    assert {each.replace("\u200b", "") for each in paths} == set(CALLS.values())
    page.click("#operations-verdicts-list_verdicts .opblock-summary-control")
    page.click(".try-out__btn")
    page.click(".execute")
    page.wait_for_selector(".live-responses-table .microlight")
    answer = page.locator(".live-responses-table .microlight").all_inner_texts()
    assert '"status": 401' in "".join(answer)
    assert [each for each in complaints if "status of 401" not in each] == []
