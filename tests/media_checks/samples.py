"""Small media made in code: photos with and without dates, films, cut and hostile files."""

from __future__ import annotations

import hashlib
import struct
import zlib
from collections.abc import Callable
from io import BytesIO
from typing import Any

import av
import numpy as np
from PIL import Image, ImageDraw

from media_checks.context import Media
from media_checks.files import media_of

EXIF_IFD, GPS_IFD = 0x8769, 0x8825
MAKE, MODEL, SOFTWARE, ORIENTATION, MODIFY_DATE = 0x010F, 0x0110, 0x0131, 0x0112, 0x0132
TIFF_XMP, TIME_ZONE_OFFSET = 700, 0x882A
DATE_TIME_ORIGINAL, OFFSET_TIME_ORIGINAL, SUBSECONDS_ORIGINAL = 0x9003, 0x9011, 0x9291


def media(content: bytes) -> Media:
    """The file as the desk would hand it to a check."""
    return media_of(BytesIO(content), len(content), hashlib.sha256(content).hexdigest())


def scene(seed: int = 1, width: int = 640, height: int = 480) -> Image.Image:
    """A picture with enough in it to be recognised: shapes on a slope of light, others for each seed."""
    random = np.random.default_rng(seed)
    light = np.linspace(*random.uniform(40, 220, 2), width)[None, :, None] * random.uniform(0.4, 1, 3)
    picture = Image.fromarray(np.broadcast_to(light, (height, width, 3)).astype("uint8"))
    draw = ImageDraw.Draw(picture)
    for shape in range(40):
        x, y = random.uniform(0, width), random.uniform(0, height)
        size = random.uniform(0.02, 0.2) * width
        outline = draw.ellipse if shape % 2 else draw.rectangle
        outline(
            (x, y, x + size, y + size * random.uniform(0.3, 1.5)), tuple(random.integers(0, 255, 3).tolist())
        )
    return picture


def saved(picture: Image.Image, format: str = "JPEG", **options: Any) -> bytes:
    """The picture as the bytes of a file."""
    file = BytesIO()
    picture.save(file, format, **options)
    return file.getvalue()


def photo(
    picture: Image.Image | None = None,
    *,
    captured: str | None = None,
    offset: str | None = None,
    hours: int | tuple[int, int] | None = None,
    place: tuple[float, float] | None = None,
    **tags: Any,
) -> bytes:
    """A JPEG with EXIF: ``captured`` as "2016:11:18 14:02:00", ``place`` in signed degrees, IFD0 tags."""
    exif = Image.Exif()
    for name, value in tags.items():
        exif[{"make": MAKE, "model": MODEL, "software": SOFTWARE, "orientation": ORIENTATION}[name]] = value
    if captured:
        exif.get_ifd(EXIF_IFD)[DATE_TIME_ORIGINAL] = captured
    if offset:
        exif.get_ifd(EXIF_IFD)[OFFSET_TIME_ORIGINAL] = offset
    if hours is not None:
        exif.get_ifd(EXIF_IFD)[TIME_ZONE_OFFSET] = hours
    if place:
        latitude, longitude = place
        exif.get_ifd(GPS_IFD).update(
            {1: "N" if latitude >= 0 else "S", 2: _sexagesimal(latitude)}
            | {3: "E" if longitude >= 0 else "W", 4: _sexagesimal(longitude)}
        )
    return saved(picture or scene(), quality=88, exif=exif)


def _sexagesimal(degrees: float) -> tuple[float, float, float]:
    whole = int(abs(degrees))
    minutes = (abs(degrees) - whole) * 60
    return float(whole), float(int(minutes)), round((minutes - int(minutes)) * 60, 4)


