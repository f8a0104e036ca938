"""What happens to a picture on its way: random alterations with seeded parameters, by class."""

from __future__ import annotations

import io
from collections.abc import Callable

import numpy as np
from PIL import Image, ImageDraw, ImageEnhance, ImageFont, ImageOps

Alteration = Callable[[Image.Image, np.random.Generator], Image.Image]
WORDS = [
    "ALEPPO",
    "now",
    "—",
    "share",
    "before",
    "they",
    "delete",
    "it!",
    "Breaking:",
    "what",
    "nobody",
    "shows",
    "you,",
    "18",
    "November",
    "2016",
]
QUALITIES = {"recompressed q30": 30, "messenger 1600 px q70": 70}


def saved(image: Image.Image, quality: int = 85) -> bytes:
    """The picture as a JPEG."""
    file = io.BytesIO()
    image.convert("RGB").save(file, "JPEG", quality=quality)
    return file.getvalue()


def altered(name: str, image: Image.Image, random: np.random.Generator) -> bytes:
    """The picture after the alteration of that name, as a JPEG."""
    return saved(CLASSES[name](image, random), QUALITIES.get(name, 85))


def scaled(image: Image.Image, factor: float) -> Image.Image:
    """The picture made smaller or larger, its shape kept."""
    size = [max(32, round(side * factor)) for side in image.size]
    return image.resize((size[0], size[1]), Image.Resampling.LANCZOS)


def messenger(image: Image.Image, random: np.random.Generator) -> Image.Image:
    return scaled(image, min(1.0, 1600 / max(image.size)))


def letterbox(image: Image.Image, random: np.random.Generator) -> Image.Image:
    """Black bars above and below, or at both sides."""
    share = random.uniform(0.05, 0.3)
    across, down = (share, 0.0) if random.random() < 0.5 else (0.0, share)
    return framed(image, (across, down, across, down), (0, 0, 0))


def border(image: Image.Image, random: np.random.Generator) -> Image.Image:
    """A border of any colour, each side of another width."""
    return framed(image, random.uniform(0.02, 0.15, 4), colour(random))


def framed(image: Image.Image, shares: object, ground: tuple[int, ...]) -> Image.Image:
    """The picture on a larger ground: shares of its sides to the left, above, right, below."""
    shares = np.asarray(shares) * (image.size * 2)
    left, top, right, bottom = (round(float(each)) for each in shares)
    frame = Image.new("RGB", (image.width + left + right, image.height + top + bottom), ground)
    frame.paste(image, (left, top))
    return frame


def colour(random: np.random.Generator) -> tuple[int, ...]:
    return tuple(random.integers(0, 256, 3).tolist())


def crop(low: float, high: float, centred: bool) -> Alteration:
    """Each side shorter by a share between ``low`` and ``high``."""

    def cut(image: Image.Image, random: np.random.Generator) -> Image.Image:
        lost = random.uniform(low, high, 2) * image.size
        first = lost / 2 if centred else lost * random.uniform(0, 1, 2)
        return image.crop((*first.round().astype(int), *(image.size - (lost - first)).round().astype(int)))

    return cut


def text(image: Image.Image, random: np.random.Generator) -> Image.Image:
    """One to three lines of text across the picture, outlined as memes are."""
    image, size = image.copy(), max(12, round(min(image.size) * random.uniform(0.05, 0.09)))
    for _ in range(random.integers(1, 4)):
        write(image, random, size, random.uniform(0.05, 0.9), "white", "black")
    return image


