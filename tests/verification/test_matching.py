"""The fingerprint index, and what a confirmed match does."""

from __future__ import annotations

import io
from datetime import UTC, datetime

import pytest
from PIL import Image, ImageOps

from claims.actors import person
from claims.transitions import BadInput, NotPermitted
from tests.builders import (
    checked,
    decided,
    make_case,
    make_claim,
    make_evidence,
    make_investigator,
    picture,
)
from tests.media_checks.samples import saved, scene
from tests.verification.files import all_at_once, file, find, row
from verification import matching, operations
from verification.models import Fingerprint, Judgement, Match, Relation, Review

pytestmark = pytest.mark.django_db

ROUNDS = 500
# A status of June 2014, by its number alone.
POST_OF_2014 = "https://twitter.com/someone/status/478000000000000000"


def again(content: bytes, change=lambda image: image, quality=40) -> bytes:
    out = io.BytesIO()
    change(Image.open(io.BytesIO(content))).save(out, "JPEG", quality=quality)
    return out.getvalue()


def bits_apart(count: int) -> int:
    return (1 << count) - 1


@pytest.mark.parametrize("distance", [0, 1, 16, 31])
def test_everything_within_the_radius_is_found(distance):
    matching.store(file("a"), {"fingerprints": [row(bits_apart(distance))]})
    (pair,) = find(file("b"), [row(0)])
    assert pair.distance == distance


@pytest.mark.parametrize("distance", [32, 64, 256])
def test_nothing_beyond_the_radius_is_found(distance):
    matching.store(file("a"), {"fingerprints": [row(bits_apart(distance))]})
    assert find(file("b"), [row(0)]) == []


def test_leading_zeros_are_bits_too():
    matching.store(file("a"), {"fingerprints": [row(0)]})
    assert Fingerprint.objects.get().bits == "0" * 64


def test_a_picture_with_too_little_in_it_is_neither_asked_for_nor_found():
    matching.store(file("a"), {"fingerprints": [row(0, quality=49)]})
    assert find(file("b"), [row(0)]) == []
    matching.store(file("c"), {"fingerprints": [row(0)]})
    assert find(file("d"), [row(0, quality=49)]) == []


def test_storing_twice_changes_nothing():
    media_file = file("a")
    for _ in range(2):
        matching.store(media_file, {"fingerprints": [row(5)]})
    assert Fingerprint.objects.count() == 1


@pytest.mark.parametrize(
    ("change", "relation"),
    [
        (lambda image: image, Relation.NEAR),
        (lambda image: image.resize((160, 120)), Relation.NEAR),
        (ImageOps.grayscale, Relation.NEAR),
        (ImageOps.mirror, Relation.MIRRORED),
        (lambda image: image.rotate(90, expand=True), Relation.ROTATED),
    ],
)
def test_a_copy_is_found_through_the_real_checks(change, relation):
    case, content = make_case(), picture(seed=5)
    checked(make_evidence(case, content=content))
    copy = checked(make_evidence(case, content=again(content, change)))
    match = Match.objects.of(copy.media_file).get()
    assert match.relation == relation
    assert match.distance <= 31
    codes = {each["code"] for each in copy.check_runs.get(check_slug="perceptual_hash").findings}
    assert "perceptual_hash.possible_copies" in codes


def framed(image: Image.Image) -> Image.Image:
    return ImageOps.expand(image, border=(0, 60), fill=(0, 0, 0))


def stamped(image: Image.Image) -> Image.Image:
    image.paste(Image.new("RGB", (130, 70), (250, 240, 20)), (20, 20))
    return image


def cut(image: Image.Image) -> Image.Image:
    width, height = image.size
    return image.crop((round(0.07 * width), round(0.05 * height), width, height))


@pytest.mark.parametrize(
    ("change", "relation", "derived"),
    [(framed, Relation.NEAR, True), (stamped, Relation.NEAR, True), (cut, Relation.CROP, True)],
)
def test_what_the_fingerprints_only_suggest_is_laid_over_and_named(change, relation, derived):
    case, content = make_case(), saved(scene(seed=11))
    original = checked(make_evidence(case, content=content))
    copy = checked(make_evidence(case, content=again(content, change, quality=80)))
    match = Match.objects.of(copy.media_file).get()
    assert match.other(copy.media_file) == original.media_file
    assert match.relation == relation
    assert match.agreement >= 0.6
    assert match.seems_derived == (copy.media_file if derived else None)


def test_pictures_that_only_one_family_of_hashes_likens_are_no_match_unless_the_pixels_agree():
    media_file, other = file(), file()
    matching.store(
        media_file, {"fingerprints": [row(0, algorithm="phash", bits="0" * 16), row(bits_apart(100))]}
    )
    asked = [row(0, algorithm="phash", bits="0" * 16), row(0)]
    assert find(other, asked) == []


def test_so_many_are_compared_and_the_rest_by_their_hashes(monkeypatch):
    asked = []
    monkeypatch.setattr(matching, "MOST_COMPARED", 3)
    monkeypatch.setattr(matching.working_copies, "grey", lambda sha256, at: asked.append(sha256))
    for distance in range(6):
        matching.store(file(), {"fingerprints": [row(bits_apart(distance))]})
    pairs = find(file(), [row(0)])
    assert [pair.distance for pair in pairs] == list(range(6))
    assert len(asked) == 3 * 2


