"""Content Credentials (C2PA): what the library reads of a manifest store, and how far it verifies.

Source: C2PA Technical Specification 2.1. Nothing leaves the machine: no manifest is fetched, no revocation
asked, and identity assertions (CAWG) are not followed, because the library would look their issuers up at an
address that the file chose, whatever its list of allowed hosts says. The library is asked only where a file
has the marker of credentials, which the other readers see on their way.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, BinaryIO

from c2pa import C2paError, Context, Reader

from media_checks.context import Media
from media_checks.reading.blocks import riff_chunks
from media_checks.reading.boxes import credentials_box
from media_checks.reading.record import Credentials, Step
from media_checks.reading.values import text, wall_clock

_OFFLINE = {
    "version": 1,
    "core": {"decode_identity_assertions": False, "allowed_network_hosts": [], "allow_redirects": False},
    "verify": {"remote_manifest_fetch": False, "ocsp_fetch": False},
}
_UNTRUSTED = "signingCredential.untrusted"
_TRUSTED = "signingCredential.trusted"
# Time stamps and identities fail on their own: the credentials stand without them.
_OF_OTHERS = ("timeStamp.", "cawg.")
# Of a first-version claim the library calls every time-stamp authority trusted, without looking.
_FIRST_CHECKED_CLAIM = 2
# Elsewhere pictures and frames are found by their position, which may lie in a part that is never signed.
_SIGNED_WHOLE = frozenset({"image/jpeg", "image/png", "image/webp"})
_MOST_STEPS = 25
_MOST_MANIFESTS = 20
_MOST_FAILURES = 20
_LONGEST = 100
_LONGEST_NAME = 60


def read_credentials(media: Media, where: str, trust_anchors: str = "") -> Credentials | None:
    """The Content Credentials that stand at ``where``; None where what stands there is none.

    ``trust_anchors`` are the PEM certificates of signers and time-stamp authorities that the operator trusts.
    """
    try:
        store = _store(media.stream, media.media_type, trust_anchors)
    except C2paError.ManifestNotFound:
        return None
    except (C2paError, ValueError, RecursionError):
        return Credentials(where, "unreadable")
    read = credentials_of(store, where, bool(trust_anchors))
    return read if media.media_type in _SIGNED_WHOLE else replace(read, partial=True)


def marker_in_video(media: Media) -> str:
    """Where a film may hold Content Credentials; empty without. Matroska has no place for them."""
    if media.media_type == "video/x-msvideo":
        kinds = (kind for kind, _ in riff_chunks(media.stream, media.size))
        return "RIFF C2PA" if b"C2PA" in kinds else ""
    if media.media_type in ("video/mp4", "video/quicktime", "video/3gpp"):
        return credentials_box(media.stream, media.size)
    return ""


def _store(stream: BinaryIO, media_type: str, trust_anchors: str) -> dict[str, Any]:
    """The library's report. It is given the settings of each file anew: they hold no state."""
    trust = {"trust": {"user_anchors": trust_anchors}} if trust_anchors else {}
    stream.seek(0)
    with (
        Context.from_dict(_OFFLINE | trust) as context,
        Reader(media_type, stream, context=context) as reader,
    ):
        store = json.loads(reader.json())
    return _mapping(store)


def credentials_of(store: Mapping[str, Any], where: str, with_anchors: bool) -> Credentials:
    """The record of a manifest store as the library reports it; ``with_anchors`` if it knew whom to trust."""
    label = text(store.get("active_manifest")) or ""
    manifests = _mapping(store.get("manifests"))
    active = _mapping(manifests.get(label))
    signature = _mapping(active.get("signature_info"))
    results = _mapping(store.get("validation_results"))
    report = _mapping(results.get("activeManifest"))
    codes, own = _codes(report), _codes(report, f"/{label}/")
    checked = with_anchors and active.get("claim_version", 1) >= _FIRST_CHECKED_CLAIM
    failures = codes["failure"] - {_UNTRUSTED}
    return Credentials(
        where=where,
        state="valid" if store.get("validation_state") in ("Valid", "Trusted") else "invalid",
        manifest=_short(label),
        trusted=_TRUSTED in own["success"] and not failures,
        failures=tuple(sorted(failures))[:_MOST_FAILURES],
        earlier_failures=_earlier_failures(results, manifests),
        program=_program(active),
        signer=_short(signature.get("common_name")),
        issuer=_short(signature.get("issuer")),
        signed_at=_moment(signature.get("time")),
        time_stamp=_time_stamp(set().union(*own.values()), checked),
        partial=any(code.endswith(".additionalExclusionsPresent") for code in codes["informational"]),
        identity=any(
            str(each.get("label")).startswith("cawg.identity") for each in _maps(active.get("assertions"))
        ),
        steps=tuple(_steps(manifests, label))[:_MOST_STEPS],
        ingredients=len(_list(active.get("ingredients"))),
    )


