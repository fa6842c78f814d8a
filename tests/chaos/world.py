"""The world around the bot: a local Discord and stand-ins in processes of their own, which no kill reaches."""

import asyncio
import itertools
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from tests.chaos import books as bookkeeping
from tests.chaos.books import Books
from tests.chaos.orders import CHANNEL, Order
from tests.chaos.processes import BotProcess, Starter
from tests.chaos.verdict import Verdict, judge
from tests.e2e.play import Json, Play
from tests.waiting import HANGS_AFTER_S

STEP_S: Final = 0.02
NOTICE_S: Final = 2.0
"""A notice comes a moment after the picture of the command that it comes with."""
WHOLE_PATIENCE_S: Final = 8_200.0
"""Longer than any provider's `outcome_known_after_s` in the catalogue."""

_HOOK: Final = re.compile(r"/hooks/(\w+/\d+)\.")


def hook_of(text: str) -> str:
    """Return which attempt of which provider a webhook's address names, "" where there is none in the text."""
    found = _HOOK.search(text)
    return found[1] if found else ""


@dataclass(slots=True)
class World:
    """Everything outside of the bot, what was asked of it, and the bot's process."""

    folder: Path
    forks: Starter
    play: Play
    control: str
    settings: dict[str, str]
    books: Books
    users: Mapping[str, int]
    orders: list[Order] = field(default_factory=list)
    members: Mapping[str, Sequence[str]] = field(default_factory=lambda: {"bot": ("run",)})
    """The processes of the service, by name: the verbs that start them."""
    bots: dict[str, BotProcess] = field(default_factory=dict)
    started: list[BotProcess] = field(default_factory=list)
    patience_s: float = HANGS_AFTER_S
    """How long what was accepted may take to end, once everybody is well."""
    channels: Sequence[str] = (CHANNEL,)
    """Where people type."""
    seen: dict[str, dict[str, Json]] = field(default_factory=dict)

    @property
    def data(self) -> Path:
        """Return the bot's data folder."""
        return self.folder / "data"

    async def start(self, *, crash_at: str = "") -> None:
        """Start what does not run of the bot, and wait until people can type at it."""
        if self.is_down:
            await self._until_connected(is_wanted=False)
        for name in self.members:
            if name not in self.bots or self.bots[name].is_over:
                await self.launch(name, crash_at=crash_at)
        await self._until_connected(is_wanted=True)
        assert not self.is_down, f"it ended before anybody could type; see {self.folder}"

    async def launch(self, name: str, *, crash_at: str = "") -> BotProcess:
        """Start a new process of this name; an older one, if it still runs, is the caller's."""
        log = self.folder / f"{name}.log"
        verb = self.members[name]
        bot = self.bots[name] = await self.forks.spawn(log, self.settings, *verb, crash_at=crash_at)
        self.started = [*(one for one in self.started if not one.is_over), bot]
        return bot

    @property
    def is_down(self) -> bool:
        """Return whether no process of the service runs."""
        return all(bot.is_over for bot in self.bots.values())

    async def _until_connected(self, *, is_wanted: bool) -> None:
        async with asyncio.timeout(HANGS_AFTER_S):
            while not (is_wanted and self.is_down):
                if await self._is_connected() is is_wanted:
                    return
                await asyncio.sleep(STEP_S)

    async def _is_connected(self) -> bool:
        """Return whether people can type at the bot."""
        state = await self.play.call("GET", "state")
        if not any(bot["ready"] for bot in state["bots"]):
            return False
        return bool((await self.play.call("GET", "commands"))["commands"])

    async def died(self) -> None:
        """Wait until the bot has died at its crash point."""
        (bot,) = self.bots.values()
        await bot.died()

    async def kill(self) -> None:
        """End every process of the bot without a warning, also one that has a successor already."""
        for bot in self.started:
            await bot.kill()

    async def order(
        self, user: str, phrase: str, model: str, *, trick: str = "", channel: str = CHANNEL
    ) -> Order:
        """Type `/imagine`; the bot may die of it."""
        options = {"prompt": f"{phrase} {trick}".strip(), "model": model}
        result = await self.play.type(user, "imagine", options, channel=channel, wait=3)
        made = Order(phrase, user, str(result["interaction_id"]), result["callback"] is not None)
        self.orders.append(made)
        return made

    async def stand_ins(self, name: str, **body: object) -> Json:
        """Make one call of the stand-ins' control interface."""
        async with self.play.session.post(f"{self.control}/{name}", json=body) as answer:
            answer.raise_for_status()
            found: Json = await answer.json()
            return found

    async def listed(self, name: str) -> list[Json]:
        """Return the stand-ins' list of `calls` or `webhooks`, which is whole."""
        async with self.play.session.get(f"{self.control}/{name}") as answer:
            answer.raise_for_status()
            found = await answer.json()
        assert not found.get("forgotten"), "the stand-ins do not remember every call: the world is too long"
        return list(found[name])

    async def until_called_back(self) -> None:
        """Wait until the bot has taken a webhook for every order that named it; what nobody took is sent again.

        So do fal's own for two hours.
        """
        async with asyncio.timeout(HANGS_AFTER_S):
            while waiting := await self._uncalled():
                failed = {
                    one["request_id"]: one["provider"]
                    for one in await self.listed("webhooks")
                    if hook_of(one["url"]) in waiting
                }
                for request_id, provider in failed.items():
                    await self.stand_ins("webhook", provider=provider, request_id=request_id, action="send")
                await asyncio.sleep(10 * STEP_S)

    async def _uncalled(self) -> set[str]:
        """Return the webhook addresses in accepted orders that have not been called with success."""
        ordered = {
            hook_of(call["path"] + json.dumps(call["body"]))
            for call in await self.listed("calls")
            if call["method"] == "POST" and call["status"] == 200
        }
        called = {hook_of(one["url"]) for one in await self.listed("webhooks") if 200 <= one["status"] < 300}
        return ordered - called - {""}

    async def let_pass(self, seconds: float) -> None:
        """Let time pass for the bot and for Discord while the bot is down.

        The stand-ins stay in the present: they stamp their webhooks, and the bot's own clock is the machine's.
        """
        assert self.is_down
        await bookkeeping.let_pass(self.books, seconds)
        await self.play.call("POST", "clock", {"advance_s": seconds})

    async def until_quiet(self, *, but_doubts: bool = True) -> bool:
        """Wait until nothing is under way, but what only time can tell; False where that never comes."""
        queries = (bookkeeping.OPEN, bookkeeping.UNDELIVERED, *([] if but_doubts else [bookkeeping.DOUBTFUL]))
        try:
            async with asyncio.timeout(self.patience_s):
                while await self._has_any(queries):
                    await asyncio.sleep(10 * STEP_S)
        except TimeoutError:
            return False
        return True

    async def _has_any(self, queries: Sequence[str]) -> bool:
        return any([await bookkeeping.count(self.books, query) for query in queries])

    async def restart(self, *, off_for_s: float = 0.0) -> None:
        """Start the bot as after a power cut of so long."""
        await self.kill()
        if off_for_s:
            await self.let_pass(off_for_s)
        await self.start()

    async def heal(self, *, is_held: bool = False) -> None:
        """Give the bot that was started again, and everybody else, the time that they need.

        `is_held`: the stand-ins finish nothing, and so nobody calls back.
        """
        if not is_held:
            await self.until_called_back()
        await self.until_quiet()
        if await bookkeeping.count(self.books, bookkeeping.DOUBTFUL):
            await self.kill()
            await self.let_pass(WHOLE_PATIENCE_S)
            await self.start()
            # Their time has passed, but one of the workers has to see that first.
            await self.until_quiet(but_doubts=False)
        await self._hear_of_the_rest()

    async def _hear_of_the_rest(self) -> None:
        """Let everybody type once more to whom something could not be said: they are told at their next command."""
        names = {user_id: name for name, user_id in self.users.items()}
        async with asyncio.timeout(2 * HANGS_AFTER_S):
            while waiting := await self.books.rows(bookkeeping.UNTOLD):
                for row in waiting:
                    await self.play.slash(names[int(row[0])], "imagine", prompt="and now?", model="sketch")
                await asyncio.sleep(NOTICE_S)
        await self.until_quiet()

    async def messages(self) -> dict[str, list[Json]]:
        """Return what each user sees."""
        seen: dict[str, list[Json]] = {user: [] for user in self.users}
        for user, channel in itertools.product(self.users, self.channels):
            path = f"messages?user={user}&channel={channel}&after=0&limit=100000"
            seen[user] += (await self.play.call("GET", path))["messages"]
        return seen

    async def remember(self) -> dict[str, list[Json]]:
        """Return what each user sees or has seen: a channel of the local Discord forgets its oldest messages."""
        for user, seen in (await self.messages()).items():
            self.seen.setdefault(user, {}).update({message["id"]: message for message in seen})
        return {user: list(known.values()) for user, known in self.seen.items()}

    async def verdict(self) -> Verdict:
        """Return the verdict over everything since the world began."""
        found = judge(
            self.orders,
            await bookkeeping.promises(self.books),
            await self.listed("calls"),
            await self.remember(),
            self.users,
        )
        found.violations += await self.damage()
        return found

    async def damage(self) -> list[str]:
        """Return what is wrong in the database and in the folder of pictures, whoever asked for what."""
        damage = await bookkeeping.faults_of(self.books)
        left = await asyncio.to_thread(self.leftovers)
        return damage + [f"temporary file left: {path.name}" for path in left]

    def leftovers(self) -> list[Path]:
        """Return the files of pictures that were not written to their end."""
        temporary = self.data / "images" / "temporary"
        return sorted(temporary.iterdir()) if temporary.is_dir() else []
