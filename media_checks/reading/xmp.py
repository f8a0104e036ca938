"""What XMP packets say (ISO 16684-1): fields that EXIF has too, dates, and traces of editing.

The properties are those of the XMP Specification part 2 (xmp, tiff, exif, photoshop), Adobe's aux and
CIPA DC-010 (exifEX); which EXIF field each repeats is by the Metadata Working Group's guidelines 2.0.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from fractions import Fraction
from xml.etree import ElementTree

from media_checks.reading.record import Edit, Position, StatedDate
from media_checks.reading.statements import Statements
from media_checks.reading.values import day_of, position, text, wall_clock

_LONGEST_PACKET = 4 << 20
_MOST_EDITS = 50
_MOST_PROPERTIES = 5000
_LONGEST_NUMBER = 40
_RDF = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}"
_CREATOR_TOOL = "{http://ns.adobe.com/xap/1.0/}CreatorTool"
_EVENT = "{http://ns.adobe.com/xap/1.0/sType/ResourceEvent#}"
_PREFIXES = {
    "http://ns.adobe.com/xap/1.0/": "xmp",
    "http://ns.adobe.com/tiff/1.0/": "tiff",
    "http://ns.adobe.com/exif/1.0/": "exif",
    "http://ns.adobe.com/exif/1.0/aux/": "aux",
    "http://cipa.jp/exif/1.0/": "exifEX",
    "http://ns.adobe.com/photoshop/1.0/": "photoshop",
    "http://purl.org/dc/terms/": "dcterms",
    "http://www.dji.com/drone-dji/1.0/": "drone-dji",
}
_DATES = (
    ("captured_at", "exif:DateTimeOriginal"),
    ("captured_at", "photoshop:DateCreated"),
    ("created_at", "exif:DateTimeDigitized"),
    ("created_at", "xmp:CreateDate"),
    ("modified_at", "xmp:ModifyDate"),
    ("modified_at", "tiff:DateTime"),
    ("modified_at", "xmp:MetadataDate"),
)
_TEXTS = (
    ("make", "tiff:Make"),
    ("model", "tiff:Model"),
    ("software", "tiff:Software"),
    ("serial_number", "exifEX:BodySerialNumber"),
    ("serial_number", "aux:SerialNumber"),
    ("serial_number", "drone-dji:CameraSerialNumber"),
    ("lens_model", "exifEX:LensModel"),
    ("lens_model", "aux:Lens"),
)
# XMP part 2, 3.1: "DDD,MM,SSk" or "DDD,MM.mmk".
_COORDINATE = re.compile(
    r"(\d{1,3}(?:\.\d+)?)(?:,(\d{1,2}(?:\.\d+)?))?(?:,(\d{1,2}(?:\.\d+)?))?([NSEW])", re.ASCII
)


def read_xmp(packets: Iterable[bytes], statements: Statements) -> None:
    """Add what the packets say, the first packet first; a broken one leaves a warning."""
    for packet in packets:
        root = _parsed(packet, statements)
        if root is None:
            continue
        _say_properties(_properties(root), statements)
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


def _properties(root: ElementTree.Element) -> dict[str, str]:
    """The simple properties by prefix and name, written as attributes or as elements; the first stands."""
    found: dict[str, str] = {}
    for rdf in root.iter(f"{_RDF}RDF"):
        for description in rdf.findall(f"{_RDF}Description")[:_MOST_PROPERTIES]:
            written = [*description.attrib.items(), *((each.tag, _value(each)) for each in description)]
            for tag, value in written[:_MOST_PROPERTIES]:
                space, _, name = tag.removeprefix("{").rpartition("}")
                if value and space in _PREFIXES:
                    found.setdefault(f"{_PREFIXES[space]}:{name}", value.strip())
    return found


def _value(element: ElementTree.Element) -> str | None:
    """A simple value; of a list its first; of a qualified value the value."""
    for inner in (f"*/{_RDF}li", f"*/{_RDF}value", f"{_RDF}value"):
        first = element.find(inner)
        if first is not None:
            return first.text
    return element.get(f"{_RDF}value") or element.text


def _say_properties(said: Mapping[str, str], statements: Statements) -> None:
    for name, key in _DATES:
        if written := text(said.get(key)):
            _say_date(name, f"XMP {key}", written, statements)
    for name, key in _TEXTS:
        statements.say(name, text(said.get(key)), f"XMP {key}")
    orientation = said.get("tiff:Orientation", "")
    if orientation in set("12345678"):
        statements.say("orientation", int(orientation), "XMP tiff:Orientation")
    statements.say("gps", _place(said), "XMP exif:GPSLatitude")
    statements.say("gps", _place_of_drone(said), "XMP drone-dji:GpsLatitude")
    provenance = text(said.get("dcterms:provenance")) or ""
    if provenance.startswith(("http://", "https://")):  # C2PA 2.1, 11.4: a manifest kept elsewhere
        statements.say("credentials_address", provenance, "XMP dcterms:provenance")


def _say_date(name: str, where: str, written: str, statements: Statements) -> None:
    """A date as ISO 8601, of which the clock may be left out (XMP part 1, 8.2.1.1)."""
    clock = wall_clock(written)
    day = None if clock else day_of(written)
    if clock or day:
        statements.stated(StatedDate(name, where, clock or day, whole_day=clock is None))  # type: ignore[arg-type]
    elif any(each.isalnum() for each in written):
        statements.unusable_dates.setdefault(where, written)


def _place(said: Mapping[str, str]) -> Position | None:
    latitude = _degrees(said.get("exif:GPSLatitude", ""), "NS")
    longitude = _degrees(said.get("exif:GPSLongitude", ""), "EW")
    if latitude is None or longitude is None:
        return None
    altitude = _fraction(said.get("exif:GPSAltitude", ""))
    if altitude is not None and said.get("exif:GPSAltitudeRef") == "1":
        altitude = -altitude
    return position(latitude, longitude, altitude)


def _place_of_drone(said: Mapping[str, str]) -> Position | None:
    """DJI's, in signed decimal degrees; its first firmware misspelt the longitude."""
    longitude = said.get("drone-dji:GpsLongitude") or said.get("drone-dji:GpsLongtitude")
    degrees = [_fraction(each or "") for each in (said.get("drone-dji:GpsLatitude"), longitude)]
    if degrees[0] is None or degrees[1] is None:
        return None
    return position(degrees[0], degrees[1], _fraction(said.get("drone-dji:AbsoluteAltitude", "")))


def _degrees(written: str, directions: str) -> float | None:
    found = _COORDINATE.fullmatch(written[:_LONGEST_NUMBER])
    if found is None or found[4] not in directions:
        return None
    degrees = sum(float(found[each + 1] or 0) / 60**each for each in range(3))
    return -degrees if found[4] == directions[1] else degrees


def _fraction(written: str) -> float | None:
    try:
        return float(Fraction(written)) if len(written) <= _LONGEST_NUMBER else None
    except (ValueError, ZeroDivisionError, OverflowError):
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
