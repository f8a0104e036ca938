"""What a file is, by its first bytes."""

from __future__ import annotations

import subprocess
import sys

import pytest

from media_checks.context import Kind
from media_checks.contract import Unreadable
from media_checks.files import ALLOWED_TYPES, require_readable, sniff
from tests.media_checks.samples import film, media, saved, scene


@pytest.mark.parametrize(
    ("format", "media_type"),
    [
        ("JPEG", "image/jpeg"),
        ("PNG", "image/png"),
        ("GIF", "image/gif"),
        ("WEBP", "image/webp"),
        ("TIFF", "image/tiff"),
        ("BMP", "image/bmp"),
        ("AVIF", "image/avif"),
    ],
)
def test_photos_are_known_by_their_content(format: str, media_type: str):
    assert sniff(saved(scene(width=64, height=64), format)) == (media_type, Kind.PHOTO)


@pytest.mark.parametrize(
    ("format", "media_type"),
    [
        ("mp4", "video/mp4"),
        ("mov", "video/quicktime"),
        ("3gp", "video/3gpp"),
        ("matroska", "video/x-matroska"),
        ("avi", "video/x-msvideo"),
    ],
)
def test_films_are_known_by_their_content(format: str, media_type: str):
    assert sniff(film([scene(width=64, height=64)], format=format)) == (media_type, Kind.VIDEO)


@pytest.mark.parametrize(
    ("head", "media_type", "kind"),
    [
        (b"", "application/x-empty", Kind.UNKNOWN),
        (b"%PDF-1.7 and more", "application/pdf", Kind.DOCUMENT),
        (b"<?xml version='1.0'?><svg xmlns='x'>", "image/svg+xml", Kind.DOCUMENT),
        (b"  <!DOCTYPE html><p>", "text/html", Kind.DOCUMENT),
        ("شهادة من حلب".encode(), "text/plain", Kind.DOCUMENT),
        (b"ID3\x04\0\0", "audio/mpeg", Kind.AUDIO),
        (b"\0\0\0\x18ftypM4A \0\0\0\0M4A mp42", "audio/mp4", Kind.AUDIO),
        (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", "image/heic", Kind.PHOTO),
        (b"\0\0\0\x1cftypmif1\0\0\0\0mif1avifmiaf", "image/avif", Kind.PHOTO),
        (b"\0\0\0\x14ftyp3gp4\0\0\0\0", "video/3gpp", Kind.VIDEO),
        (b"\0\0\x10\0moov\0\0\0lmvhd", "video/quicktime", Kind.VIDEO),
        (bytes(range(256)), "application/octet-stream", Kind.UNKNOWN),
    ],
)
def test_everything_else_is_named(head: bytes, media_type: str, kind: Kind):
    assert sniff(head) == (media_type, kind)


def test_a_playlist_inside_a_films_name_is_text():
    assert sniff(b"#EXTM3U\n#EXT-X-MEDIA-SEQUENCE:0\nfile:///etc/passwd\n")[1] is Kind.DOCUMENT


def test_a_text_cut_inside_a_letter_is_still_text():
    assert sniff(("حلب" * 2000).encode()[:4095]) == ("text/plain", Kind.DOCUMENT)


@pytest.mark.parametrize("content", [b"", b"<svg></svg>", b"%PDF-1.7", b"%!PS-Adobe", b"hello"])
def test_only_photos_and_films_are_read(content: bytes):
    file = media(content)

    assert file.media_type not in ALLOWED_TYPES
    with pytest.raises(Unreadable):
        require_readable(file)


def test_the_web_process_recognises_files_without_loading_a_decoder():
    heavy = "{'PIL', 'av', 'numpy', 'exifread'} & set(sys.modules)"
    code = f"import sys, media_checks.files; print({heavy})"

    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert ran.stdout.strip() == "set()"
