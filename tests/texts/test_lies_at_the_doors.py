"""Lies in every field of every form and every parameter of the API: taken, or refused in words.

What has no right shape at all (no form, broken encodings, a thousand fields) stands in test_doors.py.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client

from claims.models import Evidence, Submission
from claims.receipts import new_form_token
from tests.doorways import FOR_FILES, World, raw
from tests.sources.senders import BOUNDARY
from tests.staff import address
from tests.test_doors_within import FIELDS, PRESSED, doors, is_problem
from tests.texts.lies import HIT, LIES, long
from tests.volunteering import photo
from verification.api import filters
from verification.api import urls as api
from verification.volunteers import pace, views

pytestmark = pytest.mark.django_db

TEXTS = ("happened", "anything_else", "where", "how", "contact")
OTHERS = ("source_url", "claim", "stance", "day", "last_day", "time_from", "time_to", "consent")
OTHERS += ("form_token",)
# What no text is: half a character, bytes that UTF-8 has no use for.
BYTES = {
    "half a character": b"\xed\xa0\x80",
    "bytes of no text": b"\xff\xfe\xc0\x80\xf5",
    "a long form of a slash": b"\xc0\xaf",
    "a NUL": b"a\0b",
    "UTF-16": "<b>".encode("utf-16"),
}
# Of all lies those that most programs stumble over; every one of them goes through the volunteers' form.
FEW = {
    name: LIES[name]
    for name in ("a script", "a format", "control characters", "text turned around", "JSON", "SQL", "a path")
}
NUMBERS = ("NaN", "inf", "-Infinity", "1e400", "1_000", "٣٦", "0x24", "9" * 400, "1,5", "\u2212 1")
PARAMETERS = sorted(
    {
        name
        for each in vars(filters).values()
        if isinstance(each, type) and hasattr(each, "_declared_fields")
        for name in each._declared_fields
    }
)


@pytest.fixture
def world(store, monkeypatch, settings) -> World:
    cache.clear()
    settings.API_REQUESTS_PER_MINUTE = 100_000
    monkeypatch.setattr(views, "LOOKUPS", pace.Pace(per_second=10_000, burst=10_000))
    return World()


def harmless(answer: Any) -> bool:
    """Whether an answer is one, and repeats no lie as markup or as a line of its head."""
    content = b"".join(answer) if answer.streaming else answer.content
    assert is_one(answer)
    assert f"<script>{HIT}".encode() not in content
    assert f"onerror={HIT}>".encode() not in content
    return True


def is_one(answer: Any) -> bool:
    """Whether it is an answer: no defect, and no lie among the lines of its head."""
    assert answer.status_code < 500, answer.status_code
    assert not [name for name, value in answer.items() if "lie" in value.lower() and name != "Location"]
    return True


def part(name: str, content: bytes, file_name: bytes = b"") -> bytes:
    """A part of a form, byte for byte."""
    head = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"'.encode()
    head += b'; filename="%b"' % file_name if file_name else b""
    return head + b"\r\n\r\n" + content + b"\r\n"


@pytest.mark.parametrize("door", FOR_FILES)
def test_a_lie_in_a_text_is_kept_as_it_was_typed(world, door):
    """The record has what was given; a screen shows it written out."""
    kept, lies = 0, LIES if door == "form" else FEW
    for name, lie in lies.items():
        before = set(Evidence.objects.values_list("pk", flat=True))
        answer = FOR_FILES[door](world, photo(f"{lie}.jpg"), **dict.fromkeys(TEXTS, lie))
        assert harmless(answer), name
        taken = list(Evidence.objects.exclude(pk__in=before).values_list("said_how", flat=True))
        assert taken == [lie.strip()] or answer.status_code == 400, name
        kept += len(taken)
    assert kept > len(lies) - 4


@pytest.mark.parametrize("door", FOR_FILES)
def test_a_lie_in_any_other_field_is_an_answer(world, door):
    for name, lie in FEW.items():
        for field in OTHERS:
            assert harmless(FOR_FILES[door](world, photo(), **{field: lie})), (name, field)


@pytest.mark.parametrize("door", FOR_FILES)
def test_bytes_that_are_no_text_are_an_answer_in_every_field(world, door):
    end = f"--{BOUNDARY}--\r\n".encode()
    for broken in BYTES.values():
        for field in (*TEXTS, *OTHERS, "files", "no such field"):
            typed = {"code": world.code.encode(), "consent": b"findings", "stance": b"context"}
            body = b"".join(part(name, each) for name, each in (typed | {field: broken}).items())
            body += part("files", b"\xff\xd8\xff", broken + b".jpg") + end
            assert harmless(raw(world, door, f"multipart/form-data; boundary={BOUNDARY}", body)), field


@pytest.mark.parametrize("door", FOR_FILES)
def test_endless_words_and_fields_that_come_twice_are_an_answer(world, door):
    assert harmless(FOR_FILES[door](world, photo(), **dict.fromkeys((*TEXTS, *OTHERS), long())))
    twice = {name: ["context", "x", "findings"] for name in (*TEXTS, *OTHERS)}
    assert harmless(FOR_FILES[door](world, photo(), **twice))


def test_a_lie_in_every_field_of_every_verb_is_an_answer(world):
    verbs = {name: path for name, (method, path) in doors(world).items() if method == "post"}
    for lie in FEW.values():
        for name in sorted(verbs.keys() - PRESSED):
            assert harmless(world.browser.post(verbs[name], dict.fromkeys(FIELDS, lie))), name
        nobody = Client()
        assert harmless(nobody.post(address("login"), dict.fromkeys(("username", "password", "next"), lie)))
        assert harmless(nobody.post("/en/receipt/", {"code": lie}))
        assert harmless(nobody.post("/admin/language/", {"language": lie, "next": lie}))


def test_a_number_that_is_none_is_an_answer_in_every_field_of_a_number(world):
    verbs = {name: path for name, (method, path) in doors(world).items() if method == "post"}
    of_numbers = {name: verbs[name] for name in ("open_claim", "open_sub_claim", "issue_key")}
    for number in NUMBERS:
        typed = dict.fromkeys(FIELDS, "other") | dict.fromkeys(("event_start", "event_end", "stated_on"), "")
        typed |= {"scopes": "lookup"} | dict.fromkeys(
            ("latitude", "longitude", "precision_m", "days"), number
        )
        for name, path in of_numbers.items():
            assert harmless(world.browser.post(path, typed)), name


def asked(world: World) -> Iterator[str]:
    """Every call of the API, about a thing that is there where it needs one."""
    known = {"claim": world.claim.pk, "evidence": world.item.pk}
    for each in api.urlpatterns:
        if each.name not in ("schema", "docs"):
            pk = str(known.get(each.name, world.verdict.pk))
            yield f"/api/v1/{str(each.pattern).replace('<uuid:id>', pk)}"


def test_a_lie_in_every_parameter_of_every_call_is_an_answer_or_a_problem(world):
    assert len(PARAMETERS) > 5
    partner = Client(headers={"Authorization": f"Bearer {world.key_text}"})
    for lie in (*FEW.values(), *NUMBERS[:4], long(), "[" * 5000, '{"a":' * 5000):
        for path in asked(world):
            answers = [partner.get(path, {name: [lie, lie] for name in PARAMETERS})]
            answers.append(partner.post(path, lie, content_type="application/json"))
            if lie in ("NaN", LIES["a format"], LIES["JSON"]):
                answers += [partner.get(path, {name: lie}) for name in PARAMETERS]
            for answer in answers:
                # A problem may say which word was wrong: it is JSON, which nothing takes for a page.
                assert is_one(answer), path
                assert answer["Content-Type"] in ("application/json", "application/problem+json")
                assert answer.status_code < 400 or is_problem(answer, answer.status_code), path
                assert answer["X-Content-Type-Options"] == "nosniff"


def test_a_lie_in_a_problem_is_json_and_nothing_else(world):
    partner = Client(headers={"Authorization": f"Bearer {world.key_text}"})
    answer = partner.get("/api/v1/claims/", {"state": LIES["JSON"]})
    assert set(json.loads(answer.content)) == {"type", "title", "status", "detail", "errors"}
    assert answer["Content-Type"] == "application/problem+json"


def test_a_form_that_was_sent_again_with_other_lies_is_one_submission(world):
    token, before = new_form_token(), Submission.objects.count()
    for lie in list(LIES.values())[:5]:
        assert harmless(FOR_FILES["form"](world, photo(), form_token=token, happened=lie))
    assert Submission.objects.count() == before + 1
