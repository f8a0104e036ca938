"""A page takes as many queries for 200 rows as for 10, whatever there is so much of.

Every address of the desk and of the volunteers' pages that shows something stands below: with its list,
or among those that have none.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import URLPattern, converters, get_resolver, reverse

from tests.crowds import Crowd
from tests.volunteering import Volunteer
from verification.admin import cases, dossier, paging, queue, standing
from verification.admin.people import PeopleAdmin
from verification.volunteers import progress

pytestmark = pytest.mark.django_db

FEW, MANY = 10, 200
ID = r"[0-9a-f]{8}-[0-9a-f-]{27}"
A_CASE = f'<a class="typed" href="/admin/cases/{ID}/">'
A_CLAIM = f'<a class="typed" href="/admin/claims/{ID}/">'
AN_ITEM = f'<a (?:class="hash" )?href="/admin/evidence/{ID}/">'
A_CHOICE = f'(?:<option|<input type="radio" name="claim") value="{ID}"'
A_STAGE = '<li class="item">'
ALL = 10**6


@dataclass(frozen=True)
class Listing:
    """A page with a list: of what, how a row is known, and the rows of one page.

    ``rows`` is ALL for what is no list of its own: the choices of a form, the members of one case,
    the keys of one partner, the cases that take submissions.
    """

    many: str
    row: str
    rows: int = ALL
    of: str = ""


LISTS = {
    "admin:index": Listing("cases", f'<td><a href="/admin/cases/{ID}/">', paging.ROWS),
    "admin:queue": Listing("waiting", f'<a href="/admin/reviews/{ID}/">', queue.ROWS),
    "admin:review": Listing("twins", AN_ITEM, dossier.MOST_MATCHES, of="review"),
    "admin:evidence": Listing("twins", AN_ITEM, dossier.MOST_MATCHES, of="item"),
    "admin:claims": Listing("claims", A_CLAIM, paging.ROWS),
    "admin:claim": Listing("items", AN_ITEM, standing.SHOWN, of="claim"),
    "admin:verdict_form": Listing("items", AN_ITEM, standing.SHOWN, of="claim"),
    "admin:verdicts": Listing("verdicts", A_CLAIM, paging.ROWS),
    "admin:cases": Listing("cases", A_CASE, paging.ROWS),
    "admin:case": Listing("members", r'action="/admin/members/\d+/remove/"', of="case"),
    "admin:case_custody": Listing(
        "lines", r'data-label="line"><span class="exact">\d+', cases.LINES, of="case"
    ),
    "admin:submissions": Listing("submissions", f'<a href="/admin/submissions/{ID}/">', paging.ROWS),
    "admin:submission": Listing("added", AN_ITEM, paging.ROWS, of="submission"),
    "admin:send_in_form": Listing("claims", A_CHOICE, of="case"),
    "admin:proposals": Listing("proposals", f'<a class="typed" href="/admin/proposals/{ID}/">', paging.ROWS),
    "admin:partners": Listing("partners", f'<a class="typed" href="/admin/partners/{ID}/">', paging.ROWS),
    "admin:partner": Listing("keys", r'action="/admin/keys/\d+/revoke/"', of="partner"),
    "admin:auth_user_changelist": Listing(
        "members", r'<a href="/admin/auth/user/\d+/change/">', PeopleAdmin.list_per_page
    ),
    "volunteers:open_cases": Listing("cases", 'class="door"'),
    "volunteers:send": Listing("claims", A_CHOICE),
    "volunteers:look": Listing("added", A_STAGE, progress.SHOWN),
    "volunteers:add": Listing("added", A_STAGE, progress.SHOWN),
}
WITHOUT = {
    *(f"admin:{name}" for name in ("new_claim", "new_sub_claim", "new_case", "media", "jsi18n", "login")),
    *(f"admin:auth_user_{name}" for name in ("add", "change", "password_change")),
    *(
        "admin:proposal",
        "admin:account",
        "admin:password_change",
        "admin:password_change_done",
        "volunteers:doors",
    ),
}
MANY_OF = sorted({each.many for each in LISTS.values()} | {"versions"})
FITTING = {
    converters.UUIDConverter: "00000000-0000-4000-8000-000000000000",
    converters.IntConverter: 1,
    converters.SlugConverter: "none",
    converters.StringConverter: "1",
    converters.PathConverter: "1",
}


@pytest.fixture
def crowd():
    return Crowd()


def visit(crowd: Crowd, name: str, query: str = "") -> HttpResponse:
    """The page of this name, of the one thing that it is of; a volunteers' page as a volunteer gets it."""
    volunteer = Volunteer(crowd.case)
    as_volunteer: dict[str, Callable[[], Any]] = {
        "volunteers:open_cases": lambda: Client().get(volunteer.address("submit/")),
        "volunteers:send": lambda: Client().get(volunteer.address()),
        "volunteers:look": lambda: volunteer.look(crowd.code),
        "volunteers:add": lambda: volunteer.add(crowd.code),
    }
    if name in as_volunteer:
        return as_volunteer[name]()
    of = LISTS[name].of
    return crowd.browser.get(reverse(name, args=[getattr(crowd, of).pk] if of else []) + query)


