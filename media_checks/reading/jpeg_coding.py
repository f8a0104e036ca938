"""How the picture of a JPEG is stored: whose quantisation tables, at which quality, and how much colour.

The standard tables are those of ITU-T T.81, Annex K, scaled by a quality of 1 to 100 as the Independent JPEG
Group's library scales them (jcparam.c). Most programs and platforms save with that library, or one that
writes the same; cameras mostly have tables of their own.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache

from media_checks.reading.record import JpegCoding

# T.81, figure A.6: the place in a row-by-row table of each value as it is stored.
_ZIGZAG = (
    0, 1, 8, 16, 9, 2, 3, 10, 17, 24, 32, 25, 18, 11, 4, 5, 12, 19, 26, 33, 40, 48, 41, 34, 27, 20, 13,
    6, 7, 14, 21, 28, 35, 42, 49, 56, 57, 50, 43, 36, 29, 22, 15, 23, 30, 37, 44, 51, 58, 59, 52, 45,
    38, 31, 39, 46, 53, 60, 61, 54, 47, 55, 62, 63,
)  # fmt: skip
_LUMINANCE = (
    16, 11, 10, 16, 24, 40, 51, 61, 12, 12, 14, 19, 26, 58, 60, 55, 14, 13, 16, 24, 40, 57, 69, 56, 14,
    17, 22, 29, 51, 87, 80, 62, 18, 22, 37, 56, 68, 109, 103, 77, 24, 35, 55, 64, 81, 104, 113, 92, 49,
    64, 78, 87, 103, 121, 120, 101, 72, 92, 95, 98, 112, 100, 103, 99,
)  # fmt: skip
_CHROMINANCE = (
    17, 18, 24, 47, 99, 99, 99, 99, 18, 21, 26, 66, 99, 99, 99, 99, 24, 26, 56, 99, 99, 99, 99, 99, 47,
    66, 99, 99, *[99] * 36,
)  # fmt: skip
_PROGRESSIVE = frozenset({0xC2, 0xC6, 0xCA, 0xCE})
_SUBSAMPLINGS = {(1, 1): "4:4:4", (2, 1): "4:2:2", (2, 2): "4:2:0", (4, 1): "4:1:1", (1, 2): "4:4:0"}


def coding_of(marker: int, frame: bytes, tables: Iterable[bytes], *, jfif: bool) -> JpegCoding | None:
    """From a frame's marker and header (T.81, B.2.2) and the ``DQT`` segments before it (B.2.4.1).

    None where the header is cut off or a table is missing.
    """
    components = [frame[at : at + 3] for at in range(6, 6 + 3 * frame[5], 3)] if len(frame) > 5 else []
    if not components or len(components[-1]) < 3:
        return None
    known = _by_number(tables)
    used = [known[each[2]] for each in components[:2] if each[2] in known]
    if len(used) < len(components[:2]):
        return None
    return JpegCoding(_quality(*used), _subsampling(components), marker in _PROGRESSIVE, jfif)


def _by_number(tables: Iterable[bytes]) -> Mapping[int, tuple[int, ...]]:
    found: dict[int, tuple[int, ...]] = {}
    for data in tables:
        while data:
            width, number = 1 + (data[0] >> 4), data[0] & 15
            values = data[1 : 1 + 64 * width]
            if width > 2 or len(values) < 64 * width:
                break
            found[number] = tuple(
                int.from_bytes(values[at : at + width], "big") for at in range(0, 64 * width, width)
            )
            data = data[1 + 64 * width :]
    return found


def _quality(luminance: tuple[int, ...], chrominance: tuple[int, ...] | None = None) -> int | None:
    """The quality at which the standard tables are exactly these, both of them."""
    for quality in range(1, 101):
        if luminance == _scaled(_LUMINANCE, quality):
            both = chrominance is None or chrominance == _scaled(_CHROMINANCE, quality)
            return quality if both else None
    return None


@cache
def _scaled(table: tuple[int, ...], quality: int) -> tuple[int, ...]:
    share = 5000 // quality if quality < 50 else 200 - 2 * quality
    return tuple(min(max((table[at] * share + 50) // 100, 1), 255) for at in _ZIGZAG)


def _subsampling(components: list[bytes]) -> str | None:
    """How the colours are stored in fewer samples than the light; None of grey pictures and rare ratios."""
    factors = [(each[1] >> 4, each[1] & 15) for each in components]
    plain = len(factors) == 3 and factors[1] == factors[2] == (1, 1)
    return _SUBSAMPLINGS.get(factors[0]) if plain else None
