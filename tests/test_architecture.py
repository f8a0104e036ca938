"""Who may import whom, where imports stand, and how long a room may grow; with planted violations."""

from __future__ import annotations

import ast
import statistics
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent

# An app may import itself and those before it.
APPS = ("media_checks", "claims", "verification")

# The rooms of an app, from the ground up: a room imports its own floor and those below.
FLOORS = {
    "claims": (
        {"append_only", "transitions", "apps", "isolation", "verify_record"},
        {"actors"},
        {"models"},
        {"permissions"},
        {"custody", "heads", "storage", "sealing", "receipts", "time_stamps", "uploads"},
        {"integrity", "media_files"},
        {"operations"},
        {"admin", "forms", "views", "urls", "templatetags"},
    ),
    "verification": (
        {"apps"},
        {"models"},
        {"asking"},
        {
            "access",
            "bags",
            "cdx",
            "descriptor_index",
            "fingerprint_index",
            "locks",
            "phrases",
            "sentences",
            "settling",
            "words",
        },
        {"archives", "working_copies"},
        {"matching"},
        {"partners"},
        {"examining"},
        {"keeping", "runner"},
        {"tasks"},
        {"operations"},
        {"demo", "health", "queues", "supervisor", "templatetags"},
        {"admin", "api", "forms", "forms_access", "forms_claims", "management", "volunteers", "urls"},
    ),
}
# On the top floor each room is a door: it imports no other, these apart.
SHARED_BY_DOORS = {"forms", "forms_access", "forms_claims"}
GATHERS_DOORS = {"urls"}

MEDIA_LIBRARIES = {
    "PIL", "astral", "av", "c2pa", "exifread", "imagehash", "numpy", "onnxruntime", "pdqhash", "pillow_heif",
    "timezonefinder",
}  # fmt: skip
# What looks into a received file: of media_checks alone, and run by the locked child alone.
DECODING = {
    "photos", "video", "thumbnails", "keypoints", "turned", "metadata", "reverse_date",
    "sandbox.work", "sandbox.zygote", "sandbox.warmth", "contract.perform",
    "reading.read", "reading.exif", "reading.containers", "reading.content_credentials",
}  # fmt: skip
# It makes pictures, and reads none.
MAKES_PICTURES = "verification.demo"
NETWORK = {"ftplib", "http", "imaplib", "poplib", "smtplib", "ssl", "urllib.request", "xmlrpc"}
CLOCK = {"datetime.now", "datetime.today", "datetime.utcnow", "date.today", "time.time", "time.localtime"}
IMPORTED_LATE = {"imagehash", "onnxruntime"}

MOST_LINES_A_FILE = 300
MOST_LINES_A_FUNCTION = 50
# Longer, with a reason: {"path": "why it reads better whole"}.
LONGER_FILES: dict[str, str] = {}
LONGER_FUNCTIONS: dict[str, str] = {}


@dataclass(frozen=True)
class Source:
    """A module of one of the apps."""

    path: str
    name: str
    tree: ast.Module

    @property
    def app(self) -> str:
        return self.name.split(".")[0]


def sources(root: Path) -> Iterator[Source]:
    """Every module of the apps, migrations apart."""
    for app in APPS:
        for path in sorted((root / app).rglob("*.py")):
            where = path.relative_to(root)
            if "migrations" not in where.parts:
                name = ".".join(where.with_suffix("").parts).removesuffix(".__init__")
                yield Source(str(where), name, ast.parse(path.read_text()))


def violations(root: Path) -> list[str]:
    """One sentence for each import or call that breaks a rule."""
    found = []
    for source in sources(root):
        found += [f"{source.path}: {problem}" for problem in _placed(source)]
        for node in ast.walk(source.tree):
            found += [f"{source.path}:{node.lineno}: {problem}" for problem in _judged(source, node)]
        found += [f"{source.path}: {problem}" for problem in _late_imports(source)]
    return found


