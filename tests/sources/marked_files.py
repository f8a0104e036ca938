"""Real files with a canary wherever a format lets somebody write; ``mark`` gives a word for each place."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime
from io import BytesIO
from typing import Any

import av
import pillow_heif
from PIL import Image, ImageCms, PngImagePlugin, TiffImagePlugin

from tests.media_checks.samples import EXIF_IFD, GPS_IFD, film, saved, scene
from tests.media_checks.signing import Signing, created
from tests.media_checks.tracked_films import box, gps5, klv, subtitle, with_track
from tests.media_checks.tracked_films import device as gopro
from tests.media_checks.written_blocks import iptc, resource, segment, xmp
from tests.sources.canaries import word

# Where it was, to the seventh digit, and the second when: neither may leave, not even in part.
LATITUDE, LONGITUDE = 36.2087134, 37.1543219
TAKEN = "2016:11:18 09:14:37"
MOMENT = datetime(2016, 11, 18, 9, 14, 37, tzinfo=UTC)
THUMBNAIL_COLOUR = (255, 0, 255)
IPTC_CONTACT, IPTC_BY_LINE, IPTC_WRITER, IPTC_CITY = 118, 80, 122, 90

Mark = Callable[[str], str]


class Marks(dict[str, str]):
    """The words that were given out, by the place that each was written to."""

    def __call__(self, place: str) -> str:
        """A word for this place, of its own."""
        assert place not in self, place
        self[place] = word()
        return self[place]


def exif_of(mark: Mark) -> Image.Exif:
    """EXIF whose every text says something, with a position and a time."""
    exif = Image.Exif()
    texts = {0x010D: "DocumentName", 0x010E: "ImageDescription", 0x010F: "Make", 0x0110: "Model"}
    texts |= {0x0131: "Software", 0x013B: "Artist", 0x013C: "HostComputer", 0x8298: "Copyright"}
    for tag, name in texts.items():
        exif[tag] = mark(f"EXIF {name}")
    exif[0x0132] = TAKEN
    for tag, name in {
        0x9C9B: "XPTitle",
        0x9C9C: "XPComment",
        0x9C9D: "XPAuthor",
        0x9C9E: "XPKeywords",
    }.items():
        exif[tag] = mark(f"EXIF {name}").encode("utf-16-le") + b"\0\0"
    inner = exif.get_ifd(EXIF_IFD)
    texts = {0xA420: "ImageUniqueID", 0xA430: "CameraOwnerName", 0xA431: "BodySerialNumber"}
    texts |= {0xA433: "LensMake", 0xA434: "LensModel", 0xA435: "LensSerialNumber"}
    inner.update({tag: mark(f"EXIF {name}") for tag, name in texts.items()})
    inner[0x9286] = b"ASCII\0\0\0" + mark("EXIF UserComment").encode()
    inner[0x927C] = b"a maker's note: " + mark("EXIF MakerNote").encode()
    inner[0x9003] = TAKEN
    exif.get_ifd(GPS_IFD).update(
        {1: "N", 2: _degrees(LATITUDE), 3: "E", 4: _degrees(LONGITUDE)}
        | {0x1B: b"ASCII\0\0\0" + mark("GPS ProcessingMethod").encode()}
        | {0x1C: b"ASCII\0\0\0" + mark("GPS AreaInformation").encode()}
    )
    return exif


def xmp_of(mark: Mark, kind: str = "XMP") -> bytes:
    """XMP with its maker, its ids and its history."""
    rdf = f"""<dc:creator xmlns:dc="http://purl.org/dc/elements/1.1/"><rdf:Seq>
      <rdf:li>{mark(f"{kind} creator")}</rdf:li></rdf:Seq></dc:creator><xmpMM:History xmlns:xmpMM="http://ns.adobe.com/xap/1.0/mm/"><rdf:Seq>
      <rdf:li xmlns:stEvt="http://ns.adobe.com/xap/1.0/sType/ResourceEvent#" stEvt:action="saved"
      stEvt:softwareAgent="{mark(f"{kind} history")}"/></rdf:Seq></xmpMM:History>
      <xmpMM:DocumentID xmlns:xmpMM="http://ns.adobe.com/xap/1.0/mm/">xmp.did:{mark(f"{kind} DocumentID")}
      </xmpMM:DocumentID>"""
    packet = xmp(aux__OwnerName=mark(f"{kind} OwnerName"), aux__SerialNumber=mark(f"{kind} SerialNumber"))
    return packet.replace(b"/>\n      </rdf:RDF>", f">{rdf}</rdf:Description></rdf:RDF>".encode())


def icc_of(mark: Mark, kind: str) -> bytes:
    """A colour profile with a description of its own."""
    plain = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    told = mark(f"{kind} ICC description").encode()
    # Behind all tags: a reader goes by their table, and the header says how long the whole is.
    plain += b"desc\0\0\0\0" + struct.pack(">I", len(told) + 1) + told + b"\0"
    plain[:4] = struct.pack(">I", len(plain))
    return bytes(plain)


def jpeg(mark: Mark) -> bytes:
    """A JPEG with everything that can stand before, within and behind the picture."""
    small = Image.new("RGB", (160, 120), THUMBNAIL_COLOUR)
    thumbnail = saved(small, comment=mark("comment of the thumbnail").encode())
    picture = saved(scene(31), quality=90, exif=exif_of(mark), icc_profile=icc_of(mark, "JPEG"))
    sets = (
        (IPTC_BY_LINE, "by-line"),
        (IPTC_CONTACT, "contact"),
        (IPTC_WRITER, "writer"),
        (IPTC_CITY, "city"),
    )
    written = iptc(*((number, mark(f"IPTC {name}").encode()) for number, name in sets))
    packet = b"http://ns.adobe.com/xap/1.0/\0" + xmp_of(mark)
    segments = [
        segment(0xE1, packet),
        segment(0xE5, b"unknown\0" + mark("JPEG APP5").encode()),
        segment(0xED, b"Photoshop 3.0\0" + resource(0x0404, written) + resource(0x0409, thumbnail)),
        segment(0xFE, mark("JPEG comment").encode()),
    ]
    at = 2 + 2 + struct.unpack_from(">H", picture, 4)[0]
    return picture[:at] + b"".join(segments) + picture[at:] + mark("JPEG trailer").encode()


def signed(mark: Mark) -> bytes:
    """A JPEG with Content Credentials that name who made it, with which program."""
    action = created()
    action["softwareAgent"] = {"name": mark("C2PA software"), "version": "1"}
    action["parameters"] = {"description": mark("C2PA description")}
    return Signing().sign(saved(scene(32)), action)


def png(mark: Mark) -> bytes:
    """A PNG with texts, plain, compressed and international, EXIF, a profile and a chunk of nobody's."""
    told = PngImagePlugin.PngInfo()
    told.add_text("Author", mark("PNG tEXt"))
    told.add_text("Comment", mark("PNG zTXt"), zip=True)
    told.add_itxt("Title", mark("PNG iTXt"), lang="en", tkey="Title")
    told.add_itxt("Warning", mark("PNG iTXt compressed"), zip=True)
    told.add_itxt("XML:com.adobe.xmp", xmp_of(mark, "PNG XMP").decode())
    exif = Image.Exif()
    exif[0x013B] = mark("PNG eXIf")
    content = saved(scene(33), "PNG", pnginfo=told, exif=exif, icc_profile=icc_of(mark, "PNG"))
    return (
        content[:33]
        + _chunk(b"prVt", mark("PNG private chunk").encode())
        + content[33:]
        + mark("PNG trailer").encode()
    )


