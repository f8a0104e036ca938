"""Learned descriptors of photos, by a real model: what they find that hashes miss, and never say."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageOps

from media_checks.context import Context, DescriptorModel, Kind
from media_checks.contract import ContractBroken, perform
from media_checks.copies import Copies, Pair
from media_checks.descriptors import (
    Descriptors,
    UnfitModel,
    cosines,
    describe,
    load,
    radius,
    version_of,
)
from media_checks.fingerprints import WHOLE, canonical
from media_checks.pairs import Prints, pair_of
from media_checks.perceptual_hash import CHECK
from media_checks.relations import Grey
from tests import descriptor_models
from tests.descriptor_models import cut, shuffled
from tests.media_checks.samples import film, media, photo, saved, scene


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> DescriptorModel:
    return descriptor_models.named(tmp_path_factory.mktemp("model"))


def described(picture: Image.Image, model: DescriptorModel) -> Descriptors:
    found = Descriptors.of(describe(media(saved(picture)), model))
    assert found is not None
    return found


def cosine(one: Descriptors, other: Descriptors) -> float:
    return float(cosines(one.numbers, other.numbers).max())


class Photo:
    """A photo as the command sees it, with a model or without."""

    def __init__(self, name: str, picture: Image.Image, model: DescriptorModel | None):
        file = media(saved(picture))
        found = dict(perform(CHECK, file, Context(descriptor_model=model)).findings[0].details)
        del found["local_features"]  # it is the descriptor that is to propose and to place here
        self.prints = Prints.of(name, name, Kind.PHOTO, found)
        self.grey = Grey.of(canonical(file)[WHOLE])


def pair(one: Photo, other: Photo, *, seen: bool = True) -> Pair | None:
    greys = {each.prints.path: each.grey for each in (one, other) if seen}
    return pair_of(one.prints, other.prints, lambda path, at: greys.get(path))


def test_the_parts_of_a_picture_are_near_it_and_other_pictures_are_far(model: DescriptorModel):
    whole = [described(scene(seed), model) for seed in range(11, 23)]
    parts = [described(cut(scene(seed)), model) for seed in range(11, 23)]
    others = [cosine(one, other) for at, one in enumerate(whole) for other in whole[:at]]
    assert min(map(cosine, whole, parts)) >= model.threshold > max(others)


def test_a_crop_that_no_hash_proposes_is_proposed_and_named_by_its_pixels(model: DescriptorModel):
    files = {"whole": scene(18), "part": cut(scene(18), 0.2)}
    without = [Photo(name, picture, None) for name, picture in files.items()]
    with_it = [Photo(name, picture, model) for name, picture in files.items()]
    assert pair(*without) is None
    found = pair(*with_it)
    assert (found.relation, found.derived, found.suggested) == ("crop", "b", True)
    assert found.agreement >= 0.6
    assert found.likeness >= model.threshold


def test_where_the_pixels_do_not_agree_it_is_the_same_picture_or_scene_and_nothing_more(
    model: DescriptorModel,
):
    for other in (shuffled(scene(18)), cut(scene(18))):
        found = pair(Photo("a", scene(18), model), Photo("b", other, model))
        assert (found.relation, found.agreement, found.derived) == ("scene", None, None)
        assert found.score == found.likeness
        assert found.suggested
        assert found.as_json()["likeness"] == found.likeness


def test_what_could_not_be_laid_over_is_still_put_before_a_person(model: DescriptorModel):
    found = pair(Photo("a", scene(18), model), Photo("b", cut(scene(18), 0.2), model), seen=False)
    assert (found.relation, found.suggested) == ("scene", True)


def test_a_descriptor_does_not_rename_what_hashes_and_pixels_say(model: DescriptorModel):
    small = scene(18).resize((320, 240))
    named = pair(Photo("a", scene(18), model), Photo("b", small, model))
    assert named == replace(
        pair(Photo("a", scene(18), None), Photo("b", small, None)), likeness=named.likeness
    )
    assert named.relation == "near"
    assert "likeness" not in pair(Photo("a", scene(18), None), Photo("b", small, None)).as_json()


def feed(picture: Image.Image) -> Image.Image:
    """The picture on a phone's screen, with what comes after it."""
    screen = Image.new("RGB", (480, 1040), "white")
    for number, each in enumerate((picture, ImageOps.invert(picture), scene(33))):
        screen.paste(each.resize((480, 480)), (0, 480 * number))
    return screen


