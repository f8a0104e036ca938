"""Photos decoded safely, or refused with a reason."""

from __future__ import annotations

from io import BytesIO

import numpy as np
import pillow_heif
import pytest
from PIL import Image, ImageOps

from media_checks.contract import Unreadable
from media_checks.photos import decode, flat, open_photo, orientation_of, upright
from tests.media_checks.samples import film, media, photo, png_bomb, saved, scan_bomb, scene, webp_bomb


def test_a_bomb_is_refused_by_its_header():
    with pytest.raises(Unreadable, match="900 million pixels") as refused:
        open_photo(media(png_bomb()))

    assert refused.value.code == "too_large"


def test_a_canvas_is_refused_before_the_decoder_reserves_it():
    with pytest.raises(Unreadable, match="268 million pixels"):
        open_photo(media(webp_bomb()))


@pytest.mark.parametrize("format", ["JPEG", "PNG", "WEBP", "TIFF", "BMP", "GIF", "AVIF"])
@pytest.mark.parametrize("share", [0.02, 0.3, 0.7])
def test_a_cut_photo_is_refused_and_never_half_read(format: str, share: float):
    whole = saved(scene(), format)

    with pytest.raises(Unreadable):
        decode(open_photo(media(whole[: int(len(whole) * share)])))


def test_the_reason_does_not_quote_the_file():
    hostile = photo()[:300] + b"<script>alert(1)</script>" * 20

    with pytest.raises(Unreadable) as refused:
        decode(open_photo(media(hostile)))

    assert "script" not in refused.value.reason


def test_a_film_is_no_photo():
    with pytest.raises(Unreadable, match="not a photo"):
        open_photo(media(film([scene(width=64, height=64)])))


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_photo_is_turned_upright_as_its_orientation_asks(orientation: int):
    image = open_photo(media(photo(scene(5), orientation=orientation)))
    expected = ImageOps.exif_transpose(Image.open(BytesIO(photo(scene(5), orientation=orientation))))

    turned = upright(decode(image), orientation_of(image))

    assert turned.size == expected.size
    assert np.array_equal(np.asarray(turned), np.asarray(expected))


def test_transparent_parts_are_white():
    see_through = Image.new("RGBA", (40, 30), (255, 0, 0, 0))

    assert flat(decode(open_photo(media(saved(see_through, "PNG"))))).getpixel((5, 5)) == (255, 255, 255)


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGBA", "I;16", "RGB"])
def test_every_mode_of_a_png_can_be_compared(mode: str):
    grey = scene().convert("L")
    picture = (
        Image.fromarray(np.asarray(grey, dtype="uint16") * 257) if mode == "I;16" else scene().convert(mode)
    )

    read = flat(decode(open_photo(media(saved(picture, "PNG"))))).convert("L").resize((32, 32))

    expected = np.asarray(grey.resize((32, 32)), dtype=float)
    assert np.abs(np.asarray(read, dtype=float) - expected).mean() < 12


def test_an_embedded_thumbnail_of_a_heic_never_stands_in_for_the_picture():
    picture = pillow_heif.from_pillow(scene(3, 800, 600))
    file = BytesIO()
    picture.save(file, thumbnails=[256], quality=60)

    assert decode(open_photo(media(file.getvalue())), at_least=128).size == (800, 600)


def test_a_jpeg_that_goes_over_its_picture_without_end_is_refused():
    with pytest.raises(Unreadable, match=r"stored in 10\d\d passes") as refused:
        open_photo(media(scan_bomb(1000)))

    assert refused.value.code == "too_large"
    assert decode(open_photo(media(scan_bomb(100)))).size == (2000, 2000)
