"""Everybody who can stand at a door of the desk, every address, and what is pressed there.

Whoever presses a verb sends a form that holds, so that what answers is the permission and not the form;
whatever it did is taken back.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from django.contrib.auth import get_user_model
from django.db import transaction
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from claims import storage
from claims.models import Case, Role
from claims.receipts import new_form_token
from tests import builders
from tests.doorways import World
from tests.staff import at_the_door, signed_in, staff

PASSWORD = "a walk along the Queiq"


@dataclass(frozen=True)
class Address:
    """An address as the resolver has it: its name with its namespaces, and what is filled into it."""

    name: str
    route: str
    values: tuple[str, ...]


def addresses(resolver: URLResolver | None = None, names: tuple[str, ...] = ()) -> Iterator[Address]:
    """Every address of the whole site; one without a name is called by its route."""
    for each in (resolver or get_resolver()).url_patterns:
        if isinstance(each, URLPattern):
            name = ":".join((*names, each.name or str(each.pattern)))
            yield Address(name, str(each.pattern), tuple(each.pattern.converters))
        else:
            yield from addresses(each, (*names, each.namespace) if each.namespace else names)


class Guarded(World):
    """The world of one case, with what the addresses need that no other test does."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.untied = builders.make_evidence(self.case)
        storage.put_working_copy(self.item.media_file_id, "320", builders.picture())
        self.typed = {
            **dict.fromkeys(("reason", "rationale", "summary", "statement", "claimant"), "As it was."),
            **dict.fromkeys(("title", "name"), "A newsroom"),
            **dict.fromkeys(("password1", "password2"), PASSWORD),
            "slug": "a-new-case",
            "seen": self.verdict.updated_at.isoformat(),
            "authenticity": ["OriginalMediaContent"],
            "confidence": "probable",
            "judgement": "same",
            "claim": str(self.claim.pk),
            "evidence": str(self.untied.pk),
            "stance": "refutes",
            "category": "bombing",
            "rating": "refuted",
            "user": self.custodians[0].pk,
            "role": "investigator",
            "case": self.elsewhere.case.slug,
            "scopes": ["verdicts:read"],
            "days": 30,
            "consent": "findings",
            "form_token": new_form_token(),
            "source_url": "https://example.org/2",
            "username": "newcomer",
        }

    def path(self, address: Address) -> str:
        """The address, on the record that there is."""
        values: dict[str, Any] = {"match": self.match.pk, "name": "320", "account": self.lead.pk}
        values |= dict.fromkeys(("id", "object_id"), self.lead.pk) | {"invited": "nothing", "slug": "none"}
        if "pk" in address.values:
            values["pk"] = 1 if address.route.startswith("factors/") else self.record(address.route)
        return reverse(address.name, kwargs={each: values[each] for each in address.values})


def browsers(case: Case) -> dict[str, list[Client]]:
    """Who comes, by the columns of the matrix; of a foreign case, one of each role and one of all."""
    foreign = builders.make_case()
    caseless = get_user_model().objects.create_user(username="caseless", is_staff=True)
    return {
        "nobody": [Client()],
        "half": [at_the_door(staff(case, *Role))],
        "caseless": [signed_in(caseless)],
        **{role.value: [signed_in(staff(case, role))] for role in Role},
        "elsewhere": [signed_in(staff(foreign, *roles)) for roles in (*([each] for each in Role), Role)],
        "administrator": [signed_in(builders.make_administrator())],
    }


def taken_back(act: Callable[[], Any]) -> Any:
    """What an act answers; whatever it did to the database is taken back."""
    with transaction.atomic():
        answer = act()
        transaction.set_rollback(True)
    return answer


def told(answer: Any) -> str:
    """An answer in the words of the matrix."""
    if answer.status_code != 302:
        return str(answer.status_code)
    return "door" if answer["Location"].partition("?")[0] == "/admin/login/" else "done"