def test_a_long_picture_is_also_described_in_squares_along_its_length_and_makes_one_pair(
    model: DescriptorModel,
):
    picture, screen = scene(18), feed(scene(18))
    found = described(screen, model)
    assert found.parts == ("whole", "window 1", "window 2", "window 3", "window 4")
    assert described(screen.transpose(Image.Transpose.ROTATE_90), model).parts == found.parts
    assert described(picture, model).parts == ("whole",)
    by_part = cosines(found.numbers, described(picture, model).numbers)[:, 0]
    assert by_part[0] < model.threshold <= by_part[1:].max()
    copies = Copies(lambda path, at: None)
    copies.add(Photo("screen", screen, model).prints)
    assert [each.relation for each in copies.of(Photo("picture", picture, model).prints)] == ["scene"]


def test_a_very_long_picture_has_its_windows_counted(model: DescriptorModel):
    assert len(described(Image.new("RGB", (100, 3000)), model).parts) == 9


def test_the_picture_is_described_as_it_is_to_be_seen(model: DescriptorModel):
    turned = scene(18).transpose(Image.Transpose.ROTATE_90)
    as_stored = Descriptors.of(describe(media(photo(turned, orientation=6)), model))
    assert cosine(as_stored, described(scene(18), model)) > 0.99


def test_each_channel_is_fed_as_the_model_was_trained(model: DescriptorModel):
    """By the model's own arithmetic on the same pixels: red first, less the mean, by the deviation."""
    picture = scene(18, 96, 96)
    given = Descriptors.of(describe(media(saved(picture, "PNG")), model)).numbers[0].astype(float)
    expected = descriptor_models.expected(np.asarray(picture), model.dimension)
    assert np.corrcoef(given, expected)[0, 1] > 0.999
    assert np.corrcoef(given, descriptor_models.expected(np.asarray(picture)[:, :, ::-1], 96))[0, 1] < 0.99


def test_numbers_of_another_model_or_of_other_pixels_are_never_compared(model: DescriptorModel):
    this = described(scene(18), model)
    assert this.likeness(this) == 1.0
    for other in (
        replace(model, sha256="0" * 64),
        replace(model, side=95),
        replace(model, mean=(0.5, 0.5, 0.5)),
        replace(model, std=(0.5, 0.5, 0.5)),
    ):
        assert this.likeness(replace(this, version=version_of(other))) is None
    assert version_of(model).startswith(f"{model.sha256}-")
    assert version_of(replace(model, threshold=0.9)) == version_of(model)


def test_the_result_names_the_model_where_it_was_used_and_only_there(model: DescriptorModel):
    context = Context(descriptor_model=model)
    used = perform(CHECK, media(photo()), context).parameters
    assert used["descriptors"] == {
        "model": model.sha256,
        "version": version_of(model),
        "dimension": model.dimension,
        "threshold": model.threshold,
    }
    for content in (film([scene(1), scene(2)]), saved(Image.new("RGB", (300, 200), "grey")), b"no picture"):
        result = perform(CHECK, media(content), context)
        assert "descriptors" not in result.parameters
        assert not any("described" in each.details for each in result.findings)
    assert "descriptors" not in perform(CHECK, media(photo()), Context()).parameters


def test_the_context_carries_the_model_as_it_is(model: DescriptorModel):
    context = Context(descriptor_model=model)
    assert Context.from_json(context.as_json()) == context
    assert Context.from_json(Context().as_json()) == Context()


def test_the_radius_of_the_signs_is_that_of_the_measured_one_in_its_place():
    assert radius(512, 0.5) == 205
    assert radius(512, 0.9) < radius(512, 0.5) < radius(512, 0.2)


