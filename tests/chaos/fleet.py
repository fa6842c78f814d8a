"""The scaled-out service on PostgreSQL, under load all the time: a process of it dies, or the database does."""

import asyncio
import base64
import os
import random
import secrets
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Final

from db.dialects.crossing import foreign_errors
from services.jobs.housekeeping import TEMPORARY_S
from tests.chaos import books as bookkeeping
from tests.chaos.books import books_of_server
from tests.chaos.opening import open_world
from tests.chaos.postgresql import Plug, open_server
from tests.chaos.processes import READY, Forks
from tests.chaos.random_kills import RUNNING, Crowd, closing
from tests.chaos.verdict import Verdict
from tests.chaos.world import World

SHARDS: Final = 2
GATEWAYS: Final = {
    f"gateway-{number}": ("gateway", "--shards", f"{number}/{SHARDS}") for number in range(SHARDS)
}
WORKERS: Final = {f"worker-{number}": ("worker",) for number in range(3)}
MEMBERS: Final = {**GATEWAYS, **WORKERS, "web": ("web",)}
PATIENCE_S: Final = 150.0
"""A dead worker's jobs are taken over after its lease of 30 s; what it held may then be leased again."""
PACE_S: Final = 3.0
"""How long an order takes: twenty at once are some six a second, of which a world's books hold a quarter of an hour."""
KILLS_APART_S: Final = 4.0
LONGEST_DOWN_S: Final = 3.0
KILLS_BETWEEN_VERDICTS: Final = 50
OUTAGES_BETWEEN_VERDICTS: Final = 13
OUTAGES_APART_S: Final = (5.0, 20.0)
LONGEST_OUTAGE_S: Final = 5.0
LOOK_EVERY_S: Final = 0.5
SWEPT_WITHIN_S: Final = 30.0
REMEMBER_EVERY: Final = 20

_UNENDED: Final = "SELECT count(*) FROM requests WHERE ended_at_ms IS NULL"


async def _give_each_shard_a_server(world: World) -> None:
    """Make servers until each shard has one with a channel, so that people type at every gateway."""
    state = await world.play.call("GET", "state")
    taken, number = {_shard_of(state["guilds"][0])}, 0
    while len(taken) < SHARDS:
        number += 1
        state = await world.play.call("POST", "world", {"guilds": [f"guild-{number}"]})
        made = next(one for one in state["guilds"] if one["name"] == f"guild-{number}")
        if _shard_of(made) not in taken:
            taken.add(_shard_of(made))
            people = [{"user": user, "guild": made["name"]} for user in world.users]
            rooms = [{"name": f"room-{number}", "guild": made["name"]}]
            await world.play.call("POST", "world", {"channels": rooms, "members": people})
            world.channels = (*world.channels, f"room-{number}")
    world.settings["LIMNER_KEY_SERVERS"] = ",".join(one["id"] for one in state["guilds"])


def _shard_of(guild: dict[str, str]) -> int:
    """Return the shard of a server. Source: docs.discord.com, gateway, sharding."""
    return (int(guild["id"]) >> 22) % SHARDS


@asynccontextmanager
async def open_postgresql_world(forks: Forks, folder: Path) -> AsyncIterator[tuple[World, Plug]]:
    """Give a world whose one process stands on a PostgreSQL server of its own; it is not started."""
    async with open_server() as (server, plug):
        url = await asyncio.to_thread(server.new_database)
        await asyncio.to_thread(folder.mkdir, parents=True, exist_ok=True)
        assert await forks.migrate(folder / "migrate.log", url) == 0
        settings = {
            "DATABASE_URL": url,
            "LIMNER_MASTER_KEY": base64.b64encode(secrets.token_bytes(32)).decode(),
        }
        async with open_world(forks, folder, books=books_of_server(url), **settings) as world:
            world.patience_s = PATIENCE_S
            yield world, plug


@asynccontextmanager
async def open_fleet(forks: Forks, folder: Path) -> AsyncIterator[tuple[World, Plug]]:
    """Give a world whose service is two gateways, three workers and one web edge; none is started."""
    async with open_postgresql_world(forks, folder) as (world, plug):
        world.members = MEMBERS
        await _give_each_shard_a_server(world)
        yield world, plug


