"""Traces of editing in XMP packets (ISO 16684-1): the tool that wrote them and the history of steps."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from xml.etree import ElementTree

from media_checks.reading.record import Edit
from media_checks.reading.statements import Statements
from media_checks.reading.values import text, wall_clock

_LONGEST_PACKET = 4 << 20
_MOST_EDITS = 50
_CREATOR_TOOL = "{http://ns.adobe.com/xap/1.0/}CreatorTool"
_EVENT = "{http://ns.adobe.com/xap/1.0/sType/ResourceEvent#}"


def read_xmp(packets: Iterable[bytes], statements: Statements) -> None:
    """Add the programs that the packets name; a broken packet leaves a warning."""
    for packet in packets:
        root = _parsed(packet, statements)
        if root is None:
            continue
        for edit in (*_creator_tools(root), *_history(root)):
            if edit not in statements.edits and len(statements.edits) < _MOST_EDITS:
                statements.edits.append(edit)


def _parsed(packet: bytes, statements: Statements) -> ElementTree.Element | None:
    packet = packet[:_LONGEST_PACKET].strip(b"\0 \r\n\t")
    if b"<!DOCTYPE" in packet or b"<!ENTITY" in packet:
        statements.warnings.append("an XMP packet declares entities and was not read")
        return None
    try:
        return ElementTree.fromstring(packet)  # noqa: S314 - declarations are refused above
    except (ElementTree.ParseError, ValueError, LookupError, RecursionError):
        statements.warnings.append("an XMP packet is damaged")
        return None


def _creator_tools(root: ElementTree.Element) -> Iterator[Edit]:
    for element in root.iter():
        name = element.get(_CREATOR_TOOL) or (element.text if element.tag == _CREATOR_TOOL else None)
        if program := text(name):
            yield Edit(program, "XMP CreatorTool")


def _history(root: ElementTree.Element) -> Iterator[Edit]:
    """xmpMM:History: each step's agent and time, written as attributes or as elements."""
    for element in root.iter():
        values = {child.tag: child.text for child in element} | dict(element.attrib)
        if program := text(values.get(f"{_EVENT}softwareAgent")):
            yield Edit(program, "XMP History", wall_clock(values.get(f"{_EVENT}when") or ""))
