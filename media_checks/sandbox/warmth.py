"""Warming the zygote up: everything that a child will need is loaded by really using it.

Several libraries import on first use (``scipy.fftpack``, ``av.subtitles``), and a locked child can
open no file. So every check is run on small media made here.
"""

from __future__ import annotations

import pkgutil
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from importlib import import_module
from io import BytesIO

import av
import numpy as np
from PIL import Image

from media_checks import descriptors, zones
from media_checks.context import Context, DescriptorModel, Place
from media_checks.contract import Unreadable, perform
from media_checks.files import media_of
from media_checks.registry import CHECKS
from media_checks.sandbox.one_thread import decode_heif_in_one_thread
from media_checks.sandbox.work import rendered

# Of PyAV, what no received file can ask for.
_NEVER_ASKED_FOR = ("av.__main__", "av.datasets")
_FORMATS = ("PNG", "GIF", "WEBP", "TIFF", "BMP", "JPEG")
# A JPEG segment with an empty manifest store of C2PA: the library reads all of it, and that it says nothing.
_EMPTY_CREDENTIALS = bytes.fromhex(
    "ffeb00304a50000100000001000000266a756d620000001e6a756d646332706100110010800000aa00389b71036332706100"
)
_MOMENT = datetime(2016, 11, 18, 12, tzinfo=UTC)
_CONTEXT = Context(
    claimed_start=_MOMENT,
    claimed_end=_MOMENT,
    place=Place(36.2, 37.13, 5000),
    stated_start=_MOMENT,
    stated_end=_MOMENT,
    file_name="IMG_20161118_140203.jpg",
    source_url="https://archive.example/web/20220628160740/https://x.com/someone/status/1541815603606036480",
    received_at=_MOMENT,
    searched=0,
)


def warm_up(model: DescriptorModel | None = None) -> None:
    """Load every decoder, table and lazy import that a check or a working copy needs, and this model.

    Raises UnfitModel.
    """
    context = replace(_CONTEXT, descriptor_model=model)
    if model:
        descriptors.load(model)
    zones.warm()
    _load_pyav()
    decode_heif_in_one_thread()
    for sample in (*_photos(), _photo("TIFF", "LAB"), _video(), _photo("JPEG")[:400], _with_credentials()):
        media = media_of(BytesIO(sample), len(sample))
        for check in CHECKS:
            perform(check, media, context)
        try:
            rendered(media, 64, None)
        except Unreadable:
            continue


def _load_pyav() -> None:
    """Every module of PyAV: it imports those of a stream's kind when it first meets such a stream."""
    for module in pkgutil.walk_packages(av.__path__, "av."):
        if module.name not in _NEVER_ASKED_FOR:
            import_module(module.name)


def _photos() -> Iterator[bytes]:
    return (_photo(name) for name in _FORMATS)


def _photo(name: str, mode: str = "RGB") -> bytes:
    """A photo of 256 × 192 pixels with a capture time, a position and a thumbnail of its own."""
    picture, photo = _picture() if mode == "RGB" else Image.new(mode, (256, 192)), BytesIO()
    exif = Image.Exif()
    exif[0x010F], exif[0x0110], exif[0x0112] = "Make", "Model", 6
    exif.get_ifd(0x8769).update({0x9003: "2016:11:18 14:00:00", 0x9011: "+02:00"})
    exif.get_ifd(0x8825).update({1: "N", 2: (36.0, 12.0, 0.0), 3: "E", 4: (37.0, 8.0, 0.0)})
    exif.get_ifd(0x8825).update({7: (12.0, 0.0, 0.0), 29: "2016:11:18"})
    extra = {"exif": exif} if name in ("JPEG", "PNG", "WEBP", "TIFF") else {}
    picture.save(photo, name, **extra)
    return photo.getvalue()


def _with_credentials() -> bytes:
    photo = _photo("JPEG")
    return photo[:2] + _EMPTY_CREDENTIALS + photo[2:]


def _picture() -> Image.Image:
    across, down = np.meshgrid(np.arange(256), np.arange(192))
    waves = (np.sin(across / 17) * np.cos(down / 11) * 100 + 128).astype("uint8")
    return Image.fromarray(np.stack([waves, waves[::-1], waves[:, ::-1]], axis=2))


def _video() -> bytes:
    film = BytesIO()
    with av.open(film, "w", format="mp4") as container:
        stream = container.add_stream("mpeg4", rate=1)
        stream.width, stream.height, stream.pix_fmt = 256, 192, "yuv420p"
        stream.codec_context.thread_count = 1
        for _ in range(4):
            container.mux(stream.encode(av.VideoFrame.from_image(_picture())))
        container.mux(stream.encode(None))
    return film.getvalue()
