"""docs/security.md and docs/asvs.md: each row has a control and its proof, each test named exists."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PAGES = {name: (ROOT / "docs" / name).read_text(encoding="utf-8") for name in ("security.md", "asvs.md")}
NAMED = re.compile(r"`?([\w./-]+\.py)::([\w:]+)`?")
NOT_YET, NOT_APPLICABLE = "not yet", "not applicable"

# The sections of ASVS 5.0.0, and the level from which on each of their requirements is asked for, in order.
LEVELS = {
    "1.1": "22", "1.2": "1111122223", "1.3": "112222222223", "1.4": "222", "1.5": "123",
    "2.1": "122", "2.2": "112", "2.3": "12223", "2.4": "23",
    "3.1": "3", "3.2": "113", "3.3": "12223", "3.4": "11222233", "3.5": "11122333", "3.6": "3",
    "3.7": "22333",
    "4.1": "12233", "4.2": "23333", "4.3": "22", "4.4": "1222",
    "5.1": "2", "5.2": "112333", "5.3": "113", "5.4": "222",
    "6.1": "122", "6.2": "111111112222", "6.3": "11223333", "6.4": "112233", "6.5": "22222333", "6.6": "2223",
    "6.7": "33", "6.8": "2222",
    "7.1": "222", "7.2": "1111", "7.3": "22", "7.4": "11222", "7.5": "223", "7.6": "22",
    "8.1": "1233", "8.2": "1123", "8.3": "133", "8.4": "23",
    "11.1": "2233", "11.2": "22233", "11.3": "11233", "11.4": "1222", "11.5": "23", "11.6": "23",
    "11.7": "33",
    "12.1": "12233", "12.2": "11", "12.3": "22223",
    "13.1": "2333", "13.2": "222223", "13.3": "2233", "13.4": "1222233",
    "14.1": "22", "14.2": "12223333", "14.3": "122",
    "15.1": "12233", "15.2": "12233", "15.3": "1222222", "15.4": "3333",
    "16.1": "2", "16.2": "22222", "16.3": "2222", "16.4": "222", "16.5": "2223",
}  # fmt: skip
# Chapters about what the desk does not have: tokens that carry their own rights, OAuth, WebRTC.
ABSENT = {"9", "10", "17"}
LEVEL, LEVEL_OF_FILES = "2", "3"
WANTED = ABSENT | {
    f"{section}.{number}"
    for section, levels in LEVELS.items()
    for number, level in enumerate(levels, start=1)
    if level <= (LEVEL_OF_FILES if section.startswith("5.") else LEVEL)
}


@cache
def declared_in(file: str) -> frozenset[str]:
    """The tests of a file as pytest names them, in a class or not; none where there is no such file."""
    path = ROOT / file
    if not (file.startswith("tests/") and path.is_file()):
        return frozenset()
    return frozenset(_tests(ast.parse(path.read_text(encoding="utf-8"))))


def _tests(within: ast.Module | ast.ClassDef, before: str = "") -> Iterator[str]:
    for node in within.body:
        if isinstance(node, ast.ClassDef):
            yield from _tests(node, f"{node.name}::")
        elif isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
            yield f"{before}{node.name}"


def invented(text: str) -> list[str]:
    """The tests that a page names, in its tables or outside them, and that are not there."""
    return [f"{file}::{test}" for file, test in NAMED.findall(text) if test not in declared_in(file)]


def rows(text: str) -> list[list[str]]:
    """The cells of each row of a page's tables; heads and rules are none."""
    lines = text.splitlines()
    heads = {number for number, line in enumerate(lines[1:]) if line.startswith("|--")}
    kept = [line for number, line in enumerate(lines) if number not in heads and line.startswith("| ")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in kept]


def unfit(row: list[str], columns: int) -> bool:
    """Whether a row lacks a cell, or its last is neither tests, "not yet", both, nor "not applicable"."""
    *said, proof = row
    each = proof.split(", ")
    proven = all(NAMED.fullmatch(one) or one == NOT_YET for one in each) or each == [NOT_APPLICABLE]
    return not (proven and all(said) and len(row) == columns)


def unanswered(text: str) -> set[str]:
    """The requirements that no row answers, or that more than one does, by number, section or chapter."""
    numbers = [row[0] for row in rows(text)]
    return {each for each in WANTED if sum(f"{each}.".startswith(f"{one}.") for one in numbers) != 1}


@pytest.mark.parametrize("page", PAGES)
def test_every_test_that_a_page_names_exists(page):
    assert NAMED.search(PAGES[page])
    assert invented(PAGES[page]) == []


@pytest.mark.parametrize(("page", "columns"), [("security.md", 3), ("asvs.md", 4)])
def test_every_row_has_a_control_and_a_test_or_says_that_there_is_none(page, columns):
    assert len(rows(PAGES[page])) > 50
    assert [row for row in rows(PAGES[page]) if unfit(row, columns)] == []


def test_every_requirement_is_answered_once_and_no_other_number_stands_there():
    assert unanswered(PAGES["asvs.md"]) == set()
    numbers = {row[0] for row in rows(PAGES["asvs.md"])}
    assert {one for one in numbers if not any(f"{each}.".startswith(f"{one}.") for each in WANTED)} == set()


@pytest.mark.parametrize(
    "planted",
    [
        "tests/test_security_docs.py::test_that_nobody_wrote",
        "tests/test_of_nothing.py::test_an_invented_name_is_found",
        "tests/test_security_docs.py::invented",
        "tests/verification/test_demo.py::test_only_this_user_can_read_them",
        "claims/custody.py::record",
    ],
)
def test_an_invented_name_is_found(planted):
    assert invented(f"{PAGES['security.md']}\n| a threat | a control | `{planted}` |\n") == [planted]


@pytest.mark.parametrize(
    "planted",
    [
        "| a threat | a control |  |",
        "| a threat |  | not yet |",
        "| a threat | not yet |",
        "| a threat | a control | soon |",
        "| a threat | a control | not yet, soon |",
        "| a threat | a control | not applicable, not yet |",
        "| a threat | a control | `tests/test_docs.py` |",
    ],
)
def test_a_row_without_proof_or_control_is_found(planted):
    (row,) = rows(f"| threat | control | proof |\n|---|---|---|\n{planted}\n")
    assert unfit(row, 3)


def test_a_requirement_that_is_left_out_or_answered_twice_is_found():
    text = PAGES["asvs.md"]
    (row,) = re.findall(r"^\| 5\.2\.6 \|.*\n", text, re.MULTILINE)
    assert unanswered(text.replace(row, "")) == {"5.2.6"}
    assert unanswered(text.replace(row, row * 2)) == {"5.2.6"}
