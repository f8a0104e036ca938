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
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any

try:
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
except ImportError:
    KNOWS_SIGNATURES = False
else:
    KNOWS_SIGNATURES = True

GENESIS = "0" * 64

# What a head says and what is signed; a witness gets this with "hash" and "signature".
HEAD = ("number", "at", "lines", "root", "previous_hash", "key")

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


def leaf_of(case: str, sequence: int, line_hash: str) -> list[str]:
    """How a head knows the last line of a case: a name for the case, and a digest; neither tells anything."""
    return [digest(f"case:{case}".encode()), digest(f"{sequence}:{line_hash}".encode())]


def root_of(leaves: Iterable[list[str]]) -> str:
    """One digest, in hex, over the leaves of all cases."""
    return digest(canonical(sorted(leaves)))


def signed_part(head: Mapping[str, Any]) -> bytes:
    """The bytes of a head that are signed, and time-stamped; the head's hash is their SHA-256."""
    return canonical({name: head[name] for name in HEAD})


def head_breaks(heads: Iterable[Mapping[str, Any]], keys: Collection[str]) -> Iterator[str]:
    """One sentence for each head that does not follow, does not fit its leaves, or that no such key signed.

    ``keys`` are public keys of Ed25519 (RFC 8032) in hex. Signatures are left out where ``cryptography``
    is not installed: see ``KNOWS_SIGNATURES``.
    """
    previous, number = GENESIS, 0
    for head in heads:
        number += 1
        if head["number"] != number:
            yield f"head {number} is missing before head {head['number']}"
            number = head["number"]
        if head["previous_hash"] != previous:
            yield f"head {number} does not follow from the head before it"
        if digest(signed_part(head)) != head["hash"] or root_of(head["leaves"]) != head["root"]:
            yield f"head {number} was changed"
        if head["key"] not in keys:
            yield f"head {number} was signed by a key that is not this desk's: {head['key']}"
        elif KNOWS_SIGNATURES and not is_signed(head):
            yield f"the signature of head {number} is not of its key"
        previous = head["hash"]


def is_signed(head: Mapping[str, Any]) -> bool:
    """Whether the signature is of the key that the head names. Raises NameError without ``cryptography``."""
    try:
        key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(head["key"]))
        key.verify(bytes.fromhex(head["signature"]), signed_part(head))
    except (ValueError, InvalidSignature):
        return False
    return True


def _commitment(value: Mapping[str, Any]) -> str:
    if "digest" in value:
        return value["digest"]
    return digest(bytes.fromhex(value["salt"]) + canonical(value["value"]))
