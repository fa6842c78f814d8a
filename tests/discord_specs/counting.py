"""How much of a run was validated: a line at its end, summed over the workers of a parallel run."""

from collections import Counter
from typing import Any

import pytest

KINDS = ("requests", "responses", "frames")
SEEN: Counter[tuple[str, str]] = Counter()  # (kind, operation or event): how often it was validated here
_OF_WORKERS: Counter[tuple[str, str]] = Counter()


def count(kind: str, name: str) -> None:
    """Note that something was validated."""
    SEEN[kind, name] += 1


@pytest.hookimpl
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Hand a worker's counts to the process that started it."""
    output: dict[str, Any] | None = getattr(session.config, "workeroutput", None)
    if output is not None:
        output["discord_specs"] = [[*key, number] for key, number in SEEN.items()]


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:  # noqa: ANN401 - pytest-xdist's, without types
    """Take over a worker's counts."""
    for kind, name, number in getattr(node, "workeroutput", {}).get("discord_specs", ()):
        _OF_WORKERS[kind, name] += number


@pytest.hookimpl
def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say how much was validated against Discord's own schemas."""
    seen = SEEN + _OF_WORKERS
    if seen:
        terminalreporter.write_line(f"Discord's schemas saw {', '.join(_sum(seen, kind) for kind in KINDS)}.")


def _sum(seen: Counter[tuple[str, str]], kind: str) -> str:
    names = {name: number for (one, name), number in seen.items() if one == kind}
    return f"{sum(names.values()):,} {kind} of {len(names)} kinds"
