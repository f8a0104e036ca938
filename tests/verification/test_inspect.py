"""``manage.py inspect``: the workers' engine at a prompt, one line a file, with no database at hand."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from media_checks.descriptors import version_of
from tests import descriptor_models
from tests.desks import ROOT
from tests.media_checks import samples
from tests.media_checks.signing import Signing

KEYS = (
    "path sha256 bytes media_type kind width height duration"
    " metadata fingerprints date_signals findings verdicts error"
)
METADATA = (
    "make model software serial_number lens_model orientation captured_at created_at modified_at gps"
    " container_created_at rotation codec encoder frame_rate has_thumbnail jpeg"
    " credentials credentials_address sources"
)
CHECKS = {"metadata", "perceptual_hash", "reverse_date"}
CLAIMED = ["--claimed-start", "2016-11-18T11:00:00Z", "--claimed-end", "2016-11-18T13:00:00Z"]


def inspect(tmp_path: Path, *arguments: Any) -> tuple[int, list[dict[str, Any]], str]:
    """Exit status, lines and standard error; the database that it is told of is not there."""
    nowhere = {"DATABASE_URL": f"postgres://nobody@/{tmp_path}/none", "DATA_DIR": str(tmp_path / "var")}
    done = subprocess.run(
        [sys.executable, "manage.py", "inspect", *map(str, arguments)],
        cwd=ROOT,
        env=os.environ | nowhere | {"DJANGO_SETTINGS_MODULE": "config.settings"},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, [json.loads(line) for line in done.stdout.splitlines()], done.stderr


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder within a folder, with a dated photo and a film."""
    inner = tmp_path / "received" / "inner"
    inner.mkdir(parents=True)
    dated = samples.photo(
        captured="2016:11:18 14:02:03", offset="+02:00", place=(-33.9, 18.4), make="Cam", model="One"
    )
    (inner / "photo.jpg").write_bytes(dated)
    (inner / "film.mp4").write_bytes(samples.film([samples.scene(1), samples.scene(2)]))
    return tmp_path / "received"


def test_each_file_of_a_folder_gets_a_line_with_what_the_page_promises(tmp_path, folder):
    code, lines, said = inspect(tmp_path, folder, *CLAIMED, "--place=-33.9,18.4")
    film, photo = lines
    assert (code, said) == (0, "")
    for line in lines:
        assert list(line) == KEYS.split()
        assert set(line["metadata"]) == set(METADATA.split())
        assert set(line["verdicts"]) == CHECKS
        assert line["error"] is None
        assert {each["check"] for each in line["findings"]} == CHECKS
        assert all(len(each["bits"]) in (16, 64) for each in line["fingerprints"])
    content = (folder / "inner" / "photo.jpg").read_bytes()
    assert photo["sha256"] == hashlib.sha256(content).hexdigest()
    assert (photo["bytes"], photo["kind"], photo["width"], photo["height"]) == (
        len(content), "photo", 640, 480,
    )  # fmt: skip
    assert photo["metadata"]["captured_at"] == {"local": "2016-11-18T14:02:03", "offset": "+02:00"}
    assert photo["metadata"]["gps"]["latitude"] == pytest.approx(-33.9, abs=1e-4)
    assert photo["metadata"]["sources"]["make"]
    assert photo["verdicts"]["reverse_date"] == "consistent"
    assert (film["kind"], film["duration"], film["metadata"]["codec"]) == ("video", 2.0, "mpeg4")
    assert [each["at"] for each in film["fingerprints"]][:1] == [0.0]


def test_content_credentials_are_shown_and_trusted_as_the_operator_says(tmp_path, monkeypatch):
    signing, stamped = Signing(), datetime(2016, 11, 18, 12, 30, tzinfo=UTC)
    signed = tmp_path / "signed.jpg"
    signed.write_bytes(signing.sign(samples.photo(), stamped=stamped))
    weights = []
    for anchors in ("", signing.signer.anchor + signing.authority.anchor):
        monkeypatch.setenv("C2PA_TRUST_ANCHORS", anchors)
        _code, (line,), _said = inspect(tmp_path, signed, *CLAIMED)
        credentials = line["metadata"]["credentials"]
        assert (credentials["state"], credentials["trusted"]) == ("valid", bool(anchors))
        assert (credentials["signer"], credentials["signed_at"]) == ("Signer", "2016-11-18T12:30:00Z")
        assert "metadata.credentials" in {each["code"] for each in line["findings"]}
        signals = {(each["kind"], each["source"]): each["weight"] for each in line["date_signals"]}
        weights.append(signals["not_after", "Content Credentials time stamp"])
    assert weights == ["D", "A"]


