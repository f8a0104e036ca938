"""A desk to which lies were told wherever somebody may say something, and every address that it has."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.contrib.auth import get_user_model
from django.urls import URLResolver, get_resolver
from PIL import Image

from claims.actors import DESK, person
from claims.models import Claim, Role
from claims.operations import add_member, attest_source, withdraw_claim
from tests import builders
from tests.doorways import World
from tests.media_checks.samples import EXIF_IFD, saved, scene
from tests.texts.lies import LIES, SINK
from verification import operations
from verification.models import Review


def packed(texts: list[str], longest: int) -> list[str]:
    """The texts, as many together as fit: each in a place of its own would be a desk that takes minutes."""
    found = [""]
    for each in texts:
        if len(found[-1]) + len(each) + 1 > longest:
            found.append("")
        found[-1] = f"{found[-1]} {each}".strip(" ")
    return found


ALL = "\n".join(LIES.values())
NAMES = packed([each[:140] for each in LIES.values()], 140)


class Told(World):
    """A case with one of each thing, each of which says what it should not."""

    def __post_init__(self) -> None:
        self.case = builders.make_case(title=SINK, description=ALL)
        self.content = lying_photo()
        super().__post_init__()
        self._people()
        self._claims()
        self._evidence()
        self._verdicts()
        self.partner.name = SINK
        self.partner.save()
        for each in NAMES:
            partner = operations.open_partner(actor=DESK, name=f"{each} ")
            operations.grant_case(actor=DESK, partner=partner, case=self.case)

    def _people(self) -> None:
        self.user.username = SINK
        self.user.first_name, self.user.last_name = SINK[:140], NAMES[0]
        self.user.save()
        for each in NAMES:
            user = get_user_model().objects.create_user(username=f"{each} ", is_staff=True)
            add_member(actor=DESK, case=self.case, user=user, role=Role.INVESTIGATOR)

    def _claims(self) -> None:
        about = {"place_name": SINK, "stated_at_url": LIES["an address of code"]}
        Claim.objects.filter(pk__in=(self.claim.pk, self.withdrawn.pk)).update(
            statement=SINK, claimant=SINK, **about
        )
        for each in NAMES:
            claim = builders.make_claim(
                self.case, parent=self.claim, statement=each, claimant=each, place_name=each
            )
        withdraw_claim(actor=DESK, claim=claim, reason=ALL)
        self.claim.refresh_from_db()

    def _evidence(self) -> None:
        said = {"where": ALL[:500], "how": ALL, "source_url": LIES["an address of code"]}
        named = {"name": SINK + NAMES[1], "contact": ALL, "description": ALL}
        decided, told = (
            builders.make_evidence(self.case, self.claim, content=each, **named, **said)
            for each in (lying_photo(78), self.content)
        )
        builders.decided(decided, self.lead, rationale=ALL)
        self.decided = Review.objects.get(evidence=decided)
        operations.ask_for_review(actor=person(self.lead), evidence=decided, reason=ALL)
        self.item, self.submission = builders.checked(told), told.submission
        self.review = Review.objects.get(evidence=told)
        for each in NAMES:
            link = builders.make_evidence(
                self.case, self.claim, content=b"", where=each, how=each, source_url=each, description=each
            )
        attest_source(actor=person(self.lead), evidence=link, reason=ALL)
        operations.request_checks(actor=person(self.lead), evidence=decided, reason=ALL)

    def _verdicts(self) -> None:
        written = {"summary": SINK, "rationale": ALL}
        operations.revise_verdict(
            actor=person(self.user), verdict=self.verdict, rating="refuted", confidence="confirmed", **written
        )
        self.verdict.refresh_from_db()
        operations.approve_verdict(actor=person(self.lead), verdict=self.verdict)
        operations.return_verdict(actor=person(self.lead), verdict=self.verdict, reason=ALL)
        for each in NAMES[::3]:
            claim = builders.make_claim(self.case, statement=each)
            verdict = builders.publish(claim, self.user, self.lead, summary=each, rationale=each)
        operations.refuse(
            actor=person(builders.make_lead(self.case)),
            proposal=operations.propose_retraction(actor=person(self.lead), verdict=verdict, reason=SINK),
            reason=SINK,
        )
        builders.retract(verdict, ALL, self.lead)


def lying_photo(seed: int = 77) -> bytes:
    """A photo whose every text lies."""
    exif = Image.Exif()
    for tag in (0x010E, 0x010F, 0x0110, 0x0131, 0x013B, 0x8298):
        exif[tag] = SINK
    exif[0x0132] = SINK
    exif.get_ifd(EXIF_IFD).update({0xA431: SINK, 0xA434: SINK, 0x9003: SINK, 0x9010: SINK})
    return saved(scene(seed), exif=exif, comment=ALL.encode())


def routes(patterns: Any = None, names: str = "", route: str = "") -> Iterator[tuple[str, str]]:
    """Every name of an address that the desk has, with its route."""
    for each in get_resolver().url_patterns if patterns is None else patterns:
        here = f"{route}{each.pattern}"
        if isinstance(each, URLResolver):
            yield from routes(each.url_patterns, f"{each.namespace}:" if each.namespace else names, here)
        else:
            yield f"{names}{each.name}", here
