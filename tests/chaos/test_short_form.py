"""The short form of the kill harness: every named point, and twenty kills at random, over the real processes."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from tests.chaos.cases import CASES, Case
from tests.chaos.deletion import run_deletions
from tests.chaos.fleet import open_fleet, run_outages, run_rollovers
from tests.chaos.points import run_cases
from tests.chaos.random_kills import run_random
from tests.chaos.rotation import MOMENTS, run_rotations
from tests.chaos.world import World, open_world

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.timeout(900)]

SEED = 20260


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def world(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    """One world for all points: what one kill leaves must not spoil the next."""
    async with open_world(tmp_path_factory.mktemp("chaos")) as opened:
        yield opened


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
async def test_killed_at_a_named_point_nothing_is_lost_or_paid_twice_or_posted_twice(
    world: World, case: Case
) -> None:
    assert (await run_cases(world, (case,), 1, SEED)).violations == []


async def test_killed_at_any_moment_under_load_nothing_is_lost_or_paid_twice_or_posted_twice(
    tmp_path: Path,
) -> None:
    async with open_world(tmp_path) as crowded:
        verdict = await run_random(crowded, 20, SEED, longest_life_s=1.0)

    assert verdict.violations == []
    assert verdict.delivered > 0


async def test_r4_replaced_by_a_new_process_again_and_again_not_even_an_orphan_is_left(
    tmp_path: Path,
) -> None:
    async with open_world(tmp_path) as busy:
        assert (await run_rollovers(busy, 3, SEED)).violations == []


@pytest.mark.postgres
async def test_b6_postgresql_stopped_under_load_nothing_is_lost_or_paid_twice_or_posted_twice(
    tmp_path: Path,
) -> None:
    async with open_fleet(tmp_path) as (fleet, plug):
        assert (await run_outages(fleet, plug, 1, SEED)).violations == []


async def test_a_deletion_that_was_cut_short_ends_complete_when_its_owner_presses_again(world: World) -> None:
    await world.restart()
    assert (await run_deletions(world, 1, SEED)).violations == []


async def test_a_rotation_of_the_master_key_that_is_killed_ends_well_the_second_time(tmp_path: Path) -> None:
    kills, verdict = await run_rotations(tmp_path / "keys", 1)

    assert kills == len(MOMENTS)
    assert verdict.violations == []
