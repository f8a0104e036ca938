"""Learned descriptors on the workers' way: what is stored, proposed, shown, and never counted by itself."""

from __future__ import annotations

import io
from datetime import UTC, datetime

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.management import CommandError, call_command
from PIL import Image

from claims.actors import DESK, person
from claims.models import Role
from media_checks.context import DescriptorModel
from media_checks.descriptors import version_of
from tests import descriptor_models
from tests.builders import checked, make_case, make_claim, make_evidence, make_investigator
from tests.descriptor_models import cut, shuffled
from tests.media_checks.samples import film, saved, scene
from tests.staff import address, signed_in, staff, text_of
from verification import matching, operations
from verification.models import CheckRun, Descriptor, Judgement, Match, Relation, RunState

pytestmark = pytest.mark.django_db

# A status of June 2014, by its number alone.
POST_OF_2014 = "https://twitter.com/someone/status/478000000000000000"
SCENE = scene(18)


@pytest.fixture(scope="module")
def made(tmp_path_factory) -> DescriptorModel:
    return descriptor_models.named(tmp_path_factory.mktemp("model"))


@pytest.fixture
def model(settings, made: DescriptorModel) -> DescriptorModel:
    """The slot, filled."""
    settings.DESCRIPTOR_MODEL = made
    return made


def evidence_of(case, picture: Image.Image, claim=None, **said):
    return checked(make_evidence(case, claim, content=saved(picture, quality=88), **said))


def run_of(evidence, slug="perceptual_hash") -> CheckRun:
    return evidence.check_runs.get(check_slug=slug, round=evidence.round)


def codes(evidence, slug="perceptual_hash") -> set[str]:
    return {each["code"] for each in run_of(evidence, slug).findings}


def test_without_a_model_a_likeness_is_missed_and_nothing_is_described():
    case = make_case()
    evidence_of(case, SCENE)
    alike = evidence_of(case, shuffled(SCENE))
    assert "perceptual_hash.no_copies" in codes(alike)
    assert not Match.objects.exists()
    assert not Descriptor.objects.exists()


def test_with_a_model_it_is_matched_and_named_by_its_pixels(model):
    case = make_case()
    whole, part = evidence_of(case, SCENE), evidence_of(case, cut(SCENE, 0.2))
    match = Match.objects.get()
    assert (match.relation, match.seems_derived) == (Relation.CROP, part.media_file)
    assert match.distance > 64
    assert match.agreement >= 0.6
    assert match.likeness >= model.threshold
    assert "perceptual_hash.possible_copies" in codes(part)
    assert set(Descriptor.objects.values_list("media_file", "version", "part")) == {
        (each.media_file_id, version_of(model), "whole") for each in (whole, part)
    }


def test_the_result_names_the_model_and_keeps_no_numbers(model):
    run = run_of(evidence_of(make_case(), SCENE))
    assert run.result["parameters"]["descriptors"]["model"] == model.sha256
    assert "described" not in str(run.result)
    assert "queries" not in str(run.result)


def test_a_film_is_not_described_and_nor_is_what_has_too_little_in_it(model):
    case = make_case()
    checked(make_evidence(case, content=film([scene(1), scene(2)])))
    evidence_of(case, Image.new("RGB", (300, 200), "grey"))
    assert not Descriptor.objects.exists()
    assert CheckRun.objects.filter(state=RunState.FINISHED).count() == 6


def test_distinct_pictures_do_not_match(model):
    case = make_case()
    for seed in range(11, 17):
        evidence_of(case, scene(seed))
    assert not Match.objects.exists()
    assert Descriptor.objects.count() == 6


@pytest.fixture
def likened(model):
    """A picture claimed for November 2016, and one of the same scene in a post of June 2014 that was seen."""
    case = make_case()
    claim = make_claim(case, event_start=datetime(2016, 11, 18, tzinfo=UTC))
    old = evidence_of(case, shuffled(SCENE), source_url=POST_OF_2014)
    operations.attest(actor=person(make_investigator(case)), evidence=old, reason="I saw it there.")
    checked(old)
    return evidence_of(case, SCENE, claim), old


def judge(evidence, judgement) -> None:
    operations.judge_match(
        actor=person(make_investigator(evidence.case)),
        match=Match.objects.get(),
        judgement=judgement,
        reason="The same wall.",
    )
    evidence.refresh_from_db()
    checked(evidence)


def test_where_the_pixels_disagree_a_person_is_asked_about_the_same_picture_or_scene(likened):
    evidence, _old = likened
    match = Match.objects.get()
    assert (match.relation, match.agreement, match.judgement) == (Relation.SCENE, None, Judgement.UNJUDGED)
    assert "perceptual_hash.possible_copies" in codes(evidence)


def test_it_disputes_no_date_until_a_person_confirms_it(likened):
    evidence, _old = likened
    dates = run_of(evidence, "reverse_date")
    assert dates.verdict not in ("disputed", "contradicted")
    assert "dates.possible_earlier_copy" in codes(evidence, "reverse_date")
    assert not any(each.confirmed for each in matching.earlier_copies(evidence))
    judge(evidence, Judgement.DIFFERENT)
    assert "dates.possible_earlier_copy" not in codes(evidence, "reverse_date")
    assert matching.earlier_copies(evidence) == ()


def test_once_confirmed_it_counts_as_any_copy(likened):
    evidence, _old = likened
    judge(evidence, Judgement.SAME)
    assert run_of(evidence, "reverse_date").verdict == "contradicted"
    assert "dates.earlier_copy" in codes(evidence, "reverse_date")


