"""Loaded by every Python that has this folder in its PYTHONPATH: writes down which process decodes with what.

The locked child has an environment of its own, and so never loads it.
"""

import os

import av
import c2pa
import exifread
import pillow_heif
from PIL import ImageFile


def _watch(owner: object, name: str, called: str) -> None:
    decode = getattr(owner, name)

    def watched(*given: object, **named: object) -> object:
        with open(os.environ["DECODED"], "a") as told:
            told.write(f"{called}\n")
        return decode(*given, **named)

    setattr(owner, name, watched)


_watch(ImageFile.ImageFile, "load", "Pillow")
_watch(pillow_heif.HeifImageFile, "load", "libheif")
_watch(av, "open", "FFmpeg")
_watch(exifread, "process_file", "exifread")
_watch(c2pa.Reader, "__init__", "c2pa")
