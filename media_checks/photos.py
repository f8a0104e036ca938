"""Photos decoded safely: header first, one known decoder a type, every failure an ``Unreadable``.

Only the locked child calls this. A picture that is cut off is Unreadable: half a picture has no
fingerprint that could be compared, and reading on would hide that bytes are missing.
"""

from __future__ import annotations

import struct
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import BinaryIO, cast

import pillow_heif
from PIL import (
    AvifImagePlugin,
    BmpImagePlugin,
    GifImagePlugin,
    Image,
    JpegImagePlugin,
    PngImagePlugin,
    TiffImagePlugin,
    WebPImagePlugin,
)

from media_checks.context import Kind, Media
from media_checks.contract import Unreadable
from media_checks.files import require_readable

MAX_PIXELS = 100_000_000
# A progressive JPEG goes over its picture once a scan, and a scan can be a few bytes long. Encoders make some
# ten, so that 100 million pixels pass; this many pixels in all take some six seconds.
MOST_SCANNED = 3_000_000_000
_START_OF_SCAN = b"\xff\xda"
_MOST_KEPT = 4_000_000
ORIENTATION_TAG = 0x0112

# One thread each: the locked child may not start any, and a limit on CPU seconds must count them.
AvifImagePlugin.DEFAULT_MAX_THREADS = 1
pillow_heif.options.DECODE_THREADS = 0  # none beside that which asks
# An embedded thumbnail must never stand in for the picture: it can show something else.
pillow_heif.options.THUMBNAILS = False
pillow_heif.options.DEPTH_IMAGES = False
pillow_heif.options.AUX_IMAGES = False

# The class of the type that the first bytes show is called by itself: no list of plug-ins is
# registered, so no other decoder can be reached (Image.open would load some forty).
_DECODERS: dict[str, Callable[[BinaryIO], Image.Image]] = {
    "image/jpeg": JpegImagePlugin.JpegImageFile,
    "image/png": PngImagePlugin.PngImageFile,
    "image/gif": GifImagePlugin.GifImageFile,
    "image/webp": WebPImagePlugin.WebPImageFile,
    "image/tiff": TiffImagePlugin.TiffImageFile,
    "image/bmp": BmpImagePlugin.BmpImageFile,
    "image/avif": AvifImagePlugin.AvifImageFile,
    "image/heic": pillow_heif.HeifImageFile,
    "image/heif": pillow_heif.HeifImageFile,
}

# EXIF 2.32, 4.6.4 A: what to do with the stored pixels so that they stand upright.
_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


