"""A decoder that an intruder has taken over tries all that it should not; nothing of it gets through."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import pytest

from media_checks.sandbox.client import DidNotRun, Sandbox
from tests.media_checks.sandbox import red_team
from tests.media_checks.sandbox.red_team import ACTS, LOCKS, TRIED, Outcome


@pytest.fixture(scope="module")
def campaign() -> Callable[..., dict[str, Outcome]]:
    """What came of every act without these locks, asked for once."""
    return cache(red_team.campaign)


def through(outcomes: dict[str, Outcome]) -> set[str]:
    return {name for name, outcome in outcomes.items() if outcome.through}


@pytest.mark.parametrize("act", TRIED)
def test_a_taken_over_decoder_cannot(campaign, act: str):
    assert not campaign()[act].through, campaign()[act].said


@pytest.mark.parametrize("act", TRIED)
def test_without_locks_it_could(campaign, act: str):
    """Or the test above shows nothing of the locks, but of this machine."""
    outcome, wanted = campaign(*LOCKS)[act], ACTS[act]
    if wanted.rare and not outcome.through:
        pytest.xfail(f"not on this machine: {outcome.said}")
    if wanted.root and os.geteuid():
        pytest.xfail("the machine itself refuses it to this user")
    assert outcome.through, outcome.said


def test_the_acts_are_many_and_all_kinds_are_there():
    assert len(TRIED) >= 75
    assert sum(ACTS[name].rare for name in TRIED) <= 10


@pytest.mark.parametrize(
    ("lock", "kept"),
    [
        (
            "resource_limits",
            {"hold 1.7 GB", "use the processor for too long", "ignore that its time is over"},
        ),
        ("closed_descriptors", {"speak on descriptors of the zygote"}),
        ("network_namespace", set()),
        ("landlock", set()),
        ("unprivileged_user", set()),
    ],
)
def test_what_one_lock_alone_keeps_back(campaign, lock: str, kept: set[str]):
    """Where nothing is, another lock keeps it back too: one that a machine lacks opens nothing."""
    assert through(campaign(lock)) == kept


@pytest.mark.parametrize("lock", ["seccomp", "no_new_privileges"])
def test_what_the_filter_alone_keeps_back(campaign, lock: str):
    """An unprivileged process may filter its calls only when it can gain no privileges."""
    got = through(campaign(lock))
    assert {"fork", "start a thread", "end a sibling", "end the zygote", "run new machine code"} <= got
    assert {"learn the size of another upload", "make a file in memory", "make a pair of sockets"} <= got
    assert not {"open a file (openat)", "connect by TCP", "become root", "hold 1.7 GB"} & got


@pytest.mark.parametrize(
    ("lock", "act"),
    [
        ("landlock", "read another upload"),
        ("network_namespace", "connect by TCP"),
        ("unprivileged_user", "change another upload's mode"),
    ],
)
def test_one_lock_alone_keeps_back(lock: str, act: str):
    """With all others off, and so without what else would: each holds by itself."""
    others = [each for each in LOCKS if each != lock]
    assert not red_team.campaign(*others, acts=[act])[act].through


@pytest.fixture
def taken_over() -> Iterator[Sandbox]:
    with red_team.taken_over() as sandbox:
        yield sandbox


def test_it_finds_no_secret_in_its_environment(monkeypatch, tmp_path: Path):
    monkeypatch.setenv("SECRET_KEY", "a-canary-in-the-environment")
    with red_team.taken_over() as sandbox:
        told = red_team.asked(sandbox, tmp_path, "tell its environment", {}, red_team.LIMITS)
    assert b"PYTHONPATH" in told
    assert b"canary" not in told


def test_it_cannot_answer_for_another(taken_over: Sandbox, tmp_path: Path):
    answered: list[bytes] = []
    with red_team.surroundings(tmp_path) as given, red_team.sibling(taken_over, tmp_path, 1.0, answered):
        forged = red_team.attempt(taken_over, tmp_path, "speak on descriptors of the zygote", given)
        while not answered:
            os.sched_yield()
    assert not forged.through
    assert json.loads(answered[0]) == {"did": "False"}


def test_an_answer_without_end_is_none(taken_over: Sandbox, tmp_path: Path):
    with pytest.raises(DidNotRun, match="answered more than it may"):
        red_team.asked(taken_over, tmp_path, "answer without end", {}, red_team.LIMITS)


def test_what_gives_an_intruder_away_is_told_as_such(taken_over: Sandbox, tmp_path: Path):
    with pytest.raises(DidNotRun, match="what no decoder needs and an intruder would"):
        red_team.asked(taken_over, tmp_path, "run a program", {}, red_team.LIMITS)
