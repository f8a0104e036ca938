"""Films that share footage, by the fingerprints of their frames."""

from __future__ import annotations

import random

import pytest

from tests.verification.files import file, find, row
from verification import matching
from verification.models import Relation

pytestmark = pytest.mark.django_db


def distinct(count: int) -> list[int]:
    """Hashes of scenes of which each is 48 bits from the next."""
    return [((1 << 64) - 1) << (24 * number) for number in range(count)]


def test_a_clip_is_found_with_its_offset():
    film, clip = file("a", "video"), file("b", "video")
    scenes = [(1 << 200) // (number + 3) for number in range(30)]
    matching.store(film, {"fingerprints": [row(each, at=float(at)) for at, each in enumerate(scenes)]})
    pairs = find(clip, [row(each, at=float(at)) for at, each in enumerate(scenes[12:20])])
    (match,) = matching.record_matches(pairs)
    assert match.relation == Relation.CLIP
    assert match.frames == 8
    assert match.offset == (-12.0 if match.first == film else 12.0)


@pytest.mark.parametrize(
    ("orientation", "relation"),
    [
        ("mirrored", Relation.MIRRORED),
        ("rotated_90", Relation.ROTATED),
        ("rotated_180", Relation.ROTATED),
        ("mirrored_270", Relation.MIRRORED),
    ],
)
def test_a_mirrored_or_turned_film_is_found_with_its_offset(orientation, relation):
    film, other = file("a", "video"), file("b", "video")
    scenes = [random.Random(number).getrandbits(256) for number in range(12)]
    turned = [random.Random(100 + number).getrandbits(256) for number in range(12)]
    matching.store(film, {"fingerprints": [row(each, at=float(at)) for at, each in enumerate(scenes)]})
    stored = [row(each, at=float(at)) for at, each in enumerate(turned[3:9])]
    mirrored = [row(each, at=float(at), orientation=orientation) for at, each in enumerate(scenes[3:9])]
    pairs = matching.find(other, {"fingerprints": stored, "queries": [*stored, *mirrored]}).pairs
    (match,) = matching.record_matches(pairs)
    assert (match.relation, match.frames, match.offset) == (relation, 6, -3.0)


def test_films_beyond_those_laid_over_are_compared_by_their_frames_all_the_same(monkeypatch):
    monkeypatch.setattr(matching, "MOST_COMPARED", 0)
    scenes = distinct(8)
    first = [row(each, at=float(at)) for at, each in enumerate(scenes[:4])]
    matching.store(file("a", "video"), {"fingerprints": first})
    asked = [row(each, at=float(at)) for at, each in enumerate(scenes[3:])]
    found = matching.find(file("b", "video"), {"fingerprints": asked, "queries": asked})
    assert (found.pairs, found.not_compared) == ([], [])


def test_one_like_frame_does_not_make_two_films_the_same():
    film, other = file("a", "video"), file("b", "video")
    scenes = distinct(8)
    matching.store(film, {"fingerprints": [row(each, at=float(at)) for at, each in enumerate(scenes[:4])]})
    assert find(other, [row(each, at=float(at)) for at, each in enumerate(scenes[3:])]) == []


BLURRED = ((1 << 36) - 1) << 200  # bits that a moment more of a moving camera changes
LESS = ((1 << 30) - 1) << 200  # so few that the frame is still near


@pytest.mark.parametrize(
    ("clip", "frames"),
    [
        ([(0, 0, 0.0), (1, BLURRED, 2.0)], [2]),
        ([(0, 0, 0.0), (1, BLURRED, 5.0)], []),  # not where it should stand
        ([(0, BLURRED, 0.0), (1, BLURRED, 2.0)], []),  # none is near
        ([(0, LESS, 0.0), (3, BLURRED, 20.0), (4, BLURRED, 22.0)], []),  # nor at the offset of most
    ],
)
def test_less_near_frames_count_beside_a_near_one_where_they_should_stand(clip, frames):
    scenes = distinct(6)
    film = [row(each, at=2.0 * number) for number, each in enumerate(scenes)]
    matching.store(file("a", "video"), {"fingerprints": film})
    pairs = find(file("b", "video"), [row(scenes[number] ^ bits, at=at) for number, bits, at in clip])
    assert [each.frames for each in pairs] == frames