def _codes(results: Mapping[str, Any], about: str = "") -> dict[str, set[str]]:
    """The library's codes by their kind, or those alone whose address has ``about`` in it."""
    found: dict[str, set[str]] = {}
    for kind in ("success", "informational", "failure"):
        wanted = (each for each in _maps(results.get(kind)) if about in str(each.get("url")))
        found[kind] = {code for each in wanted if (code := _short(each.get("code")))}
    return found


def _earlier_failures(results: Mapping[str, Any], manifests: Mapping[str, Any]) -> tuple[str, ...]:
    """What fails in the credentials of what it was made from: seen now, or by the signer who took it up."""
    reports = [_mapping(each.get("validationDeltas")) for each in _maps(results.get("ingredientDeltas"))]
    for manifest in map(_mapping, manifests.values()):
        for ingredient in _maps(manifest.get("ingredients")):
            reports.append(_mapping(_mapping(ingredient.get("validation_results")).get("activeManifest")))
            reports.append({"failure": ingredient.get("validation_status")})
    found = set[str]().union(*(_codes(each)["failure"] for each in reports)) - {_UNTRUSTED}
    return tuple(sorted(code for code in found if not code.startswith(_OF_OTHERS)))[:_MOST_FAILURES]


def _time_stamp(codes: Iterable[str], checked: bool) -> str:
    about = {code for code in codes if code.startswith("timeStamp.")}
    if "timeStamp.validated" not in about:
        return "broken" if about else "none"
    trusted = "timeStamp.trusted" in about and "timeStamp.untrusted" not in about
    return "trusted" if checked and trusted else "unknown"


def _steps(manifests: Mapping[str, Any], label: str) -> Iterator[Step]:
    """The declared actions of the file, then of what it was made from, then of what was placed in it."""
    seen, ahead = {label}, [(label, "file")]
    while ahead and len(seen) <= _MOST_MANIFESTS:
        current, of = ahead.pop(0)
        manifest = _mapping(manifests.get(current))
        for assertion in _maps(manifest.get("assertions")):
            if str(assertion.get("label")).startswith("c2pa.actions"):
                actions = _list(_mapping(assertion.get("data")).get("actions"))
                yield from (step for each in actions if (step := _step(_mapping(each), of)))
        for ingredient in _maps(manifest.get("ingredients")):
            inner = text(ingredient.get("active_manifest"))
            if inner and inner not in seen:
                seen.add(inner)
                parent = ingredient.get("relationship") == "parentOf" and of != "component"
                ahead.append((inner, "earlier version" if parent else "component"))


def _step(action: Mapping[str, Any], of: str) -> Step | None:
    name = _short(action.get("action"))
    if name is None:
        return None
    source, agent = _short(action.get("digitalSourceType")), action.get("softwareAgent")
    return Step(
        action=name[:_LONGEST_NAME],
        of=of,
        source_type=source and source.rstrip("/").rpartition("/")[2][:_LONGEST_NAME],
        program=_named(agent) if isinstance(agent, dict) else _short(agent),
        at=wall_clock(text(action.get("when")) or ""),
    )


def _program(manifest: Mapping[str, Any]) -> str | None:
    """The claim generator: its sentence of a first-version claim, else its names and versions."""
    names = [_named(_mapping(each)) for each in _list(manifest.get("claim_generator_info"))]
    return _short(manifest.get("claim_generator")) or _short(", ".join(name for name in names if name))


def _named(agent: Mapping[str, Any]) -> str | None:
    return _short(" ".join(filter(None, (text(agent.get("name")), text(agent.get("version"))))))


def _moment(written: Any) -> datetime | None:
    read = wall_clock(text(written) or "")
    if read is None or read.offset is None:
        return None
    try:
        return (read.local - read.offset).replace(tzinfo=UTC)
    except OverflowError:
        return None


def _short(value: Any) -> str | None:
    found = text(value)
    return found and found[:_LONGEST]


def _mapping(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _maps(value: Any) -> Iterator[dict[str, Any]]:
    return map(_mapping, _list(value))


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
