"""A desk with so many rows, and its pages asked for one by one: what ``bench_pages`` measures.

Runs in a process of its own, with Django set up: each size has a database of its own. Beside a large case
stands a small one, the same in both sizes: its people see little of a desk that holds much.
"""

from __future__ import annotations

import json
import sys
import time
from dataclasses import dataclass
from itertools import islice, product

from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.utils import timezone

from claims.models import Evidence, Role
from media_checks import registry
from tests import builders, staff
from verification.api.pages import sequence_cursor
from verification.models import CheckRun, FeedChange, FeedEntry, Review, Verdict

LOT = 5_000
LARGE, SMALL = "large", "small"
FEW = 200


@dataclass(frozen=True)
class World:
    """A case: an evidence item and a published verdict to copy, and who may see it."""

    evidence: Evidence
    verdict: Verdict
    member: Client
    partner: Client


def serve() -> None:
    """Fill the database with ``argv[1]`` rows, then answer each page named on standard input: its seconds."""
    call_command("migrate", verbosity=0)
    worlds = {name: world(name) for name in (LARGE, SMALL)}
    fill(int(sys.argv[1]), worlds)
    if connection.vendor == "postgresql":  # as autovacuum does a minute after rows came
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")
    asked = pages(worlds)
    print(json.dumps(list(asked)), flush=True)
    for line in sys.stdin:
        client, address = asked[line.strip()]
        start = time.perf_counter()
        answer = client.get(address)
        seconds = time.perf_counter() - start
        if answer.status_code != 200:
            raise RuntimeError(f"{address}: {answer.status_code}")
        print(json.dumps(seconds), flush=True)


def world(slug: str) -> World:
    """A case with one item and one published verdict, a member of its own and a partner of its own."""
    case = builders.make_case(slug=slug)
    claim = builders.make_claim(case)
    _key, text = builders.make_key(case)
    return World(
        evidence=builders.make_evidence(case, claim),
        verdict=builders.publish(claim),
        member=staff.signed_in(staff.staff(case, Role.LEAD)),
        partner=Client(headers={"Authorization": f"Bearer {text}"}),
    )


def pages(worlds: dict[str, World]) -> dict[str, tuple[Client, str]]:
    """Who asks for which address, by the page's name."""
    large, small = worlds[LARGE], worlds[SMALL]
    of_case = Review.objects.filter(evidence__case=large.evidence.case_id)
    review = of_case.order_by("opened_at")[of_case.count() // 2]
    cursor = sequence_cursor(FeedEntry.objects.count() // 2)
    return {
        "queue, first page": (large.member, "/admin/queue/"),
        "queue, a page in the middle": (large.member, f"/admin/queue/?after={review.pk}"),
        "queue, first page of a small case": (small.member, "/admin/queue/"),
        "feed, first page": (large.partner, "/api/v1/verdicts/changes/"),
        "feed, a page in the middle": (large.partner, f"/api/v1/verdicts/changes/?cursor={cursor}"),
        "feed, first page of a small case": (small.partner, "/api/v1/verdicts/changes/"),
    }


def fill(size: int, worlds: dict[str, World]) -> None:
    """So many items under review and so many entries of the feed, the small case's among them last."""
    for name, number in ((LARGE, size - FEW), (SMALL, FEW)):
        while number > 0:
            reviews(min(LOT, number), worlds[name].evidence)
            changes(min(LOT, number), worlds[name].verdict)
            number -= LOT


def reviews(number: int, like: Evidence) -> None:
    """So many items like this one, checked and waiting for a person."""
    now = timezone.now()
    items = Evidence.objects.bulk_create(
        Evidence(
            case=like.case, submission=like.submission, claim=like.claim, media_file=like.media_file,
            received_at=like.received_at, state="checked",
        )
        for _ in range(number)
    )  # fmt: skip
    CheckRun.objects.bulk_create(
        CheckRun(
            evidence=item, check_slug=check.slug, version=1, state="finished", verdict="consistent",
            result={"findings": []}, due_at=now, finished_at=now,
        )
        for item in items
        for check in registry.CHECKS
    )  # fmt: skip
    Review.objects.bulk_create(
        Review(evidence=item, case=item.case, worst_verdict="consistent") for item in items
    )


def changes(number: int, like: Verdict) -> None:
    """So many entries of the feed: versions of this verdict, each published, corrected and retracted."""
    last_version = like.claim.verdicts.order_by("-version").values_list("version", flat=True)[0]
    last_entry = FeedEntry.objects.order_by("-sequence").values_list("sequence", flat=True)[0]
    verdicts = Verdict.objects.bulk_create(
        Verdict(
            claim=like.claim, version=last_version + count, state="superseded", rating=like.rating,
            confidence=like.confidence, summary=like.summary, rationale=like.rationale, author=like.author,
            approver=like.approver, published_at=like.published_at, document={},
        )
        for count in range(1, number // len(FeedChange) + 2)
    )  # fmt: skip
    told = islice(product(verdicts, FeedChange), number)
    FeedEntry.objects.bulk_create(
        FeedEntry(
            sequence=last_entry + count, case=like.claim.case, verdict=verdict, change=change,
            document=like.document, at=like.published_at,
        )
        for count, (verdict, change) in enumerate(told, start=1)
    )  # fmt: skip
