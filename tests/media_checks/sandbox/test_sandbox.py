"""The locked child on real files: what kills it, what it cannot reach, and what always comes of it."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from PIL import Image

from media_checks.context import Context
from media_checks.contract import CheckVerdict, Result
from media_checks.registry import CHECKS, check
from media_checks.sandbox.client import DidNotRun, Limits, Sandbox
from tests.media_checks.samples import EVERY_KIND, photo, saved, slow_film
from tests.media_checks.sandbox.asking import examined
from tests.media_checks.sandbox.conftest import HASH, METADATA
from tests.media_checks.sandbox.processes import server_of

PROJECT = Path(__file__).resolve().parents[3]


@pytest.mark.parametrize("sample", EVERY_KIND)
@pytest.mark.parametrize("each", CHECKS, ids=lambda check: check.slug)
def test_every_check_answers_about_every_kind_of_file(sandbox: Sandbox, file, each, sample: str):
    result = examined(sandbox, each, file(EVERY_KIND[sample]()), Context())

    assert isinstance(result, Result)
    assert result.findings


def test_a_descriptor_is_as_good_as_a_path(sandbox: Sandbox, file):
    path = file(photo(make="Cam"))

    with path.open("rb") as stream:
        stream.read(100)
        given = examined(sandbox, METADATA, stream.fileno(), Context())

    assert given == examined(sandbox, METADATA, path, Context())


def test_a_file_that_is_not_there_did_not_run(sandbox: Sandbox, tmp_path: Path):
    with pytest.raises(DidNotRun, match="cannot be opened"):
        examined(sandbox, METADATA, tmp_path / "nothing", Context())


def test_a_file_that_breaks_one_check_of_several_leaves_none_a_result(sandbox: Sandbox, file):
    outcomes = sandbox.examine((METADATA, HASH), file(slow_film()), Context(), limits=Limits(cpu=1))
    reasons = [each.reason for each in outcomes if isinstance(each, DidNotRun)]
    assert reasons == ["it used more than 1 seconds of processor time"] * 2


def test_a_check_says_the_same_alone_and_among_others(sandbox: Sandbox, file):
    path = file(photo(make="Cam"))
    together = sandbox.examine(CHECKS, path, Context())
    assert together == [examined(sandbox, each, path, Context()) for each in CHECKS]


def test_endless_work_is_ended_by_its_processor_time(sandbox: Sandbox, file):
    with pytest.raises(DidNotRun, match="more than 1 seconds of processor time"):
        examined(sandbox, HASH, file(slow_film()), Context(), limits=Limits(cpu=1))


def test_what_takes_too_long_by_the_clock_is_ended(sandbox: Sandbox, file):
    with pytest.raises(DidNotRun, match="longer than 1 seconds"):
        examined(sandbox, HASH, file(slow_film()), Context(), limits=Limits(wall=1))


def test_a_picture_that_needs_too_much_memory_is_an_answer(sandbox: Sandbox, file):
    status = Path(f"/proc/{sandbox.process}/status").read_text()
    used = next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmSize")) << 10
    large = file(saved(Image.new("RGB", (7000, 7000)), "PNG"))

    short = examined(sandbox, HASH, large, Context(), limits=Limits(memory=used + (64 << 20)))

    assert short.verdict is CheckVerdict.INCONCLUSIVE
    assert "more memory than a file is allowed" in short.findings[0].summary


def test_no_descriptor_is_left_open(sandbox: Sandbox, file):
    path = file(photo())
    examined(sandbox, METADATA, path, Context())
    ends = Path("/proc/self/fd"), Path(f"/proc/{server_of(sandbox.process)}/fd")
    before = [len(list(end.iterdir())) for end in ends]

    for _ in range(5):
        examined(sandbox, METADATA, path, Context())
        sandbox.render(path, 64)
        with pytest.raises(DidNotRun):
            examined(sandbox, METADATA, path, Context(file_name="x" * 300_000))

    after = [len(list(end.iterdir())) for end in ends]
    assert all(now <= then for now, then in zip(after, before, strict=True)), (before, after)


def test_the_zygote_knows_no_secrets(file, monkeypatch):
    monkeypatch.setenv("SECRET_KEY", "a-canary-in-the-environment")
    sandbox = Sandbox()

    environment = Path(f"/proc/{sandbox.process}/environ").read_text()

    assert "PYTHONPATH" in environment
    assert "canary" not in environment
    sandbox.stop()


def test_the_zygote_has_one_thread(sandbox: Sandbox):
    assert "Threads:\t1\n" in Path(f"/proc/{sandbox.process}/status").read_text()


def test_a_request_that_is_too_large_did_not_run(sandbox: Sandbox, file):
    with pytest.raises(DidNotRun, match="too large"):
        examined(sandbox, METADATA, file(photo()), Context(file_name="x" * 300_000))


@pytest.mark.timeout(280)
def test_hostile_files_each_get_an_answer(sandbox: Sandbox, media_folder: Path):
    everything = sorted(path for path in (media_folder / "hostile").rglob("*.*") if path.is_file())
    chosen = random.Random(42).sample(everything, 48)
    limits, ended = Limits(cpu=5, wall=30), {}

    for path in chosen:
        for each in (METADATA, HASH):
            try:
                ended[path.name, each.slug] = examined(
                    sandbox, each, path, Context(), limits=limits
                ).verdict.value
            except DidNotRun as unfinished:
                ended[path.name, each.slug] = unfinished.reason

    assert len(ended) == 2 * len({path.name for path in chosen})
    assert not [each for each in ended.items() if "defect" in each[1] or "contract" in each[1]]


def test_a_film_with_subtitles_is_read_behind_the_locks(sandbox: Sandbox, media_folder: Path):
    """PyAV imports its subtitles when it meets some; a locked child can import nothing."""
    films = [
        each
        for name in ("*subtitles.mkv", "*srt.mkv", "*vobsub.*")
        for each in (media_folder / "media").rglob(name)
    ]
    assert len(films) >= 8
    for film_with_subtitles in films:
        result = examined(sandbox, check("metadata"), film_with_subtitles, Context())
        assert "media.unreadable" not in {each.code.slug for each in result.findings}, film_with_subtitles