def _placed(source: Source) -> Iterator[str]:
    room = _room(source.name)
    if source.app in FLOORS and room and _floor(source.app, room) is None:
        yield f"{source.name} has no floor in this test"


def _judged(source: Source, node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.ImportFrom) and node.level:
        yield "a relative import"
    elif isinstance(node, ast.Import | ast.ImportFrom):
        for target in _targets(node):
            yield from _import_problems(source, target)
    elif isinstance(node, ast.Call) and source.app == "media_checks" and ast.unparse(node.func) in CLOCK:
        yield f"media_checks looks at the clock: {ast.unparse(node.func)}"


def _targets(node: ast.Import | ast.ImportFrom) -> list[str]:
    if isinstance(node, ast.Import):
        return [each.name for each in node.names]
    return [f"{node.module}.{each.name}" for each in node.names]


def _import_problems(source: Source, target: str) -> Iterator[str]:
    top = target.split(".")[0]
    if top == "config":
        yield "config is imported by nobody"
    if source.app == "media_checks":
        known = top in sys.stdlib_module_names or top in MEDIA_LIBRARIES or top in APPS
        if not known:
            yield f"media_checks knows media libraries only, not {top}"
        if any(f"{target}.".startswith(f"{each}.") for each in NETWORK):
            yield f"media_checks has no network: {target}"
    elif not source.name.startswith(MAKES_PICTURES) and _decodes(target):
        yield f"{source.name} imports what decodes: {target}"
    if top in APPS and APPS.index(top) > APPS.index(source.app):
        yield f"{source.app} imports {top}, which stands above it"
    elif top in FLOORS:
        yield from _floor_problems(source, target)


def _decodes(target: str) -> bool:
    within = target.removeprefix("media_checks.")
    looks_in = within != target and any(f"{within}.".startswith(f"{each}.") for each in DECODING)
    return looks_in or target.split(".")[0] in MEDIA_LIBRARIES - {"numpy", "astral", "timezonefinder"}


def _floor_problems(source: Source, target: str) -> Iterator[str]:
    here, there = _room(source.name), _room(target)
    app = target.split(".")[0]
    wanted = _floor(app, there)
    if wanted is None:
        return
    roof = len(FLOORS[app]) - 1
    if source.app != app:
        mine = _floor(source.app, here)
        at_a_door = source.app in FLOORS and mine == len(FLOORS[source.app]) - 1
        if wanted == roof and not (at_a_door and there in SHARED_BY_DOORS):
            yield f"{source.name} imports a door of {app}: {there}"
        return
    mine = _floor(app, here)
    if mine is None or here == there:
        return
    if wanted > mine:
        yield f"{here} imports {there}, which stands above it"
    if mine == roof == wanted and here not in GATHERS_DOORS and there not in SHARED_BY_DOORS:
        yield f"the door {here} imports the door {there}"


def _late_imports(source: Source) -> Iterator[str]:
    for function in ast.walk(source.tree):
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
            for node in ast.walk(function):
                if isinstance(node, ast.Import | ast.ImportFrom):
                    late = {each.split(".")[0] for each in _targets(node)} - IMPORTED_LATE
                    if late:
                        yield f"{function.name} hides an import of {', '.join(sorted(late))}"


def _room(name: str) -> str:
    parts = name.split(".")
    return parts[1] if len(parts) > 1 else ""


def _floor(app: str, room: str) -> int | None:
    return next((number for number, rooms in enumerate(FLOORS.get(app, ())) if room in rooms), None)


def test_every_import_goes_down_and_stands_at_the_top() -> None:
    found = violations(ROOT)
    assert found == [], "\n".join(found)


