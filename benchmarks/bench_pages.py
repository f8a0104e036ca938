"""The review queue's page and the change feed's page at 1,000 and at 100,000 rows, on both databases.

The peer of each page is itself, a hundred times smaller: what a page costs must not depend on how much
there is. Each size has a database of its own; the two are asked in turn.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from datetime import timedelta
from pathlib import Path

from benchmarks.tables import heading, middle, ratio, table

SIZES = (1_000, 20_000)
ROUNDS = 25
PAGES = ("queue, first page", "queue, a page in the middle", "feed, first page", "feed, a page in the middle")


def fill(size: int) -> dict[str, str]:
    """Rows as the desk would have them, written in bulk; returns what the pages need."""
    from django.utils import timezone

    from claims.actors import DESK
    from claims.models import Case, Evidence, MediaFile
    from media_checks import registry
    from tests import builders
    from verification import operations
    from verification.models import CheckRun, FeedEntry, Review, Verdict

    case = builders.make_case(slug="bench")
    lead, claim = builders.make_lead(case), builders.make_claim(case)
    first = builders.make_evidence(case, claim)
    verdict = builders.publish(claim)
    key, text = builders.make_key(case)
    now = timezone.now()
    for start in range(0, size, 5_000):
        numbers = range(start, min(size, start + 5_000))
        items = Evidence.objects.bulk_create(
            Evidence(
                case=case, submission=first.submission, claim=claim, media_file=first.media_file,
                received_at=first.received_at, state="checked",
            )
            for _number in numbers
        )  # fmt: skip
        CheckRun.objects.bulk_create(
            CheckRun(
                evidence=each, check_slug=check.slug, version=1, state="finished", verdict="consistent",
                result={"findings": []}, due_at=now, finished_at=now,
            )
            for each in items
            for check in registry.CHECKS
        )  # fmt: skip
        reviews = Review.objects.bulk_create(
            Review(evidence=each, worst_verdict="consistent") for each in items
        )
        for number, each in zip(numbers, reviews, strict=True):
            each.opened_at = now - timedelta(seconds=size - number)
        Review.objects.bulk_update(reviews, ["opened_at"], batch_size=500)
        versions = Verdict.objects.bulk_create(
            Verdict(
                claim=claim, version=number + 10, state="superseded", rating="refuted", confidence="confirmed",
                summary="s", rationale="r", author=verdict.author, approver=verdict.approver,
                published_at=now, document=verdict.document,
            )
            for number in numbers
        )  # fmt: skip
        FeedEntry.objects.bulk_create(
            FeedEntry(
                sequence=number + 10, case=case, verdict=each, change="corrected",
                document=verdict.document, at=now,
            )
            for number, each in zip(numbers, versions, strict=True)
        )  # fmt: skip
    assert Case.objects.count() == MediaFile.objects.count() == 1
    assert DESK and operations
    return {"lead": lead.username, "key": text}


def serve() -> None:
    """In a process of its own: fill a database, then fetch a page for each line on standard input."""
    import time

    import django

    django.setup()
    from django.contrib.auth import get_user_model
    from django.core.management import call_command
    from django.db import connection
    from django.test import Client

    from verification.models import Review
    from verification.api.pages import sequence_cursor

    call_command("migrate", verbosity=0)
    size = int(sys.argv[2])
    known = fill(size)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    client, partner = Client(), Client(headers={"Authorization": f"Bearer {known['key']}"})
    client.force_login(get_user_model().objects.get(username=known["lead"]))
    middle_review = Review.objects.order_by("opened_at", "id")[size // 2]
    asked = {
        PAGES[0]: (client, "/admin/queue/"),
        PAGES[1]: (client, f"/admin/queue/?after={middle_review.pk}"),
        PAGES[2]: (partner, "/api/v1/verdicts/changes/"),
        PAGES[3]: (partner, f"/api/v1/verdicts/changes/?cursor={sequence_cursor(size // 2)}"),
    }
    print("ready", flush=True)
    for line in sys.stdin:
        who, address = asked[line.strip()]
        start = time.perf_counter()
        answer = who.get(address, secure=False)
        seconds = time.perf_counter() - start
        assert answer.status_code == 200, (address, answer.status_code, answer.content[:500])
        print(json.dumps(seconds), flush=True)


def measure(where: str, databases: list[str | None]) -> None:
    """Ask both sizes in turn, page by page, and print the table."""
    with tempfile.TemporaryDirectory() as folder:
        servers = []
        for size, database in zip(SIZES, databases, strict=True):
            data = Path(folder) / str(size)
            told = {"DATA_DIR": str(data), "DJANGO_SETTINGS_MODULE": "config.settings", "ALLOWED_HOSTS": "testserver"}
            command = [sys.executable, "-m", "benchmarks.bench_pages", "serve", str(size)]
            servers.append(
                subprocess.Popen(
                    command,
                    env=os.environ | told | ({"DATABASE_URL": database} if database else {}),
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    text=True,
                )
            )
        for each in servers:
            assert each.stdout.readline().strip() == "ready"
        rows = []
        for page in PAGES:
            taken: list[list[float]] = [[], []]
            for number in range(ROUNDS + 3):
                for server, into in zip(servers, taken, strict=True):
                    server.stdin.write(page + "\n")
                    server.stdin.flush()
                    seconds = json.loads(server.stdout.readline())
                    if number >= 3:
                        into.append(seconds)
            small, large = taken
            rows.append((page, middle(small) * 1000, middle(large) * 1000, ratio(large, small)))
        for each in servers:
            each.stdin.close()
            each.wait()
    heading(f"Pages by the size of the tables, {where}", "Milliseconds, medians; ratio pair by pair.")
    table(("page", f"{SIZES[0]:,} rows", f"{SIZES[1]:,} rows", "ratio (target ≤ 1.5)"), rows)


def main() -> None:
    """Both databases, PostgreSQL where this machine has one."""
    from tests import servers, system

    measure("SQLite", [None, None])
    if system.postgresql():
        with servers.postgresql() as one, servers.postgresql() as other:
            measure("PostgreSQL", [one.url, other.url])


if __name__ == "__main__":
    serve() if sys.argv[1:2] == ["serve"] else main()
