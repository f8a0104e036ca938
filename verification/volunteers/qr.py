"""A receipt code as a QR code that a page can draw without an inline style."""

from __future__ import annotations

from dataclasses import dataclass

import segno

QUIET_ZONE = 4


@dataclass(frozen=True)
class Drawing:
    """The edge of the drawing in modules, quiet zone included, and the dark ones as an SVG path."""

    edge: int
    path: str


def draw(text: str) -> Drawing:
    """The QR code (ISO/IEC 18004) of a short text."""
    rows = [bytes(row) for row in segno.make(text, error="m", micro=False).matrix_iter(border=QUIET_ZONE)]
    dark = ((x, y) for y, row in enumerate(rows) for x, module in enumerate(row) if module)
    return Drawing(len(rows), "".join(f"M{x} {y}h1v1h-1z" for x, y in dark))
