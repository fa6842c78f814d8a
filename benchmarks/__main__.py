"""`python -m benchmarks [name ...]`: run every benchmark, or those named, and print one table.

With BENCH_WRITE=1 the table also goes to docs/benchmarks.md.
"""

import asyncio
import importlib
import os
import pkgutil
import platform
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import benchmarks
from benchmarks.table import Row, render

PAGE = Path(__file__).parent.parent / "docs" / "benchmarks.md"
NOT_MEASURED = {
    "__main__",
    "table",
    "bare_bot",
    "durable_steps",
    "engine_bare",
    "engine_scene",
    "engine_service",
    "fast_bot",
    "processes",
    "providers_bare",
    "providers_scene",
    "providers_service",
    "scaling",
    "scaling_inputs",
    "scaling_page",
    "whole_way_bare",
    "whole_way_limner",
    "wire",
}


def benchmark_names() -> list[str]:
    """Return the names of the modules that have a `measure`, in alphabetical order."""
    names = [module.name for module in pkgutil.iter_modules(benchmarks.__path__)]
    return sorted(name for name in names if name not in NOT_MEASURED)


def machine_facts() -> str:
    """Return one line about what the figures were measured on."""
    interpreter = f"{platform.python_implementation()} {platform.python_version()}"
    day = datetime.now(UTC).date().isoformat()
    return (
        f"Measured {day} on {os.cpu_count()} cores, {platform.system()} {platform.machine()}, {interpreter}."
    )


async def _measure(names: Sequence[str]) -> list[Row]:
    rows: list[Row] = []
    for name in names:
        print(f"measuring {name} ...", file=sys.stderr, flush=True)
        module = importlib.import_module(f"benchmarks.{name}")
        rows += await module.measure()
    return rows


def main(arguments: Sequence[str]) -> int:
    """Measure what is named (everything without a name); return 2 for an unknown name."""
    known = benchmark_names()
    if unknown := sorted(set(arguments) - set(known)):
        print(f"No benchmark called {', '.join(unknown)}. There are: {', '.join(known)}.", file=sys.stderr)
        return 2
    rows = asyncio.run(_measure(list(arguments) or known))
    text = f"{machine_facts()} Ratios matter, not digits.\n\n{render(rows)}\n"
    print(text, end="")
    if os.environ.get("BENCH_WRITE") == "1":
        PAGE.write_text(
            f"# Benchmarks\n\n`make bench BENCH_WRITE=1` writes this page. {text}", encoding="utf-8"
        )
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
