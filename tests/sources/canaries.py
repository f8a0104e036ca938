"""Canaries: words that are nowhere else, and the search for them in whatever form they were kept.

A value is searched for as it stands, in UTF-16, base64, hex and percent-encoded; and, since an address can
be found by trying all there are, by its digests too.
"""

from __future__ import annotations

import base64
import hashlib
import ipaddress
import re
import secrets
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

DIGESTS = ("sha256", "sha1", "md5")
AROUND = 48


def word() -> str:
    """A word that nobody else says, in letters that no encoding of text changes."""
    return "q" + "".join(secrets.choice("bcdfghjkmnpqrstvwxz") for _letter in range(11))


def forms_of(value: str) -> dict[str, bytes]:
    """Every form in which a value is searched for: as text in small letters, or as exact bytes."""
    plain = value.encode()
    forms = {
        "text": plain,
        "UTF-16LE": value.encode("utf-16-le"),
        "UTF-16BE": value.encode("utf-16-be"),
        "hex": plain.hex().encode(),
        "percent": "".join(f"%{each:02x}" for each in plain).encode(),
    }
    for name in DIGESTS:
        digest = hashlib.new(name, plain)
        # Of a digest that was shortened, half is enough to know it again.
        forms[name] = digest.hexdigest()[:16].encode()
    return forms


def exact_forms_of(value: str) -> dict[str, bytes]:
    """The forms whose large and small letters differ, and digests as bytes."""
    plain = value.encode()
    forms = {}
    for offset in range(3):
        coded = base64.b64encode(bytes(offset) + plain)
        # The letters that the bytes before and after have a part in are left out.
        forms[f"base64 at {offset}"] = coded[(offset * 8 + 5) // 6 : (offset + len(plain)) * 8 // 6]
    for name in DIGESTS:
        digest = hashlib.new(name, plain).digest()
        forms[f"{name} as bytes"] = digest[:12]
        forms[f"{name} in base64"] = base64.b64encode(digest)[:15]
    return forms


def forms_of_address(address: str) -> dict[str, bytes]:
    """The forms that an address alone has: as a number, and as the bytes of IPv6."""
    number = int(ipaddress.IPv4Address(address))
    return {
        "number": str(number).encode(),
        "IPv6": f"{number >> 16:x}:{number & 0xFFFF:x}".encode(),
        "IPv6 as bytes": b"\xff\xff" + number.to_bytes(4, "big"),
    }


@dataclass(frozen=True)
class Hit:
    """A canary that was found: which, where, in which form, and what stands around it."""

    canary: str
    place: str
    form: str
    around: bytes


@dataclass
class Search:
    """Looks for canaries, by the name of each."""

    canaries: Mapping[str, str]
    _folded: list[tuple[str, str, bytes]] = field(default_factory=list)
    _exact: list[tuple[str, str, bytes]] = field(default_factory=list)

    def __post_init__(self) -> None:
        for name, value in self.canaries.items():
            assert value == value.lower(), value
            folded, exact = forms_of(value), exact_forms_of(value)
            if re.fullmatch(r"[\d.]+", value):
                extra = forms_of_address(value)
                exact["IPv6 as bytes"] = extra.pop("IPv6 as bytes")
                folded |= extra
            self._folded += [(name, form, needle) for form, needle in folded.items()]
            self._exact += [(name, form, needle) for form, needle in exact.items()]

    def through(self, place: str, content: bytes) -> Iterator[Hit]:
        """Each canary that the content holds, once for each form."""
        small = content.lower()
        for text, needles in ((small, self._folded), (content, self._exact)):
            for name, form, needle in needles:
                if (at := text.find(needle)) >= 0:
                    yield Hit(name, place, form, content[max(0, at - AROUND) : at + len(needle) + AROUND])

    def over(self, places: Iterable[tuple[str, bytes]]) -> list[Hit]:
        """Each canary in each of these places."""
        return [hit for place, content in places for hit in self.through(place, content)]
