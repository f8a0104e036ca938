"""The drawn receipt code."""

from __future__ import annotations

import re

import segno

from verification.volunteers.qr import MASK, QUIET_ZONE, draw

CODE = "B53KH-RKHE1-FMEQ6-0XHGR"


def test_the_drawing_has_the_modules_of_the_code_and_no_others():
    drawing = draw(CODE)
    drawn = {(int(x), int(y)) for x, y in re.findall(r"M(\d+) (\d+)h1v1h-1z", drawing.path)}
    rows = [bytes(row) for row in segno.make(CODE, error="m", micro=False, mask=MASK).matrix]
    dark = {(x, y) for y, row in enumerate(rows) for x, module in enumerate(row) if module}
    assert drawn == {(x + QUIET_ZONE, y + QUIET_ZONE) for x, y in dark}
    assert drawing.edge == len(rows) + 2 * QUIET_ZONE
