"""What somebody with power over a record does to it: changes by seed, with and without the desk's key."""

from __future__ import annotations

import copy
import hashlib
import json
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from claims import verify_record
from claims.verify_record import HEADS, LINES, canonical, digest, hash_of, leaf_of, root_of, signed_part

Lines = list[dict[str, Any]]


@dataclass
class Record:
    """The record of a bag in memory, and another case's lines to take from."""

    lines: Lines
    heads: Lines
    others: Lines = field(default_factory=list)

    @classmethod
    def of(cls, bag: Path, other: Path) -> Record:
        """As it stands in a bag."""
        return cls(read(bag / LINES), read(bag / HEADS), read(other / LINES))

    def write(self, bag: Path) -> None:
        """Into a bag, with manifests that fit: nobody needs a key for those."""
        for name, rows in ((LINES, self.lines), (HEADS, self.heads)):
            (bag / name).write_bytes(b"".join(canonical(each) + b"\n" for each in rows))
        for manifest in ("manifest-sha256.txt", "tagmanifest-sha256.txt"):
            paths = [line.split(maxsplit=1)[1] for line in (bag / manifest).read_text().splitlines()]
            digests = {path: hashlib.sha256((bag / path).read_bytes()).hexdigest() for path in paths}
            (bag / manifest).write_text("".join(f"{each}  {path}\n" for path, each in digests.items()))


def read(file: Path) -> Lines:
    """The objects of a file of JSON Lines."""
    return [json.loads(line) for line in file.read_bytes().splitlines()]


def edit(record: Record, dice: random.Random, most: int) -> int:
    """Change one value anywhere in one line; returns which line."""
    at = dice.randrange(most)
    line = record.lines[at]
    places = [(line, name) for name in line if name not in ("at", "details")]
    for value in (line["at"], *line["details"].values()):
        places += [(value, part) for part in value]
    where, name = dice.choice(places)
    where[name] = _other(where[name], dice)
    return at


def remove(record: Record, dice: random.Random, most: int) -> None:
    """Take one line out."""
    del record.lines[dice.randrange(most)]


def insert(record: Record, dice: random.Random, most: int) -> None:
    """Put a line in, made of another."""
    line = copy.deepcopy(dice.choice(record.lines))
    line["actor"] = f"user:{dice.randrange(100, 999)}"
    record.lines.insert(dice.randrange(most), line)


def reorder(record: Record, dice: random.Random, most: int) -> None:
    """Let two lines change places."""
    one, other = dice.sample(range(most), 2)
    record.lines[one], record.lines[other] = record.lines[other], record.lines[one]


def borrow(record: Record, dice: random.Random, most: int) -> None:
    """Put a line of another case in the place of one."""
    record.lines[dice.randrange(most)] = copy.deepcopy(dice.choice(record.others))


def rewrite(record: Record, dice: random.Random, most: int) -> None:
    """Change a line, and hash it and all after it anew."""
    _say_otherwise(record, dice, most)
    rehash(record.lines)


def rewrite_with_heads(record: Record, dice: random.Random, most: int) -> None:
    """The same, with heads that fit, as far as that goes without the key."""
    rewrite(record, dice, most)
    _refit(record, None)


def rewrite_with_the_key(record: Record, dice: random.Random, most: int, key: Ed25519PrivateKey) -> None:
    """The same, signed by the desk's own key."""
    rewrite(record, dice, most)
    _refit(record, key)


def cut_with_the_key(record: Record, dice: random.Random, most: int, key: Ed25519PrivateKey) -> None:
    """Leave out a line that is told of nowhere else, close the gap, and sign all heads anew."""
    del record.lines[dice.randrange(most)]
    for sequence, line in enumerate(record.lines, 1):
        line["sequence"] = sequence
    rehash(record.lines)
    for head in record.heads:
        head["line"] -= head["line"] > most or head["line"] > len(record.lines)
    _refit(record, key)


def truncate(record: Record, dice: random.Random, most: int) -> None:
    """Leave out the last lines."""
    del record.lines[dice.randrange(1, most) :]


def truncate_with_heads(record: Record, dice: random.Random, most: int) -> None:
    """Leave out the last lines and every head that knows of them."""
    truncate(record, dice, most)
    record.heads = [each for each in record.heads if (each["line"] or 0) <= len(record.lines)]


WITHOUT_THE_KEY: tuple[Callable[..., Any], ...] = (
    edit, remove, insert, reorder, borrow, rewrite, rewrite_with_heads, truncate, truncate_with_heads,
)  # fmt: skip
WITH_THE_KEY: tuple[Callable[..., Any], ...] = (rewrite_with_the_key, cut_with_the_key)


def rehash(lines: Lines) -> None:
    """Let every line follow from the one before."""
    previous = verify_record.GENESIS
    for line in lines:
        line["previous_hash"] = previous
        line["hash"] = previous = hash_of(line)


def _say_otherwise(record: Record, dice: random.Random, most: int) -> None:
    line = record.lines[dice.randrange(most)]
    shown = [each for each in line["details"].values() if "value" in each]
    if shown:
        value = dice.choice(shown)
        value["value"] = _other(value["value"], dice)
    else:
        line["actor"] = _other(line["actor"], dice)


def _refit(record: Record, key: Ed25519PrivateKey | None) -> None:
    """Let the heads fit the lines; without the key their signatures stay what they were."""
    case, previous = record.lines[0]["case"], verify_record.GENESIS
    for head in record.heads:
        if head["line"]:
            mine = leaf_of(case, head["line"], record.lines[head["line"] - 1]["hash"])
            others = [each for each in head["leaves"] if each[0] != mine[0]]
            head["leaves"] = sorted([*others, mine])
        head |= {"root": root_of(head["leaves"]), "previous_hash": previous}
        head["hash"] = previous = digest(signed_part(head))
        if key:
            head["signature"] = key.sign(signed_part(head)).hex()


def _other(value: Any, dice: random.Random) -> Any:
    if isinstance(value, int) and not isinstance(value, bool):
        return value + dice.choice([-1, 1])
    if isinstance(value, str) and value:
        at = dice.randrange(len(value))
        return (
            value[:at]
            + dice.choice([each for each in "0123456789abcdef" if each != value[at]])
            + value[at + 1 :]
        )
    return [value, "other"]
