"""What makers' notes say that EXIF does not: the body's serial number, the lens, the clock's zone.

No maker publishes its note. The tags and layouts are those that ExifTool documents (its "Tag Names":
Canon, Nikon, Olympus, Pentax, Sigma), read here from the bytes with bounds. Only notes whose layout is
certain are read: positions in a note count from the EXIF block or from the note, by maker.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from io import BytesIO
from typing import BinaryIO

from media_checks.reading.blocks import riff_chunks
from media_checks.reading.statements import Statements
from media_checks.reading.tiff import Entry, Tiff, tiff_at
from media_checks.reading.values import text

_EXIF_DIRECTORY, _MAKER_NOTE, _MAKE = 0x8769, 0x927C, 0x010F
_CANON_SERIAL, _CANON_TIME, _CANON_LENS = 0x000C, 0x0035, 0x0095
_NIKON_SERIALS, _NIKON_TIME = (0x001D, 0x00A0), 0x0024
_OLYMPUS_SERIALS, _OLYMPUS_EQUIPMENT, _EQUIPMENT_SERIAL, _EQUIPMENT_LENS = (
    (0x0404, 0x101A),
    0x2010,
    0x0101,
    0x0203,
)
_OLYMPUS_MAIN = 0x4000
_SIGMA_SERIAL = 0x0002
_PENTAX_SERIAL = 0x0229
_PENTAX = b"PENTAX \0"
_LONGEST_NOTE_OF_A_FILM = 64 << 10
_WIDEST_ZONE = 14 * 60
_LEAST_NOTE = 20


def read_maker_note(block: BinaryIO | bytes, statements: Statements) -> None:
    """Add what the note of one EXIF block says; silence for notes that are not known or are broken."""
    tiff = tiff_at(BytesIO(block) if isinstance(block, bytes) else block)
    if tiff is None:
        return
    main = tiff.main()
    note = tiff.inner(main.get(_EXIF_DIRECTORY)).get(_MAKER_NOTE)
    if note is None:
        return
    if note.count > _LEAST_NOTE and len(tiff.data(note)) == note.count:
        statements.say("has_maker_note", True, "EXIF MakerNote")
    head = tiff.data(note, 16)
    make = (text(tiff.data(main.get(_MAKE), 64)) or "").upper()
    for known, read in _READERS:
        if head.startswith(known) or (make and known == make.encode("utf-8", "replace")):
            read(tiff, note, head, statements)
            return


def _canon(tiff: Tiff, note: Entry, head: bytes, statements: Statements) -> None:
    """Its directory begins the note. The zone is said only in winter time.

    Programs disagree whether it holds the summer hour.
    """
    tiff = _as_canon_wrote_it(tiff, note)
    entries = tiff.directory(note.start - tiff.base)
    if serial := tiff.number(entries.get(_CANON_SERIAL)):
        statements.say("serial_number", str(serial), "Canon SerialNumber")
    _say_text("lens_model", tiff, entries.get(_CANON_LENS), "Canon LensModel", statements)
    time = entries.get(_CANON_TIME)
    values = tiff.numbers(replace(time, kind=9)) if time and time.kind in (4, 9) else ()
    if len(values) >= 4 and values[0] == 4 * time.count and values[3] == 0:  # type: ignore[union-attr]
        _say_zone(values[1], "Canon TimeZone", statements)


def _as_canon_wrote_it(tiff: Tiff, note: Entry) -> Tiff:
    """The note ends with a TIFF header that keeps its byte order and its place, should it be moved."""
    end = note.start + note.count
    footer = tiff_at(tiff.stream, end - 8) if note.count > 8 else None
    if footer is None or footer.wide:
        return tiff
    written_at = int.from_bytes(footer.tail(4), "little" if footer.order == "<" else "big")
    return replace(tiff, order=footer.order, base=note.start - written_at)


def _nikon(tiff: Tiff, note: Entry, head: bytes, statements: Statements) -> None:
    """A TIFF of its own after ten bytes (type 3); the zone of ``WorldTime`` is without the summer hour."""
    own = tiff_at(tiff.stream, note.start + 10)
    if own is None:
        return
    entries = own.main()
    for tag in _NIKON_SERIALS:
        _say_text("serial_number", own, entries.get(tag), "Nikon SerialNumber", statements)
    time = own.data(entries.get(_NIKON_TIME), 4)
    if len(time) == 4:
        minutes, summer = struct.unpack(f"{own.order}hB", time[:3])
        if summer in (0, 1):
            _say_zone(minutes + 60 * summer, "Nikon WorldTime", statements)


def _olympus(tiff: Tiff, note: Entry, head: bytes, statements: Statements) -> None:
    """The newer note counts from itself, the older from the EXIF block.

    Some newer ones keep what the older had in a directory of its own.
    """
    newer = head.startswith(b"OLYMPUS\0")
    inner = tiff
    if newer:
        order = {b"II": "<", b"MM": ">"}.get(head[8:10], tiff.order)
        inner = replace(tiff, order=order, base=note.start)
    entries = inner.directory(12 if newer else note.start + 8 - tiff.base)
    entries = inner.inner(entries.get(_OLYMPUS_MAIN)) | entries
    equipment = entries.get(_OLYMPUS_EQUIPMENT)
    if equipment and equipment.kind in (4, 13):
        parts = inner.inner(equipment)
    else:
        parts = inner.directory(equipment.start - inner.base) if equipment else {}
    for entry in (parts.get(_EQUIPMENT_SERIAL), *map(entries.get, _OLYMPUS_SERIALS)):
        _say_text("serial_number", inner, entry, "Olympus SerialNumber", statements)
    _say_text("lens_model", inner, parts.get(_EQUIPMENT_LENS), "Olympus LensModel", statements)


def _sigma(tiff: Tiff, note: Entry, head: bytes, statements: Statements) -> None:
    """Its directory begins after ten bytes."""
    entries = tiff.directory(note.start + 10 - tiff.base)
    _say_text("serial_number", tiff, entries.get(_SIGMA_SERIAL), "Sigma SerialNumber", statements)


def read_note_of_film(stream: BinaryIO, size: int, statements: Statements) -> None:
    """Add what the note says that Pentax keeps in an AVI, in the list ``hydt`` under ``hymn``."""
    for kind, length in riff_chunks(stream, size):
        if kind == b"LIST" and stream.read(4) == b"hydt":
            end = min(stream.tell() + length - 4, size)
            for inner, count in riff_chunks(stream, end, stream.tell()):
                if inner == b"hymn":
                    note = stream.read(min(count, _LONGEST_NOTE_OF_A_FILM))
                    whole = Entry(7, len(note), 0)
                    _pentax(Tiff(BytesIO(note), ">"), whole, note[:16], statements)


def _pentax(tiff: Tiff, note: Entry, head: bytes, statements: Statements) -> None:
    """Its byte order after eight bytes, then its directory; positions count from the note."""
    order = {b"II": "<", b"MM": ">"}.get(head[8:10])
    if head.startswith(_PENTAX) and order:
        own = replace(tiff, order=order, base=note.start)
        entries = own.directory(10)
        _say_text("serial_number", own, entries.get(_PENTAX_SERIAL), "Pentax SerialNumber", statements)


def _say_text(name: str, tiff: Tiff, entry: Entry | None, source: str, statements: Statements) -> None:
    if entry is not None and entry.kind in (2, 7):
        value = text(tiff.data(entry, 200))
        statements.say(name, value if value and value.isprintable() else None, source)


def _say_zone(minutes: int, source: str, statements: Statements) -> None:
    """UTC is left out: it is what a camera shows whose owner set the clock and never the zone."""
    if minutes and abs(minutes) <= _WIDEST_ZONE and minutes % 15 == 0:
        statements.say("maker_zone", timedelta(minutes=minutes), source)


_READERS: tuple[tuple[bytes, Callable[[Tiff, Entry, bytes, Statements], None]], ...] = (
    (b"Nikon\0\x02", _nikon),
    (b"OLYMPUS\0", _olympus),
    (b"OLYMP\0", _olympus),
    (b"SIGMA\0\0\0", _sigma),
    (_PENTAX, _pentax),
    (b"CANON", _canon),
)
