"""What every volunteers' page keeps to itself, and how it looks without being looked at."""

from __future__ import annotations

import logging
import re
from html.parser import HTMLParser

import pytest
from django.test import Client

from claims.models import Consent
from tests import kept
from tests.builders import make_case, make_claim
from tests.volunteering import code_in, photo

pytestmark = pytest.mark.django_db
CANARY = "canary7f3a"
TELLTALE = {
    "REMOTE_ADDR": "203.0.113.77",
    "HTTP_X_FORWARDED_FOR": "203.0.113.78",
    "HTTP_USER_AGENT": f"{CANARY}-agent",
    "HTTP_REFERER": f"https://{CANARY}.example/",
    "HTTP_ACCEPT_LANGUAGE": "tlh",
    "HTTP_COOKIE": f"{CANARY}=cookie",
}
KINDS = [CANARY, "203.0.113.77", "203.0.113.78", "tlh"]


@pytest.fixture
def every_page(volunteer):
    """One answer of each kind that a volunteer can get, in both languages."""
    answers = []
    for language in ("en", "ar"):
        volunteer.language = language
        sent = volunteer.send(photo(), photo("no.pdf", b"%PDF"), where="<b>here</b>")
        answers += [sent, volunteer.look(code_in(sent)), volunteer.add(code_in(sent), photo())]
        answers += [volunteer.add(code_in(sent)), volunteer.look("nothing"), volunteer.send()]
        answers += [volunteer.send(photo("\u202e<i>gpj.exe", b"")), volunteer.send(photo(), day="x")]
        for page in ("", "receipt/", f"submit/{volunteer.case.slug}/", "submit/nowhere/"):
            answers.append(Client().get(volunteer.address(page) if page else f"/{language}/"))
    make_case()
    return [*answers, Client().get("/en/submit/"), Client().get("/ar/submit/")]


class Marks(HTMLParser):
    """Every tag of a page with its attributes, and the tags that were left open."""

    VOID = {"meta", "link", "input", "br", "path", "rect"}

    def __init__(self, text: str):
        super().__init__()
        self.tags, self.open = [], []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


def test_no_page_sets_a_cookie_or_may_be_kept(every_page):
    for answer in every_page:
        assert not answer.cookies
        assert answer["Cache-Control"] == "no-store"
        assert answer["Referrer-Policy"] == "no-referrer"
        assert "default-src 'none'" in answer["Content-Security-Policy"]
        assert "unsafe" not in answer["Content-Security-Policy"]


def test_no_page_has_inline_code_or_style_or_asks_another_site(every_page):
    for answer in every_page:
        for tag, attributes in Marks(answer.content.decode()).tags:
            assert "style" not in attributes, tag
            assert tag != "style"
            assert not [name for name in attributes if name.startswith("on")]
            assert tag != "script" or attributes["src"].startswith("/static/")
            for name in ("src", "action"):
                assert attributes.get(name, "/").startswith("/"), (tag, name)
            assert tag != "link" or attributes["href"].startswith("/static/")


def test_every_page_says_its_language_and_direction_and_closes_its_tags(every_page):
    for answer in every_page:
        marks = Marks(answer.content.decode())
        assert marks.open == []
        language = answer.request["PATH_INFO"][1:3]
        assert marks.tags[0] == ("html", {"lang": language, "dir": "rtl" if language == "ar" else "ltr"})


def test_every_field_has_a_label_and_every_id_is_there_once(every_page):
    for answer in every_page:
        tags = Marks(answer.content.decode()).tags
        ids = [attributes["id"] for _, attributes in tags if "id" in attributes]
        assert len(ids) == len(set(ids)), sorted(ids)
        labelled = {attributes.get("for") for tag, attributes in tags if tag == "label"}
        for tag, attributes in tags:
            if tag in ("textarea", "select") or (tag == "input" and attributes.get("type") == "text"):
                assert attributes["id"] in labelled
            for name in attributes.get("aria-describedby", "").split():
                assert name in ids


