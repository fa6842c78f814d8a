"""The named crash points, one after the other, each as often as asked: the process dies there, and starts again."""

import asyncio
import random
from typing import Final

from tests.chaos import books as bookkeeping
from tests.chaos.cases import Case, End, Held
from tests.chaos.orders import CHANNEL, Order, codes_shown, phrase_of
from tests.chaos.verdict import Verdict, paid_by_phrase
from tests.chaos.world import STEP_S, World
from tests.e2e.play import Json, custom_ids, is_finished, text_of
from tests.waiting import HANGS_AFTER_S

USER: Final = "ada"
OTHER: Final = "ben"


def new_phrase(world: World, choice: random.Random) -> str:
    """Return words that no other order of this world has."""
    return f"chaos {len(world.orders) + 1}-{choice.randrange(10**6)}"


async def message_of(world: World, order: Order, *, is_whole: bool) -> Json:
    """Return the message that answered a command, finished or with its Cancel button."""
    async with asyncio.timeout(HANGS_AFTER_S):
        while True:
            for message in await world.play.messages(USER, CHANNEL):
                is_its = (message.get("interaction_metadata") or {}).get("id") == order.interaction_id
                is_so = bool(message["attachments"]) and is_finished(message)
                can_cancel = any("v1:job:cancel:" in each for each in custom_ids(message))
                if is_its and (is_so if is_whole else can_cancel):
                    return message
            await asyncio.sleep(STEP_S)


async def _provoke(world: World, case: Case, phrase: str) -> None:
    """Do what makes the armed bot pass the case's point."""
    if case.held is not Held.NEVER:
        await world.stand_ins("pace", hold=0.5)
    order = await world.order(USER, phrase, case.model, trick=case.trick)
    if case.by_reaction:
        message = await message_of(world, order, is_whole=True)
        await world.play.react(OTHER, message, "🔁")
    if case.held is Held.UNTIL_HEALED:
        message = await message_of(world, order, is_whole=False)
        (button,) = [each for each in custom_ids(message) if "v1:job:cancel:" in each]
        body = {"user": USER, "message_id": message["id"], "custom_id": button, "wait": 0}
        await world.play.call("POST", "click", body)


async def _ends(world: World, phrase: str) -> list[str]:
    """Return how everything that was accepted under a phrase has ended, told in words of the case."""
    states = [
        each.state for each in await bookkeeping.promises(world.books) if phrase_of(each.body) == phrase
    ]
    return ["delivered" if state == "stored" else "told" for state in states]


async def _deviations(world: World, case: Case, phrase: str) -> list[str]:
    """Return where a run of a case ended otherwise than it must, beyond the general verdict."""
    wanted = [] if case.end is End.NOTHING else [case.end.value] * (2 if case.by_reaction else 1)
    ends = await _ends(world, phrase)
    paid = paid_by_phrase(await world.listed("calls"))[phrase]
    shown = [
        message
        for message in (await world.messages())[USER]
        if phrase in text_of(message) and codes_shown([message])
    ]
    found = []
    if ends != wanted:
        found.append(f"{case.name}: ended as {ends}, not as {wanted}")
    if paid not in case.paid:
        found.append(f"{case.name}: {paid} submits were charged, not {case.paid}")
    if len(shown) != wanted.count("delivered"):
        found.append(f"{case.name}: {len(shown)} messages show its pictures")
    return found


async def run_case(world: World, case: Case, choice: random.Random) -> list[str]:
    """Run one case with the settings that it wants, and return what is wrong."""
    kept = dict(world.settings)
    if not case.has_webhooks:
        del world.settings["PUBLIC_URL"]
    try:
        return await _kill_and_heal(world, case, choice)
    finally:
        world.settings.update(kept)


async def _kill_and_heal(world: World, case: Case, choice: random.Random) -> list[str]:
    """Kill the bot once at a case's point, heal it, and return what is wrong; the bot runs healed afterwards."""
    phrase = new_phrase(world, choice)
    await world.kill()
    await world.start(crash_at=f"{case.point}:{case.passes}")
    await _provoke(world, case, phrase)
    await world.died()
    await world.restart(off_for_s=case.off_for_s)
    if case.held is Held.UNTIL_RESTARTED:
        await world.stand_ins("pace", hold=None)
    await world.heal(is_held=case.held is Held.UNTIL_HEALED)
    await world.stand_ins("pace", hold=None)
    return await _deviations(world, case, phrase)


async def run_cases(world: World, cases: tuple[Case, ...], count: int, seed: int) -> Verdict:
    """Run each case `count` times and return the verdict over everything."""
    choice = random.Random(seed)
    wrong: list[str] = []
    for case in cases:
        for number in range(count):
            try:
                wrong += await run_case(world, case, choice)
            except (TimeoutError, AssertionError) as error:
                wrong.append(f"{case.name} (run {number + 1}): {type(error).__name__}: {error}")
    verdict = await world.verdict()
    verdict.kills = count * len(cases)
    verdict.violations += wrong
    return verdict
