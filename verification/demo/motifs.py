"""What the demo scenes are made of: light, skyline, ground, and objects drawn with few strokes.

None of them shows a person who could be hurt or known: people are figures without faces.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from random import Random

from PIL import ImageDraw

SIZE = (1280, 960)
HORIZON = 560

Colour = tuple[int, int, int]


@dataclass(frozen=True)
class Palette:
    """The colours of an hour: the sky above and below, far and near walls, ground, light, shade."""

    high: Colour
    low: Colour
    far: Colour
    near: Colour
    ground: Colour
    light: Colour
    shade: Colour


PALETTES = {
    "dawn": Palette((86, 104, 150), (240, 190, 160), (120, 110, 130), (88, 78, 92), (132, 116, 106),
                    (255, 224, 170), (48, 44, 58)),
    "day": Palette((92, 148, 205), (206, 224, 232), (190, 178, 158), (214, 196, 164), (176, 158, 128),
                   (252, 246, 228), (74, 66, 58)),
    "dusk": Palette((60, 52, 96), (226, 124, 86), (96, 74, 92), (66, 52, 66), (92, 74, 72),
                    (255, 204, 120), (32, 26, 36)),
    "night": Palette((10, 14, 32), (44, 52, 84), (34, 38, 56), (22, 24, 38), (30, 32, 40),
                     (255, 214, 130), (8, 8, 14)),
    "dust": Palette((170, 152, 124), (214, 198, 168), (178, 158, 128), (146, 126, 98), (162, 142, 112),
                    (240, 228, 200), (82, 68, 52)),
    "grey": Palette((132, 140, 148), (196, 200, 204), (150, 152, 154), (116, 118, 122), (134, 132, 128),
                    (236, 238, 236), (52, 54, 58)),
}  # fmt: skip


@dataclass(frozen=True)
class Canvas:
    """Where to draw, in which light, with which numbers."""

    draw: ImageDraw.ImageDraw
    palette: Palette
    numbers: Random

    def block(self, left: float, top: float, width: float, height: float, colour: Colour) -> None:
        """A filled rectangle."""
        self.draw.rectangle((left, top, left + width, top + height), fill=colour)

    def disc(self, x: float, y: float, radius: float, colour: Colour) -> None:
        """A filled circle."""
        self.draw.ellipse((x - radius, y - radius, x + radius, y + radius), fill=colour)

    def varied(self, colour: Colour, by: int = 26) -> Colour:
        """The colour, a little lighter or darker."""
        step = self.numbers.randint(-by, by)
        red, green, blue = (min(255, max(0, part + step)) for part in colour)
        return red, green, blue


def skyline(canvas: Canvas) -> None:
    """Two rows of houses with windows, some lit, to the horizon."""
    for colour, highest in ((canvas.palette.far, 430), (canvas.palette.near, 300)):
        left = -canvas.numbers.randint(0, 90)
        while left < SIZE[0]:
            width, height = canvas.numbers.randint(70, 190), canvas.numbers.randint(90, highest)
            if canvas.numbers.random() < 0.82:
                house(canvas, left, HORIZON - height, width, height + 20, canvas.varied(colour, 40))
            left += width + canvas.numbers.randint(-8, 34)


def house(canvas: Canvas, left: float, top: float, width: float, height: float, colour: Colour) -> None:
    """A flat-roofed house, its windows dark or lit."""
    canvas.block(left, top, width, height, colour)
    palette = canvas.palette
    for y in range(int(top) + 16, int(top + height) - 26, 44):
        for x in range(int(left) + 12, int(left + width) - 22, 36):
            if canvas.numbers.random() < 0.78:
                lit = canvas.numbers.random() < 0.28
                canvas.block(x, y, 18, 26, palette.light if lit else palette.shade)


def ground(canvas: Canvas) -> None:
    """The ground, with a road that leads to the horizon."""
    palette, far = canvas.palette, canvas.numbers.randint(200, SIZE[0] - 200)
    canvas.block(0, HORIZON, SIZE[0], SIZE[1] - HORIZON, palette.ground)
    near = far + canvas.numbers.randint(-420, 420)
    canvas.draw.polygon(
        ((far - 26, HORIZON), (far + 26, HORIZON), (near + 330, SIZE[1]), (near - 330, SIZE[1])),
        fill=canvas.varied(palette.shade, 14),
    )


def buses(canvas: Canvas) -> None:
    """A row of green buses."""
    x, y, green = canvas.numbers.randint(-60, 80), canvas.numbers.randint(600, 680), (46, 128, 74)
    for _each in range(canvas.numbers.randint(3, 4)):
        canvas.block(x, y, 330, 150, canvas.varied(green, 18))
        canvas.block(x, y + 100, 330, 14, canvas.palette.light)
        for window in range(5):
            canvas.block(x + 16 + window * 62, y + 22, 48, 52, canvas.palette.shade)
        for wheel in (64, 262):
            canvas.disc(x + wheel, y + 152, 28, (24, 24, 26))
        x, y = x + 372, y + canvas.numbers.randint(-22, 34)


def clinic(canvas: Canvas) -> None:
    """A low building with a lettered sign, sandbags before it."""
    left, top = canvas.numbers.randint(120, 560), canvas.numbers.randint(330, 400)
    house(canvas, left, top, 560, 360, canvas.varied(canvas.palette.light, 20))
    canvas.block(left + 232, top + 210, 96, 150, canvas.palette.shade)
    canvas.block(left + 226, top - 108, 112, 112, (36, 104, 160))
    for x, y, width, height in ((24, 22, 18, 68), (70, 22, 18, 68), (24, 48, 64, 16)):
        canvas.block(left + 226 + x, top - 108 + y, width, height, (250, 250, 250))
    for bag in range(14):
        x, y = left - 20 + (bag % 7) * 88, top + 352 - 34 * (bag // 7)
        canvas.draw.ellipse((x, y, x + 92, y + 40), fill=canvas.varied((176, 160, 120), 22))


def figures(canvas: Canvas) -> None:
    """A queue of people without faces."""
    x = canvas.numbers.randint(20, 160)
    while x < SIZE[0] - 60:
        height = canvas.numbers.randint(150, 230)
        top = canvas.numbers.randint(800, 860) - height
        coat = canvas.numbers.choice(((92, 44, 50), (46, 66, 96), (70, 70, 74), (120, 96, 58), (40, 82, 70)))
        canvas.draw.rounded_rectangle((x, top + 40, x + 62, top + height), 26, fill=canvas.varied(coat, 20))
        canvas.disc(x + 31, top + 22, 24, canvas.varied((150, 116, 92), 24))
        x += canvas.numbers.randint(64, 150)


def stalls(canvas: Canvas) -> None:
    """Market stalls with striped awnings."""
    x = canvas.numbers.randint(-40, 60)
    while x < SIZE[0]:
        top, width = canvas.numbers.randint(560, 620), canvas.numbers.randint(210, 300)
        colour = canvas.numbers.choice(((178, 52, 48), (42, 104, 140), (196, 148, 44), (60, 122, 74)))
        for stripe in range(0, width, 40):
            canvas.block(x + stripe, top, 22, 66, colour)
            canvas.block(x + stripe + 22, top, 18, 66, (242, 238, 226))
        canvas.block(x + 8, top + 150, width - 16, 84, canvas.varied(canvas.palette.near, 30))
        for crate in range(0, width - 60, 56):
            canvas.disc(x + 40 + crate, top + 146, 24, canvas.varied((206, 126, 54), 40))
        x += width + canvas.numbers.randint(24, 90)


def smoke(canvas: Canvas) -> None:
    """A column of smoke, wider as it rises."""
    x, y, radius = float(canvas.numbers.randint(220, 1060)), HORIZON + 30.0, 36.0
    drift = canvas.numbers.uniform(-22, 22)
    while y > -120:
        for _each in range(4):
            grey = canvas.numbers.randint(46, 128)
            canvas.disc(x + canvas.numbers.uniform(-radius, radius), y, radius, (grey, grey, grey + 4))
        x, y, radius = x + drift, y - 46, radius * 1.13


def rubble(canvas: Canvas) -> None:
    """Broken walls in a heap."""
    middle = canvas.numbers.randint(260, 1020)
    for _piece in range(70):
        x, y = canvas.numbers.gauss(middle, 190), canvas.numbers.uniform(640, 900)
        size = canvas.numbers.uniform(22, 92)
        corners = [
            (x + canvas.numbers.uniform(-size, size), y + canvas.numbers.uniform(-size, size) * 0.6)
            for _corner in range(4)
        ]
        canvas.draw.polygon(corners, fill=canvas.varied(canvas.palette.near, 60))


def trucks(canvas: Canvas) -> None:
    """A convoy of covered trucks."""
    x, y = canvas.numbers.randint(-80, 40), canvas.numbers.randint(640, 700)
    while x < SIZE[0]:
        canvas.block(x, y + 44, 96, 96, canvas.varied((226, 226, 222), 16))
        canvas.block(x + 12, y + 56, 44, 36, canvas.palette.shade)
        canvas.block(x + 104, y, 250, 140, canvas.varied((216, 214, 206), 26))
        for wheel in (44, 170, 300):
            canvas.disc(x + wheel, y + 146, 30, (22, 22, 24))
        x, y = x + canvas.numbers.randint(400, 470), y + canvas.numbers.randint(-30, 40)


def tanks(canvas: Canvas) -> None:
    """A roof in front, with water tanks, a dish and washing on a line."""
    top = canvas.numbers.randint(690, 760)
    canvas.block(0, top, SIZE[0], SIZE[1] - top, canvas.varied(canvas.palette.near, 20))
    for _tank in range(canvas.numbers.randint(3, 6)):
        x, height = canvas.numbers.randint(0, SIZE[0] - 120), canvas.numbers.randint(120, 250)
        canvas.draw.rounded_rectangle(
            (x, top - height, x + 110, top + 6), 18, fill=canvas.varied((190, 70, 52), 60)
        )
    for cloth in range(canvas.numbers.randint(5, 9)):
        x = 60 + cloth * 130 + canvas.numbers.randint(-20, 20)
        canvas.block(x, top + 60, 70, canvas.numbers.randint(70, 140), canvas.varied((206, 210, 220), 46))


def arches(canvas: Canvas) -> None:
    """A cellar with arches, a lamp in some of them."""
    canvas.block(0, 0, SIZE[0], SIZE[1], canvas.palette.near)
    x = -canvas.numbers.randint(0, 160)
    while x < SIZE[0]:
        width, top = canvas.numbers.randint(180, 330), canvas.numbers.randint(150, 420)
        lit = canvas.numbers.random() < 0.45
        inside = canvas.varied(canvas.palette.light, 30) if lit else canvas.palette.shade
        canvas.draw.ellipse((x, top, x + width, top + width), fill=inside)
        canvas.block(x, top + width / 2, width, 860 - top - width / 2, inside)
        x += width + canvas.numbers.randint(40, 110)
    canvas.block(0, 840, SIZE[0], 120, canvas.palette.ground)


def glow(canvas: Canvas) -> None:
    """Fires behind the roofs, and sparks."""
    for _fire in range(canvas.numbers.randint(2, 4)):
        x, y = canvas.numbers.randint(80, SIZE[0] - 80), canvas.numbers.randint(250, 540)
        for radius, colour in ((150, (120, 50, 20)), (96, (214, 106, 28)), (48, (255, 224, 130))):
            canvas.disc(x, y, radius, colour)
        for _spark in range(26):
            canvas.disc(canvas.numbers.gauss(x, 170), canvas.numbers.gauss(y - 90, 120), 5, (255, 190, 90))


def canister(canvas: Canvas) -> None:
    """A yellow cylinder with fins, lying on the ground."""
    x, y = canvas.numbers.randint(120, 720), canvas.numbers.randint(690, 790)
    canvas.draw.rounded_rectangle((x, y, x + 380, y + 104), 50, fill=(208, 170, 52))
    for ring in range(4):
        canvas.block(x + 70 + ring * 74, y, 20, 104, (96, 82, 40))
    canvas.draw.polygon(
        ((x + 350, y + 52), (x + 450, y - 34), (x + 420, y + 52), (x + 450, y + 138)), fill=(62, 60, 56)
    )


def hill(canvas: Canvas) -> None:
    """A mound with a wall and towers on it."""
    middle, height = canvas.numbers.randint(380, 900), canvas.numbers.randint(230, 330)
    top = HORIZON - height
    canvas.draw.polygon(
        ((middle - 520, 590), (middle - 300, top), (middle + 300, top), (middle + 520, 590)),
        fill=canvas.varied(canvas.palette.ground, 34),
    )
    for tower in range(-300, 301, 100):
        canvas.block(middle + tower - 26, top - canvas.numbers.randint(60, 130), 52, 140, canvas.palette.far)
    canvas.block(middle - 300, top - 42, 600, 60, canvas.varied(canvas.palette.far, 30))


OBJECTS: dict[str, Callable[[Canvas], None]] = {
    each.__name__: each
    for each in (buses, clinic, figures, stalls, smoke, rubble, trucks, tanks, arches, glow, canister, hill)
}
