"""Scenes of the demo case, drawn by rule: nobody's footage, and the picture itself says so.

The same scene always comes out the same, pixel by pixel, so that a copy can be made of it later.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from random import Random

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from verification.demo import motifs
from verification.demo.motifs import PALETTES, SIZE, Canvas, Palette

MARK = "DEMONSTRATION"
CAPTION = "Rendered for a demonstration. This is not footage."
_LIGHT_GRID = (7, 5)
_GRAIN = 5.0


@dataclass(frozen=True)
class Scene:
    """What is drawn: the light, the objects from back to front, and the seed of all that is random."""

    palette: str
    objects: tuple[str, ...]
    seed: int


def render(scene: Scene, *, added: str = "") -> Image.Image:
    """The scene as RGB, 1280 × 960; ``added`` is an object that was not there, painted over it."""
    palette = PALETTES[scene.palette]
    image = _sky(palette)
    canvas = Canvas(ImageDraw.Draw(image), palette, _numbers(scene.seed))
    motifs.skyline(canvas)
    motifs.ground(canvas)
    for name in scene.objects:
        motifs.OBJECTS[name](canvas)
    image = _lit(image, scene.seed)
    if added:
        motifs.OBJECTS[added](Canvas(ImageDraw.Draw(image), palette, _numbers(scene.seed + 1)))
    _mark(image, _numbers(scene.seed))
    return image


def pan(
    scene: Scene, frames: int, size: tuple[int, int], first: int = 0, last: int | None = None
) -> Iterator[Image.Image]:
    """Frames ``first`` to ``last`` of a camera that moves over the scene in ``frames`` steps."""
    whole = render(scene)
    wide = (whole.width * 11 // 20, whole.width * 11 // 20 * size[1] // size[0])
    for number in range(first, frames if last is None else last):
        share = number / max(1, frames - 1)
        left = round((whole.width - wide[0]) * share)
        top = round((whole.height - wide[1]) * (1 - share))
        frame = whole.resize(size, Image.Resampling.BILINEAR, box=(left, top, left + wide[0], top + wide[1]))
        _caption(frame)
        yield frame


@cache
def _font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(size=size)


def _numbers(seed: int) -> Random:
    return Random(seed)  # noqa: S311 (the same picture again is wanted here, not a secret)


def _sky(palette: Palette) -> Image.Image:
    share = np.linspace(0, 1, SIZE[1])[:, None, None]
    rows = np.array(palette.high) * (1 - share) + np.array(palette.low) * share
    return Image.fromarray(np.repeat(rows, SIZE[0], axis=1).astype(np.uint8))


def _lit(image: Image.Image, seed: int) -> Image.Image:
    """Uneven light and a little grain: no two scenes have their shadows in the same places."""
    numbers = np.random.default_rng(seed)
    patches = Image.fromarray(numbers.integers(0, 256, _LIGHT_GRID[::-1], dtype=np.uint8))
    light = np.asarray(patches.resize(SIZE, Image.Resampling.BICUBIC), dtype=np.float32) / 255
    grain = numbers.normal(0, _GRAIN, (SIZE[1], SIZE[0], 1)).astype(np.float32)
    pixels = np.asarray(image, dtype=np.float32) * (0.6 + 0.6 * light[..., None]) + grain
    return Image.fromarray(pixels.clip(0, 255).astype(np.uint8))


def _mark(image: Image.Image, numbers: Random) -> None:
    """The word across the picture, slanted, where a crop cannot lose all of it; the caption below."""
    angle = numbers.uniform(-28, 28)
    edge, letters = _slanted(angle, stroke=4), _slanted(angle)
    place = (
        numbers.randrange(max(1, image.width - edge.width)),
        numbers.randrange(image.height // 4, max(image.height // 4 + 1, image.height - edge.height)),
    )
    image.paste("black", place, edge.point(lambda value: value * 2 // 3))
    image.paste("white", place, letters)
    _caption(image)


def _slanted(angle: float, stroke: int = 0) -> Image.Image:
    layer = Image.new("L", (900, 140), 0)
    ImageDraw.Draw(layer).text((450, 70), MARK, font=_font(92), fill=170, stroke_width=stroke, anchor="mm")
    return layer.rotate(angle, expand=True, resample=Image.Resampling.BILINEAR)


def _caption(image: Image.Image) -> None:
    size = max(11, image.width // 46)
    ImageDraw.Draw(image).text(
        (size, image.height - size),
        CAPTION,
        font=_font(size),
        fill="white",
        stroke_width=max(1, size // 9),
        stroke_fill="black",
        anchor="ls",
    )
