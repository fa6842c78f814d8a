"""The table of docs/reliability.md: every row of the fault matrix names tests, and every test that it names exists."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
TEXT = (ROOT / "docs" / "reliability.md").read_text("utf-8")
ROW = re.compile(r"^\| ([A-Z][0-9]{1,2}) \|(.*)\|$", re.MULTILINE)
TEST = re.compile(r"`(tests/[\w/]+\.py)::(test_\w+\*?)`")
FILE = re.compile(r"`(tests/[\w/]+\.py)`")
ROWS = dict(ROW.findall(TEXT))

EXPECTED = {
    *(f"P{number}" for number in range(1, 16)),
    *(f"W{number}" for number in range(1, 9)),
    *(f"D{number}" for number in range(1, 7)),
    *("B1", "B2", "B3", "B4", "B5", "I1", "I2", "C1", "C2", "J1", "R1", "R2", "R3", "R5"),
}


@cache
def names_in(path: str) -> frozenset[str]:
    """Return the names of a file's tests, none for a file that does not exist."""
    file = ROOT / path
    if not file.exists():
        return frozenset()
    nodes = ast.walk(ast.parse(file.read_text("utf-8")))
    found = (node.name for node in nodes if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))
    return frozenset(name for name in found if name.startswith("test_"))


def exists(path: str, name: str) -> bool:
    if name.endswith("*"):
        return any(test.startswith(name[:-1]) for test in names_in(path))
    return name in names_in(path)


def test_the_table_has_every_row() -> None:
    assert sorted(EXPECTED - set(ROWS)) == []


@pytest.mark.parametrize("row", sorted(ROWS))
def test_a_row_is_shown_by_tests_that_exist(row: str) -> None:
    named, files = TEST.findall(ROWS[row]), FILE.findall(ROWS[row])

    assert named or files
    assert [file for file in files if not names_in(file)] == []
    assert [f"{path}::{name}" for path, name in named if not exists(path, name)] == []


def test_every_test_that_the_page_names_exists() -> None:
    assert [f"{path}::{name}" for path, name in TEST.findall(TEXT) if not exists(path, name)] == []


def test_every_test_that_is_named_after_a_row_stands_in_the_table() -> None:
    named = [
        test
        for file in Path(__file__).parent.glob("test_*.py")
        for test in names_in(str(file.relative_to(ROOT)))
    ]
    rows = {found[1].upper() for test in named if (found := re.match(r"test_([a-z]\d{1,2})_", test))}

    assert rows <= set(ROWS)