def webp(mark: Mark) -> bytes:
    """A WebP with EXIF, XMP and a profile."""
    exif = Image.Exif()
    exif[0x013B] = mark("WebP EXIF")
    return saved(scene(34), "WEBP", exif=exif, xmp=xmp_of(mark, "WebP XMP"), icc_profile=icc_of(mark, "WebP"))


def gif(mark: Mark) -> bytes:
    """A GIF with a comment."""
    return saved(scene(35).convert("P"), "GIF", comment=mark("GIF comment").encode())


def tiff(mark: Mark) -> bytes:
    """A TIFF with tags, XMP and IPTC."""
    tags = TiffImagePlugin.ImageFileDirectory_v2()
    for tag, name in {
        0x010E: "ImageDescription",
        0x013B: "Artist",
        0x013C: "HostComputer",
        0x0110: "Model",
    }.items():
        tags[tag] = mark(f"TIFF {name}")
    tags[700] = xmp_of(mark, "TIFF XMP")
    tags.tagtype[700] = 1
    tags[33723] = iptc((IPTC_BY_LINE, mark("TIFF IPTC by-line").encode()))
    tags.tagtype[33723] = 7
    return saved(scene(36), "TIFF", tiffinfo=tags)


def heic(mark: Mark) -> bytes:
    """A HEIC with EXIF and XMP."""
    exif = Image.Exif()
    exif[0x013B], exif[0x0110] = mark("HEIC EXIF Artist"), mark("HEIC EXIF Model")
    file = BytesIO()
    picture = pillow_heif.from_pillow(scene(37))
    picture.save(file, exif=exif.tobytes(), xmp=xmp_of(mark, "HEIC XMP"))
    return file.getvalue()


