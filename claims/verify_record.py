#!/usr/bin/env python3
"""Verify a case that was exported from a Corroborate desk: offline, with Python 3.11 or newer alone.

    python3 verify_record.py BAG [--witness HEADS.jsonl] [--key HEX]

BAG is the exported folder; HEADS.jsonl are heads of the desk that somebody kept since before the export;
HEX is the desk's public key as it was published. Every break is a line; exit status 0 when there is none.
Signatures are checked where the package ``cryptography`` is installed; what was not checked is said.

This file is also where the desk itself has the form of its record from. Values of a line are hashed as
commitments, SHA-256 over a salt and the value, so that a line can leave the house without when exactly it
was written or what somebody wrote in confidence, and still be followed from the line before it. A value
that is shown comes with its salt, ``{"salt", "value"}``; one that is withheld is ``{"digest"}`` alone.
"""

from __future__ import annotations

import argparse
import hashlib
import hmac
import json
import sys
from collections.abc import Collection, Iterable, Iterator, Mapping
from pathlib import Path
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

# Where things are in a bag (RFC 8493).
LINES, HEADS, ORIGINALS = "data/record/lines.jsonl", "data/record/heads.jsonl", "data/originals/"
TIME_STAMPS, RECORD = "data/record/time-stamps/", "data/record/"
EXPORTED, RECEIVED = "case.exported", "evidence.received"

_PLAIN = ("case", "sequence", "hour", "actor", "action", "subject", "previous_hash")
_OF_LINE = {*_PLAIN, "at", "details", "hash"}
_OF_HEAD = {*HEAD, "hash", "signature", "leaves"}


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
        if set(line) != _OF_LINE or hash_of(line) != line["hash"]:
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
        whole = set(head) - {"line"} == _OF_HEAD and root_of(head["leaves"]) == head["root"]
        if not whole or digest(signed_part(head)) != head["hash"]:
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
    if set(value) == {"digest"}:
        return value["digest"]
    if set(value) != {"salt", "value"}:
        raise ValueError("a value with other parts than it has")
    return digest(bytes.fromhex(value["salt"]) + canonical(value["value"]))


def payload_digest(manifest: Mapping[str, str]) -> str:
    """One digest, in hex, over a bag's payload apart from the record itself: ``{path: SHA-256}``."""
    return digest(
        canonical({path: sha256 for path, sha256 in manifest.items() if not path.startswith(RECORD)})
    )


def verify(bag: Path, witness: Iterable[Mapping[str, Any]] = (), keys: Collection[str] = ()) -> Iterator[str]:
    """One sentence for each break of a bag; what cannot be read is a break too."""
    try:
        yield from _manifest_breaks(bag, "tagmanifest-sha256.txt")
        yield from _manifest_breaks(bag, "manifest-sha256.txt")
        case = str(next(_json_lines(bag / LINES), {}).get("case"))
        yield from head_breaks(_json_lines(bag / HEADS), keys or keys_of(bag))
        yield from _witness_breaks(bag, witness)
        yield from _record_breaks(bag, case)
    except (OSError, ValueError, LookupError, TypeError, AttributeError) as problem:
        yield f"the bag cannot be read any further ({type(problem).__name__}: {problem})"


def keys_of(bag: Path) -> set[str]:
    """The public keys that the bag's own heads name."""
    return {head["key"] for head in _json_lines(bag / HEADS)}


def not_checked(bag: Path, witness: Collection[Any], keys: Collection[str]) -> Iterator[str]:
    """One sentence for each thing that ``verify`` cannot tell, or was not given what it needs to."""
    if not KNOWS_SIGNATURES:
        yield "the signatures of the heads: the package cryptography is not installed"
    if not keys:
        yield "whether the key is the desk's own: give the one that it published with --key"
    if not witness:
        yield "whether all was written anew by somebody with the key: give an earlier head with --witness"
    if stamps := len(list((bag / TIME_STAMPS).glob("*"))):
        yield f"{stamps} time stamps: README.txt says how OpenSSL verifies them"


