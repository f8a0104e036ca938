"""Where photos keep what they say: the EXIF, XMP and IPTC blocks, texts and size of each format.

Nothing is decoded. What is broken is left out and said in ``warnings``, for the rest of the file can
still speak.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import BinaryIO

from media_checks.context import Media
from media_checks.reading.boxes import credentials_box
from media_checks.reading.heif import metadata_items, stored_size
from media_checks.reading.iptc import IPTC_RESOURCE, THUMBNAIL_RESOURCE, resources, thumbnail_of
from media_checks.reading.jpeg_coding import coding_of
from media_checks.reading.record import JpegCoding
from media_checks.reading.tiff import tiff_at

_MOST_SEGMENTS = 200_000
_MOST_BLOCK = 16 << 20
_EXIF_MARK = b"Exif\0"
_XMP_MARK = b"http://ns.adobe.com/xap/1.0/\0"
_RESOURCES_MARK = b"Photoshop 3.0\0"
_XMP_PACKET = b"<?xpacket"
_LONGEST_MARK = 100
_JFIF_MARK = b"JFIF\0"
_JFXX_JPEG = b"JFXX\0\x10"
_XMP_TAG, _IPTC_TAG, _RESOURCES_TAG = 700, 33723, 34377
_CREDENTIALS_TAG = 0xCD41
_JUMBF_MARK = b"JP"
_GPMF_MARK = b"GoPro\0"
_SIZE_MARKERS = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_TABLES, _MOST_TABLES = 0xDB, 16
_BARE_MARKERS = frozenset({0x01, *range(0xD0, 0xD8)})


@dataclass
class Blocks:
    """What a photo's container holds besides pixels: bytes as they stand in the file.

    ``credentials`` names the place where Content Credentials may stand (C2PA 2.1, A.3); empty without.
    """

    exif: list[bytes] = field(default_factory=list)
    xmp: list[bytes] = field(default_factory=list)
    iptc: list[bytes] = field(default_factory=list)
    gpmf: list[bytes] = field(default_factory=list)
    thumbnails: list[tuple[bytes, str]] = field(default_factory=list)
    last_change: bytes = b""
    texts: dict[str, str] = field(default_factory=dict)
    credentials: str = ""
    jfif: bool = False
    coding: JpegCoding | None = None
    size: tuple[int, int] | None = None
    warnings: list[str] = field(default_factory=list)


def blocks_of(media: Media) -> Blocks:
    """The blocks of a photo by its type; of TIFF, which is one EXIF block from end to end, the others."""
    blocks = Blocks()
    reader = _READERS.get(media.media_type)
    if reader is None:
        return blocks
    media.stream.seek(0)
    try:
        reader(media.stream, media.size, blocks)
    except (struct.error, ValueError, OverflowError, zlib.error, RecursionError, LookupError):
        blocks.warnings.append("its inner structure is damaged")
    return blocks


def _jpeg(stream: BinaryIO, size: int, blocks: Blocks) -> None:
    """ITU-T T.81 B.1.1: markers with lengths up to the first scan."""
    stream.seek(2)
    photoshop, tables = bytearray(), list[bytes]()
    try:
        _segments(stream, blocks, photoshop, tables)
    finally:
        _resources(bytes(photoshop), blocks)


def _segments(stream: BinaryIO, blocks: Blocks, photoshop: bytearray, tables: list[bytes]) -> None:
    for _ in range(_MOST_SEGMENTS):
        marker = _next_marker(stream)
        if marker is None or marker in (0xDA, 0xD9):
            return
        if marker in _BARE_MARKERS:
            continue
        length = struct.unpack(">H", stream.read(2))[0] - 2
        if marker in _SIZE_MARKERS and blocks.size is None:
            frame = stream.read(max(length, 5))
            blocks.size = struct.unpack_from(">HH", frame, 1)[::-1]
            blocks.coding = coding_of(marker, frame, tables, jfif=blocks.jfif)
        elif marker == _TABLES and len(tables) < _MOST_TABLES:
            tables.append(stream.read(max(length, 0)))
        elif marker in (0xE0, 0xE1, 0xE6):
            _application_data(stream.read(max(length, 0)), blocks)
        elif marker == 0xED and len(photoshop) < _MOST_BLOCK:
            data = stream.read(max(length, 0))
            # Resources that are too long for one segment go on in the next (Adobe TN 5116).
            photoshop += data[len(_RESOURCES_MARK) :] if data.startswith(_RESOURCES_MARK) else b""
        elif marker == 0xEB and not blocks.credentials:
            if stream.read(max(length, 0)).startswith(_JUMBF_MARK):
                blocks.credentials = "JPEG APP11"
        else:
            stream.seek(max(length, 0), 1)


def _next_marker(stream: BinaryIO) -> int | None:
    """The next marker's second byte; bytes between segments are skipped as decoders do."""
    for _ in range(1 << 16):
        byte = stream.read(1)
        if not byte:
            return None
        if byte == b"\xff":
            while byte == b"\xff":
                byte = stream.read(1)
            if byte not in (b"", b"\0"):
                return byte[0]
    return None


