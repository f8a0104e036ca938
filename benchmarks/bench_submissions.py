"""Submissions a second through the volunteers' form, against the least that durable storage costs.

The peer writes the same bytes to a new file, syncs it, and commits one row: what no form can do without.
Wall seconds: syncing waits for the disk, and so does a volunteer.
"""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
import tempfile
import time
import uuid
from pathlib import Path

from benchmarks.tables import heading, middle, ratio, table

ROUNDS = 150


def measure(folder: Path) -> None:
    """Send photos through the form, one after another, and write as many by hand in turn."""
    import django

    django.setup()
    from django.core.files.uploadedfile import SimpleUploadedFile
    from django.core.management import call_command
    from django.test import Client
    from django.urls import reverse

    from claims.models import Evidence
    from claims.receipts import new_form_token
    from tests import builders

    call_command("migrate", verbosity=0)
    case = builders.make_case(slug="bench")
    address = reverse("volunteers:send", args=[case.slug])
    client = Client()
    database = sqlite3.connect(folder / "peer.sqlite3", isolation_level=None)
    database.executescript(
        "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; CREATE TABLE sent (id TEXT PRIMARY KEY, sha TEXT);"
    )

    def send(content: bytes) -> None:
        photo = SimpleUploadedFile("IMG_1.jpg", content, content_type="image/jpeg")
        given = {"form_token": new_form_token(), "files": photo, "stance": "refutes", "consent": "findings"}
        answer = client.post(address, given)
        assert answer.status_code == 200, answer.content[:2000]

    def least(content: bytes) -> None:
        path = folder / uuid.uuid4().hex
        with path.open("xb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        database.execute("INSERT INTO sent VALUES (?, ?)", (path.name, "0" * 64))

    taken: tuple[list[float], list[float]] = ([], [])
    for number in range(ROUNDS):
        content = builders.picture(seed=number)
        for act, into in zip((send, least), taken, strict=True):
            start = time.perf_counter()
            act(content)
            into.append(time.perf_counter() - start)
    assert Evidence.objects.count() == ROUNDS
    heading("Submissions a second", "One photo each, one after another, on SQLite; medians.")
    ours, theirs = taken
    table(
        ("", "submissions/s", "milliseconds"),
        [
            ("through the form", 1 / middle(ours), middle(ours) * 1000),
            ("one synced file and one row", 1 / middle(theirs), middle(theirs) * 1000),
            ("ratio", 1 / ratio(ours, theirs), ratio(ours, theirs)),
        ],
    )


def main() -> None:
    """In a process of its own, on a desk that is made for it."""
    with tempfile.TemporaryDirectory() as folder:
        told = {
            "DATA_DIR": folder,
            "DJANGO_SETTINGS_MODULE": "config.settings",
            "ALLOWED_HOSTS": "testserver",
        }
        command = [sys.executable, "-m", "benchmarks.bench_submissions", folder]
        subprocess.run(command, env=os.environ | told, check=True)


if __name__ == "__main__":
    measure(Path(sys.argv[1])) if sys.argv[1:] else main()
