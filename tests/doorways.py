"""The doors of the desk, and whoever stands at them with something that is not right."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.test import Client
from django.urls import NoReverseMatch, reverse

from claims.actors import DESK, person
from claims.models import Membership, Role
from claims.operations import withdraw_claim
from claims.receipts import new_form_token
from tests import builders
from tests.crowds import Crowd
from tests.staff import address, signed_in, staff
from tests.volunteering import Volunteer
from verification import operations
from verification.admin.site import PAGES
from verification.models import Match, Relation

NO_ID = "00000000-0000-4000-8000-000000000000"


class World(Crowd):
    """A case with one of each thing in it, whoever may do everything there, and whoever may do nothing."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.volunteer = Volunteer(self.case)
        self.elsewhere = builders.make_claim(builders.make_case())
        self.withdrawn = builders.make_claim(self.case)
        withdraw_claim(actor=DESK, claim=self.withdrawn, reason="Said twice.")
        self.verdict = operations.draft_verdict(
            actor=person(self.lead),
            claim=self.claim,
            rating="refuted",
            confidence="confirmed",
            summary="No.",
            rationale="Seen.",
        )
        other = builders.make_evidence(self.case, self.claim)
        first, second = sorted((self.item.media_file_id, other.media_file_id))
        self.match = Match.objects.create(
            first_id=first, second_id=second, relation=Relation.NEAR, distance=8
        )
        self.custodians = [staff(self.case, Role.CUSTODIAN) for _each in range(2)]
        self.proposal = operations.propose_reading(
            actor=person(self.custodians[0]), submission=self.submission, reason="He asked for help."
        )
        self.key, self.key_text = operations.issue_key(
            actor=DESK, partner=self.partner, scopes=["verdicts:read", "evidence:read"]
        )

    def people(self) -> dict[str, Client]:
        """Those who have no business in the case: how they come to the desk."""
        stranger, gone, unknown = (staff(self.elsewhere.case, Role.LEAD) for _each in range(3))
        browsers = {"nobody": Client(), "a stranger": signed_in(stranger), "somebody gone": signed_in(gone)}
        gone.is_active = False
        gone.save()
        unknown.is_staff = False
        unknown.save()
        return browsers | {"somebody who is not of the staff": signed_in(unknown)}

    def record(self, route: str) -> Any:
        """The id of the record that an address of the desk is about, by its first word."""
        runs, members = self.item.check_runs, Membership.objects.filter(case=self.case)
        return {
            "reviews": self.review.pk,
            "runs": runs.values_list("pk", flat=True)[0],
            "evidence": self.item.pk,
            "media": self.item.pk,
            "claims": self.claim.pk,
            "cases": self.case.pk,
            "members": members.values_list("pk", flat=True)[0],
            "verdicts": self.verdict.pk,
            "submissions": self.submission.pk,
            "proposals": self.proposal.pk,
            "partners": self.partner.pk,
            "keys": self.key.pk,
        }[route.partition("/")[0]]

    def desk(self, of: Any = None) -> dict[str, str]:
        """Every address of the desk's own pages and verbs, on the record that there is or on ``of``."""
        found = {}
        for pattern in (each for module in PAGES for each in module.urlpatterns):
            values = {"match": self.match.pk, "name": "320", "account": self.lead.pk if of is None else of}
            if "pk" in pattern.pattern.converters:
                values["pk"] = self.record(str(pattern.pattern)) if of is None else of
            given = {name: values[name] for name in pattern.pattern.converters}
            try:
                found[pattern.name] = reverse(f"admin:{pattern.name}", kwargs=given)
            except NoReverseMatch:  # An id of the other kind does not even fit the address.
                continue
        return found


def by_form(world: World, *files: Any, **typed: Any) -> Any:
    """The volunteers' form."""
    return world.volunteer.send(*files, **typed)


def by_receipt(world: World, *files: Any, **typed: Any) -> Any:
    """Adding to what was sent, for whoever has its code."""
    return world.volunteer.add(world.code, *files, **typed)


def by_member(world: World, *files: Any, **typed: Any) -> Any:
    """The form with which a member of the case sends evidence in."""
    given = {"form_token": new_form_token(), "consent": "findings", "stance": "refutes"}
    return world.browser.post(address("send_in", world.case.pk), given | typed | {"files": list(files)})


FOR_FILES: dict[str, Callable[..., Any]] = {"form": by_form, "receipt": by_receipt, "member": by_member}
TAKEN = {"form": 200, "receipt": 200, "member": 302}


def raw(world: World, door: str, content_type: str, body: bytes) -> Any:
    """A request as it comes over the wire to one of the doors that take files."""
    client = world.browser if door == "member" else Client()
    return client.generic("POST", where(world, door), body, content_type=content_type)


def where(world: World, door: str) -> str:
    """The address of one of the doors that take files."""
    if door == "member":
        return address("send_in", world.case.pk)
    return world.volunteer.address("receipt/add/" if door == "receipt" else "")


def parts(**given: str | bytes) -> bytes:
    """Parts of a form whose boundary is ``x``: texts, and bytes as the file of that name; not its end."""
    return b"".join(_part(name, content) for name, content in given.items())


def _part(name: str, content: str | bytes) -> bytes:
    file = f'; filename="{name}.jpg"' if isinstance(content, bytes) else ""
    head = f'--x\r\nContent-Disposition: form-data; name="{name}"{file}\r\n\r\n'
    return head.encode() + (content if isinstance(content, bytes) else content.encode()) + b"\r\n"
