"""A desk with so many rows, and its pages asked for one by one: what ``bench_pages`` measures.

Runs in a process of its own, with Django set up: each size has a database of its own. Beside a large case
stands a small one, the same in both sizes: its people see little of a desk that holds much.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from itertools import islice, product
from typing import Any
from uuid import uuid4

from django.core.management import call_command
from django.db import connection, transaction
from django.db.models import Model
from django.test import Client
from django.utils import timezone

from claims.models import Evidence, Role
from media_checks import registry
from tests import builders, staff
from verification.api.pages import sequence_cursor
from verification.models import CheckRun, FeedChange, FeedEntry, Review, Verdict

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
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("VACUUM ANALYZE")  # as autovacuum does of itself within minutes
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
    with transaction.atomic():
        for name, number in ((LARGE, size - FEW), (SMALL, FEW)):
            reviews(number, worlds[name].evidence)
            changes(number, worlds[name].verdict)


def reviews(number: int, like: Evidence) -> None:
    """So many items like this one, checked and waiting for a person, a second from one to the next."""
    now = timezone.now()
    run = CheckRun(
        state="finished", verdict="consistent", result={"findings": []}, version=1,
        due_at=now, created_at=now, finished_at=now,
    )  # fmt: skip
    review = Review(case=like.case, worst_verdict="consistent")
    items = [uuid4() for _ in range(number)]
    like.state = "checked"
    copies(like, ({"id": item} for item in items))
    runs = product(items, [check.slug for check in registry.CHECKS])
    copies(run, ({"id": uuid4(), "evidence_id": item, "check_slug": slug} for item, slug in runs))
    opened = (now + timedelta(seconds=count) for count in range(number))
    each = zip(items, opened, strict=True)
    copies(review, ({"id": uuid4(), "evidence_id": item, "opened_at": at} for item, at in each))


def changes(number: int, like: Verdict) -> None:
    """So many entries of the feed: versions of this verdict, each published, corrected and retracted."""
    last = FeedEntry.objects.latest("sequence")
    entry = FeedEntry(case_id=like.claim.case_id, document=like.document, at=last.at)
    like.state = "superseded"
    versions = [(uuid4(), like.version + count) for count in range(1, number // len(FeedChange) + 2)]
    copies(like, ({"id": id_, "version": version} for id_, version in versions))
    told = enumerate(islice(product(versions, FeedChange), number), start=last.sequence + 1)
    copies(entry, ({"sequence": at, "verdict_id": of[0], "change": change} for at, (of, change) in told))


def copies(like: Model, rows: Iterable[dict[str, Any]]) -> None:
    """Rows like this one but for these values, by column; bulk_create would take several times as long."""
    fields = like._meta.concrete_fields
    usual = [each.get_db_prep_save(getattr(like, each.attname), connection) for each in fields]
    place = {each.attname: at for at, each in enumerate(fields)}

    def row(values: dict[str, Any]) -> list[Any]:
        found = usual.copy()
        for name, value in values.items():
            found[place[name]] = fields[place[name]].get_db_prep_save(value, connection)
        return found

    columns = ", ".join(connection.ops.quote_name(each.column) for each in fields)
    marks = ", ".join(["%s"] * len(fields))
    with connection.cursor() as cursor:
        cursor.executemany(f"INSERT INTO {like._meta.db_table} ({columns}) VALUES ({marks})", map(row, rows))
