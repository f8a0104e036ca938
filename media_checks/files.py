"""What a file is, by its first bytes alone: nothing is decoded and no decoder is imported.

The web process calls this while it streams an upload; the locked child calls it again.
"""

from __future__ import annotations

import re
from typing import BinaryIO

from media_checks.context import Kind, Media
from media_checks.contract import Unreadable

HEAD_BYTES = 4096

EMPTY = "application/x-empty"
UNNAMED = "application/octet-stream"

ALLOWED_TYPES = frozenset(
    {
        "image/jpeg", "image/png", "image/gif", "image/webp", "image/tiff", "image/bmp",
        "image/heic", "image/heif", "image/avif",
        "video/mp4", "video/quicktime", "video/3gpp", "video/x-matroska", "video/webm", "video/x-msvideo",
    }
)  # fmt: skip

_SIGNATURES: tuple[tuple[re.Pattern[bytes], str, Kind], ...] = tuple(
    (re.compile(pattern, re.DOTALL), media_type, kind)
    for pattern, media_type, kind in (
        (rb"\xff\xd8\xff", "image/jpeg", Kind.PHOTO),
        (rb"\x89PNG\r\n\x1a\n", "image/png", Kind.PHOTO),
        (rb"GIF8[79]a", "image/gif", Kind.PHOTO),
        (rb"RIFF....WEBP", "image/webp", Kind.PHOTO),
        (rb"II[*+]\0|MM\0[*+]", "image/tiff", Kind.PHOTO),
        (rb"BM.{8}.{4}[\x0c\x28\x34\x38\x40\x6c\x7c]\0\0\0", "image/bmp", Kind.PHOTO),
        (rb"RIFF....AVI ", "video/x-msvideo", Kind.VIDEO),
        (rb"RIFF....WAVE", "audio/wav", Kind.AUDIO),
        (rb"fLaC", "audio/flac", Kind.AUDIO),
        (rb"OggS", "audio/ogg", Kind.AUDIO),
        (rb"ID3|\xff[\xf2-\xf7\xfa-\xff]", "audio/mpeg", Kind.AUDIO),
        (rb"#!AMR", "audio/amr", Kind.AUDIO),
        (rb"%PDF-", "application/pdf", Kind.DOCUMENT),
        (rb"%!PS", "application/postscript", Kind.DOCUMENT),
        (rb"PK\x03\x04", "application/zip", Kind.UNKNOWN),
        (rb"\0\0\0\x0cjP  |\xff\x4f\xff\x51", "image/jp2", Kind.UNKNOWN),
        (rb"\0\0\0\x0cJXL |\xff\x0a", "image/jxl", Kind.UNKNOWN),
        (rb"8BPS", "image/vnd.adobe.photoshop", Kind.UNKNOWN),
    )
)

_BRANDS: tuple[tuple[frozenset[bytes], str, Kind], ...] = (
    (frozenset({b"avif", b"avis"}), "image/avif", Kind.PHOTO),
    (frozenset({b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx"}), "image/heic", Kind.PHOTO),
    (frozenset({b"crx "}), "image/x-canon-cr3", Kind.UNKNOWN),
    (frozenset({b"jp2 ", b"jpx ", b"jpm "}), "image/jp2", Kind.UNKNOWN),
    (frozenset({b"jxl "}), "image/jxl", Kind.UNKNOWN),
    (frozenset({b"qt  "}), "video/quicktime", Kind.VIDEO),
    (frozenset({b"M4A ", b"M4B ", b"M4P "}), "audio/mp4", Kind.AUDIO),
)

_GENERIC_PICTURE = frozenset({b"mif1", b"msf1", b"mif2", b"miaf", b"heif"})
_OLD_QUICKTIME = frozenset({b"moov", b"mdat", b"wide", b"free", b"skip", b"pnot"})
_CONTROL = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f]")
_TEXT_MARKS = (
    (re.compile(rb"<svg[\s>]", re.IGNORECASE), "image/svg+xml"),
    (re.compile(rb"<(!doctype html|html|head|body|script)\b", re.IGNORECASE), "text/html"),
)


def sniff(head: bytes) -> tuple[str, Kind]:
    """The media type and kind that the first ``HEAD_BYTES`` bytes of a file show.

    Types outside ``ALLOWED_TYPES`` are named so that a person can be told what was sent.
    """
    if not head:
        return EMPTY, Kind.UNKNOWN
    for pattern, media_type, kind in _SIGNATURES:
        if pattern.match(head):
            return media_type, kind
    return _iso_media(head) or _matroska(head) or _text(head) or (UNNAMED, Kind.UNKNOWN)


def media_of(stream: BinaryIO, size: int, sha256: str = "") -> Media:
    """The received file in ``stream`` (seekable) with what its first bytes show."""
    stream.seek(0)
    media_type, kind = sniff(stream.read(HEAD_BYTES))
    stream.seek(0)
    return Media(stream=stream, size=size, sha256=sha256, media_type=media_type, kind=kind)


def require_readable(media: Media) -> None:
    """Raises Unreadable, with a reason for a person, unless the file is of a type that is read here."""
    if media.media_type == EMPTY or media.size == 0:
        raise Unreadable("it is empty", code="empty")
    if media.media_type not in ALLOWED_TYPES:
        raise Unreadable(f"it is not a photo or video of a type that is read here ({media.media_type})")


def _iso_media(head: bytes) -> tuple[str, Kind] | None:
    """ISO/IEC 14496-12: the brands of the ``ftyp`` box; QuickTime files before it had none."""
    if head[4:8] in _OLD_QUICKTIME:
        return "video/quicktime", Kind.VIDEO
    if head[4:8] != b"ftyp":
        return None
    length = min(int.from_bytes(head[:4], "big"), len(head))
    major, others = head[8:12], {head[at : at + 4] for at in range(16, length - 3, 4)}
    if major in _GENERIC_PICTURE:
        return _branded(others - _GENERIC_PICTURE) or ("image/heif", Kind.PHOTO)
    if named := _branded({major}):
        return named
    return ("video/3gpp" if major[:2] == b"3g" else "video/mp4"), Kind.VIDEO


def _branded(brands: set[bytes]) -> tuple[str, Kind] | None:
    for known, media_type, kind in _BRANDS:
        if brands & known:
            return media_type, kind
    return None


def _matroska(head: bytes) -> tuple[str, Kind] | None:
    if not head.startswith(b"\x1a\x45\xdf\xa3"):
        return None
    return ("video/webm" if b"webm" in head[:64] else "video/x-matroska"), Kind.VIDEO


def _text(head: bytes) -> tuple[str, Kind] | None:
    for pattern, media_type in _TEXT_MARKS:
        if pattern.search(head):
            return media_type, Kind.DOCUMENT
    try:
        head[:-3].decode("utf-8")
    except UnicodeDecodeError as broken:
        if broken.end < len(head) - 3:
            return None
    return None if _CONTROL.search(head) else ("text/plain", Kind.DOCUMENT)