def avif(mark: Mark) -> bytes:
    """An AVIF with EXIF and XMP."""
    exif = Image.Exif()
    exif[0x013B] = mark("AVIF EXIF")
    return saved(scene(38), "AVIF", exif=exif, xmp=xmp_of(mark, "AVIF XMP"))


def bmp(mark: Mark) -> bytes:
    """A BMP with bytes behind its picture."""
    return saved(scene(39), "BMP") + mark("BMP trailer").encode()


def mp4(mark: Mark) -> bytes:
    """A film with Apple's keys, a place, a box of the user's and bytes behind it all."""
    place = f"{LATITUDE:+.7f}{LONGITUDE:+.7f}/".encode()
    user = box(
        b"udta",
        box(b"\xa9xyz", struct.pack(">HH", len(place), 0x15C7), place),
        box(b"\xa9mdl", _international(mark("MP4 ©mdl"))),
        box(b"auth", bytes(4), b"\x15\xc7", mark("MP4 auth").encode() + b"\0"),
        box(
            b"loci",
            bytes(4),
            b"\x15\xc7",
            mark("MP4 loci").encode() + b"\0\0",
            struct.pack(">3i", _fixed(LONGITUDE), _fixed(LATITUDE), 0),
            b"earth\0\0",
        ),
        box(b"Xtra", mark("MP4 Xtra").encode()),
    )
    told = f"HOME(E: {LONGITUDE}, N: {LATITUDE}) {mark('MP4 subtitle')}"
    content = with_track(b"text", [subtitle(told)], udta=user)
    extended = bytes.fromhex("be7acfcb97a942e89c71999491e3afac") + xmp_of(mark, "MP4 XMP")
    return (
        content
        + box(b"uuid", extended)
        + box(b"free", mark("MP4 free").encode())
        + mark("MP4 trailer").encode()
    )


def mov(mark: Mark) -> bytes:
    """A QuickTime film with the keys of a telephone."""
    keys = {
        "make": "make",
        "model": "model",
        "software": "software",
        "author": "author",
        "comment": "comment",
    }
    tags = {f"com.apple.quicktime.{name}": mark(f"MOV {word_}") for name, word_ in keys.items()}
    tags["com.apple.quicktime.location.ISO6709"] = f"{LATITUDE:+.7f}{LONGITUDE:+.7f}+380/"
    return film([scene(40)], format="mov", creation_time=MOMENT.isoformat(), **tags)


def gopro_film(mark: Mark) -> bytes:
    """A film of a GoPro: its number, its model, and where it was."""
    told = gopro(*(klv(key, "c", 1, mark(f"GPMF {key}").encode()) for key in ("CASN", "MINF", "FMWR")))
    return with_track(b"gpmd", [told, gps5([(LATITUDE, LONGITUDE, 380.0)])])


def matroska(mark: Mark) -> bytes:
    """A Matroska with tags and an attached file."""
    file = BytesIO()
    with av.open(file, "w", format="matroska") as container:
        container.metadata.update({name: mark(f"Matroska {name}") for name in ("title", "artist", "comment")})
        stream = container.add_stream("mpeg4", rate=1)
        stream.width, stream.height, stream.pix_fmt = 640, 480, "yuv420p"
        stream.metadata["title"] = mark("Matroska track")
        container.mux(stream.encode(av.VideoFrame.from_image(scene(41))))
        container.mux(stream.encode(None))
    return file.getvalue()


def avi(mark: Mark) -> bytes:
    """An AVI with a list of facts."""
    return film(
        [scene(42)], format="avi", artist=mark("AVI IART"), comment=mark("AVI ICMT"), title=mark("AVI INAM")
    )


FILES: dict[str, Callable[[Mark], bytes]] = {
    each.__name__: each
    for each in (jpeg, signed, png, webp, gif, tiff, heic, avif, bmp, mp4, mov, gopro_film, matroska, avi)
}


def opened(content: bytes) -> bytes:
    """The bytes, and behind them whatever in them was compressed."""
    return content + b"".join(_inflated(content))


def _inflated(content: bytes) -> Iterator[bytes]:
    at = content.find(b"\x78")
    while at >= 0:
        with suppress(zlib.error):
            yield zlib.decompressobj().decompress(content[at:], 1 << 16)
        at = content.find(b"\x78", at + 1)


def _degrees(value: float) -> tuple[Any, ...]:
    minutes = (value - int(value)) * 60
    seconds = TiffImagePlugin.IFDRational(round((minutes - int(minutes)) * 60 * 1_000_000), 1_000_000)
    return (float(int(value)), float(int(minutes)), seconds)


def _international(text: str) -> bytes:
    return struct.pack(">HH", len(text), 0x15C7) + text.encode()


def _fixed(value: float) -> int:
    return round(value * (1 << 16))


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
