"""The short form of the kill harness: every named point, and twenty kills at random, over the real processes."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from db.migrations import HEAD
from tests.chaos.cases import CASES, Case
from tests.chaos.deletion import run_deletions, run_takedowns
from tests.chaos.fleet import open_fleet, run_outages
from tests.chaos.migrations import Ground, kill_steps
from tests.chaos.opening import open_world
from tests.chaos.points import run_cases
from tests.chaos.processes import Forks, open_forks
from tests.chaos.random_kills import run_random
from tests.chaos.rollovers import run_rollovers
from tests.chaos.rotation import MOMENTS, run_rotations
from tests.chaos.shelves import Databases, Files
from tests.chaos.uploads import MOMENTS as UPLOAD_MOMENTS
from tests.chaos.uploads import run_uploads
from tests.chaos.world import World

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.timeout(900)]

SEED = 20260
EARLY = 206
"""By this seed PostgreSQL stops after 5 s, for 1.5 s."""


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def forks(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Forks]:
    """The process that every bot here is forked from."""
    async with open_forks(tmp_path_factory.mktemp("forks") / "forks.log") as opened:
        yield opened


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def world(forks: Forks, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    """One world for all points: what one kill leaves must not spoil the next."""
    async with open_world(forks, tmp_path_factory.mktemp("chaos")) as opened:
        yield opened


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
async def test_killed_at_a_named_point_nothing_is_lost_or_paid_twice_or_posted_twice(
    world: World, case: Case
) -> None:
    assert (await run_cases(world, (case,), 1, SEED)).violations == []


@pytest.mark.parametrize("moment", UPLOAD_MOMENTS)
async def test_killed_while_a_picture_is_brought_or_forgotten_no_file_and_no_row_is_left_alone(
    world: World, moment: str
) -> None:
    assert (await run_uploads(world, moment, 2, SEED)).violations == []


async def test_killed_at_any_moment_under_load_nothing_is_lost_or_paid_twice_or_posted_twice(
    forks: Forks, tmp_path: Path
) -> None:
    async with open_world(forks, tmp_path) as crowded:
        verdict = await run_random(crowded, 20, SEED, longest_life_s=1.0)

    assert verdict.violations == []
    assert verdict.delivered > 0


async def test_r4_replaced_by_a_new_process_again_and_again_not_even_an_orphan_is_left(
    forks: Forks, tmp_path: Path
) -> None:
    async with open_world(forks, tmp_path) as busy:
        assert (await run_rollovers(busy, 2, SEED)).violations == []


@pytest.mark.postgres
async def test_b6_postgresql_stopped_under_load_nothing_is_lost_or_paid_twice_or_posted_twice(
    forks: Forks, tmp_path: Path
) -> None:
    async with open_fleet(forks, tmp_path) as (fleet, plug):
        assert (await run_outages(fleet, plug, 1, EARLY)).violations == []


async def test_a_deletion_that_was_cut_short_ends_complete_at_the_next_start(world: World) -> None:
    await world.restart()
    assert (await run_deletions(world, 1, SEED)).violations == []


async def test_a_take_down_that_was_cut_short_ends_complete_at_the_next_start(world: World) -> None:
    assert (await run_takedowns(world, 1, SEED)).violations == []


async def test_a_rotation_of_the_master_key_that_is_killed_ends_well_the_second_time(
    forks: Forks, tmp_path: Path
) -> None:
    verdict = await run_rotations(forks, tmp_path / "keys", MOMENTS, 1)

    assert verdict.kills == len(MOMENTS)
    assert verdict.violations == []


@pytest.mark.parametrize("kind", ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
async def test_the_newest_migration_killed_at_each_statement_is_finished_by_the_next_start(
    forks: Forks, tmp_path: Path, request: pytest.FixtureRequest, kind: str
) -> None:
    is_file = kind == "sqlite"
    shelf = Files(tmp_path / "files") if is_file else Databases(request.getfixturevalue("postgresql_server"))
    verdict = await kill_steps(Ground(shelf, forks, tmp_path / "migrate.log"), 1, first=HEAD)

    assert verdict.kills > 0
    assert verdict.violations == []