def costs(crowd: Crowd, name: str, query: str = "") -> int:
    """How many queries the page takes."""
    with CaptureQueriesContext(connection) as captured:
        answer = visit(crowd, name, query)
    assert answer.status_code == (400 if name == "volunteers:add" else 200), name
    return len(captured)


def rows(crowd: Crowd, name: str, query: str = "") -> list[str]:
    """What the rows of the page are known by."""
    return re.findall(LISTS[name].row, visit(crowd, name, query).content.decode())


def onward(crowd: Crowd, name: str) -> Iterator[str]:
    """The query of each page of a list, as its links lead on."""
    query: str | None = ""
    while query is not None:
        yield query
        text = visit(crowd, name, query).content.decode()
        links = [each for each in re.findall("<a [^>]*>", text) if 'rel="next"' in each]
        query = html.unescape(re.search(r'href="[^"?]*([^"]*)"', links[0])[1]) if links else None


def addresses(resolver: Any, names: tuple[str, ...] = ()) -> Iterator[tuple[str, str]]:
    """Every named address of the desk and of the volunteers' pages; its values are some that fit."""
    for each in resolver.url_patterns:
        if not isinstance(each, URLPattern):
            yield from addresses(each, (*names, each.namespace) if each.namespace else names)
        elif each.name and names in (("admin",), ("volunteers",)):
            values = {key: FITTING[type(value)] for key, value in each.pattern.converters.items()}
            name = ":".join((*names, each.name))
            yield name, reverse(name, kwargs=values)


@pytest.mark.parametrize("many", MANY_OF)
def test_two_hundred_of_anything_take_as_many_queries_as_ten_on_every_page(crowd, many):
    listed = {name: each for name, each in LISTS.items() if each.many == many}
    there = {name: len(rows(crowd, name)) for name in listed}
    seen = []
    for number, more in ((FEW, FEW), (MANY, MANY - FEW)):
        getattr(crowd, many)(more)
        shown = {name: len(rows(crowd, name)) for name in listed}
        assert shown == {name: min(there[name] + number, each.rows) for name, each in listed.items()}
        seen.append({name: costs(crowd, name) for name in LISTS})
    assert seen[0] == seen[1]
    for name in listed:
        leads_to_every_row_at_the_cost_of_the_first(crowd, name, there[name] + MANY)


def leads_to_every_row_at_the_cost_of_the_first(crowd, name, number):
    """The pages of a list show each row once. A deep one may ask one thing more: where it begins."""
    queries = list(onward(crowd, name))
    if queries == [""]:
        return
    found = [rows(crowd, name, each) for each in queries]
    assert max(map(len, found)) == LISTS[name].rows
    assert len(sum(found, [])) == len(set(sum(found, []))) == number
    first, *deep = [costs(crowd, name, each) for each in queries]
    assert all(each <= first + 1 for each in deep)


def test_every_page_is_listed_here(crowd):
    """A page is what answers GET; a new one fails here until it has its row, or is said to have no list."""
    known = dict(addresses(get_resolver()))
    found = {name for name, path in known.items() if crowd.browser.get(path).status_code != 405}
    assert found == LISTS.keys() | WITHOUT
    assert not LISTS.keys() & WITHOUT
