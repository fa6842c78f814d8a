"""The modes of the harness, each cut into worlds that have nothing to do with each other."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

from tests.chaos.cases import Case
from tests.chaos.deletion import NOTED, run_deletions, run_takedowns
from tests.chaos.fleet import open_fleet, open_postgresql_world, run_fleet, run_outages
from tests.chaos.migrations import run_migrations, run_postgresql_migrations
from tests.chaos.opening import open_world
from tests.chaos.points import run_cases
from tests.chaos.processes import Forks
from tests.chaos.random_kills import run_random
from tests.chaos.rollovers import run_rollovers
from tests.chaos.rotation import MOMENTS, run_rotations
from tests.chaos.uploads import MOMENTS as UPLOAD_MOMENTS
from tests.chaos.uploads import run_uploads
from tests.chaos.verdict import Verdict

KILLS_AT_MOST: Final = 50
DELETIONS_AT_MOST: Final = 13
OUTAGES_AT_MOST: Final = 13
ROLLOVERS_AT_MOST: Final = 5
"""In one world: what the stand-ins and the local Discord remember is bounded."""
SELDOM: Final = 10
"""A point on PostgreSQL takes over half a minute, the lease of the dead, and comes so many times less often."""


@dataclass(frozen=True, slots=True)
class Run:
    """What was asked for on the command line."""

    cases: Sequence[Case]
    count: int
    kills: int
    outages: int
    rollovers: int
    seed: int


@dataclass(frozen=True, slots=True)
class Part:
    """One world's share of a mode, counted in a row of the table. `work` gets a folder of its own."""

    row: str
    work: Callable[[Forks, Path], Awaitable[Verdict]]


def shares(count: int, at_most: int) -> list[int]:
    """Return how many each world gets."""
    whole, rest = divmod(count, at_most)
    return [at_most] * whole + ([rest] if rest else [])


async def _point(case: Case, run: Run, forks: Forks, folder: Path) -> Verdict:
    async with open_world(forks, folder) as world:
        return await run_cases(world, (case,), run.count, run.seed)


async def _postgresql_point(case: Case, run: Run, forks: Forks, folder: Path) -> Verdict:
    async with open_postgresql_world(forks, folder) as (world, _):
        return await run_cases(world, (case,), max(run.count // SELDOM, 1), run.seed)


async def _random(kills: int, seed: int, forks: Forks, folder: Path) -> Verdict:
    async with open_world(forks, folder) as world:
        return await run_random(world, kills, seed)


async def _rotations(moment: str, count: int, forks: Forks, folder: Path) -> Verdict:
    return await run_rotations(forks, folder, (moment,), count)


async def _deletions(count: int, seed: int, forks: Forks, folder: Path) -> Verdict:
    async with open_world(forks, folder) as world:
        return await run_deletions(world, count, seed)


async def _takedowns(count: int, seed: int, forks: Forks, folder: Path) -> Verdict:
    async with open_world(forks, folder) as world:
        return await run_takedowns(world, count, seed)


async def _uploads(moment: str, count: int, seed: int, forks: Forks, folder: Path) -> Verdict:
    async with open_world(forks, folder) as world:
        return await run_uploads(world, moment, count, seed)


async def _fleet(kills: int, seed: int, forks: Forks, folder: Path) -> Verdict:
    async with open_fleet(forks, folder) as (world, _):
        return await run_fleet(world, kills, seed)


async def _outages(outages: int, seed: int, forks: Forks, folder: Path) -> Verdict:
    async with open_fleet(forks, folder) as (world, plug):
        return await run_outages(world, plug, outages, seed)


async def _rollovers(rollovers: int, seed: int, forks: Forks, folder: Path) -> Verdict:
    async with open_fleet(forks, folder) as (world, _):
        return await run_rollovers(world, rollovers, seed)


def _shared(
    row: str, work: Callable[[int, int, Forks, Path], Awaitable[Verdict]], count: int, at_most: int, seed: int
) -> list[Part]:
    """Return the parts of a mode; each world has a seed of its own."""
    return [
        Part(row, partial(work, share, seed + number)) for number, share in enumerate(shares(count, at_most))
    ]


async def _files(count: int, forks: Forks, folder: Path) -> Verdict:
    return await run_migrations(forks, folder, count)


async def _databases(count: int, forks: Forks, folder: Path) -> Verdict:
    return await run_postgresql_migrations(forks, folder, count)


def _migrations(run: Run) -> list[Part]:
    return [
        Part("migrate.statement, SQLite", partial(_files, run.count)),
        Part("migrate.statement, PostgreSQL", partial(_databases, run.count)),
    ]


MODES: Final[dict[str, Callable[[Run], list[Part]]]] = {
    "points": lambda run: [Part(case.name, partial(_point, case, run)) for case in run.cases],
    "points-postgresql": lambda run: [
        Part(f"{case.name}, PostgreSQL", partial(_postgresql_point, case, run)) for case in run.cases
    ],
    "random": lambda run: _shared(
        "random kills, 20 jobs running", _random, run.kills, KILLS_AT_MOST, run.seed
    ),
    "migrations": _migrations,
    "rotations": lambda run: [Part(moment, partial(_rotations, moment, run.count)) for moment in MOMENTS],
    "deletions": lambda run: [
        *_shared("delete.row_gone", _deletions, run.count, DELETIONS_AT_MOST, run.seed),
        *_shared(NOTED, _takedowns, run.count, DELETIONS_AT_MOST, run.seed),
    ],
    "uploads": lambda run: [
        Part(moment, partial(_uploads, moment, run.count, run.seed)) for moment in UPLOAD_MOMENTS
    ],
    "fleet": lambda run: _shared("one of six processes killed", _fleet, run.kills, KILLS_AT_MOST, run.seed),
    "outages": lambda run: _shared("PostgreSQL stopped", _outages, run.outages, OUTAGES_AT_MOST, run.seed),
    "rollovers": lambda run: _shared(
        "all processes replaced", _rollovers, run.rollovers, ROLLOVERS_AT_MOST, run.seed
    ),
}
"""What each mode consists of, by its name."""
