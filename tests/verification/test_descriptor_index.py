"""The descriptor index finds every photo at the threshold, and nothing of another model."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from claims.models import MediaFile
from media_checks.context import DescriptorModel
from media_checks.descriptors import Descriptors, cosines, version_of
from tests.verification.files import all_at_once, file
from tests.verification.near_descriptors import beside, some
from verification import descriptor_index
from verification.models import Descriptor

pytestmark = pytest.mark.django_db

MODEL = DescriptorModel("model.onnx", "a" * 64, 288, 512, 0.5, (0.0, 0.0, 0.0), (1.0, 1.0, 1.0))
OTHER = replace(MODEL, sha256="b" * 64, dimension=96)
ROUNDS = 100


def described(numbers: np.ndarray, model: DescriptorModel = MODEL) -> Descriptors:
    rows = np.atleast_2d(numbers)
    parts = tuple(f"window {at}" for at in range(len(rows)))
    return Descriptors(version_of(model), model.threshold, parts, rows)


def stored(numbers: np.ndarray, model: DescriptorModel = MODEL) -> MediaFile:
    media_file = file()
    descriptor_index.store(media_file, described(numbers, model), model)
    return media_file


def found(asked: Descriptors | None) -> set[str]:
    return {sha256 for sha256, _apart in descriptor_index.near(asked)}


def test_all_at_the_threshold_or_above_are_found_and_none_below():
    asked = some(4)
    rows = [beside(asked, cosine, seed) for seed, cosine in enumerate(np.arange(0.3, 1.0, 0.02))]
    files = {stored(row).pk: row for each in rows for row in each}
    files |= {stored(row).pk: row for row in some(500, seed=9)}
    greatest = {sha256: cosines(asked, row[None]).max() for sha256, row in files.items()}
    expected = {sha256 for sha256, cosine in greatest.items() if cosine >= 0.5}
    assert len(expected) > 80
    assert found(described(asked)) == expected
    for sha256, apart in descriptor_index.near(described(asked)):
        assert np.cos(np.pi * apart) == pytest.approx(greatest[sha256])


def test_any_dimension_and_any_threshold_will_do():
    asked = some(2, 96)
    loose = replace(OTHER, threshold=0.8)
    near, far = stored(beside(asked, 0.9, 1), loose), stored(beside(asked, 0.7, 2), loose)
    assert found(described(asked, loose)) == {near.pk}
    assert found(described(asked, replace(loose, threshold=0.65))) == {near.pk, far.pk}


def test_what_another_model_gave_is_not_found_though_its_rows_are_wider_or_narrower():
    mine, theirs = some(1), some(1, 96)
    wide, narrow = stored(mine, MODEL), stored(theirs, OTHER)
    assert found(described(mine, MODEL)) == {wide.pk}
    assert found(described(theirs, OTHER)) == {narrow.pk}
    assert found(described(mine, replace(MODEL, mean=(0.5, 0.5, 0.5)))) == set()
    assert descriptor_index.of(wide, described(theirs, OTHER)) is None


def test_what_was_stored_is_what_is_compared():
    media_file, numbers = file(), some(3)
    for _twice in range(2):
        descriptor_index.store(media_file, described(numbers), MODEL)
    again = descriptor_index.of(media_file, described(numbers))
    assert np.array_equal(again.numbers, numbers)
    row = Descriptor.objects.first()
    assert (len(row.numbers), len(row.signs), Descriptor.objects.count()) == (512, 64, 3)


def test_nothing_described_nothing_stored_and_nothing_found():
    media_file = file()
    descriptor_index.store(media_file, None, None)
    assert not Descriptor.objects.exists()
    assert found(None) == set()
    assert found(described(some(1))) == set()
    assert descriptor_index.of(media_file, None) is None


UNTRUE = {
    "another model": described(some(1), OTHER),
    "another threshold": described(some(1), replace(MODEL, threshold=0.99)),
    "shorter rows": described(some(1, 96)),
    "longer rows": described(some(1, 1024)),
    "no rows": described(some(0)),
    "rows without end": described(some(100)),
}


@pytest.mark.parametrize("what", UNTRUE)
def test_what_the_named_model_cannot_have_given_is_refused_and_breaks_no_search(what):
    sound = stored(some(1))
    with pytest.raises(ValueError, match="another model"):
        descriptor_index.store(file(), UNTRUE[what], MODEL)
    with pytest.raises(ValueError, match="another model"):
        descriptor_index.store(file(), described(some(1)), None)
    assert Descriptor.objects.count() == 1
    assert found(described(some(1))) == {sound.pk}


@pytest.mark.django_db(transaction=True)
def test_rows_that_come_later_and_rows_that_went_away_are_followed():
    one, other = some(2)
    first = stored(one)
    assert found(described(one)) == {first.pk}
    second = stored(other)
    assert found(described(np.stack([one, other]))) == {first.pk, second.pk}
    Descriptor.objects.filter(media_file=first).delete()
    assert found(described(np.stack([one, other]))) == {second.pk}
    Descriptor.objects.all().delete()
    third = stored(one)
    assert found(described(one)) == {third.pk}


@pytest.mark.django_db(transaction=True)
def test_of_two_photos_that_arrive_at_once_one_finds_the_other():
    """Commit, then search: whichever searches last sees the other."""
    files, lost = [file("c"), file("d")], 0
    for numbers in some(ROUNDS):
        Descriptor.objects.all().delete()
        met: list[int] = []

        def arrive(media_file, met=met, numbers=numbers):
            descriptor_index.store(media_file, described(numbers), MODEL)
            met.append(len(found(described(numbers))))

        all_at_once(arrive, files)
        lost += max(met) < 2
    assert lost == 0
