"""Agreement of our reading of Content Credentials with the reference library's own report, and what it costs.

The files are in the folder that CORROBORATE_MEDIA names (``media/c2pa``, ``media/truth/c2pa.jsonl``): the
library read them with its usual settings, without a trust list. Here it may not follow identities, so what
it says of those is missing, and explained.
"""

from __future__ import annotations

import io
import json
import os
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.tables import heading, table
from media_checks.context import Kind, Media
from media_checks.contract import Unreadable
from media_checks.files import media_of
from media_checks.reading import Reading, content_credentials, read

NOT_MEDIA = "a format that is not taken as media"
IDENTITIES = "the library follows identities (CAWG), which would ask the network; here it may not"
UNTRUSTED = "signingCredential.untrusted"
NAMES = ("state", "failures", "program", "signer", "issuer", "signed_at", "ingredients")
ROUNDS = 20
COSTED = ("P1000827.jpg", "no_manifest.jpg", "sample1.heif", "CA.jpg", "ocsp.jpg")

# Looked at one at a time.
BY_HAND = {"validation_method__malformed_cbor.jpg": "its identity statement is damaged, and not read here"}


@dataclass(frozen=True)
class Row:
    """One value of one file: the library's, ours, and why they differ, where that is known."""

    path: str
    name: str
    expected: Any
    ours: Any
    because: str = ""

    @property
    def agreed(self) -> bool:
        """Whether both say the same."""
        return bool(self.expected == self.ours)

    @property
    def known(self) -> bool:
        """Whether both say the same, or it is known why not."""
        return self.agreed or bool(self.because)


def rows_of(folder: Path, truth: Mapping[str, Any]) -> Iterator[Row]:
    """The rows of one file in the folder ``media``."""
    media = _media((folder / truth["path"]).read_bytes())
    expected, ours = expected_of(truth), {"state": "not media"}
    if media.kind in (Kind.PHOTO, Kind.VIDEO):
        try:
            ours = values_of(read(media))
        except Unreadable:
            ours = {"state": "unreadable"}
    for name in NAMES:
        if name in expected or name in ours:
            because = "" if expected.get(name) == ours.get(name) else explanation(truth, ours)
            yield Row(truth["path"], name, expected.get(name), ours.get(name), because)


def expected_of(truth: Mapping[str, Any]) -> dict[str, Any]:
    """The library's report in our words."""
    if "error" in truth:
        kinds = {"ManifestNotFound": "absent", "Remote": "elsewhere"}
        kind = next((ours for theirs, ours in kinds.items() if theirs in truth["error"]), "unreadable")
        return {"state": kind}
    program, signature = truth["claim_generator"], truth["signature_info"] or {}
    if isinstance(program, list):
        program = ", ".join(" ".join(filter(None, (each["name"], each.get("version")))) for each in program)
    return {
        "state": truth["validation_state"].lower(),
        "failures": sorted(set(truth["failures"]) - {UNTRUSTED}),
        "program": program,
        "signer": signature.get("common_name"),
        "issuer": signature.get("issuer"),
        "signed_at": signature.get("time"),
        "ingredients": len(truth["ingredients"] or ()),
    }


def values_of(reading: Reading) -> dict[str, Any]:
    """Our reading of the same."""
    found = reading.credentials
    if found is None:
        return {"state": "elsewhere" if reading.credentials_address else "absent"}
    if found.state == "unreadable":
        return {"state": found.state}
    return {
        "state": found.state,
        "failures": list(found.failures),
        "program": found.program,
        "signer": found.signer,
        "issuer": found.issuer,
        "signed_at": found.signed_at and found.signed_at.isoformat(),
        "ingredients": found.ingredients,
    }


def explanation(truth: Mapping[str, Any], ours: Mapping[str, Any]) -> str:
    """Why a value that is not agreed is no mistake; empty where nothing says so."""
    if ours["state"] == "not media":
        return NOT_MEDIA
    by_hand = (reason for name, reason in BY_HAND.items() if truth["path"].endswith(name))
    followed = any(code.startswith("cawg.") for code in truth.get("failures", ()))
    return next(by_hand, IDENTITIES if followed else "")


def results(folder: Path) -> list[Row]:
    """The rows of every file of the truth."""
    with (folder / "truth/c2pa.jsonl").open(encoding="utf-8") as lines:
        return [row for line in lines for row in rows_of(folder, json.loads(line))]


def _media(content: bytes) -> Media:
    return media_of(io.BytesIO(content), len(content))


def summary(rows: list[Row]) -> Iterator[tuple[object, ...]]:
    """A line for each value, and one for the files in which all of them agree."""
    for name in NAMES:
        of_name = [row for row in rows if row.name == name]
        yield (name, len(of_name), *_counted([[row] for row in of_name]))
    by_file = [[row for row in rows if row.path == path] for path in dict.fromkeys(row.path for row in rows)]
    yield ("whole files", len(by_file), *_counted(by_file))


def _counted(groups: list[list[Row]]) -> tuple[int, int, int]:
    agreed = sum(all(row.agreed for row in group) for group in groups)
    known = sum(all(row.known for row in group) for group in groups)
    return agreed, known - agreed, len(groups) - known


def report(rows: list[Row]) -> None:
    """The table, and each value that is not agreed."""
    taken = [row for row in rows if row.because != NOT_MEDIA]
    table(("value", "of", "agreed", "explained", "different"), summary(taken))
    apart = sorted((row for row in taken if not row.agreed), key=lambda row: (row.because, row.path))
    table(
        ("why", "value", "file", "the library", "ours"),
        ((row.because, row.name, row.path.rpartition("__")[2], row.expected, row.ours) for row in apart),
    )
    left = {row.path for row in rows if row.because == NOT_MEDIA}
    print(f"Left out, {NOT_MEDIA}: {len(left)} files.")


def costs(folder: Path) -> Iterator[tuple[object, ...]]:
    """What the reading of a file takes, and the library's part of it, which only marked files pay."""
    for name in COSTED:
        media = _media((folder / "c2pa/contentauth+c2pa-rs" / f"sdk__tests__fixtures__{name}").read_bytes())
        whole = _milliseconds(partial(read, media))
        asked = _milliseconds(partial(content_credentials.read_credentials, media, ""))
        found = read(media).credentials
        yield name, media.size, "credentials" if found else "none", whole, asked


def _milliseconds(work: Callable[[], object]) -> str:
    taken = []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        work()
        taken.append(time.perf_counter() - began)
    return f"{median(taken) * 1000:.2f}"


def main() -> None:
    """Print everything, or why nothing can be measured."""
    folder = Path(os.environ.get("CORROBORATE_MEDIA") or "/nonexistent") / "media"
    heading(
        "Content Credentials", "What the reference library reports of real files, and who reads the same."
    )
    if (folder / "truth/c2pa.jsonl").is_file():
        report(results(folder))
        table(("file", "bytes", "has", "whole reading, ms", "the library, were it asked, ms"), costs(folder))
    else:
        print("Skipped: CORROBORATE_MEDIA names no folder with media/truth.")


if __name__ == "__main__":
    main()
