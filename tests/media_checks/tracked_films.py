"""Films with tracks that say where and when: GPMF by its specification, texts as DJI's drones write them."""

from __future__ import annotations

import struct

from tests.media_checks.samples import film, scene


def box(kind: bytes, *content: bytes) -> bytes:
    inside = b"".join(content)
    return struct.pack(">I", len(inside) + 8) + kind + inside


def klv(key: str, kind: str, size: int, data: bytes) -> bytes:
    """A key with its values; of kind "\\0" the bytes are of more keys."""
    head = key.encode() + struct.pack(">cBH", kind.encode(), size, len(data) // size)
    return head + data + bytes(-len(data) % 4)


def nest(key: str, *inside: bytes) -> bytes:
    return klv(key, "\0", 4, b"".join(inside))


def device(*streams: bytes) -> bytes:
    return nest("DEVC", klv("DVID", "L", 4, bytes(4)), klv("DVNM", "c", 6, b"Camera"), *streams)


def gps5(
    places: list[tuple[float, float, float]],
    moment: str = "161118120203.400",
    fix: int = 3,
    precision: int = 180,
) -> bytes:
    """A payload as of a HERO5 to HERO10: a second of places in degrees and metres, with its clock."""
    rows = [
        struct.pack(">5i", round(latitude * 1e7), round(longitude * 1e7), round(altitude * 1e3), 0, 0)
        for latitude, longitude, altitude in places
    ]
    motion = nest("STRM", klv("SCAL", "s", 2, struct.pack(">h", 418)), klv("ACCL", "s", 6, bytes(12)))
    return device(
        motion,
        nest(
            "STRM",
            klv("GPSF", "L", 4, struct.pack(">I", fix)),
            klv("GPSU", "U", 16, moment.encode().ljust(16, b"\0")),
            klv("GPSP", "S", 2, struct.pack(">H", precision)),
            klv("SCAL", "l", 4, struct.pack(">5i", 10_000_000, 10_000_000, 1000, 1000, 100)),
            klv("GPS5", "l", 20, b"".join(rows)),
        ),
    )


def gps9(
    latitude: float, longitude: float, altitude: float, days: int, seconds: float, fix: int = 3
) -> bytes:
    """A payload as of a HERO11 and later: every place with its own clock, precision and fix."""
    values = (latitude * 1e7, longitude * 1e7, altitude * 1e3, 0, 0, days, seconds * 1e3)
    row = struct.pack(">7iHH", *map(round, values), 150, fix)
    scales = struct.pack(">9i", 10_000_000, 10_000_000, 1000, 1000, 100, 1, 1000, 100, 1)
    return device(
        nest(
            "STRM",
            klv("TYPE", "c", 1, b"lllllllSS"),
            klv("SCAL", "l", 4, scales),
            klv("GPS9", "?", 32, row + row),
        )
    )


def settings(**texts: str) -> bytes:
    """The settings of a camera: MINF, FMWR, CASN …"""
    return device(*(klv(key, "c", 1, value.encode()) for key, value in texts.items()))


def subtitle(text: str) -> bytes:
    data = text.encode()
    return struct.pack(">H", len(data)) + data


def with_track(
    coding: bytes, samples: list[bytes], *, udta: bytes = b"", per_chunk: int = 1, wide: bool = False
) -> bytes:
    """A film of one picture with a track of these samples added, so many in a chunk, and a ``udta`` box."""
    plain = film([scene(1)])
    at = plain.index(b"moov") - 4
    (length,) = struct.unpack_from(">I", plain, at)
    chunks = [samples[first : first + per_chunk] for first in range(0, len(samples), per_chunk)]
    start, places = len(plain) + 8, []
    for chunk in chunks:
        places.append(start)
        start += sum(map(len, chunk))
    # The film's own boxes stand before the new ``moov`` would: its old place is left free, so nothing moves.
    moov = box(b"moov", plain[at + 8 : at + length], _track(coding, samples, places, per_chunk, wide), udta)
    free = struct.pack(">I", length) + b"free" + bytes(length - 8)
    return plain[:at] + free + plain[at + length :] + box(b"mdat", *samples) + moov


def _track(coding: bytes, samples: list[bytes], places: list[int], per_chunk: int, wide: bool) -> bytes:
    count = struct.pack(">II", 0, len(places))
    offsets = b"".join(struct.pack(">Q" if wide else ">I", each) for each in places)
    sizes = b"".join(struct.pack(">I", len(each)) for each in samples)
    tables = (
        box(b"stsd", struct.pack(">II", 0, 1), box(coding, bytes(6), b"\0\1")),
        box(b"stts", struct.pack(">IIII", 0, 1, len(samples), 1000)),
        box(b"stsc", struct.pack(">IIIII", 0, 1, 1, per_chunk, 1)),
        box(b"stsz", struct.pack(">III", 0, 0, len(samples)), sizes),
        box(b"co64" if wide else b"stco", count, offsets),
    )
    handler = box(b"hdlr", bytes(8) + (b"meta" if coding == b"gpmd" else b"text") + bytes(13))
    header = box(b"mdhd", struct.pack(">6I", 0, 0, 0, 1000, 1000 * len(samples), 0))
    return box(
        b"trak",
        box(b"tkhd", struct.pack(">II", 7, 0) + bytes(4) + struct.pack(">I", 9) + bytes(68)),
        box(b"mdia", header, handler, box(b"minf", box(b"gmhd"), box(b"stbl", *tables))),
    )
