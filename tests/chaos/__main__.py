"""`python -m tests.chaos [MODE ...]`: kill the service, heal it, and judge by the books of those outside."""

import argparse
import asyncio
import shlex
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.chaos.cases import CASES, Case
from tests.chaos.deletion import run_deletions
from tests.chaos.fleet import open_fleet, run_fleet, run_outages, run_rollovers
from tests.chaos.migrations import run_migrations
from tests.chaos.points import run_cases
from tests.chaos.random_kills import run_random
from tests.chaos.rotation import run_rotations
from tests.chaos.table import Row, table_of
from tests.chaos.verdict import Verdict
from tests.chaos.world import open_world


@dataclass(frozen=True, slots=True)
class Run:
    """What was asked for on the command line."""

    folder: Path
    cases: Sequence[Case]
    count: int
    kills: int
    outages: int
    rollovers: int
    seed: int


async def _points(run: Run) -> list[Row]:
    rows = []
    for number, case in enumerate(run.cases):
        async with open_world(run.folder / f"point-{number}") as world:
            verdict = await run_cases(world, (case,), run.count, run.seed)
        rows.append(Row(case.name, run.count, verdict))
        print(" ".join(rows[-1].cells), flush=True)
    return rows


def _shares(count: int, at_most: int) -> list[int]:
    """Return how many each world gets: what the stand-ins and the local Discord remember is bounded."""
    whole, rest = divmod(count, at_most)
    return [at_most] * whole + ([rest] if rest else [])


async def _random(run: Run) -> list[Row]:
    verdict = Verdict()
    for number, kills in enumerate(_shares(run.kills, 50)):
        async with open_world(run.folder / f"random-{number}") as world:
            verdict.add(await run_random(world, kills, run.seed + number))
    return [Row("random kills, 20 jobs running", run.kills, verdict)]


async def _migrations(run: Run) -> list[Row]:
    kills, verdict = await run_migrations(run.folder / "migrations")
    return [Row("migrate.statement, each one", kills, verdict)]


async def _rotations(run: Run) -> list[Row]:
    kills, verdict = await run_rotations(run.folder / "rotations", run.count)
    return [Row("rotate.batch_done and rotate.all_done", kills, verdict)]


async def _deletions(run: Run) -> list[Row]:
    async with open_world(run.folder / "deletions") as world:
        return [Row("delete.row_gone", run.count, await run_deletions(world, run.count, run.seed))]


async def _fleet(run: Run) -> list[Row]:
    verdict = Verdict()
    for number, kills in enumerate(_shares(run.kills, 50)):
        async with open_fleet(run.folder / f"fleet-{number}") as (world, _):
            verdict.add(await run_fleet(world, kills, run.seed + number))
    return [Row("one of six processes killed", run.kills, verdict)]


async def _outages(run: Run) -> list[Row]:
    verdict = Verdict()
    for number, outages in enumerate(_shares(run.outages, 25)):
        async with open_fleet(run.folder / f"outages-{number}") as (world, plug):
            verdict.add(await run_outages(world, plug, outages, run.seed + number))
    return [Row("PostgreSQL stopped", run.outages, verdict)]


async def _rollovers(run: Run) -> list[Row]:
    verdict = Verdict()
    for number, rollovers in enumerate(_shares(run.rollovers, 10)):
        async with open_fleet(run.folder / f"rollovers-{number}") as (world, _):
            verdict.add(await run_rollovers(world, rollovers, run.seed + number))
    return [Row("all processes replaced", run.rollovers, verdict)]


MODES: dict[str, Callable[[Run], Awaitable[list[Row]]]] = {
    "points": _points,
    "random": _random,
    "migrations": _migrations,
    "rotations": _rotations,
    "deletions": _deletions,
    "fleet": _fleet,
    "outages": _outages,
    "rollovers": _rollovers,
}


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    parser.add_argument("modes", nargs="*", metavar="MODE", help=f"of {', '.join(MODES)}; all when left out")
    parser.add_argument(
        "--count", type=int, default=25, help="runs of each named point (default: %(default)s)"
    )
    parser.add_argument("--kills", type=int, default=500, help="kills at random (default: %(default)s)")
    parser.add_argument("--outages", type=int, default=50, help="of PostgreSQL (default: %(default)s)")
    parser.add_argument("--rollovers", type=int, default=50, help="of a deploy (default: %(default)s)")
    parser.add_argument("--point", default="", help="only cases with this in their name")
    parser.add_argument(
        "--seed", type=int, default=1, help="of everything that chance decides (default: %(default)s)"
    )
    parser.add_argument("--folder", type=Path, help="where the worlds are kept (default: a new one)")
    return parser


async def _run(modes: Sequence[str], run: Run) -> list[Row]:
    rows: list[Row] = []
    for mode in modes:
        rows += await MODES[mode](run)
    return rows


def main(arguments: Sequence[str]) -> int:
    """Return 0, or 1 where anything was lost, paid twice, posted twice or damaged; then the folder says more."""
    parser = _parser()
    asked = parser.parse_args(arguments)
    unknown = set(asked.modes) - set(MODES)
    if unknown:
        parser.error(f"no such mode: {', '.join(sorted(unknown))}")
    folder = asked.folder or Path(tempfile.mkdtemp(prefix="limner-chaos-"))
    cases = [case for case in CASES if asked.point in case.name]
    started_s = time.monotonic()
    run = Run(folder, cases, asked.count, asked.kills, asked.outages, asked.rollovers, asked.seed)
    rows = asyncio.run(_run(asked.modes or tuple(MODES), run))
    took_s = time.monotonic() - started_s
    print(f"\npython -m tests.chaos {shlex.join(arguments)} (seed {asked.seed}, {took_s:.0f} s)\n")
    print(table_of(rows))
    violations = [violation for row in rows for violation in row.verdict.violations]
    print("\n".join(["", *violations, f"The worlds are kept in {folder}"] if violations else [""]))
    return 1 if violations else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
