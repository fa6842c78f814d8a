"""The named crash points: each is called where the table says and nowhere else, and kills when it is armed."""

import ast
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from services.crash_points import POINTS, arm, crash_point
from services.errors import StartError
from tests.architecture_rules import OURS, ROOT
from tests.waiting import HANGS_AFTER_S


def _functions(tree: ast.AST, name: str = "") -> Iterator[tuple[str, ast.AST]]:
    """Yield every node with the name of the function that it stands in."""
    for node in ast.iter_child_nodes(tree):
        inner = node.name if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) else name
        yield inner, node
        yield from _functions(node, inner)


def _calls(file: Path) -> Iterator[tuple[str, str, str]]:
    """Yield (point, file, function) of each call of `crash_point` in a file."""
    path = file.relative_to(ROOT).as_posix()
    for function, node in _functions(ast.parse(file.read_text(encoding="utf-8"))):
        if not isinstance(node, ast.Call) or not ast.unparse(node.func).endswith("crash_point"):
            continue
        (argument,) = node.args
        assert isinstance(argument, ast.Constant), f"{path}:{node.lineno}: a point is named by a constant"
        yield str(argument.value), path, function


def _files() -> Iterator[Path]:
    for name in OURS:
        yield from [ROOT / name] if name.endswith(".py") else sorted((ROOT / name).rglob("*.py"))


def test_every_point_is_passed_exactly_where_the_table_says_and_no_other_is_called() -> None:
    called = [call for file in _files() for call in _calls(file)]
    assert sorted(called) == sorted((point.name, point.file, point.function) for point in POINTS.values())


def test_every_row_of_the_fault_matrix_that_names_a_kill_has_a_point() -> None:
    assert {point.row for point in POINTS.values()} == {f"K{number}" for number in range(1, 16)}


def test_nothing_happens_at_a_point_when_none_is_armed() -> None:
    for name in POINTS:
        crash_point(name)


@pytest.mark.parametrize("crash_at", ["nowhere", "submit.marked:0", "submit.marked:-1", "submit.marked:x"])
def test_refuses_a_point_that_does_not_exist_and_a_count_that_is_none(crash_at: str) -> None:
    with pytest.raises(StartError, match="LIMNER_CRASH_AT") as refusal:
        arm(crash_at)
    assert refusal.value.code == "bad_crash_point"


def _exit_code(script: str) -> int:
    return subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, check=False, timeout=HANGS_AFTER_S
    ).returncode


@pytest.mark.parametrize(("count", "passes", "is_dead"), [("", 1, True), (":2", 1, False), (":2", 2, True)])
def test_the_process_dies_at_the_pass_that_was_asked_for(count: str, passes: int, is_dead: bool) -> None:
    script = (
        "from services.crash_points import arm, crash_point\n"
        f"arm('submit.marked{count}')\n"
        "crash_point('submit.claimed')\n"
        f"[crash_point('submit.marked') for _ in range({passes})]\n"
    )
    assert _exit_code(script) == (-signal.SIGKILL if is_dead else 0)


def test_the_start_names_a_point_that_does_not_exist(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, ROOT / "bot.py", "run"],
        env={"LIMNER_CRASH_AT": "submit.nowhere", "LIMNER_DATA": str(tmp_path)},
        cwd=tmp_path, capture_output=True, text=True, check=False, timeout=HANGS_AFTER_S,
    )  # fmt: skip
    assert done.returncode == 2
    assert "there is no point 'submit.nowhere'" in done.stderr
    assert "submit.marked" in done.stderr
