"""The demo case, loaded for real: every story comes out as the checks should say."""

from __future__ import annotations

import io
import json
import stat
from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib.auth import authenticate
from django.core.management import call_command
from django.db import transaction
from django.test import override_settings

from claims.actors import VOLUNTEER
from claims.models import Case, Claim, ClaimState, CustodyEvent, Evidence, EvidenceState, Submission
from verification import operations
from verification.demo import case as told
from verification.demo import loading, people, waiting
from verification.demo.items import ITEMS
from verification.models import (
    Decision,
    FeedEntry,
    Judgement,
    Match,
    Relation,
    Review,
    ReviewState,
    RunState,
    Scope,
    Verdict,
    VerdictState,
)
from verification.partners import keys

pytestmark = [pytest.mark.django_db, pytest.mark.xdist_group("demo")]

# By item: the verdicts of metadata, perceptual hash and reverse date, and findings that must be there.
STORIES = {
    "market": ("consistent", "consistent", "consistent", {"dates.fits_claim", "metadata.thumbnail_agrees"}),
    "buses": ("consistent", "consistent", "consistent", {"dates.fits_claim"}),
    "clinic_film": ("consistent", "consistent", "consistent", {"dates.fits_claim"}),
    "witness_film": ("consistent", "consistent", "consistent", {"dates.fits_claim"}),
    "ward": ("consistent", "consistent", "corroborated", {"dates.second_signal", "metadata.place_agrees"}),
    "street_recycled": (
        "inconclusive",
        "inconclusive",
        "contradicted",
        {"perceptual_hash.confirmed_copies", "dates.earlier_copy"},
    ),
    "mound_recycled": ("inconclusive", "inconclusive", "contradicted", {"dates.earlier_copy"}),
    "roofs_recycled": (
        "inconclusive",
        "inconclusive",
        "inconclusive",
        {"perceptual_hash.possible_copies", "dates.possible_earlier_copy"},
    ),
    "buses_mirrored": (
        "inconclusive",
        "inconclusive",
        "inconclusive",
        {"perceptual_hash.possible_copies", "dates.none"},
    ),
    "witness_clip": (
        "inconclusive",
        "inconclusive",
        "inconclusive",
        {"perceptual_hash.possible_copies", "metadata.edited", "dates.not_the_original_file"},
    ),
    "night": ("inconclusive", "consistent", "inconclusive", {"dates.suspect_clock"}),
    "canister": ("consistent", "consistent", "disputed", {"dates.zone_does_not_fit"}),
    "yard": (
        "disputed",
        "consistent",
        "consistent",
        {"metadata.thumbnail_differs", "metadata.edited"},
    ),
    "shelter": ("inconclusive", "consistent", "consistent", {"metadata.none", "dates.existed_soon_after"}),
    "bread": ("inconclusive", "consistent", "inconclusive", {"metadata.none", "dates.none"}),
    "convoy": ("inconclusive", "consistent", "inconclusive", {"metadata.device", "dates.none"}),
    "evening": ("inconclusive", "inconclusive", "inconclusive", {"media.unreadable"}),
    "street_2014": ("inconclusive", "inconclusive", "inconclusive", {"dates.no_claimed_time"}),
    "mound_2013": ("inconclusive", "inconclusive", "inconclusive", {"dates.no_claimed_time"}),
    "roofs_2014": ("inconclusive", "consistent", "inconclusive", {"dates.no_claimed_time"}),
}
DECIDED = {"market", "ward", "clinic_film", "street_recycled", "witness_clip"}


@pytest.fixture(scope="module")
def demo(
    django_db_setup: None, django_db_blocker: Any, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[str, Any]]:
    """A desk on which loading the demo case was cut short, then done, then done once more."""
    folder = tmp_path_factory.mktemp("demo")
    with (
        override_settings(DATA_DIR=folder, STORAGE_FOLDER=folder / "media"),
        django_db_blocker.unblock(),
        transaction.atomic(),
    ):
        _begin()
        out = io.StringIO()
        call_command("load_demo", stdout=out)
        first = _counts(), (folder / "demo.json").read_text()
        call_command("load_demo", stdout=io.StringIO())
        yield {
            "out": out.getvalue(),
            "first": first,
            "second": (_counts(), (folder / "demo.json").read_text()),
        }
        transaction.set_rollback(True)


def _begin() -> None:
    """As far as a loading got that was cut short: people, claims, and two submissions."""
    everybody = people.gather()
    case = loading.open_the_case(everybody)
    loading.send(ITEMS[:2], case, everybody)