def with_thumbnail(picture: Image.Image, thumbnail: Image.Image, size: tuple[int, int] = (160, 120)) -> bytes:
    """A JPEG whose EXIF block (big-endian, written by hand) holds a thumbnail in IFD1."""
    small = saved(thumbnail.resize(size), quality=80)
    head = b"MM\0*" + struct.pack(">I", 8)
    ifd0 = struct.pack(">HHHII", 1, MAKE, 2, 4, int.from_bytes(b"Cam\0", "big")) + struct.pack(">I", 26)
    ifd1 = struct.pack(">H", 2) + struct.pack(">HHII", 0x0201, 4, 1, 56)
    ifd1 += struct.pack(">HHII", 0x0202, 4, 1, len(small)) + struct.pack(">I", 0)
    block = b"Exif\0\0" + head + ifd0 + ifd1 + small
    main = saved(picture, quality=90)
    return main[:2] + b"\xff\xe1" + struct.pack(">H", len(block) + 2) + block + main[2:]


def film(
    pictures: list[Image.Image], *, rate: int = 1, every_key: bool = False, format: str = "mp4", **tags: str
) -> bytes:
    """A film of the pictures, ``rate`` a second; one key frame at the start, or each one."""
    file = BytesIO()
    options = {"movflags": "use_metadata_tags"} if format in ("mp4", "mov") else {}
    with av.open(file, "w", format=format, options=options) as container:
        container.metadata.update(tags)
        stream = container.add_stream("mpeg4", rate=rate)
        stream.width, stream.height, stream.pix_fmt = pictures[0].width, pictures[0].height, "yuv420p"
        stream.codec_context.thread_count = 1
        stream.codec_context.gop_size = 1 if every_key else 600
        stream.codec_context.bit_rate = 4_000_000
        for picture in pictures:
            container.mux(stream.encode(av.VideoFrame.from_image(picture)))
        container.mux(stream.encode(None))
    return file.getvalue()


def png_bomb(width: int = 30_000, height: int = 30_000) -> bytes:
    """A PNG of a few kilobytes whose header asks for 900 million pixels."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(bytes(64))) + chunk(
        b"IEND", b""
    )  # fmt: skip


def webp_bomb() -> bytes:
    """A WebP of 40 bytes whose canvas is 16,384 × 16,384: the decoder reserves it when it is opened."""
    canvas = (16_383).to_bytes(3, "little") * 2
    body = b"WEBP" + b"VP8X" + struct.pack("<I", 10) + b"\2\0\0\0" + canvas + b"VP8 " + struct.pack("<I", 0)
    return b"RIFF" + struct.pack("<I", len(body)) + body


def scan_bomb(scans: int) -> bytes:
    """A progressive JPEG of 4 million pixels that repeats its last scan of a few bytes."""
    picture = saved(Image.new("L", (2000, 2000), 128), progressive=True, quality=50)
    last = picture[picture.rindex(b"\xff\xda") : -2]
    return picture[:-2] + last * scans + b"\xff\xd9"


def slow_film(frames: int = 200) -> bytes:
    """A film of one frame of 4,096 × 4,096 over and over: some five seconds of work, made in a moment."""
    file = BytesIO()
    with av.open(file, "w", format="mp4") as container:
        stream = container.add_stream("mpeg4", rate=1)
        stream.width, stream.height, stream.pix_fmt = 4096, 4096, "yuv420p"
        stream.codec_context.thread_count = 1
        grey = av.VideoFrame.from_image(Image.new("RGB", (4096, 4096), "grey"))
        (packet,) = [*stream.encode(grey), *stream.encode(None)]
        for number in range(frames):
            packet.pts = packet.dts = number * packet.duration
            container.mux(packet)
    return file.getvalue()


EVERY_KIND: dict[str, Callable[[], bytes]] = {
    "empty": lambda: b"",
    "text": lambda: b"There were only militants in that district.",
    "truncated": lambda: photo(captured="2016:11:18 14:02:00")[:4000],
    "truncated film": lambda: film([scene(1), scene(2)])[:3000],
    "plain": lambda: photo(),
    "plain film": lambda: film([scene(1), scene(2)]),
    "dated": lambda: photo(captured="2016:11:18 14:02:00", offset="+02:00", place=(36.2, 37.16), make="Cam"),
    "dated film": lambda: film([scene(1)], creation_time="2016-11-18T12:02:00Z"),
    "wrong date": lambda: photo(captured="2000:01:01 00:03:00"),
    "no date at all": lambda: photo(captured="0000:00:00 00:00:00"),
    "bomb": png_bomb,
    "reserved bomb": webp_bomb,
}