def test_a_scene_of_a_case_of_others_is_told_to_nobody(model):
    evidence_of(make_case(), SCENE)
    mine = evidence_of(make_case(), shuffled(SCENE))
    assert Match.objects.get().relation == Relation.SCENE
    assert matching.earlier_copies(mine) == ()
    assert "perceptual_hash.no_copies" in codes(mine)


def test_hits_of_several_windows_are_one_match(model):
    case = make_case()
    screen = Image.new("RGB", (480, 1440))
    for number in range(3):
        screen.paste(SCENE.resize((480, 480)), (0, 480 * number))
    evidence_of(case, screen)
    evidence_of(case, SCENE)
    assert Descriptor.objects.filter(part__startswith="window").count() == 5
    assert Match.objects.count() == 1


WORDS = {
    "en": (
        "The same picture or scene",
        "of 1 by the learned descriptor",
        "A learned descriptor proposes this pair; the pixels were not compared, or do not agree. It can be a "
        "large crop, or another shot of the same scene, which is no copy.",
        "Nobody has judged this yet. Until then it counts for nothing.",
    ),
    "ar": (
        "الصورة نفسها أو المشهد نفسه",
        "بحسب الواصف المتعلَّم",
        "قد يكون جزءًا مقتطعًا كبير الاقتطاع، أو لقطة أخرى للمشهد نفسه، وهي ليست نسخة.",
    ),
}


@pytest.mark.parametrize("language", WORDS)
def test_the_review_page_says_what_it_is_and_what_it_can_be(likened, language):
    evidence, _old = likened
    desk = signed_in(staff(evidence.case, Role.INVESTIGATOR))
    page = text_of(desk.get(address("evidence", evidence.pk), headers={"Accept-Language": language}))
    for words in WORDS[language]:
        assert words in page
    for of_others in WORDS["ar" if language == "en" else "en"]:
        assert of_others not in page
    assert "Only their fingerprints are alike" not in page


def describe_photos(*arguments) -> str:
    said = io.StringIO()
    call_command("describe_photos", *arguments, stdout=said)
    return said.getvalue()


def settle(*items) -> None:
    for each in items:
        each.refresh_from_db()
        checked(each)


def test_what_arrived_before_the_model_is_described_and_matched_in_a_new_round(settings, made):
    case = make_case()
    items = evidence_of(case, SCENE), evidence_of(case, shuffled(SCENE)), evidence_of(case, scene(12))
    plain = evidence_of(case, Image.new("RGB", (300, 200), "grey"))
    assert not Match.objects.exists()
    settings.DESCRIPTOR_MODEL = made
    assert describe_photos("--most", 2) == (
        "Queued to be checked again: 2. Left for another run of this command: 1.\n"
    )
    assert "again: 1. Left for another run of this command: 0" in describe_photos()
    settle(*items)
    assert "again: 0. Left for another run of this command: 0" in describe_photos()
    assert Descriptor.objects.count() == 3
    assert Match.objects.get().relation == Relation.SCENE
    assert [each.round for each in items] == [2, 2, 2]
    plain.refresh_from_db()
    assert plain.round == 1
    assert "descriptors" not in str(items[0].check_runs.get(check_slug="perceptual_hash", round=1).result)


def test_another_model_describes_all_anew_and_what_the_first_gave_stays(model, settings, tmp_path):
    case = make_case()
    whole = evidence_of(case, SCENE)
    settings.DESCRIPTOR_MODEL = descriptor_models.named(tmp_path, dimension=64)
    part = evidence_of(case, shuffled(SCENE))
    assert not Match.objects.exists()  # described by different models: not comparable
    assert list(matching.undescribed()) == [whole]
    operations.check_undescribed(actor=DESK, most=10)
    settle(whole)
    assert Match.objects.get().relation == Relation.SCENE
    versions = Descriptor.objects.filter(media_file=whole.media_file).values_list("version", flat=True)
    assert set(versions) == {version_of(model), version_of(settings.DESCRIPTOR_MODEL)}
    assert Descriptor.objects.get(media_file=part.media_file).version == version_of(settings.DESCRIPTOR_MODEL)


def test_items_whose_checks_are_going_on_are_left_to_them(settings, made):
    case = make_case()
    first = evidence_of(case, SCENE)
    operations.request_checks(actor=DESK, evidence=first, reason="again")
    settings.DESCRIPTOR_MODEL = made
    assert list(matching.undescribed()) == []
    settle(first)
    assert Descriptor.objects.filter(media_file=first.media_file).exists()


def test_the_command_wants_to_describe_one_at_least():
    with pytest.raises(CommandError, match="1 on"):
        describe_photos("--most", 0)


def test_a_check_with_a_model_that_went_away_did_not_run_and_is_not_green(model, settings, tmp_path):
    gone = descriptor_models.named(tmp_path)
    settings.DESCRIPTOR_MODEL = gone
    (tmp_path / "model-96.onnx").unlink()
    evidence = make_evidence(make_case(), content=saved(SCENE))
    for _attempt in range(3):
        checked(evidence)
    run = run_of(evidence)
    assert run.state == RunState.FAILED
    assert "DESCRIPTOR_MODEL cannot be read" in run.reason


@pytest.mark.parametrize("wrong", [{"dimension": 512}, {"side": 64}])
def test_a_model_that_does_not_fit_stops_the_start(settings, made, wrong):
    settings.DESCRIPTOR_MODEL = DescriptorModel(**{**vars(made), **wrong})
    with pytest.raises(ImproperlyConfigured, match=f"DESCRIPTOR_{next(iter(wrong)).upper()}"):
        call_command("check")
    settings.DESCRIPTOR_MODEL = made
    call_command("check")
