"""One file at a prompt: every check through the locked child, as one line of JSON values.

What is measured here is what the workers run.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from media_checks import perceptual_hash, registry
from media_checks.context import Context, Kind
from media_checks.contract import UNREADABLE, Check, Result
from media_checks.files import sniff
from media_checks.pairs import Prints
from media_checks.sandbox import client

_HEAD = 4096
_FINGERPRINT = ("algorithm", "bits", "quality", "at")
_METADATA = (
    "make",
    "model",
    "software",
    "lens_model",
    "orientation",
    "captured_at",
    "created_at",
    "modified_at",
    "container_created_at",
    "rotation",
    "codec",
    "encoder",
    "frame_rate",
    "has_thumbnail",
    "jpeg",
    "credentials",
    "credentials_address",
    "sources",
)


class NotRead(Exception):
    """A file that could not be read: a stable code, and the reason in words fit for a person."""

    def __init__(self, code: str, message: str):
        super().__init__(message)
        self.code, self.reason = code, message


def inspect(path: Path, context: Context) -> dict[str, Any]:
    """The line of ``manage.py inspect`` for one file; never raises for what a file holds.

    ``error`` is ``{"code", "message"}`` where the file could not be read, None otherwise.
    """
    line: dict[str, Any] = {"path": str(path), **_nothing_known(), "error": None}
    try:
        line |= _identify(path)
        _require_media(line)
        results = _examined(registry.CHECKS, path, context)
    except NotRead as problem:
        return line | {"error": {"code": problem.code, "message": problem.reason}}
    return line | _told(results)


def hashed(path: Path, context: Context) -> Prints:
    """The fingerprints of one file, for ``manage.py find_copies``. Raises NotRead."""
    known = _identify(path)
    _require_media(known)
    (result,) = _examined((perceptual_hash.CHECK,), path, context)
    if error := _unreadable([result]):
        raise NotRead(**error)
    computed = [each.details for each in result.findings if each.code == perceptual_hash.COMPUTED]
    return Prints.of(str(path), known["sha256"], Kind(known["kind"]), computed[0] if computed else {})


def _nothing_known() -> dict[str, Any]:
    known_later = ("sha256", "bytes", "media_type", "kind", "width", "height", "duration")
    return dict.fromkeys(known_later) | {
        "metadata": {},
        "fingerprints": [],
        "date_signals": [],
        "findings": [],
        "verdicts": {},
    }


def _identify(path: Path) -> dict[str, Any]:
    try:
        if path.is_dir():
            raise OSError("this folder cannot be listed, or is a link, which is not followed")
        if path.exists() and not path.is_file():
            raise OSError("this is no file")  # A pipe or a device can be read without end.
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
            size = file.tell()
            file.seek(0)
            media_type, kind = sniff(file.read(_HEAD))
    except OSError as problem:
        raise NotRead("not_readable", problem.strerror or str(problem)) from problem
    if size == 0:
        kind = Kind.UNKNOWN
    return {"sha256": digest, "bytes": size, "media_type": media_type, "kind": kind.value}


def _require_media(known: dict[str, Any]) -> None:
    if known["kind"] not in (Kind.PHOTO, Kind.VIDEO):
        raise NotRead("not_media", f"this is no photo or video that can be checked ({known['media_type']})")


def _examined(checks: Sequence[Check], path: Path, context: Context) -> list[Result]:
    results = []
    for outcome in client.examine(checks, path, context):
        if isinstance(outcome, client.DidNotRun):
            raise NotRead("did_not_run", outcome.reason) from outcome
        results.append(outcome)
    return results


def _told(results: list[Result]) -> dict[str, Any]:
    details = {each.code.slug: each.details for result in results for each in result.findings}
    reading = details.get("metadata.file", {}).get("reading", {})
    rows = details.get("perceptual_hash.computed", {}).get("fingerprints", ())
    return {
        "width": reading.get("width"),
        "height": reading.get("height"),
        "duration": reading.get("duration"),
        "metadata": _metadata(reading),
        "fingerprints": [{name: row[name] for name in _FINGERPRINT} for row in rows],
        "date_signals": details.get("dates.envelope", {}).get("signals", []),
        "findings": [
            {"check": result.check, **each.as_json(), "details": perceptual_hash.told(each.details)}
            for result in results
            for each in result.findings
        ],
        "verdicts": {each.check: each.verdict.value for each in results},
        "error": _unreadable(results),
    }


def _metadata(reading: dict[str, Any]) -> dict[str, Any]:
    if not reading:
        return {}
    told = {name: reading.get(name) for name in _METADATA}
    told["serial_number"] = reading.get("private", {}).get("serial_number")
    gps = reading.get("gps")
    told["gps"] = gps and gps | {"timestamp": gps.get("timestamp") or reading.get("gps_clock")}
    return told


def _unreadable(results: list[Result]) -> dict[str, str] | None:
    """The reason that every check gave for being unable to read the file, or None."""
    reasons = [
        each.details["reason"]
        for result in results
        for each in result.findings
        if each.code.slug == UNREADABLE.slug
    ]
    if len(reasons) < len(results):
        return None
    return {"code": "unreadable", "message": reasons[0]}
