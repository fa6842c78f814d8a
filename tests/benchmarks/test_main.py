import importlib
import inspect
from pathlib import Path

import pytest

from benchmarks import __main__ as command
from benchmarks.table import Row, render

ROWS = [Row("prompts", 30_000, "a second", limit=">= 20,000"), Row("start", 0.25, "s", "bare library", 1.25)]


def test_every_benchmark_can_measure() -> None:
    names = command.benchmark_names()
    assert names
    for name in names:
        assert inspect.iscoroutinefunction(importlib.import_module(f"benchmarks.{name}").measure), name


def test_names_those_that_exist_when_one_is_unknown(capsys: pytest.CaptureFixture[str]) -> None:
    assert command.main(["prompts", "nothing"]) == 2
    assert capsys.readouterr().err == (
        f"No benchmark called nothing. There are: {', '.join(command.benchmark_names())}.\n"
    )


def test_a_row_without_a_comparison_leaves_the_ratio_empty() -> None:
    assert render(ROWS).splitlines()[2:] == [
        "| prompts | 3e+04 a second |  |  | >= 20,000 |",
        "| start | 0.25 s | bare library | 1.25 |  |",
    ]


@pytest.mark.parametrize(("flag", "is_written"), [("1", True), ("", False)])
def test_writes_the_page_only_when_asked(
    flag: str,
    is_written: bool,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    async def measure(_names: object) -> list[Row]:
        return ROWS

    monkeypatch.setattr(command, "_measure", measure)
    monkeypatch.setattr(command, "PAGE", tmp_path / "benchmarks.md")
    monkeypatch.setenv("BENCH_WRITE", flag)
    assert command.main([]) == 0
    assert render(ROWS) in capsys.readouterr().out
    assert command.PAGE.exists() is is_written