def _record_breaks(bag: Path, case: str) -> Iterator[str]:
    """What is wrong with the lines, held against the heads and against the payload."""
    yield from line_breaks(_json_lines(bag / LINES))
    wanted: dict[int, str] = {}
    yield from _place_breaks(bag, leaf_of(case, 0, "")[0], wanted)
    manifest, last, exported = dict(_entries(bag / "manifest-sha256.txt")), 0, None
    for line in _json_lines(bag / LINES):
        last = line["sequence"]
        if line["case"] != case:
            yield f"line {last} is of another case"
        if wanted.pop(last, None) not in (None, leaf_of(case, last, line["hash"])[1]):
            yield f"a head does not fit line {last}"
        sha256 = line["details"].get("sha256", {}).get("value")
        if line["action"] == RECEIVED and sha256 and ORIGINALS + sha256 not in manifest:
            yield f"the bytes of {sha256}, received by line {last}, are not in the bag"
        if line["action"] == EXPORTED:
            exported = line["details"]["payload"].get("value")
    yield from (f"a head knows line {sequence}, which is not in the record" for sequence in wanted)
    if exported != payload_digest(manifest):
        yield "the payload is not the one that the record says was exported"


def _place_breaks(bag: Path, name: str, wanted: dict[int, str]) -> Iterator[str]:
    """Fill in what each head wants which line of the case to be; say where a head has lost the case."""
    last: int | None = 0
    for head in _json_lines(bag / HEADS):
        leaf, line = dict(head["leaves"]).get(name), head["line"]
        if (leaf is None and last) or (leaf is not None and (line is None or line < (last or 0))):
            yield f"head {head['number']} has lost lines of this case"
        if leaf is not None and wanted.setdefault(line, leaf) != leaf:
            yield f"two heads do not agree on line {line}"
        last = line if leaf is not None else None
    lines = sum(1 for _line in _json_lines(bag / LINES))
    if last != lines:
        yield f"the record has {lines} lines, but the last head knows {last}"


def _witness_breaks(bag: Path, witness: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    hashes = {head["number"]: head["hash"] for head in _json_lines(bag / HEADS)}
    for head in witness:
        if digest(signed_part(head)) != head["hash"]:
            yield f"head {head['number']} of the witness is itself not whole"
        elif head["number"] not in hashes:
            yield f"the bag has no head {head['number']}, which the witness has: it is older, or was cut"
        elif hashes[head["number"]] != head["hash"]:
            yield f"head {head['number']} is not the one that the witness has"


def _manifest_breaks(bag: Path, name: str) -> Iterator[str]:
    """Files of a manifest that are missing or changed, and files of the payload that it does not list."""
    listed = dict(_entries(bag / name))
    for path, sha256 in listed.items():
        file = bag / path
        if ".." in Path(path).parts or Path(path).is_absolute() or not file.is_file():
            yield f"{path} is missing"
        elif _sha256(file) != sha256:
            yield f"{path} was changed"
    if name.startswith("manifest"):
        there = (file.relative_to(bag).as_posix() for file in (bag / "data").rglob("*") if not file.is_dir())
        yield from (f"{path} is not in the manifest" for path in sorted(set(there) - set(listed)))


def _entries(manifest: Path) -> Iterator[tuple[str, str]]:
    for line in manifest.read_text(encoding="utf-8").splitlines():
        sha256, path = line.split(maxsplit=1)
        yield path, sha256


def _sha256(file: Path) -> str:
    with file.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()


def _json_lines(file: Path) -> Iterator[dict[str, Any]]:
    """The objects of a file, each written in the one way that there is, so that nothing can be read twice."""
    with file.open("rb") as lines:
        for line in lines:
            value = json.loads(line)
            if canonical(value) + b"\n" != line:
                raise ValueError(f"a line of {file.name} is not canonical")
            yield value


def _printable(sentence: str) -> str:
    """The sentence for a terminal: names from a bag may hold commands to it, or turn a line around."""
    return "".join(each if each.isprintable() else f"[U+{ord(each):04X}]" for each in sentence)


def main(arguments: list[str] | None = None) -> int:
    """The command; 0 when there is no break, 1 when there is one."""
    parser = argparse.ArgumentParser(description="Verify a case exported from a Corroborate desk, offline.")
    parser.add_argument("bag", type=Path)
    parser.add_argument("--witness", type=Path, help="heads that were kept since before the export")
    parser.add_argument("--key", action="append", default=[], help="a public key of the desk, in hex")
    given = parser.parse_args(arguments)
    try:
        witness = [json.loads(line) for line in given.witness.open()] if given.witness else []
    except (OSError, ValueError) as problem:
        parser.error(f"{given.witness} is no file of heads: {problem}")
    breaks = 0
    for sentence in verify(given.bag, witness, given.key):
        breaks += 1
        print("BREAK", _printable(sentence))
    for sentence in not_checked(given.bag, witness, given.key):
        print("NOT CHECKED", _printable(sentence))
    print(f"{breaks} breaks" if breaks else "whole, as far as it was checked")
    return 1 if breaks else 0


if __name__ == "__main__":
    sys.exit(main())