@pytest.mark.parametrize(
    ("path", "line", "problem"),
    [
        ("media_checks/dates.py", "from django.utils import timezone", "not django"),
        ("media_checks/dates.py", "import requests", "not requests"),
        ("media_checks/dates.py", "from urllib.request import urlopen", "no network"),
        ("media_checks/dates.py", "from datetime import datetime\nt = datetime.now()", "the clock"),
        ("media_checks/dates.py", "from claims.models import Case", "stands above"),
        ("claims/operations.py", "from verification.models import CheckRun", "stands above"),
        ("claims/models/cases.py", "from claims import operations", "stands above"),
        ("claims/models/cases.py", "import claims.custody", "stands above"),
        ("claims/custody.py", "def record():\n    from claims import operations", "stands above"),
        ("claims/custody.py", "def record():\n    import json", "hides an import of json"),
        ("claims/custody.py", "from .models import Case", "relative import"),
        ("claims/views.py", "from claims import admin", "the door views imports the door admin"),
        ("verification/runner.py", "from verification.tasks import hurry", "stands above"),
        ("verification/models/checks.py", "from verification import matching", "stands above"),
        ("verification/api/views.py", "from verification.admin import desk", "imports the door admin"),
        ("verification/operations/intake.py", "from claims import forms", "a door of claims"),
        ("verification/api/views.py", "from config import settings", "imported by nobody"),
        ("verification/admin/desk.py", "class A:\n    def b(self):\n        import config.env", "by nobody"),
        ("verification/helpers.py", "X = 1", "has no floor"),
        ("verification/working_copies.py", "from PIL import Image", "imports what decodes"),
        ("claims/uploads.py", "from media_checks.photos import open_photo", "imports what decodes"),
        ("verification/runner.py", "from media_checks.contract import perform", "imports what decodes"),
    ],
)
def test_a_planted_violation_is_found(path: str, line: str, problem: str, tmp_path: Path) -> None:
    (tmp_path / path).parent.mkdir(parents=True)
    (tmp_path / path).write_text(f"{line}\n")
    found = violations(tmp_path)
    assert any(problem in each for each in found), found


@pytest.mark.parametrize(
    ("path", "line"),
    [
        ("media_checks/fingerprints.py", "def hash_of():\n    import imagehash"),
        ("media_checks/dates.py", "from datetime import datetime\nfrom PIL import Image\nimport av"),
        ("claims/views.py", "from claims import forms, operations"),
        ("verification/volunteers/views.py", "from claims import forms\nfrom verification import operations"),
        ("verification/urls.py", "from verification.admin.site import site"),
        ("verification/runner.py", "from claims import custody\nfrom media_checks import registry"),
    ],
)
def test_what_is_allowed_is_let_through(path: str, line: str, tmp_path: Path) -> None:
    (tmp_path / path).parent.mkdir(parents=True)
    (tmp_path / path).write_text(f"{line}\n")
    assert violations(tmp_path) == []


def _files() -> Iterator[Path]:
    for folder in (*APPS, "config", "tests", "benchmarks"):
        yield from (path for path in sorted((ROOT / folder).rglob("*.py")) if "migrations" not in path.parts)


def _functions() -> dict[str, int]:
    """Lines of every function of the source, by "path:name"."""
    return {
        f"{source.path}:{node.name}": node.end_lineno - node.lineno + 1
        for source in sources(ROOT)
        for node in ast.walk(source.tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.end_lineno
    }


def test_no_file_outgrows_its_budget_without_a_reason() -> None:
    lines = {str(path.relative_to(ROOT)): len(path.read_text().splitlines()) for path in _files()}
    too_long = {path for path, count in lines.items() if count > MOST_LINES_A_FILE}
    assert too_long == set(LONGER_FILES), {path: lines.get(path) for path in too_long}


def test_no_function_outgrows_its_budget_without_a_reason() -> None:
    lines = _functions()
    too_long = {name for name, count in lines.items() if count > MOST_LINES_A_FUNCTION}
    assert too_long == set(LONGER_FUNCTIONS), {name: lines.get(name) for name in too_long}


def test_functions_are_short_as_a_rule() -> None:
    lines = sorted(_functions().values())
    assert statistics.median(lines) <= 8
    assert lines[int(len(lines) * 0.95)] <= 30
