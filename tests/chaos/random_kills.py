"""Kills at any moment, while people keep twenty jobs running."""

import asyncio
import random
from collections.abc import Iterable
from typing import Final

from tests.chaos import books as bookkeeping
from tests.chaos.cases import BFL, FAL, MODERATED, OPENAI, SKETCH
from tests.chaos.orders import CHANNEL, codes_shown
from tests.chaos.verdict import Verdict
from tests.chaos.world import World
from tests.e2e.play import Refused

RUNNING: Final = 20
KILLS_BETWEEN_VERDICTS: Final = 20
LONGEST_LIFE_S: Final = 3.0
PACE_S: Final = 0.6
MODELS: Final = ((FAL, 8), (BFL, 4), (OPENAI, 3), (SKETCH, 5))
"""Who is asked, and how often of twenty: webhooks that are proof, webhooks that are hints, none at all, and free."""

_UNENDED: Final = "SELECT count(*) FROM requests WHERE ended_at_ms IS NULL"


class Crowd:
    """People who keep typing; what they type while the bot is away is lost, as on the real Discord."""

    def __init__(self, world: World, seed: int) -> None:
        self._world = world
        # Not the one that decides about the kills: how much is typed between them depends on the machine.
        self._choice = random.Random(f"crowd {seed}")
        self._numbers = 0
        self._typing: set[asyncio.Task[object]] = set()

    def type(self, count: int) -> None:
        """Begin to type so many commands at once."""
        for _ in range(count):
            self._numbers += 1
            phrase = f"chaos {self._numbers}-{self._choice.randrange(10**6)}"
            user = self._choice.choice(tuple(self._world.users))
            ((model, _),) = self._choice.choices(MODELS, [weight for _, weight in MODELS])
            trick = MODERATED if self._choice.random() < 0.05 else ""
            channel = self._choice.choice(self._world.channels)
            order = self._world.order(user, phrase, model, trick=trick, channel=channel)
            self._keep(asyncio.create_task(order))

    @property
    def waits_for(self) -> int:
        """Return how many commands have no first answer yet."""
        return len(self._typing)

    async def stir(self) -> None:
        """React or cancel now and then."""
        if self._choice.random() < 0.3:
            await self.react()
        if self._choice.random() < 0.2:
            await self.cancel()

    async def react(self) -> None:
        """React to a finished picture: its result goes to the channel."""
        seen = await self._world.play.messages("mod", self._choice.choice(self._world.channels))
        finished = [message for message in seen if codes_shown([message]) and not message["flags"] & 64]
        if finished:
            message = self._choice.choice(finished)
            self._keep(
                asyncio.create_task(self._world.play.react("mod", message, self._choice.choice("🔁🎲")))
            )

    async def cancel(self) -> None:
        """Cancel something; where nothing runs, that is said."""
        body = {"user": "ada", "channel": CHANNEL, "name": "cancel", "options": {}, "wait": 0}
        self._keep(asyncio.create_task(self._world.play.call("POST", "slash", body)))

    def _keep(self, task: asyncio.Task[object]) -> None:
        self._typing.add(task)
        task.add_done_callback(self._typing.discard)

    async def fall_silent(self) -> None:
        """Wait until nobody types any more; what Discord itself refused was not asked for."""
        for result in await asyncio.gather(*self._typing, return_exceptions=True):
            if isinstance(result, BaseException) and not isinstance(result, Refused):
                raise result


async def _live_and_die(world: World, crowd: Crowd, choice: random.Random, longest_life_s: float) -> None:
    """Let the bot live for a moment under load, and kill it."""
    await world.start()
    running = await bookkeeping.count(world.books, _UNENDED)
    crowd.type(max(1, RUNNING - running))
    await crowd.stir()
    await asyncio.sleep(choice.uniform(0, longest_life_s))
    await world.kill()


async def run_random(
    world: World, kills: int, seed: int, *, longest_life_s: float = LONGEST_LIFE_S
) -> Verdict:
    """Kill the bot so many times and return the verdict over everything; the bot runs healed afterwards."""
    choice = random.Random(seed)
    crowd = Crowd(world, seed)
    await world.stand_ins("pace", seconds=PACE_S)
    wrong: list[str] = []
    for number in range(1, kills + 1):
        await _live_and_die(world, crowd, choice, longest_life_s)
        if number % KILLS_BETWEEN_VERDICTS == 0 or number == kills:
            await crowd.fall_silent()
            await world.restart()
            await world.heal()
            wrong += (await world.verdict()).violations
            await world.kill()
    await world.start()
    return await closing(world, kills, wrong)


async def closing(world: World, kills: int, wrong: Iterable[str]) -> Verdict:
    """Return the last verdict over a world, with what was wrong on the way."""
    verdict = await world.verdict()
    verdict.kills = kills
    verdict.violations = sorted({*verdict.violations, *wrong})
    return verdict