def test_what_could_not_be_compared_is_said_and_not_taken_for_no_copy(monkeypatch):
    case, elsewhere = make_case(), make_case()
    content = saved(scene(seed=11))
    original = checked(make_evidence(case, content=content))
    monkeypatch.setattr(matching, "MOST_COMPARED", 0)
    cropped = again(content, cut, quality=80)
    for each, said in ((case, "perceptual_hash.not_compared"), (elsewhere, "perceptual_hash.no_copies")):
        copy = checked(make_evidence(each, content=cropped + (b"\0" if each == case else b"")))
        findings = {one["code"]: one for one in copy.check_runs.get(check_slug="perceptual_hash").findings}
        assert said in findings
        assert len(findings.keys() & {"perceptual_hash.no_copies", "perceptual_hash.not_compared"}) == 1
    assert not Match.objects.of(original.media_file).exists()


def test_distinct_pictures_do_not_match():
    case = make_case()
    for seed in range(6):
        checked(make_evidence(case, content=picture(seed=seed)))
    assert not Match.objects.exists()


@pytest.fixture
def recycled():
    """A picture claimed for November 2016, and an attested copy in a post of June 2014."""
    case = make_case()
    claim = make_claim(case, event_start=datetime(2016, 11, 18, tzinfo=UTC))
    content = picture(seed=9)
    old = checked(make_evidence(case, content=content, source_url=POST_OF_2014))
    operations.attest(actor=person(make_investigator(case)), evidence=old, reason="I saw it there.")
    checked(old)
    return checked(make_evidence(case, claim, content=again(content))), old


def verdict(evidence):
    return evidence.check_runs.get(check_slug="reverse_date", round=evidence.round).verdict


def judge(evidence, judgement, user=None, **fields):
    match = Match.objects.of(evidence.media_file).get()
    actor = person(user or make_investigator(evidence.case))
    operations.judge_match(actor=actor, match=match, judgement=judgement, reason="The same rubble.", **fields)
    evidence.refresh_from_db()
    checked(evidence)
    return match


def test_recycled_footage_is_contradicted_only_once_its_match_is_confirmed(recycled):
    evidence, _old = recycled
    assert verdict(evidence) != "contradicted"
    judge(evidence, Judgement.SAME)
    assert verdict(evidence) == "contradicted"
    assert Review.objects.live().get(evidence=evidence).worst_verdict == "contradicted"


def test_confirming_a_match_reopens_what_was_decided(recycled):
    evidence, _old = recycled
    decided(evidence)
    assert not Review.objects.live().filter(evidence=evidence).exists()
    judge(evidence, Judgement.SAME)
    assert Review.objects.live().get(evidence=evidence).reason == "checked_again"


def test_different_wins_and_is_remembered(recycled):
    evidence, _old = recycled
    judge(evidence, Judgement.SAME)
    match = judge(evidence, Judgement.DIFFERENT)
    assert match.judgement == Judgement.DIFFERENT
    assert judge(evidence, Judgement.SAME).judgement == Judgement.DIFFERENT
    assert verdict(evidence) != "contradicted"
    assert match.judgements.count() == 3


def test_earlier_rounds_stay_as_they_were(recycled):
    evidence, _old = recycled
    before = evidence.check_runs.get(check_slug="reverse_date", round=1)
    judge(evidence, Judgement.SAME)
    after = evidence.check_runs.get(check_slug="reverse_date", round=1)
    assert after.result == before.result


def test_a_judgement_needs_its_reason_and_its_direction(recycled):
    evidence, _old = recycled
    match = Match.objects.of(evidence.media_file).get()
    actor = person(make_investigator(evidence.case))
    for given in (
        {"judgement": Judgement.SAME, "reason": " "},
        {"judgement": Judgement.DERIVED, "reason": "cropped"},
        {"judgement": Judgement.UNJUDGED, "reason": "hm"},
    ):
        with pytest.raises(BadInput):
            operations.judge_match(actor=actor, match=match, **given)


def test_a_copy_in_a_case_of_others_is_not_shown_nor_judged(recycled):
    evidence, _old = recycled
    other = make_case()
    checked(make_evidence(other, content=again(picture(seed=9), quality=30)))
    stranger = person(make_investigator(other))
    assert not Match.objects.visible_to(stranger).exists()
    with pytest.raises(NotPermitted):
        operations.judge_match(
            actor=stranger,
            match=Match.objects.of(evidence.media_file).first(),
            judgement=Judgement.DIFFERENT,
            reason="mine",
        )


def test_a_check_says_nothing_of_a_case_of_others():
    content = picture(seed=9)
    checked(make_evidence(make_case(), content=content, source_url=POST_OF_2014))
    mine = checked(make_evidence(make_case(), content=again(content)))
    same = checked(make_evidence(make_case(), content=content))
    for evidence in (mine, same):
        assert matching.earlier_copies(evidence) == ()


@pytest.mark.django_db(transaction=True)
def test_of_two_copies_that_arrive_at_once_the_match_is_found():
    """Commit, then search: whichever searches last sees the other."""
    files = [file("a"), file("b")]
    lost = 0
    for number in range(ROUNDS):
        Fingerprint.objects.all().delete()
        Match.objects.all().delete()

        def arrive(media_file, number=number):
            matching.store(media_file, {"fingerprints": [row(number)]})
            matching.record_matches(find(media_file, [row(number)]))

        all_at_once(arrive, files)
        lost += not Match.objects.exists()
    assert lost == 0
