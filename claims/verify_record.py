#!/usr/bin/env python3
"""The form of the custody record, in the standard library alone: what a line's hash is taken over.

Values of a line are not hashed themselves but as commitments: SHA-256 over a salt and the value. So a
line can leave the house without when exactly it was written or what somebody wrote in confidence, and
still be followed from the line before it. A value that is shown comes with its salt,
``{"salt", "value"}``; one that is withheld is ``{"digest"}`` alone.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

GENESIS = "0" * 64

_PLAIN = ("case", "sequence", "hour", "actor", "action", "subject", "previous_hash")


def canonical(value: Any) -> bytes:
    """JSON with sorted keys, without spaces, in UTF-8: what every hash is taken over."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def digest(content: bytes) -> str:
    """SHA-256 in hex."""
    return hashlib.sha256(content).hexdigest()


def salted(line_salt: str, name: str, value: Any) -> dict[str, Any]:
    """A value to be shown, ``{"salt", "value"}``. Its salt does not tell that of another of the line."""
    salt = hmac.digest(bytes.fromhex(line_salt), name.encode(), "sha256").hex()
    return {"salt": salt, "value": value}


def withheld(shown: Mapping[str, Any]) -> dict[str, str]:
    """The commitment to a value, without the value: ``{"digest"}``."""
    return {"digest": _commitment(shown)}


def hash_of(line: Mapping[str, Any]) -> str:
    """SHA-256, in hex, over a line's canonical JSON, the hash before it included."""
    details = {name: _commitment(value) for name, value in line["details"].items()}
    return digest(
        canonical({name: line[name] for name in _PLAIN} | {"at": _commitment(line["at"]), "details": details})
    )


def line_breaks(lines: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    """One sentence for each line of a case's record that does not follow from the one before."""
    previous, sequence = GENESIS, 0
    for line in lines:
        sequence += 1
        if line["sequence"] > sequence:
            yield f"line {sequence} is missing before line {line['sequence']}"
        elif line["sequence"] < sequence:
            yield f"line {line['sequence']} stands after line {sequence - 1}"
        sequence = line["sequence"]
        if line["previous_hash"] != previous:
            yield f"line {sequence} does not follow from the line before it"
        if hash_of(line) != line["hash"]:
            yield f"line {sequence} was changed"
        previous = line["hash"]


def _commitment(value: Mapping[str, Any]) -> str:
    if "digest" in value:
        return value["digest"]
    return digest(bytes.fromhex(value["salt"]) + canonical(value["value"]))