@pytest.mark.parametrize(("dimension", "threshold"), [(512, 0.5), (256, 0.6), (96, 0.75)])
def test_no_neighbour_of_random_numbers_is_lost_by_its_signs(dimension: int, threshold: float):
    """Neighbours exactly at the threshold, as far off as a neighbour can be: one in a thousand is allowed."""
    random = np.random.default_rng(5)
    one, noise = random.normal(size=(2, 20_000, dimension))
    one /= np.linalg.norm(one, axis=1, keepdims=True)
    noise -= (noise * one).sum(axis=1, keepdims=True) * one
    noise /= np.linalg.norm(noise, axis=1, keepdims=True)
    other = threshold * one + np.sqrt(1 - threshold**2) * noise
    apart = ((one >= 0) != (other >= 0)).sum(axis=1)
    assert (apart > radius(dimension, threshold)).mean() <= 0.001


def test_no_neighbour_of_real_photos_is_lost_by_its_signs(model: DescriptorModel, media_folder: Path):
    """Every pair of real photos and their crops whose cosine is at the threshold, as they are stored."""
    paths = sorted((media_folder / "media" / "photos").rglob("*.jpg"))[::4]
    found = []
    for path in paths:
        try:
            picture = Image.open(path).convert("RGB")
        except OSError:
            continue
        picture.thumbnail((600, 600))
        found += [described(each, model) for each in (picture, cut(picture, 0.15), cut(picture))]
    numbers = np.concatenate([each.numbers for each in found])
    signs = np.concatenate([each.sign_words for each in found])
    alike = np.argwhere(np.triu(cosines(numbers, numbers) >= model.threshold, 1))
    apart = np.array([np.bitwise_count(signs[a] ^ signs[b]).sum() for a, b in alike])
    assert len(found) > 60
    assert len(alike) > 100
    assert (apart > found[0].radius).sum() == 0


BROKEN: dict[str, tuple[str, Callable[[DescriptorModel], DescriptorModel]]] = {
    "not there": ("DESCRIPTOR_MODEL cannot be read", lambda model: replace(model, path="/nowhere/model")),
    "another file": ("DESCRIPTOR_SHA256 is not that", lambda model: replace(model, sha256="0" * 64)),
    "wrong side": ("DESCRIPTOR_SIDE of 64", lambda model: replace(model, side=64)),
    "wrong dimension": (
        "DESCRIPTOR_DIMENSION is 512, but the model gives 96",
        lambda model: replace(model, dimension=512),
    ),
}


@pytest.mark.parametrize("what", BROKEN)
def test_a_model_that_does_not_fit_is_refused_by_the_name_of_the_setting(what: str, model: DescriptorModel):
    said, change = BROKEN[what]
    with pytest.raises(UnfitModel, match=said):
        load(change(model))


def test_what_is_no_model_is_refused(model: DescriptorModel, tmp_path: Path):
    path = tmp_path / "model.onnx"
    path.write_bytes(b"no model")
    with pytest.raises(UnfitModel, match="DESCRIPTOR_MODEL cannot be loaded as an ONNX model"):
        load(descriptor_models.of(path, model))


def test_a_model_that_gives_no_numbers_is_no_model(tmp_path: Path):
    for bad in (0.0, float("nan"), float("inf")):
        path = tmp_path / f"{bad}.onnx"
        path.write_bytes(descriptor_models.constant(bad))
        wrong = descriptor_models.of(path, descriptor_models.named(tmp_path))
        with pytest.raises(UnfitModel, match=r"DESCRIPTOR_MODEL gives nothing .*ContractBroken"):
            load(wrong)
        with pytest.raises(ContractBroken):
            describe(media(photo()), wrong)


def test_rows_of_another_length_than_is_said_are_refused(model: DescriptorModel):
    details = describe(media(photo()), model)
    details["descriptors"]["dimension"] = 95
    with pytest.raises(ValueError, match="not every descriptor has 95 numbers"):
        Descriptors.of(details)
