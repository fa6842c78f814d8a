"""A picture's owner deletes it, or the operator takes it down, and the process dies between the row and the rest."""

import asyncio
import random
from typing import Final

from tests.chaos.cases import SKETCH
from tests.chaos.orders import codes_shown
from tests.chaos.points import USER, message_of, new_phrase
from tests.chaos.verdict import Verdict
from tests.chaos.world import STEP_S, World
from tests.e2e.play import Json, answer_of, custom_id
from tests.waiting import HANGS_AFTER_S

POINT: Final = "delete.row_gone"
FOUND: Final = "clear.found"
NOTED: Final = "takedown.noted"
_FILES: Final = "images/??/??/*"
_RECIPES: Final = "SELECT code FROM recipes WHERE code = '{code}'"


def _files(world: World) -> set[str]:
    return {path.name for path in world.data.glob(_FILES)}


async def _confirm(world: World, question: Json, *, wait: object) -> None:
    button = custom_id(question, "confirmdelete")
    body = {"user": USER, "message_id": question["id"], "custom_id": button, "wait": wait}
    await world.play.call("POST", "click", body)


async def _delete_once(world: World, choice: random.Random) -> list[str]:
    """Let the owner delete a picture from a bot that dies of it; return what the next one leaves of it."""
    before = _files(world)
    await world.kill()
    await world.start(crash_at=POINT)
    order = await world.order(USER, new_phrase(world, choice), SKETCH)
    message = await message_of(world, order, is_whole=True)
    more = answer_of(await world.play.press(USER, message, "more"))
    question = answer_of(await world.play.press(USER, more, "delete"))
    await _confirm(world, question, wait=0)
    await world.died()
    # The next one dies as well, while it takes the picture out of its message.
    await world.launch("bot", crash_at=FOUND)
    await world.died()
    await world.restart()
    left = _files(world) - before
    wrong = [f"{POINT}: the file {name} is left after the start" for name in sorted(left)]
    wrong += await _until_gone(world, message)
    # Whoever presses again, because nothing was said, is told that it is deleted.
    await _confirm(world, question, wait="done")
    await world.until_quiet()
    return wrong


async def _until_gone(world: World, message: Json) -> list[str]:
    """Wait until a message is gone without anybody's doing, and return what is wrong where it stays."""
    try:
        async with asyncio.timeout(HANGS_AFTER_S):
            while message["id"] in {
                each["id"] for seen in (await world.messages()).values() for each in seen
            }:
                await asyncio.sleep(10 * STEP_S)
    except TimeoutError:
        return [f"{POINT}: its message stands there still"]
    return []


async def _take_down_once(world: World, choice: random.Random) -> list[str]:
    """Let the operator's command die once it has noted a picture as taken down; return what is left after a start."""
    before = _files(world)
    await world.kill()
    await world.start()
    order = await world.order(USER, new_phrase(world, choice), SKETCH)
    (code,) = codes_shown([await message_of(world, order, is_whole=True)])
    await world.until_quiet()
    made = _files(world) - before
    await world.kill()
    log, command = world.folder / "takedown.log", ("takedown", "add", code, "--yes")
    await (await world.forks.spawn(log, world.settings, *command, crash_at=NOTED)).died()
    there = _files(world) & made
    await world.restart()
    wrong = [f"{NOTED}: the file {name} is left after the start" for name in sorted(_files(world) & made)]
    rows = await world.books.rows(_RECIPES.format(code=code))
    wrong += [f"{NOTED}: the recipe of {code} is left after the start" for _ in rows]
    return wrong if there == made and made else [*wrong, f"{NOTED}: there was nothing left to delete"]


async def run_takedowns(world: World, count: int, seed: int) -> Verdict:
    """Kill so many take-downs; each must end complete at the next start, without another word of the operator."""
    choice = random.Random(seed)
    verdict = Verdict(kills=count, typed=count, accepted=count)
    for _ in range(count):
        verdict.violations += await _take_down_once(world, choice)
    return verdict


async def run_deletions(world: World, count: int, seed: int) -> Verdict:
    """Kill the bot in so many deletions; each must end complete at the next start, without another press."""
    choice = random.Random(seed)
    verdict = Verdict(kills=count, typed=count, accepted=count)
    for _ in range(count):
        verdict.violations += await _delete_once(world, choice)
    return verdict
