"""Somebody brings a picture, or has one forgotten, and the bot dies between its file, its row and its order."""

import asyncio
import base64
import os
import random
from pathlib import Path
from typing import Final

from sqlalchemy import Connection, text

from db.engine import open_database
from services.jobs.housekeeping import ORPHAN_S, Housekeeper
from tests.chaos.orders import CHANNEL, Order
from tests.chaos.points import USER, message_of, new_phrase
from tests.chaos.verdict import Verdict
from tests.chaos.world import World
from tests.services.brought import photo
from tests.services.studio import open_studio

MOMENTS: Final = ("upload.put", "upload.kept", "forget.row_gone")
MODEL: Final = "bfl/flux-kontext-pro"
_FILES: Final = "images/??/??/*"
_NEEDED: Final = "SELECT digest FROM images UNION SELECT stored_digest FROM uploads"
_BROUGHT: Final = "SELECT stored_digest FROM uploads"
_LONG_AGO: Final = (
    f"UPDATE uploads SET agreed_at_ms = agreed_at_ms - {int(2 * ORPHAN_S * 1000)}",  # noqa: S608 - a number of ours
    "DELETE FROM store_walks",
)


def _files(world: World) -> set[str]:
    return {path.name for path in world.data.glob(_FILES)}


async def _bring(world: World, phrase: str, picture: bytes) -> Order:
    """Type `/imagine` with a file attached; the bot may die of it."""
    body = {
        "user": USER, "channel": CHANNEL, "name": "imagine", "wait": 3,
        "options": {"prompt": phrase, "model": MODEL, "agreed": True},
        "files": {"reference_file": {"filename": "a.jpg", "base64": base64.b64encode(picture).decode()}},
    }  # fmt: skip
    result = await world.play.call("POST", "slash", body)
    made = Order(phrase, USER, str(result["interaction_id"]), result["callback"] is not None)
    world.orders.append(made)
    return made


async def _forget_all(world: World, *, wait: object) -> None:
    body = {
        "user": USER, "channel": CHANNEL, "name": "uploads", "subcommand": "forget", "wait": wait,
        "options": {"upload": "all"},
    }  # fmt: skip
    await world.play.call("POST", "slash", body)


async def _bring_once(world: World, moment: str, choice: random.Random, *, is_repeated: bool) -> list[str]:
    """Let the bot die while a picture is brought; `is_repeated`: whoever brought it does so again."""
    before, brought = _files(world), len(await world.books.rows(_BROUGHT)) if world.started else 0
    picture = photo(choice.randrange(10**6), (64, 64))
    await world.start(crash_at=moment)
    await _bring(world, new_phrase(world, choice), picture)
    await world.died()
    await world.restart()
    files, rows = len(_files(world) - before), len(await world.books.rows(_BROUGHT)) - brought
    if is_repeated:
        await message_of(world, await _bring(world, new_phrase(world, choice), picture), is_whole=True)
    await world.heal()
    wanted = (1, 0) if moment == "upload.put" else (1, 1)
    return [] if (files, rows) == wanted else [f"{moment}: {files} files and {rows} rows after the start"]


async def _forget_once(world: World, choice: random.Random) -> list[str]:
    """Let the bot die while it forgets a picture that it has painted from."""
    await world.start(crash_at="forget.row_gone")
    phrase, picture = new_phrase(world, choice), photo(choice.randrange(10**6), (64, 64))
    await message_of(world, await _bring(world, phrase, picture), is_whole=True)
    await world.until_quiet()
    kept = {row[0] for row in await world.books.rows(_BROUGHT)}
    await _forget_all(world, wait=0)
    await world.died()
    await world.restart()
    left = _files(world) & kept
    wrong = [f"forget.row_gone: the file {name} is left after the start" for name in sorted(left)]
    rows = await world.books.rows(_BROUGHT)
    await _forget_all(world, wait="done")
    await world.heal()
    return wrong + [f"forget.row_gone: the row of {row[0]} is back" for row in rows]


async def _tidied(world: World) -> list[str]:
    """Let two days pass and the housekeeper look, while no bot runs; return what does not fit together then."""
    await world.kill()
    await world.books.run(_LONG_AGO)
    await asyncio.to_thread(_make_older, world.data)
    database = await open_database(f"sqlite:///{world.data / 'limner.db'}", data_folder=None)
    async with open_studio(database, world.data) as studio:
        await Housekeeper(studio.context).tick()
    await database.close()
    files, needed = _files(world), {row[0] for row in await world.books.rows(_NEEDED)}
    unneeded = await world.books.read(_unneeded)
    return [
        *(f"a file without a row: {name}" for name in sorted(files - needed)),
        *(f"a row without a file: {name}" for name in sorted(needed - files)),
        *(f"a brought picture that nothing needs: {name}" for name in unneeded),
        *(f"temporary file left: {path.name}" for path in world.leftovers()),
    ]


def _make_older(data: Path) -> None:
    for path in data.glob(_FILES):
        then = path.stat().st_mtime - 2 * ORPHAN_S
        os.utime(path, (then, then))


def _unneeded(connection: Connection) -> list[str]:
    bodies = [str(row[0]) for row in connection.execute(text("SELECT body FROM recipes"))]
    digests = [str(row[0]) for row in connection.execute(text("SELECT digest FROM uploads"))]
    return [digest for digest in digests if not any(digest in body for body in bodies)]


async def run_uploads(world: World, moment: str, count: int, seed: int) -> Verdict:
    """Kill the bot so often at one moment, and return the verdict over everything then."""
    choice = random.Random(f"{seed} {moment}")  # other pictures for each moment of one world
    wrong: list[str] = []
    for number in range(count):
        await world.kill()
        wrong += (
            await _forget_once(world, choice)
            if moment == "forget.row_gone"
            else await _bring_once(world, moment, choice, is_repeated=bool(number % 2))
        )
    verdict = await world.verdict()
    verdict.kills = count
    verdict.violations += [*wrong, *await _tidied(world)]
    return verdict