def _application_data(data: bytes, blocks: Blocks) -> None:
    if data.startswith(_JFIF_MARK):
        blocks.jfif = True
    elif data.startswith(_EXIF_MARK):
        blocks.exif.append(data[6:])
    elif data.startswith(_XMP_MARK):
        blocks.xmp.append(data[len(_XMP_MARK) :])
    elif (start := data.find(_XMP_PACKET, 0, _LONGEST_MARK)) >= 0:
        blocks.xmp.append(data[start:])  # under a mark that a program misspelt
    elif data.startswith(_GPMF_MARK):
        blocks.gpmf.append(data[len(_GPMF_MARK) :])
    elif data.startswith(_JFXX_JPEG):
        blocks.thumbnails.append((data[len(_JFXX_JPEG) :], "JFXX"))


def _resources(data: bytes, blocks: Blocks) -> None:
    """The IPTC record and the thumbnail among Photoshop's resources."""
    for number, content in resources(data):
        if number == IPTC_RESOURCE:
            blocks.iptc.append(content)
        elif number == THUMBNAIL_RESOURCE and (picture := thumbnail_of(content)):
            blocks.thumbnails.append((picture, "Photoshop thumbnail"))


def _tiff(stream: BinaryIO, size: int, blocks: Blocks) -> None:
    """The first directory's XMP (700), IPTC (33723) and Photoshop resources (34377)."""
    tiff = tiff_at(stream)
    if tiff is None:
        return
    main = tiff.main()
    blocks.xmp += filter(None, [tiff.data(main.get(_XMP_TAG))])
    blocks.iptc += filter(None, [tiff.data(main.get(_IPTC_TAG))])
    _resources(tiff.data(main.get(_RESOURCES_TAG)), blocks)
    blocks.credentials = "TIFF tag 52545" if _CREDENTIALS_TAG in main else ""


def _png(stream: BinaryIO, size: int, blocks: Blocks) -> None:
    """PNG 1.3: chunks; EXIF in eXIf or in ImageMagick's hexadecimal text profiles."""
    for kind, length in _chunks(stream, 8, size, ">I4s", trailer=4):
        if kind == b"IHDR":
            blocks.size = struct.unpack(">II", stream.read(8))
        elif kind in (b"eXIf", b"zxIf"):
            blocks.exif.append(_without_mark(stream.read(length)))
        elif kind == b"tIME":
            blocks.last_change = stream.read(min(length, 8))
        elif kind == b"caBX":
            blocks.credentials = "PNG caBX"
        elif kind in (b"tEXt", b"zTXt", b"iTXt") and len(blocks.texts) < 100:
            _png_text(kind, stream.read(min(length, _MOST_BLOCK)), blocks)


def _png_text(kind: bytes, data: bytes, blocks: Blocks) -> None:
    keyword, _, rest = data.partition(b"\0")
    name = keyword.decode("latin-1")
    if kind == b"zTXt":
        rest = _inflated(rest[1:])
    elif kind == b"iTXt":
        packed, rest = rest[:1] == b"\1", rest[2:].split(b"\0", 2)[-1]
        rest = _inflated(rest) if packed else rest
    if name == "XML:com.adobe.xmp":
        blocks.xmp.append(rest)
    elif name in ("Raw profile type exif", "Raw profile type APP1"):
        _application_or_exif(_hexadecimal(rest), blocks)
    elif name == "Raw profile type xmp":
        blocks.xmp.append(_hexadecimal(rest))
    elif name == "Raw profile type iptc":
        data = _hexadecimal(rest)
        _resources(data, blocks)
        blocks.iptc += [data] if data.startswith(b"\x1c") else []
    else:
        blocks.texts[name[:79]] = rest[:2000].decode("utf-8" if kind == b"iTXt" else "latin-1", "replace")