def test_what_people_type_is_never_read_as_markup(every_page):
    for answer in every_page:
        text = answer.content.decode()
        assert "<b>here</b>" not in text
        assert "<i>gpj" not in text


def test_every_page_has_a_way_out_that_needs_no_script(every_page):
    for answer in every_page:
        tags = Marks(answer.content.decode()).tags
        ways = [attributes for _, attributes in tags if attributes.get("class") == "leave"]
        assert [each["rel"] for each in ways] == ["noreferrer"]


def test_the_other_language_is_one_link_away_where_nothing_typed_is_lost(volunteer):
    text = Client().get(volunteer.address()).content.decode()
    assert f'href="/ar/submit/{volunteer.case.slug}/"' in text
    assert 'hreflang="ar"' not in volunteer.send(photo()).content.decode()


def test_nothing_about_the_sender_s_device_or_way_is_kept(volunteer, caplog):
    """Not in the database, the store or the logs; whatever the answer."""
    caplog.set_level(logging.DEBUG)
    given = {"consent": Consent.FINDINGS.value, "stance": "context"}
    form = Client().get(volunteer.address(), **TELLTALE).context["form"]
    token = form["form_token"].value()
    client = Client()
    answers = [
        client.post(volunteer.address(), given | {"form_token": token, "files": [photo()]}, **TELLTALE),
        client.post(volunteer.address(), given | {"form_token": token}, **TELLTALE),
        client.post(volunteer.address(), given | {"files": [photo("x", b"%PDF")]}, **TELLTALE),
        client.get("/en/submit/nowhere/", **TELLTALE),
        client.post(volunteer.address("receipt/"), {"code": "AAAAA"}, **TELLTALE),
    ]
    assert [each.status_code for each in answers] == [200, 400, 415, 404, 404]
    there = repr(kept.rows()) + caplog.text
    there += "".join(each.decode("latin-1") for each in kept.files().values())
    assert "submission.received" in there
    for canary in KINDS:
        assert canary not in there
    for answer in answers:
        assert not re.search("|".join(map(re.escape, KINDS)), answer.content.decode())


def test_the_contact_and_the_file_s_name_are_nowhere_in_clear(volunteer, caplog):
    caplog.set_level(logging.DEBUG)
    volunteer.send(photo(f"{CANARY}.jpg"), contact=f"{CANARY}@example.org")
    assert CANARY not in repr(kept.rows()) + caplog.text


def test_a_known_and_an_unknown_file_get_the_same_answer(volunteer):
    first = photo()
    content = first.read()
    first.seek(0)

    def shape(answer) -> str:
        return re.sub(r"<path [^>]*>", "", answer.content.decode()).replace(code_in(answer), "")

    unknown, known = volunteer.send(first), volunteer.send(photo(content=content))
    assert shape(unknown) == shape(known)


def test_few_claims_are_buttons_and_many_are_a_list(volunteer, case, django_assert_max_num_queries):
    make_claim(case)
    assert 'type="radio" name="claim"' in Client().get(volunteer.address()).content.decode()
    for _ in range(20):
        make_claim(case)
    with django_assert_max_num_queries(2):
        text = Client().get(volunteer.address()).content.decode()
    assert '<select name="claim"' in text
    assert text.count("<option") == 22


def test_one_open_case_is_gone_to_at_once(volunteer):
    assert Client().get("/en/submit/")["Location"] == volunteer.address()


def test_without_an_open_case_the_page_says_so(volunteer, case):
    case.accepts_submissions = False
    case.save()
    assert "Keep your files" in Client().get("/en/submit/").content.decode()


def test_the_front_page_is_reached_in_the_language_of_the_browser(db):
    assert Client().get("/", HTTP_ACCEPT_LANGUAGE="ar-SY,ar;q=0.9")["Location"] == "/ar/"
    assert Client().get("/", HTTP_ACCEPT_LANGUAGE="fr")["Location"] == "/en/"


@pytest.mark.parametrize("method", ["put", "delete", "patch"])
def test_other_methods_are_refused(volunteer, method):
    assert getattr(Client(), method)(volunteer.address()).status_code == 405