def test_a_descriptor_is_told_by_its_version_and_its_length_and_not_by_its_numbers(
    tmp_path, folder, monkeypatch
):
    model = descriptor_models.named(tmp_path)
    for name, value in descriptor_models.variables(model).items():
        monkeypatch.setenv(name, value)
    code, (film, photo), _said = inspect(tmp_path, folder)
    (told,) = [each["details"] for each in photo["findings"] if each["code"] == "perceptual_hash.computed"]
    assert code == 0
    assert told["descriptors"] == {
        "model": model.sha256,
        "version": version_of(model),
        "dimension": 96,
        "threshold": 0.75,
    }
    assert "described" not in json.dumps(photo)
    assert "descriptors" not in json.dumps(film)


def test_what_cannot_be_read_harms_no_other_and_order_holds_however_many_jobs(tmp_path, folder):
    good, text, cut = folder / "inner" / "photo.jpg", folder / "a.txt", folder / "cut.jpg"
    text.write_text("There were only militants.")
    cut.write_bytes(good.read_bytes()[:300])
    empty = folder / "empty.jpg"
    empty.touch()
    asked = [cut, good, text, tmp_path / "absent.jpg", empty, good]
    code, lines, _said = inspect(tmp_path, *asked, "--jobs", 3)
    assert code == 1
    assert [line["path"] for line in lines] == [str(each) for each in asked]
    errors = [line["error"] and line["error"]["code"] for line in lines]
    assert errors == ["unreadable", None, "not_media", "not_readable", "not_media", None]
    assert all(line["error"]["message"] for line in lines if line["error"])


def test_bombs_and_what_is_no_file_are_answered_at_once(tmp_path):
    pipe, png, webp = tmp_path / "pipe.jpg", tmp_path / "bomb.png", tmp_path / "bomb.webp"
    os.mkfifo(pipe)
    png.write_bytes(samples.png_bomb())
    webp.write_bytes(samples.webp_bomb())
    code, lines, _said = inspect(tmp_path, pipe, "/dev/zero", png, webp)
    assert code == 1
    assert [line["error"] and line["error"]["code"] for line in lines[:2]] == ["not_readable"] * 2
    for line in lines[2:]:
        assert line["verdicts"]["perceptual_hash"] == "inconclusive"
        assert "more than the 100 allowed" in json.dumps(line["findings"])


@pytest.mark.parametrize(
    "wrong",
    [
        [],
        ["--claimed-start", "yesterday"],
        ["--claimed-start", "2016-11-19", "--claimed-end", "2016-11-18"],
        ["--place", "Aleppo"],
        ["--place", "91,0"],
        ["--jobs", "0"],
        ["--no-such-option"],
    ],
)
def test_wrong_arguments_are_said_and_end_with_two(tmp_path, folder, wrong):
    code, lines, said = inspect(tmp_path, *([folder] if wrong else []), *wrong)
    assert (code, lines) == (2, [])
    assert said


def test_real_files_of_many_makers_each_get_an_answer(tmp_path, media_folder):
    whole = (
        each for each in (media_folder / "media" / "exif").rglob("*.jpg") if "truncated" not in each.name
    )
    made_by = sorted(whole)[::10]
    assert len(made_by) >= 25
    code, lines, _said = inspect(tmp_path, *made_by, "--jobs", 2)
    assert code == 0
    assert len(lines) == len(made_by)
    assert sum(bool(line["metadata"]["make"]) for line in lines) > len(lines) / 2
    assert sum(bool(line["fingerprints"]) for line in lines) > len(lines) / 2
    assert all(set(line["verdicts"]) == CHECKS for line in lines)