def _application_or_exif(data: bytes, blocks: Blocks) -> None:
    if data.startswith(_XMP_MARK):
        blocks.xmp.append(data[len(_XMP_MARK) :])
    else:
        blocks.exif.append(_without_mark(data))


def _inflated(data: bytes) -> bytes:
    return zlib.decompressobj().decompress(data, _MOST_BLOCK)


def _hexadecimal(profile: bytes) -> bytes:
    """ImageMagick's profile: a name, a length, then hexadecimal digits over many lines."""
    return bytes.fromhex("".join(profile.decode("ascii").split("\n")[3:]))


def _webp(stream: BinaryIO, size: int, blocks: Blocks) -> None:
    """RFC 9649: RIFF chunks."""
    for kind, length in riff_chunks(stream, size):
        data = stream.read(min(length, _MOST_BLOCK)) if kind in (b"EXIF", b"XMP ") else stream.read(10)
        if kind == b"EXIF":
            blocks.exif.append(_without_mark(data))
        elif kind == b"XMP ":
            blocks.xmp.append(data)
        elif kind == b"C2PA":
            blocks.credentials = "RIFF C2PA"
        elif kind == b"VP8X":
            blocks.size = 1 + int.from_bytes(data[4:7], "little"), 1 + int.from_bytes(data[7:10], "little")
        elif kind == b"VP8L" and blocks.size is None:
            bits = struct.unpack_from("<I", data, 1)[0]
            blocks.size = 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)
        elif kind == b"VP8 " and blocks.size is None:
            width, height = struct.unpack_from("<HH", data, 6)
            blocks.size = width & 0x3FFF, height & 0x3FFF


def riff_chunks(stream: BinaryIO, end: int, start: int = 12) -> Iterator[tuple[bytes, int]]:
    """Kind and length of each chunk of a RIFF file or a list in it, the stream set to what it holds."""
    return _chunks(stream, start, end, "<4sI", padded=True)


def _chunks(
    stream: BinaryIO, start: int, size: int, head: str, *, padded: bool = False, trailer: int = 0
) -> Iterator[tuple[bytes, int]]:
    """Kind and length of each chunk, with the stream set to what it holds."""
    at = start
    for _ in range(_MOST_SEGMENTS):
        if at + 8 > size:
            return
        stream.seek(at)
        one, other = struct.unpack(head, stream.read(8))
        kind, length = (one, other) if isinstance(one, bytes) else (other, one)
        yield kind, length
        at += 8 + length + trailer + (length & 1 if padded else 0)


def _without_mark(data: bytes) -> bytes:
    return data[6:] if data.startswith(_EXIF_MARK) else data


def _heif(stream: BinaryIO, size: int, blocks: Blocks) -> None:
    blocks.credentials = credentials_box(stream, size)
    blocks.size = stored_size(stream, size)
    blocks.exif, blocks.xmp = metadata_items(stream, size)


def _gif(stream: BinaryIO, size: int, blocks: Blocks) -> None:
    blocks.size = struct.unpack("<6xHH", stream.read(10))


def _bmp(stream: BinaryIO, size: int, blocks: Blocks) -> None:
    head = stream.read(26)
    if head[14] == 12:
        blocks.size = struct.unpack_from("<HH", head, 18)
    else:
        width, height = struct.unpack_from("<ii", head, 18)
        blocks.size = abs(width), abs(height)


_READERS: dict[str, Callable[[BinaryIO, int, Blocks], None]] = {
    "image/jpeg": _jpeg,
    "image/png": _png,
    "image/webp": _webp,
    "image/heic": _heif,
    "image/heif": _heif,
    "image/avif": _heif,
    "image/tiff": _tiff,
    "image/gif": _gif,
    "image/bmp": _bmp,
}
