"""The scaled-out service on PostgreSQL: a process of it dies, the database does, or new ones replace all of them."""

import asyncio
import base64
import random
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

from tests.chaos import books as bookkeeping
from tests.chaos.books import books_of_server
from tests.chaos.postgresql import Plug, open_server
from tests.chaos.random_kills import PACE_S, RUNNING, Crowd
from tests.chaos.verdict import Verdict
from tests.chaos.world import STEP_S, World, open_world
from tests.databases import migrate
from tests.waiting import HANGS_AFTER_S

GATEWAYS: Final = {f"gateway-{number}": ("gateway", "--shards", f"{number}/2") for number in range(2)}
WORKERS: Final = {f"worker-{number}": ("worker",) for number in range(3)}
MEMBERS: Final = {**GATEWAYS, **WORKERS, "web": ("web",)}
PATIENCE_S: Final = 150.0
"""A dead worker's jobs are taken over after its lease of 30 s; what it held may then be leased again."""
LONGEST_LIFE_S: Final = 6.0
LONGEST_DOWN_S: Final = 3.0
BETWEEN_VERDICTS: Final = 20
OUTAGES_APART_S: Final = (5.0, 20.0)
LONGEST_OUTAGE_S: Final = 5.0

_UNENDED: Final = "SELECT count(*) FROM requests WHERE ended_at_ms IS NULL"


@asynccontextmanager
async def open_fleet(folder: Path) -> AsyncIterator[tuple[World, Plug]]:
    """Give a world whose service is two gateways, three workers and one web edge; none is started."""
    async with open_server() as (server, plug):
        url = await asyncio.to_thread(server.new_database)
        await asyncio.to_thread(migrate, url)
        settings = {
            "DATABASE_URL": url,
            "LIMNER_MASTER_KEY": base64.b64encode(secrets.token_bytes(32)).decode(),
        }
        async with open_world(folder, books=books_of_server(url), **settings) as world:
            world.members, world.patience_s = MEMBERS, PATIENCE_S
            yield world, plug


async def _keep_busy(world: World, crowd: Crowd) -> None:
    """Let people type until twenty jobs run."""
    running = await bookkeeping.count(world.books, _UNENDED)
    crowd.type(max(1, RUNNING - running))


async def _heal(world: World, crowd: Crowd) -> list[str]:
    await crowd.fall_silent()
    await world.start()
    await world.heal()
    return (await world.verdict()).violations


async def _until_ready(log: Path) -> None:
    async with asyncio.timeout(HANGS_AFTER_S):
        while "ready in" not in await asyncio.to_thread(log.read_text, "utf-8"):
            await asyncio.sleep(10 * STEP_S)


async def _begin(world: World, choice: random.Random) -> Crowd:
    await world.stand_ins("pace", seconds=PACE_S)
    await world.start()
    for name in GATEWAYS.keys() & world.members.keys():
        await _until_ready(world.folder / f"{name}.log")
    return Crowd(world, choice)


async def run_fleet(world: World, kills: int, seed: int) -> Verdict:
    """Kill a process chosen at random, so many times, under load; another takes its place a moment later."""
    choice, wrong = random.Random(seed), set[str]()
    crowd = await _begin(world, choice)
    for number in range(1, kills + 1):
        await _keep_busy(world, crowd)
        await asyncio.sleep(choice.uniform(0, LONGEST_LIFE_S))
        await world.bots[choice.choice(tuple(world.members))].kill()
        await asyncio.sleep(choice.uniform(0, LONGEST_DOWN_S))
        await world.start()
        if number % BETWEEN_VERDICTS == 0 or number == kills:
            wrong.update(await _heal(world, crowd))
    return await _closing(world, wrong)


async def run_outages(world: World, plug: Plug, outages: int, seed: int) -> Verdict:
    """Stop PostgreSQL for 0 to 5 s every 5 to 20 s, so many times, under load."""
    choice, wrong = random.Random(seed), set[str]()
    crowd = await _begin(world, choice)
    for number in range(1, outages + 1):
        await _keep_busy(world, crowd)
        await asyncio.sleep(choice.uniform(*OUTAGES_APART_S))
        await plug.pull()
        await asyncio.sleep(choice.uniform(0, LONGEST_OUTAGE_S))
        await plug.put_back()
        if number % BETWEEN_VERDICTS == 0 or number == outages:
            wrong.update(await _heal(world, crowd))
    return await _closing(world, wrong)


async def run_rollovers(world: World, rollovers: int, seed: int) -> Verdict:
    """Replace every process by a new one in turn, as a deploy does, so many times, under load; also a single one.

    Nothing is killed, so that not even an orphan is forgiven.
    """
    choice, wrong = random.Random(seed), set[str]()
    crowd = await _begin(world, choice)
    for number in range(1, rollovers + 1):
        for name in world.members:
            await _keep_busy(world, crowd)
            code = await world.bots[name].ask_to_stop()
            wrong.update([f"{name} ended with {code}"] if code else [])
            await world.start()
        if number % BETWEEN_VERDICTS == 0 or number == rollovers:
            wrong.update(await _heal(world, crowd))
    verdict = await _closing(world, wrong)
    if verdict.orphans:
        verdict.violations.append(f"paid for nothing: {verdict.orphans} orders")
    return verdict


async def _closing(world: World, wrong: set[str]) -> Verdict:
    verdict = await world.verdict()
    verdict.violations = sorted({*verdict.violations, *wrong})
    return verdict