async def _type_on(world: World, crowd: Crowd) -> None:
    """Keep twenty jobs running; what is typed while nobody listens is lost, and typed again after its 3 s."""
    looks = 0
    while True:
        running = RUNNING
        with suppress(*foreign_errors()):  # the database may be down just now
            running = await bookkeeping.count(world.books, _UNENDED)
        crowd.type(max(0, RUNNING - running - crowd.waits_for))
        looks += 1
        if looks % REMEMBER_EVERY == 0:
            await world.remember()
        await asyncio.sleep(LOOK_EVERY_S)


@asynccontextmanager
async def busy(world: World, crowd: Crowd) -> AsyncIterator[None]:
    """Let people type while the block runs, and wait then until nobody does any more."""
    typing = asyncio.create_task(_type_on(world, crowd))
    try:
        yield
    finally:
        typing.cancel()
        (ended,) = await asyncio.gather(typing, return_exceptions=True)
    if isinstance(ended, Exception):
        raise ended
    await crowd.fall_silent()


async def settled(world: World) -> list[str]:
    """Let everything end, and return what is wrong then."""
    await world.start()
    await world.heal()
    await _tidied(world)
    return (await world.verdict()).violations


def _make_old(files: list[Path]) -> None:
    long_ago_s = time.time() - 2 * TEMPORARY_S
    for file in files:
        with suppress(FileNotFoundError):
            os.utime(file, (long_ago_s, long_ago_s))


async def _tidied(world: World) -> None:
    """Let the time pass after which nobody can be writing what a dead process began, and a new worker begin with it.

    A process that shares the folder cannot tell whose a file is before. What is still there then is left behind.
    """
    found = await asyncio.to_thread(world.leftovers)
    if not found:
        return
    await asyncio.to_thread(_make_old, found)
    name = next(iter(WORKERS))
    await world.bots[name].ask_to_stop()
    await (await world.launch(name)).until_logged(READY)
    with suppress(TimeoutError):
        async with asyncio.timeout(SWEPT_WITHIN_S):
            while await asyncio.to_thread(world.leftovers):
                await asyncio.sleep(LOOK_EVERY_S)


async def begin(world: World, seed: int) -> Crowd:
    """Start everything and wait until it is ready; return those who type."""
    await world.stand_ins("pace", seconds=PACE_S)
    await world.start()
    for bot in world.bots.values():
        await bot.until_logged(READY)
    return Crowd(world, seed)


async def _replace(world: World, name: str, after_s: float) -> None:
    await asyncio.sleep(after_s)
    await world.launch(name)


async def _kill_on(world: World, crowd: Crowd, kills: int, choice: random.Random) -> None:
    """Kill one of those that run, again and again; each is replaced by itself, so that several may be away."""
    async with asyncio.TaskGroup() as replacements:
        for _ in range(kills):
            await asyncio.sleep(choice.uniform(0, KILLS_APART_S))
            name = choice.choice([name for name, bot in world.bots.items() if not bot.is_over])
            await world.bots[name].kill()
            replacements.create_task(_replace(world, name, choice.uniform(0, LONGEST_DOWN_S)))
            await crowd.stir()


async def run_fleet(world: World, kills: int, seed: int) -> Verdict:
    """Kill a process chosen at random, so many times, under load; another takes its place a moment later."""
    choice, wrong = random.Random(seed), set[str]()
    crowd = await begin(world, seed)
    for done in range(0, kills, KILLS_BETWEEN_VERDICTS):
        async with busy(world, crowd):
            await _kill_on(world, crowd, min(KILLS_BETWEEN_VERDICTS, kills - done), choice)
        wrong.update(await settled(world))
    return await closing(world, kills, wrong)


async def run_outages(world: World, plug: Plug, outages: int, seed: int) -> Verdict:
    """Stop PostgreSQL for 0 to 5 s every 5 to 20 s, so many times, under load."""
    choice, wrong = random.Random(seed), set[str]()
    crowd = await begin(world, seed)
    for done in range(0, outages, OUTAGES_BETWEEN_VERDICTS):
        async with busy(world, crowd):
            for _ in range(min(OUTAGES_BETWEEN_VERDICTS, outages - done)):
                await asyncio.sleep(choice.uniform(*OUTAGES_APART_S))
                await plug.pull()
                await asyncio.sleep(choice.uniform(0, LONGEST_OUTAGE_S))
                await plug.put_back()
        wrong.update(await settled(world))
    return await closing(world, outages, wrong)