@contextmanager
def decoding(what: str) -> Iterator[None]:
    """Turns whatever a decoder raises inside the block into Unreadable, with a plain reason."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    except Unreadable:
        raise
    except MemoryError as error:
        raise Unreadable(f"{what} needs more memory than a file is allowed", code="too_large") from error
    except Exception as error:
        raise Unreadable(_reason(what, error)) from error


def open_photo(media: Media) -> Image.Image:
    """The photo with its header read and nothing decoded. Raises Unreadable."""
    require_readable(media)
    if media.kind is not Kind.PHOTO:
        raise Unreadable(f"it is not a photo ({media.media_type})")
    media.stream.seek(0)
    if media.media_type == "image/webp":
        _require_fewer_pixels(*_webp_size(media.stream))
    with decoding("the picture"):
        image = _DECODERS[media.media_type](media.stream)
        _require_fewer_pixels(*image.size)
        if image.info.get("progressive"):
            _require_fewer_scans(media.stream, image.width * image.height)
    return image


def decode(image: Image.Image, at_least: int | None = None, mode: str = "RGB") -> Image.Image:
    """The decoded pixels as stored (not turned upright), in a mode that can be scaled smoothly.

    With ``at_least``, a JPEG is decoded at the smallest of libjpeg's scales whose sides are both
    that long or longer; with the mode "L", its luminance alone where it is stored apart.
    """
    with decoding("the picture"):
        if at_least and isinstance(image, JpegImagePlugin.JpegImageFile):
            image.draft(mode, (at_least, at_least))
        image.load()
        return _scalable(image)


def pixels_of(media: Media, at_least: int) -> Image.Image:
    """The decoded pixels of a photo as ``decode`` gives them, not to be changed. Raises Unreadable."""
    return decode(open_photo(media), at_least)


def greys_of(media: Media, at_least: int) -> Image.Image:
    """The same in grey (mode L; ITU-R BT.601), transparent parts on white.

    Where they are few they are kept, and so decoded once for all checks of a file.
    """
    key = greys_of, at_least
    if key in media.known:
        return media.known[key]
    image = grey(decode(open_photo(media), at_least, "L"))
    if image.width * image.height <= _MOST_KEPT:
        media.known[key] = image
    return image


def upright(image: Image.Image, orientation: int) -> Image.Image:
    """The image turned as its EXIF orientation (1 to 8) asks; any other value leaves it as it is."""
    turn = _TURNS.get(orientation)
    return image if turn is None else image.transpose(turn)


def orientation_of(image: Image.Image) -> int:
    """The orientation that the file asks for, 1 where none can be read.

    HEIF is 1 always: its decoder has turned the pixels already.
    """
    if isinstance(image, pillow_heif.HeifImageFile):
        return 1
    try:
        value = image.getexif().get(ORIENTATION_TAG, 1)
    except Exception:  # a broken EXIF block says nothing about the pixels; reading/ reports it
        return 1
    return value if value in _TURNS else 1


def flat(image: Image.Image) -> Image.Image:
    """The image as RGB, transparent parts on white."""
    if image.mode != "RGBA":
        return image.convert("RGB")
    ground = Image.new("RGB", image.size, "white")
    ground.paste(image, mask=image.getchannel("A"))
    return ground


def grey(image: Image.Image) -> Image.Image:
    """The image in grey (mode L), transparent parts on white."""
    return image if image.mode == "L" else flat(image).convert("L")


def _scalable(image: Image.Image) -> Image.Image:
    if image.mode.startswith(("I", "F")):
        return _eight_bits(image)
    if "transparency" in image.info or image.mode in ("LA", "PA", "La", "RGBa"):
        return image.convert("RGBA")
    if image.mode in ("RGB", "RGBA", "L"):
        return image
    return image.convert("RGB")


def _eight_bits(image: Image.Image) -> Image.Image:
    if image.mode.startswith("I;16"):
        image = image.convert("I")
    low, high = cast(tuple[float, float], image.getextrema())  # of the one band
    if image.mode == "I" and 255 < high <= 65535 and low >= 0:
        low, high = 0, 65535
    scale = 255 / (high - low) if high > low else 1
    return image.point(lambda value: value * scale - low * scale).convert("L")


def _require_fewer_pixels(width: int, height: int) -> None:
    if width <= 0 or height <= 0:
        raise Unreadable("its header gives a picture without any pixels")
    if width * height > MAX_PIXELS:
        millions = width * height // 1_000_000
        raise Unreadable(
            f"its header asks for {millions} million pixels, more than the {MAX_PIXELS // 1_000_000} allowed",
            code="too_large",
        )


def _require_fewer_scans(stream: BinaryIO, pixels: int) -> None:
    """The marker of a scan never stands within its data (ITU-T T.81, B.1.1.5): counting is enough."""
    at, scans, last = stream.tell(), 0, b""
    stream.seek(0)
    while piece := stream.read(1 << 20):
        scans += (last + piece).count(_START_OF_SCAN)
        last = piece[-1:]
    stream.seek(at)
    if pixels * scans > MOST_SCANNED:
        raise Unreadable(f"its picture is stored in {scans} passes, more than are read", code="too_large")


def _webp_size(stream: BinaryIO) -> tuple[int, int]:
    """Width and height by the header (RFC 9649): the decoder reserves them before it can be asked."""
    head = stream.read(30)
    stream.seek(0)
    try:
        if head[12:16] == b"VP8X":
            return 1 + int.from_bytes(head[24:27], "little"), 1 + int.from_bytes(head[27:30], "little")
        if head[12:16] == b"VP8L":
            (bits,) = struct.unpack_from("<I", head, 21)
            return 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)
        width, height = struct.unpack_from("<HH", head, 26)
        return width & 0x3FFF, height & 0x3FFF
    except struct.error as error:
        raise Unreadable("the picture is cut off in its header") from error


def _reason(what: str, error: Exception) -> str:
    """Plain words, never the decoder's own: its messages can carry text from the file."""
    if isinstance(error, EOFError) or "truncated" in str(error).lower():
        return f"{what} is cut off: bytes are missing"
    if isinstance(error, Image.UnidentifiedImageError | SyntaxError):
        return f"{what} is not what its first bytes promise"
    return f"{what} is damaged ({type(error).__name__})"
