"""``manage.py find_copies``: copies among files at a prompt, with no database at hand."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from PIL import Image, ImageOps

from tests import descriptor_models
from tests.descriptor_models import cut, shuffled
from tests.desks import ROOT
from tests.media_checks import samples
from tests.media_checks.samples import photo, saved, scene

PROMISED = {"a", "b", "relation", "distance", "score", "suggested"}
RELATIONS = {"exact", "near", "clip", "mirrored", "rotated", "crop", "scene"}


def find_copies(tmp_path: Path, *arguments: Any) -> tuple[int, list[dict[str, Any]], str]:
    """Exit status, lines and standard error; the database that it is told of is not there."""
    nowhere = {"DATABASE_URL": f"postgres://nobody@/{tmp_path}/none", "DATA_DIR": str(tmp_path / "var")}
    done = subprocess.run(
        [sys.executable, "manage.py", "find_copies", *map(str, arguments)],
        cwd=ROOT,
        env=os.environ | nowhere | {"DJANGO_SETTINGS_MODULE": "config.settings"},
        capture_output=True,
        text=True,
        check=False,
    )
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    for line in lines:
        if "error" not in line:
            assert set(line) >= PROMISED
            assert line["relation"] in RELATIONS
            assert 0 <= line["score"] <= 1
    return done.returncode, lines, done.stderr


def told(lines: list[dict[str, Any]]) -> dict[tuple[str, str], str]:
    """The relation by the names of the two files; what is not suggested is left out."""
    return {
        (Path(line["a"]).name, Path(line["b"]).name): line["relation"] for line in lines if line["suggested"]
    }


def shot(at: int) -> Image.Image:
    """Each second of a film another scene."""
    return scene(100 + at, 320, 240)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A photo and what can become of it, and another photo."""
    received, picture = tmp_path / "received", scene(21)
    (received / "inner").mkdir(parents=True)
    files = {
        "a.jpg": photo(picture),
        "inner/b.jpg": photo(picture),
        "inner/c.jpg": saved(picture.resize((320, 240)), quality=40),
        "inner/d.jpg": saved(ImageOps.mirror(picture)),
        "inner/e.jpg": saved(picture.transpose(Image.Transpose.ROTATE_90)),
        "inner/f.jpg": saved(picture.crop((30, 18, 620, 460))),
        "other.jpg": photo(scene(42)),
    }
    for name, content in files.items():
        (received / name).write_bytes(content)
    return received


def test_every_copy_in_a_folder_is_told_with_its_relation(tmp_path, folder):
    code, lines, said = find_copies(tmp_path, folder, "--jobs", 2)
    relations = told(lines)
    assert (code, said) == (0, "")
    assert {pair: name for pair, name in relations.items() if pair[1] == "a.jpg"} == {
        ("b.jpg", "a.jpg"): "exact",
        ("c.jpg", "a.jpg"): "near",
        ("d.jpg", "a.jpg"): "mirrored",
        ("e.jpg", "a.jpg"): "rotated",
        ("f.jpg", "a.jpg"): "crop",
    }
    assert not [pair for pair in relations if "other.jpg" in pair]
    crop = next(line for line in lines if line["relation"] == "crop" and line["b"].endswith("a.jpg"))
    assert crop["derived"] == "a"


def test_one_set_is_looked_for_in_another_and_a_file_is_no_copy_of_itself(tmp_path, folder):
    code, lines, _said = find_copies(tmp_path, folder / "a.jpg", folder / "other.jpg", "--against", folder)
    assert code == 0
    assert set(told(lines)) == {("a.jpg", f"{name}.jpg") for name in "bcdef"}


def test_a_file_named_twice_is_read_once(tmp_path, folder):
    assert find_copies(tmp_path, folder / "a.jpg", folder / "a.jpg")[:2] == (0, [])


def test_a_clip_is_found_in_a_longer_film_with_its_place(tmp_path):
    film, clip, again = tmp_path / "film.mp4", tmp_path / "clip.mkv", tmp_path / "again.mp4"
    turned = tmp_path / "turned.mp4"
    shots = [shot(at) for at in range(24)]
    film.write_bytes(samples.film(shots, every_key=True))
    clip.write_bytes(samples.film([each.resize((240, 180)) for each in shots[11:16]], format="matroska"))
    again.write_bytes(samples.film([each.resize((240, 180)) for each in shots]))
    turned.write_bytes(samples.film([ImageOps.mirror(each) for each in shots[4:16]], every_key=True))
    on_its_side = tmp_path / "on_its_side.mp4"
    on_its_side.write_bytes(samples.film([each.rotate(90, expand=True) for each in shots], every_key=True))
    still, other = tmp_path / "still.jpg", tmp_path / "other.mp4"
    still.write_bytes(saved(ImageOps.mirror(shots[7])))
    other.write_bytes(samples.film([shot(at) for at in range(200, 206)], every_key=True))
    code, lines, _said = find_copies(
        tmp_path, clip, again, turned, on_its_side, still, other, "--against", film
    )
    by_name = {Path(line["a"]).name: line for line in lines}
    assert code == 0
    assert {a: relation for (a, _b), relation in told(lines).items()} == {
        "clip.mkv": "clip",
        "again.mp4": "near",
        "turned.mp4": "mirrored",
        "on_its_side.mp4": "rotated",
        "still.jpg": "clip",
    }
    assert by_name["clip.mkv"]["offset"] == pytest.approx(11, abs=1)
    assert by_name["again.mp4"]["offset"] == pytest.approx(0, abs=1)
    assert by_name["turned.mp4"]["offset"] == pytest.approx(4, abs=1)
    assert by_name["still.jpg"]["offset"] == pytest.approx(7, abs=1)


