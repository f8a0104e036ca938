"""Photos that share words are found, on both databases alike; and a crop, all the way through the checks."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image, ImageOps

from claims.actors import DESK
from media_checks.context import Kind
from media_checks.local_features import VERSION, Features, features_of
from tests.builders import checked, make_case, make_evidence
from tests.media_checks.samples import saved, scene
from tests.verification.files import all_at_once, file
from verification import fingerprint_index, matching, operations
from verification.fingerprint_index import words
from verification.models import LocalFeatures, Match, Relation

pytestmark = pytest.mark.django_db

ROUNDS = 100


def features(given) -> Features:
    """Features of these words, at places that mean nothing."""
    bits = np.array(given, dtype=np.uint32)
    return Features(bits, np.full_like(bits, 15), np.ones((len(bits), 2)), np.ones(len(bits)), (4.0, 3.0))


def stored(found: Features, name: str | None = None) -> LocalFeatures:
    media_file = file(name)
    matching.store(media_file, {"fingerprints": [], "local_features": found.as_json()})
    return media_file.local_features


@pytest.fixture(params=[words._FEW, 0])
def either_way(request, monkeypatch) -> None:
    """With few photos PostgreSQL reads all words, with many it asks its index: both must say the same."""
    monkeypatch.setattr(words, "_FEW", request.param)


@pytest.mark.usefixtures("either_way")
def test_who_shares_three_words_is_found_with_how_many():
    chance = np.random.default_rng(1)
    theirs = [chance.integers(0, 1 << 30, 128, dtype=np.uint32) for _ in range(60)]
    numbers = [stored(features(each)).pk for each in theirs]
    asked = np.unique(np.concatenate([theirs[3], theirs[20][:3], theirs[40][:2]]))
    expected = {
        number: shared
        for number, each in zip(numbers, theirs, strict=True)
        if (shared := len(np.intersect1d(each, asked))) >= 3
    }
    assert set(expected) == {numbers[3], numbers[20]}
    assert fingerprint_index.sharing(asked) == expected
    assert fingerprint_index.sharing(np.empty(0, np.uint32)) == {}


@pytest.mark.usefixtures("either_way")
def test_a_word_that_a_photo_has_often_counts_once_and_the_greatest_are_words_too():
    greatest = (1 << 30) - 1
    number = stored(features([greatest, greatest, greatest - 1, greatest - 2, 0])).pk
    asked = np.array([0, greatest - 2, greatest - 1, greatest], dtype=np.uint32)
    assert fingerprint_index.sharing(asked) == {number: 4}
    assert fingerprint_index.sharing(asked[2:]) == {}


@pytest.mark.usefixtures("either_way")
def test_features_that_went_away_are_not_found_and_new_ones_are():
    asked = np.array([11, 22, 33, 44], np.uint32)
    first = stored(features(asked))
    assert fingerprint_index.sharing(asked) == {first.pk: 4}
    first.delete()
    second = stored(features(asked[1:]))
    assert fingerprint_index.sharing(asked) == {second.pk: 3}


def test_features_of_another_version_propose_nothing():
    read = features_of(scene(3).convert("L"))
    number = stored(read).pk
    asked = {"fingerprints": [], "queries": [], "local_features": read.as_json()}
    other = file()
    assert [each.pk for each in matching.find(other, asked).not_compared]  # it has no bytes to be looked at
    LocalFeatures.objects.filter(pk=number).update(version="dog2-dct30-0")
    assert matching.find(other, asked).not_compared == []


def test_storing_again_changes_nothing():
    media_file, one, other = file(), features([1, 2, 3]), features([4, 5, 6])
    for each in (one, other):
        matching.store(media_file, {"fingerprints": [], "local_features": each.as_json()})
    assert bytes(LocalFeatures.objects.get().rows) == one.packed()


def cut(image: Image.Image) -> Image.Image:
    width, height = image.size
    return image.crop((round(0.22 * width), round(0.18 * height), width, height))


def captioned(image: Image.Image) -> Image.Image:
    return ImageOps.expand(cut(image), border=(0, 0, 0, 90), fill="white")


@pytest.mark.parametrize(
    ("change", "relation"),
    [
        (cut, Relation.CROP),
        (lambda image: ImageOps.mirror(cut(image)), Relation.MIRRORED),
        (captioned, Relation.CROP),
    ],
)
def test_a_crop_that_no_hash_proposes_is_found_through_the_real_checks(change, relation):
    case, picture = make_case(), scene(seed=11)
    original = checked(make_evidence(case, content=saved(picture)))
    for seed in range(30, 34):
        checked(make_evidence(case, content=saved(scene(seed))))
    copy = checked(make_evidence(case, content=saved(change(picture), quality=70)))
    match = Match.objects.of(copy.media_file).get()
    assert match.other(copy.media_file) == original.media_file
    assert match.distance > 31
    assert match.relation == relation
    assert match.agreement >= 0.6
    (told,) = [
        each["details"]
        for each in copy.check_runs.get(check_slug="perceptual_hash").findings
        if each["code"] == "perceptual_hash.computed"
    ]
    assert "local_features" not in told
    assert original.media_file.kind == Kind.PHOTO


@pytest.mark.django_db(transaction=True)
def test_of_two_photos_that_arrive_at_once_each_is_found_by_one_at_least():
    """Commit, then search: whichever searches last sees the other."""
    lost = 0
    for number in range(ROUNDS):
        LocalFeatures.objects.all().delete()
        asked = np.arange(3, dtype=np.uint32) + 10 * number
        found: list[int] = []

        def arrive(media_file, asked=asked, found=found):
            matching.store(media_file, {"fingerprints": [], "local_features": features(asked).as_json()})
            found.append(len(fingerprint_index.sharing(asked)))

        all_at_once(arrive, [file(), file()])
        lost += max(found, default=0) < 2
    assert lost == 0


def test_photos_that_arrived_before_they_were_read_so_are_read_in_a_new_round():
    case, picture = make_case(), scene(seed=11)
    original = checked(make_evidence(case, content=saved(picture)))
    LocalFeatures.objects.update(version="dog2-dct30-0")
    checked(make_evidence(case, content=saved(cut(picture), quality=70)))
    assert not Match.objects.exists()
    assert list(matching.undescribed()) == [original]
    operations.check_undescribed(actor=DESK, most=10)
    original.refresh_from_db()
    checked(original)
    assert Match.objects.get().relation == Relation.CROP
    assert list(matching.undescribed()) == []
    assert LocalFeatures.objects.get(media_file=original.media_file).version == VERSION
