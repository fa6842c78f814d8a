"""People who type at a steady pace, and now and then cancel, react, look something up or ask for the line."""

import asyncio
import random
import time
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any, Final

from tests.chaos.cases import BFL, FAL, MODERATED, OPENAI
from tests.chaos.orders import Order, codes_shown
from tests.chaos.world import World
from tests.e2e.play import Json, Refused
from tests.soak.onlooker import HOMES, Onlooker

MODELS: Final = ((FAL, 40), (BFL, 57), (OPENAI, 3))
"""Webhooks that are proof, webhooks that are hints, none at all: who is asked, and how often of a hundred.

fal takes two orders at once from a new account, which is its share on a machine that is slow.
"""
MODERATED_SHARE: Final = 0.02
ASIDE: Final = (("cancel", 0.02), ("react", 0.03), ("show", 0.03), ("queue", 0.02))
"""What else is done, each so often for one /imagine."""
TICK_S: Final = 0.02
RECENT: Final = 40


@dataclass(slots=True)
class Crowd:
    """The people of one world."""

    world: World
    onlooker: Onlooker
    choice: random.Random
    typed: int = 0
    _under_way: set[asyncio.Task[None]] = field(default_factory=set)

    async def type_on(self, per_s: float, is_enough: Callable[[], bool]) -> None:
        """Type on a timetable, whether answers come or not, until it is enough."""
        started_s = time.monotonic()
        while not is_enough():
            due = int((time.monotonic() - started_s) * per_s) + 1
            while self.typed < due:
                self._type_one()
            self._raise_what_failed()
            await asyncio.sleep(TICK_S)

    async def fall_silent(self) -> None:
        """Wait until nobody waits for an answer any more."""
        while self._under_way:
            await asyncio.wait(set(self._under_way))
            self._raise_what_failed()

    def _type_one(self) -> None:
        self.typed += 1
        self._begin(self._order(f"chaos {self.typed}-{self.choice.randrange(10**6)}"))
        for name, share in ASIDE:
            if self.choice.random() < share:
                self._begin(getattr(self, f"_{name}")())

    def _begin(self, act: Coroutine[Any, Any, None]) -> None:
        self._under_way.add(asyncio.create_task(act))

    def _raise_what_failed(self) -> None:
        """Forget what has ended; what Discord itself refused was not asked for."""
        for task in [task for task in self._under_way if task.done()]:
            self._under_way.discard(task)
            error = task.exception()
            if error is not None and not isinstance(error, Refused):
                raise error

    def _somebody(self) -> tuple[str, str]:
        return self.choice.choice(tuple(HOMES.items()))

    async def _type(self, name: str, options: Json, wait_s: float = 0) -> Json:
        user, channel = self._somebody()
        answer = await self.world.play.type(user, name, options, channel=channel, wait=wait_s)
        return answer | {"user": user}

    async def _order(self, phrase: str) -> None:
        ((model, _),) = self.choice.choices(MODELS, [weight for _, weight in MODELS])
        trick = MODERATED if self.choice.random() < MODERATED_SHARE else ""
        answer = await self._type("imagine", {"prompt": f"{phrase} {trick}".strip(), "model": model}, 3)
        is_acked = answer["callback"] is not None
        self.world.orders.append(Order(phrase, answer["user"], str(answer["interaction_id"]), is_acked))

    async def _cancel(self) -> None:
        await self._type("cancel", {})

    async def _queue(self) -> None:
        await self._type("queue", {})

    def _finished(self) -> tuple[str, Json] | None:
        """Return somebody with a picture of a moment ago in their channel."""
        channel = self.choice.choice(self.onlooker.channels)
        newest = list(channel.seen.values())[-RECENT:]
        finished = [each for each in newest if codes_shown([each]) and not each["flags"] & 64]
        return (channel.user, self.choice.choice(finished)) if finished else None

    async def _react(self) -> None:
        found = self._finished()
        if found is not None:
            await self.world.play.react(*found, self.choice.choice("🔁🎲"))

    async def _show(self) -> None:
        found = self._finished()
        if found is not None:
            await self._type("show", {"code": next(iter(codes_shown([found[1]])))})