def test_what_cannot_be_read_is_told_and_the_rest_is_compared(tmp_path, folder):
    cut, text = tmp_path / "cut.jpg", tmp_path / "a.txt"
    cut.write_bytes((folder / "a.jpg").read_bytes()[:300])
    text.write_text("There were only militants.")
    pipe = tmp_path / "pipe.jpg"
    os.mkfifo(pipe)
    asked = [cut, folder / "a.jpg", text, tmp_path / "absent.jpg", pipe, folder / "inner" / "b.jpg"]
    code, lines, _said = find_copies(tmp_path, *asked, "--jobs", 3)
    errors = {Path(line["path"]).name: line["error"]["code"] for line in lines if "error" in line}
    assert code == 1
    assert errors == {
        "cut.jpg": "unreadable",
        "a.txt": "not_media",
        "absent.jpg": "not_readable",
        "pipe.jpg": "not_readable",
    }
    assert all(line["error"]["message"] for line in lines if "error" in line)
    assert [line["relation"] for line in lines if "error" not in line] == ["exact"]


def test_with_a_descriptor_model_what_only_looks_alike_is_found_too(tmp_path, monkeypatch):
    names = {"whole": scene(18), "part": cut(scene(18), 0.2), "seen": shuffled(scene(18)), "other": scene(12)}
    files = {name: tmp_path / f"{name}.jpg" for name in names}
    for name, picture in names.items():
        files[name].write_bytes(saved(picture, quality=88))
    code, lines, said = find_copies(tmp_path, *files.values())
    assert (code, told(lines), said) == (0, {("part.jpg", "whole.jpg"): "crop"}, "")
    for name, value in descriptor_models.variables(descriptor_models.named(tmp_path)).items():
        monkeypatch.setenv(name, value)
    code, lines, said = find_copies(tmp_path, *files.values())
    assert (code, said) == (0, "")
    relations = told(lines)
    assert relations["part.jpg", "whole.jpg"] == "crop"
    assert relations["seen.jpg", "whole.jpg"] == "scene"
    assert not [pair for pair in relations if "other.jpg" in pair]
    assert all(line["likeness"] >= 0.75 for line in lines)


def test_a_model_that_does_not_fit_is_told_for_each_file(tmp_path, folder, monkeypatch):
    variables = descriptor_models.variables(descriptor_models.named(tmp_path)) | {
        "DESCRIPTOR_DIMENSION": "512"
    }
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    code, (line,), _said = find_copies(tmp_path, folder / "a.jpg")
    assert code == 1
    assert "DESCRIPTOR_DIMENSION is 512" in line["error"]["message"]


def test_plain_pictures_are_copies_only_where_their_bytes_are_equal(tmp_path):
    grey, files = Image.new("RGB", (400, 300), (120, 120, 120)), [tmp_path / f"{name}.jpg" for name in "abc"]
    for file, quality in zip(files, (90, 60, 90), strict=True):
        file.write_bytes(saved(grey, quality=quality))
    code, lines, _said = find_copies(tmp_path, *files)
    assert code == 0
    assert told(lines) == {("c.jpg", "a.jpg"): "exact"}


@pytest.mark.parametrize("wrong", [[], ["--jobs", "0"], ["--against"], ["--no-such-option"]])
def test_wrong_arguments_are_said_and_end_with_two(tmp_path, folder, wrong):
    code, lines, said = find_copies(tmp_path, *([folder] if wrong else []), *wrong)
    assert (code, lines) == (2, [])
    assert said


def test_real_photos_turned_by_others_are_found_and_distinct_ones_are_not(tmp_path, media_folder):
    photos = media_folder / "media" / "photos"
    turned = sorted((photos / "recurser+exif-orientation-examples").glob("Landscape_[1-8].jpg"))
    tiles = sorted((photos / "libvips+libvips").glob("*.jpg"))
    assert (len(turned), len(tiles)) == (8, 8)
    code, lines, _said = find_copies(tmp_path, *turned, *tiles, "--jobs", 2)
    assert code == 0
    assert len(told(lines)) == 8 * 7 / 2
    assert all("Landscape" in line["a"] + line["b"] for line in lines)
