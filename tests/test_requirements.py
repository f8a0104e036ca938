"""The pinned set: complete, exact, within the ranges of pyproject.toml, and without addresses."""

import re
import tomllib
from importlib.metadata import distribution

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.desks import ROOT

FILES = {
    "requirements.txt": None,
    "requirements-postgres.txt": "postgres",
    "requirements-deep.txt": "deep",
    "requirements-s3.txt": "s3",
    "requirements-dev.txt": "dev",
}
PIN = re.compile(r"[A-Za-z0-9._-]+==[A-Za-z0-9.!+]+")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]


def pins(file: str) -> dict[str, str]:
    """Versions by name, those of the files that this one starts from included."""
    found: dict[str, str] = {}
    for line in (ROOT / file).read_text().splitlines():
        if line.startswith("-r "):
            found |= pins(line.removeprefix("-r "))
        else:
            name, version = line.split("==")
            found[canonicalize_name(name)] = version
    return found


@pytest.mark.parametrize("file", FILES)
def test_every_line_is_an_exact_pin_and_nothing_else(file: str) -> None:
    lines = (ROOT / file).read_text().splitlines()
    assert lines
    assert all(PIN.fullmatch(line) or line.startswith("-r requirements") for line in lines)


@pytest.mark.parametrize(("file", "extra"), FILES.items())
def test_what_the_project_asks_for_is_pinned_within_its_ranges(file: str, extra: str | None) -> None:
    wanted = PROJECT["dependencies"] + (PROJECT["optional-dependencies"][extra] if extra else [])
    pinned = pins(file)
    for each in map(Requirement, wanted):
        assert each.specifier.contains(pinned[canonicalize_name(each.name)]), each


@pytest.mark.parametrize("file", FILES)
def test_the_set_is_complete(file: str) -> None:
    pinned = pins(file)
    for name in pinned:
        for needed in map(Requirement, distribution(name).requires or ()):
            if needed.marker is None or needed.marker.evaluate({"extra": ""}):
                assert canonicalize_name(needed.name) in pinned, f"{name} needs {needed}"


def test_what_is_tested_is_what_is_pinned() -> None:
    installed = {name: distribution(name).version for name in pins("requirements-dev.txt")}
    assert installed == pins("requirements-dev.txt")


def test_what_runs_a_descriptor_model_is_an_extra_and_never_of_the_version_that_sends_telemetry() -> None:
    assert "onnxruntime" not in pins("requirements-postgres.txt")
    assert pins("requirements-deep.txt")["onnxruntime"].startswith("1.28.")
