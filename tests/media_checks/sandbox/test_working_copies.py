"""Working copies are made in the locked child: upright, small, and silent."""

from __future__ import annotations

from io import BytesIO

import pytest
from PIL import Image

from media_checks.contract import Unreadable
from media_checks.registry import check
from media_checks.relations import verify
from media_checks.sandbox.client import Sandbox
from tests.media_checks.samples import film, photo, png_bomb, saved, scene

METADATA, HASH = check("metadata"), check("perceptual_hash")


def test_a_working_copy_is_upright_small_and_says_nothing(sandbox: Sandbox, file):
    turned = scene(3).transpose(Image.Transpose.ROTATE_90)
    content = photo(turned, orientation=6, make="A canary", place=(36.2, 37.16))

    copy = sandbox.render(file(content), 200)

    image = Image.open(BytesIO(copy))
    assert (image.format, image.size) == ("JPEG", (200, 150))
    assert not image.getexif()
    assert b"canary" not in copy


@pytest.mark.parametrize("format", ["JPEG", "GIF", "PNG", "WEBP", "TIFF"])
def test_what_a_file_says_of_itself_neither_goes_into_its_copy_nor_costs_it_the_copy(
    sandbox: Sandbox, file, format: str
):
    told = Image.Exif()
    told[0x010E] = "A canary"
    options = {"comment": b"A canary", "exif": told, "xmp": b"<x>A canary</x>", "dpi": (300, 300)}

    copy = sandbox.render(file(saved(scene(3), format, **options)), 200)

    assert b"canary" not in copy
    assert set(Image.open(BytesIO(copy)).info) == {"jfif", "jfif_version", "jfif_unit", "jfif_density"}
    assert Image.open(BytesIO(copy)).info["jfif_unit"] == 0


def test_a_working_copy_is_never_larger_than_the_picture(sandbox: Sandbox, file):
    assert Image.open(BytesIO(sandbox.render(file(photo(scene(3, 120, 90))), 4000))).size == (120, 90)


def test_a_working_copy_of_a_film_shows_the_time_asked_for(sandbox: Sandbox, file):
    red, blue = Image.new("RGB", (160, 120), "red"), Image.new("RGB", (160, 120), "blue")
    path = file(film([red, red, blue, blue], every_key=True))

    colours = [Image.open(BytesIO(sandbox.render(path, 100, at=at))).getpixel((9, 9)) for at in (0.0, 3.0)]

    assert [colour.index(max(colour)) for colour in colours] == [0, 2]


def test_pictures_to_compare_are_upright_and_of_the_time_asked_for(sandbox: Sandbox, file):
    turned = photo(scene(3).transpose(Image.Transpose.ROTATE_90), orientation=6)
    path = file(film([scene(3), scene(4), scene(5)], every_key=True))

    upright, shown = sandbox.grey(file(photo(scene(3)))), sandbox.grey(path, 0.0)

    assert verify(upright, sandbox.grey(file(turned))).name == "near"
    assert verify(upright, shown).name == "near"
    assert verify(upright, sandbox.grey(path, 2.0)) is None


@pytest.mark.parametrize("content", [b"", b"text", png_bomb(), photo()[:3000]], ids=range(4))
def test_what_cannot_be_shown_has_a_reason(sandbox: Sandbox, file, content: bytes):
    with pytest.raises(Unreadable) as refused:
        sandbox.render(file(content), 200)
    with pytest.raises(Unreadable):
        sandbox.grey(file(content))

    assert refused.value.reason