def write(image: Image.Image, random: np.random.Generator, size: int, at: float, ink: str, edge: str) -> None:
    font = ImageFont.load_default(size)
    words = " ".join(random.choice(WORDS, random.integers(2, 5)))
    place = random.uniform(0.02, 0.2) * image.width, at * image.height
    ImageDraw.Draw(image).text(place, words, ink, font, stroke_width=size // 12, stroke_fill=edge)


def logo(image: Image.Image, random: np.random.Generator) -> Image.Image:
    """A round mark of a channel near a corner, a tenth to a fifth of the picture's side."""
    image, size = image.copy(), round(min(image.size) * random.uniform(0.1, 0.2))
    x, y = (random.choice([0.03, 0.97]) * (side - size) for side in image.size)
    ImageDraw.Draw(image).ellipse((x, y, x + size, y + size), colour(random), "white", size // 10)
    return image


def brightness(image: Image.Image, random: np.random.Generator) -> Image.Image:
    return ImageEnhance.Brightness(image).enhance(random.choice([random.uniform(0.55, 0.8), 1.35]))


def contrast(image: Image.Image, random: np.random.Generator) -> Image.Image:
    return ImageEnhance.Contrast(image).enhance(random.choice([random.uniform(0.6, 0.8), 1.4]))


def quarter_turn(image: Image.Image, random: np.random.Generator) -> Image.Image:
    return image.transpose(
        (Image.Transpose.ROTATE_90, Image.Transpose.ROTATE_180, Image.Transpose.ROTATE_270)[
            random.integers(3)
        ]
    )


def tilted(image: Image.Image, random: np.random.Generator, degrees: int = 3) -> Image.Image:
    """Turned to either side, the empty corners black."""
    return image.rotate(random.choice([-degrees, degrees]), Image.Resampling.BICUBIC)


def mirrored_crop(image: Image.Image, random: np.random.Generator) -> Image.Image:
    return ImageOps.mirror(crop(0.10, 0.25, False)(image, random))


def captioned_crop(image: Image.Image, random: np.random.Generator) -> Image.Image:
    return messenger(caption(crop(0.10, 0.25, False)(image, random), random), random)


def caption(image: Image.Image, random: np.random.Generator) -> Image.Image:
    """A bar of one colour with words above or below the picture."""
    share, above = random.uniform(0.1, 0.25), random.random() < 0.5
    dark = random.random() < 0.5
    shares = (0, share, 0, 0) if above else (0, 0, 0, share)
    frame = framed(image, shares, (10, 10, 10) if dark else (250, 250, 250))
    bar = share * image.height
    at = (0.25 * bar if above else image.height + 0.25 * bar) / frame.height
    write(frame, random, max(10, round(bar * 0.35)), at, *(("white",) * 2 if dark else ("black",) * 2))
    return frame


def screenshot(image: Image.Image, random: np.random.Generator) -> Image.Image:
    """The picture as wide as a phone's screen, between a status bar, a name, a text and buttons."""
    width, height = 1080, round(1080 * random.uniform(1.9, 2.2))
    dark = random.random() < 0.5
    ink = "white" if dark else "black"
    screen = Image.new("RGB", (width, height), (18, 18, 18) if dark else (255, 255, 255))
    shown = scaled(image, width / image.width)
    shown = shown.crop((0, 0, width, min(shown.height, height - 700)))
    top = round(random.uniform(250, height - 350 - shown.height))
    screen.paste(shown, (0, top))
    write(screen, random, 36, 20 / height, ink, ink)
    ImageDraw.Draw(screen).ellipse((30, 90, 150, 210), colour(random))
    write(screen, random, 40, 120 / height, ink, ink)
    for line in range(int((height - top - shown.height - 150) // 70)):
        write(screen, random, 40, (top + shown.height + 40 + 70 * line) / height, ink, ink)
    for button in range(4):
        place = 120 + 240 * button
        ImageDraw.Draw(screen).rectangle((place, height - 90, place + 60, height - 30), outline=ink, width=6)
    return screen


CLASSES: dict[str, Alteration] = {
    "recompressed q30": lambda image, random: image,
    "half size": lambda image, random: scaled(image, 0.5),
    "quarter size": lambda image, random: scaled(image, 0.25),
    "messenger 1600 px q70": messenger,
    "grey": lambda image, random: ImageOps.grayscale(image),
    "brightness": brightness,
    "contrast": contrast,
    "mirrored": lambda image, random: ImageOps.mirror(image),
    "quarter turns": quarter_turn,
    "letterbox": letterbox,
    "border": border,
    "text overlay": text,
    "logo overlay": logo,
    "crop 5 to 10 %, centred": crop(0.05, 0.10, True),
    "crop 5 to 10 %, off centre": crop(0.05, 0.10, False),
    "crop 10 to 25 %, centred": crop(0.10, 0.25, True),
    "crop 10 to 25 %, off centre": crop(0.10, 0.25, False),
    "crop 25 to 50 %, off centre": crop(0.25, 0.50, False),
    "crop 50 to 70 %, off centre": crop(0.50, 0.70, False),
    "crop 10 to 25 %, mirrored": mirrored_crop,
    "crop 10 to 25 %, caption, messenger": captioned_crop,
    "turned by 3°": tilted,
    "turned by 10°": lambda image, random: tilted(image, random, 10),
    "caption bar": caption,
    "screenshot": screenshot,
}
