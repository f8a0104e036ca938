"""Blocks that devices and programs write into photos, by hand: TIFF directories, makers' notes, IPTC, XMP."""

from __future__ import annotations

import struct

from tests.media_checks.samples import saved, scene

TEXT, SHORT, LONG, BYTES, SIGNED = 2, 3, 4, 7, 9
FORMS = {SHORT: "H", LONG: "I", SIGNED: "i"}
EXIF_POINTER, MAKER_NOTE, MAKE = 0x8769, 0x927C, 0x010F

Values = dict[int, tuple[int, object]]


def directory(order: str, at: int, values: Values, *, wide: bool = False) -> bytes:
    """A directory that stands ``at`` bytes from its base, with what its values need behind it."""
    count, entry, room = ("Q", "HHQ", 8) if wide else ("H", "HHI", 4)
    size = struct.calcsize(order + count) + len(values) * (struct.calcsize(order + entry) + room) + room
    head, behind = struct.pack(order + count, len(values)), b""
    for tag, (kind, value) in sorted(values.items()):
        data, number = _data(order, kind, value)
        where = at + size + len(behind)
        inside = (
            data.ljust(room, b"\0")
            if len(data) <= room
            else struct.pack(order + "Q" * wide + "I" * (not wide), where)
        )
        head += struct.pack(order + entry, tag, kind, number) + inside
        behind += data if len(data) > room else b""
    return head + bytes(room) + behind


def _data(order: str, kind: int, value: object) -> tuple[bytes, int]:
    if isinstance(value, bytes):
        return value, len(value)
    if isinstance(value, str):
        return value.encode() + b"\0", len(value) + 1
    numbers = value if isinstance(value, tuple) else (value,)
    return struct.pack(f"{order}{len(numbers)}{FORMS[kind]}", *numbers), len(numbers)


def tiff(values: Values, *, order: str = "<", wide: bool = False) -> bytes:
    """A TIFF of one directory and no picture."""
    mark = b"II" if order == "<" else b"MM"
    if wide:
        return mark + struct.pack(order + "HHHQ", 43, 8, 0, 16) + directory(order, 16, values, wide=True)
    return mark + struct.pack(order + "HI", 42, 8) + directory(order, 8, values)


def block_with_note(make: str, note: bytes, *, order: str = "<") -> bytes:
    """An EXIF block with a maker's note, which stands at ``NOTE_AT``."""
    mark = b"II" if order == "<" else b"MM"
    main = directory(order, 8, {MAKE: (TEXT, make.ljust(9)), EXIF_POINTER: (LONG, EXIF_AT)})
    exif = directory(order, EXIF_AT, {MAKER_NOTE: (BYTES, note)})
    return (mark + struct.pack(order + "HI", 42, 8) + main).ljust(EXIF_AT, b"\0") + exif


EXIF_AT = 64
NOTE_AT = EXIF_AT + 2 + 12 + 4


def canon_note(values: Values, *, order: str = "<", at: int = NOTE_AT) -> bytes:
    """A directory, and a header at the end that keeps where the note stood."""
    mark = b"II" if order == "<" else b"MM"
    return directory(order, at, values) + mark + struct.pack(order + "HI", 42, at)


def nikon_note(values: Values) -> bytes:
    """A TIFF of its own behind ten bytes."""
    return b"Nikon\0\x02\x10\0\0" + tiff(values, order=">")


def olympus_note(values: Values) -> bytes:
    """The newer note, whose positions count from itself."""
    return b"OLYMPUS\0II\x03\0" + directory("<", 12, values)


def segment(marker: int, data: bytes) -> bytes:
    """A JPEG segment."""
    return bytes([0xFF, marker]) + struct.pack(">H", len(data) + 2) + data


def jpeg_with(*segments: bytes) -> bytes:
    """A JPEG whose first segments are these."""
    content = saved(scene(1, 64, 48))
    return content[:2] + b"".join(segments) + content[2:]


def resource(number: int, data: bytes) -> bytes:
    """One of Photoshop's resources, without a name."""
    return b"8BIM" + struct.pack(">HHI", number, 0, len(data)) + data + b"\0" * (len(data) % 2)


def iptc(*sets: tuple[int, bytes]) -> bytes:
    """Data sets of record 2."""
    return b"".join(struct.pack(">BBBH", 0x1C, 2, number, len(data)) + data for number, data in sets)


def xmp(**properties: str) -> bytes:
    """A packet of simple properties, "exif__DateTimeOriginal" for ``exif:DateTimeOriginal``."""
    spaces = {
        "xmp": "http://ns.adobe.com/xap/1.0/",
        "tiff": "http://ns.adobe.com/tiff/1.0/",
        "exif": "http://ns.adobe.com/exif/1.0/",
        "aux": "http://ns.adobe.com/exif/1.0/aux/",
        "exifEX": "http://cipa.jp/exif/1.0/",
        "photoshop": "http://ns.adobe.com/photoshop/1.0/",
        "dcterms": "http://purl.org/dc/terms/",
        "drone-dji": "http://www.dji.com/drone-dji/1.0/",
    }
    declared = " ".join(f'xmlns:{prefix}="{space}"' for prefix, space in spaces.items())
    written = " ".join(f'{name.replace("__", ":")}="{value}"' for name, value in properties.items())
    return f"""<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF
      xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description {declared} {written}/>
      </rdf:RDF></x:xmpmeta>""".encode()