def _counts() -> list[int]:
    models = (Case, Claim, Submission, Evidence, Match, Review, Decision, Verdict, FeedEntry, CustodyEvent)
    return [model.objects.count() for model in models]


def _runs(item: str) -> dict[str, Any]:
    evidence = loading.sent(item)
    return {run.check_slug: run for run in evidence.check_runs.filter(round=evidence.round)}


def _match(one: str, other: str) -> Match:
    first, second = sorted([loading.sent(one).media_file_id, loading.sent(other).media_file_id])
    return Match.objects.get(first_id=first, second_id=second)


@pytest.mark.usefixtures("demo")
class TestTheStories:
    @pytest.mark.parametrize("item", STORIES)
    def test_it_comes_out_as_the_checks_should_say(self, item: str) -> None:
        metadata, perceptual_hash, reverse_date, codes = STORIES[item]
        runs = _runs(item)
        assert {run.state for run in runs.values()} == {RunState.FINISHED}
        assert runs["metadata"].verdict == metadata
        assert runs["perceptual_hash"].verdict == perceptual_hash
        assert runs["reverse_date"].verdict == reverse_date
        assert codes <= {finding["code"] for run in runs.values() for finding in run.findings}

    def test_no_item_with_a_file_goes_untold(self) -> None:
        assert {item.key for item in ITEMS if item.make} == set(STORIES)

    @pytest.mark.parametrize("item", ["street_recycled", "mound_recycled"])
    def test_a_recycled_picture_was_not_contradicted_before_its_match_was_confirmed(self, item: str) -> None:
        evidence = loading.sent(item)
        before = evidence.check_runs.get(check_slug="reverse_date", round=1)
        assert before.verdict == "inconclusive"
        assert "dates.possible_earlier_copy" in {finding["code"] for finding in before.findings}

    def test_confirming_the_match_that_was_left_contradicts_by_itself(self) -> None:
        with transaction.atomic():
            operations.judge_match(
                actor=people.gather()["jonas"],
                match=_match("roofs_2014", "roofs_recycled"),
                judgement=Judgement.SAME,
                reason="The same tanks.",
            )
            waiting.settle(Case.objects.get(), print)
            assert _runs("roofs_recycled")["reverse_date"].verdict == "contradicted"
            transaction.set_rollback(True)

    def test_a_name_from_a_messenger_counts_by_its_day_alone(self) -> None:
        (finding,) = [
            each
            for each in _runs("shelter")["reverse_date"].findings
            if each["code"] == "dates.existed_soon_after"
        ]
        assert finding["details"]["weight"] == "D"
        assert "on a device by 2016-11-19" in finding["summary"]

    def test_the_unreadable_file_comes_to_a_review_with_its_reason(self) -> None:
        (finding,) = _runs("evening")["metadata"].findings
        assert "damaged or cut off in its header" in finding["summary"]
        assert loading.sent("evening").reviews.get().state == ReviewState.WAITING

    def test_the_mirrored_copy_and_the_clip_are_found_and_wait_for_a_person(self) -> None:
        mirrored, clip = _match("buses", "buses_mirrored"), _match("witness_film", "witness_clip")
        assert (mirrored.relation, mirrored.judgement) == (Relation.MIRRORED, Judgement.UNJUDGED)
        assert (clip.relation, clip.judgement) == (Relation.CLIP, Judgement.UNJUDGED)
        assert abs(clip.offset) == pytest.approx(6, abs=0.5)

    def test_nothing_else_matches(self) -> None:
        assert Match.objects.count() == 5

    def test_an_address_alone_has_a_review_and_no_check(self) -> None:
        post = loading.sent("post")
        assert not post.check_runs.exists()
        assert post.reviews.get().state == ReviewState.WAITING


@pytest.mark.usefixtures("demo")
class TestTheDesk:
    def test_every_item_is_checked_and_came_to_a_review(self) -> None:
        assert Evidence.objects.count() == len(ITEMS)
        assert not Evidence.objects.exclude(state=EvidenceState.CHECKED).exists()
        assert not Evidence.objects.filter(reviews=None).exists()

    def test_all_ten_claims_have_evidence_a_place_and_a_time(self) -> None:
        claims = Claim.objects.filter(evidence__isnull=False, latitude__isnull=False, event_end__isnull=False)
        assert claims.distinct().count() == len(told.CLAIMS) == 10

    def test_some_items_are_decided_one_waits_for_a_second_person_most_wait(self) -> None:
        states = {item.key: loading.sent(item.key).reviews.latest("opened_at").state for item in ITEMS}
        assert {key for key, state in states.items() if state == ReviewState.DECIDED} == DECIDED
        assert states["mound_recycled"] == ReviewState.SECOND_REVIEW
        assert list(states.values()).count(ReviewState.WAITING) == len(ITEMS) - len(DECIDED) - 1

    def test_verdicts_stand_in_every_state(self) -> None:
        found = {(verdict.version, verdict.state) for verdict in Verdict.objects.all()}
        assert found == {
            (1, VerdictState.PUBLISHED),
            (1, VerdictState.SUPERSEDED),
            (2, VerdictState.PUBLISHED),
            (1, VerdictState.RETRACTED),
            (1, VerdictState.APPROVED),
            (1, VerdictState.DRAFT),
        }
        assert Claim.objects.filter(state=ClaimState.CONCLUDED).count() == 2

    def test_the_feed_tells_what_was_published(self) -> None:
        changes = FeedEntry.objects.order_by("sequence").values_list("change", flat=True)
        assert list(changes) == ["published", "published", "corrected", "published", "retracted"]

    def test_volunteers_wrote_in_both_languages_and_every_text_is_marked(self) -> None:
        assert set(Submission.objects.values_list("language", flat=True)) == {"en", "ar"}
        marks = ("Demonstration.", "عرض توضيحي.")
        assert all(each.description.startswith(marks) for each in Submission.objects.all())

    def test_volunteers_may_send_more(self) -> None:
        assert Claim.objects.visible_to(VOLUNTEER).count() == 8


class TestLoadingAgain:
    def test_it_completes_what_was_cut_short(self, demo: dict[str, Any]) -> None:
        assert demo["first"][0][:4] == [1, 10, len(ITEMS), len(ITEMS)]

    def test_it_changes_nothing_and_keeps_passwords_and_key(self, demo: dict[str, Any]) -> None:
        assert demo["second"] == demo["first"]


class TestTheCredentials:
    def test_only_this_user_can_read_them(self, demo: dict[str, Any]) -> None:
        assert stat.S_IMODE(people.credentials_path().stat().st_mode) == 0o600
        assert [each.name for each in people.credentials_path().parent.glob("demo.json*")] == ["demo.json"]

    def test_two_investigators_can_sign_in_decide_and_publish(self, demo: dict[str, Any]) -> None:
        said = json.loads(people.credentials_path().read_text())
        assert len(said["investigators"]) == 2
        for entry in said["investigators"]:
            user = authenticate(username=entry["username"], password=entry["password"])
            assert user.is_staff
            assert not user.is_superuser
            assert set(user.memberships.values_list("role", flat=True)) == {"investigator", "lead"}

    def test_the_administrator_and_the_custodian_are_others(self, demo: dict[str, Any]) -> None:
        said = json.loads(people.credentials_path().read_text())
        assert authenticate(**said["administrator"]).is_superuser
        assert len(said["custodians"]) == 2
        for entry in said["custodians"]:
            user = authenticate(**entry)
            assert list(user.memberships.values_list("role", flat=True)) == ["custodian"]

    def test_the_partner_reads_verdicts_and_evidence_of_this_case_alone(self, demo: dict[str, Any]) -> None:
        said = json.loads(people.credentials_path().read_text())
        key = keys.find(said["partner"]["key"])
        assert key.partner.name == said["partner"]["name"]
        assert key.scopes == [Scope.EVIDENCE_READ, Scope.VERDICTS_READ]
        assert [case.slug for case in key.partner.cases.all()] == [told.SLUG]

    def test_a_lost_file_is_made_anew_and_the_old_key_closed(self, demo: dict[str, Any]) -> None:
        with transaction.atomic():
            before = people.credentials_path().read_text()
            old = json.loads(before)
            people.credentials_path().unlink()
            said = loading.load(lambda line: None)
            assert authenticate(**old["administrator"]) is None
            assert authenticate(**said["administrator"]) is not None
            assert keys.find(old["partner"]["key"]) is None
            assert keys.find(said["partner"]["key"]) is not None
            people.credentials_path().write_text(before)
            transaction.set_rollback(True)

    def test_the_command_says_where_to_go_and_with_what(self, demo: dict[str, Any]) -> None:
        said = json.loads(people.credentials_path().read_text())
        for secret in (said["investigators"][0]["password"], said["partner"]["key"], said["url"]):
            assert secret in demo["out"]
