"""The world around the bot: a local Discord and stand-ins in processes of their own, which no kill reaches."""

import asyncio
import json
import re
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import aiohttp

from benchmarks.processes import running_discord, running_stand_ins
from tests.chaos import books as bookkeeping
from tests.chaos.books import Books, books_of_file
from tests.chaos.orders import CHANNEL, Order
from tests.chaos.processes import BotProcess, spawn
from tests.chaos.verdict import Verdict, judge
from tests.e2e.play import Json, Play
from tests.e2e.service import free_port
from tests.waiting import HANGS_AFTER_S

STEP_S: Final = 0.02
NOTICE_S: Final = 2.0
"""A notice comes a moment after the picture of the command that it comes with."""
WHOLE_PATIENCE_S: Final = 8_200.0
"""Longer than any provider's `outcome_known_after_s` in the catalogue."""
PRICES: Final = "bfl/flux-dev=0.03 modelslab/flux-headshot=0.02 openai/gpt-image-2.5-flare=0.04"


_HOOK: Final = re.compile(r"/hooks/(\w+/\d+)\.")


def hook_of(text: str) -> str:
    """Return which attempt of which provider a webhook's address names, "" where there is none in the text."""
    found = _HOOK.search(text)
    return found[1] if found else ""


@dataclass(slots=True)
class World:
    """Everything outside of the bot, what was asked of it, and the bot's process."""

    folder: Path
    play: Play
    control: str
    settings: dict[str, str]
    books: Books
    users: Mapping[str, int]
    orders: list[Order] = field(default_factory=list)
    members: Mapping[str, Sequence[str]] = field(default_factory=lambda: {"bot": ("run",)})
    """The processes of the service, by name: the verbs that start them."""
    bots: dict[str, BotProcess] = field(default_factory=dict)
    patience_s: float = HANGS_AFTER_S
    """How long what was accepted may take to end, once everybody is well."""
    seen: dict[str, dict[str, Json]] = field(default_factory=dict)

    @property
    def data(self) -> Path:
        """Return the bot's data folder."""
        return self.folder / "data"

    async def start(self, *, crash_at: str = "", **settings: str) -> None:
        """Start what does not run of the bot, and wait until people can type at it."""
        if self.is_down:
            await self._until_connected(is_wanted=False)
        for name, verb in self.members.items():
            if name not in self.bots or self.bots[name].is_over:
                log = self.folder / f"{name}.log"
                self.bots[name] = await spawn(log, {**self.settings, **settings}, *verb, crash_at=crash_at)
        await self._until_connected(is_wanted=True)
        assert not self.is_down, f"it ended before anybody could type; see {self.folder}"

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
        """End every process of the bot without a warning."""
        for bot in self.bots.values():
            await bot.kill()

    async def order(self, user: str, phrase: str, model: str, *, trick: str = "") -> Order:
        """Type `/imagine`; the bot may die of it."""
        options = {"prompt": f"{phrase} {trick}".strip(), "model": model}
        result = await self.play.type(user, "imagine", options, wait=3)
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
        """Return the stand-ins' list of `calls` or `webhooks`."""
        async with self.play.session.get(f"{self.control}/{name}") as answer:
            answer.raise_for_status()
            return list((await answer.json())[name])

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

    async def until_quiet(self) -> bool:
        """Wait until nothing is under way but what only time can tell; False where that never comes."""
        try:
            async with asyncio.timeout(self.patience_s):
                while await self._is_busy():
                    await asyncio.sleep(10 * STEP_S)
        except TimeoutError:
            return False
        return True

    async def _is_busy(self) -> bool:
        queries = (bookkeeping.OPEN, bookkeeping.UNDELIVERED)
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
            await self.until_quiet()
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
        seen = {}
        for user in self.users:
            path = f"messages?user={user}&channel={CHANNEL}&after=0&limit=100000"
            seen[user] = list((await self.play.call("GET", path))["messages"])
        return seen

    async def _remembered(self) -> dict[str, list[Json]]:
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
            await self._remembered(),
            self.users,
        )
        found.violations += await self._damage()
        return found

    async def _damage(self) -> list[str]:
        damage = await bookkeeping.faults_of(self.books)
        temporary = self.data / "images" / "temporary"
        left = sorted(path.name for path in temporary.iterdir()) if temporary.is_dir() else []
        return damage + [f"temporary file left: {name}" for name in left]


def _settings(
    folder: Path, discord: Mapping[str, str], vendors: Mapping[str, Any], port: int
) -> dict[str, str]:
    fal, bfl, modelslab, openai = (vendors[name] for name in ("fal", "bfl", "modelslab", "openai"))
    return {
        "LIMNER_DATA": str(folder / "data"), "LIMNER_PLAYGROUND": "off", "LOG_LEVEL": "INFO",
        "LIMNER_PORT": str(port), "PUBLIC_URL": f"http://127.0.0.1:{port}",
        "DISCORD_TOKEN": discord["token"], "DISCORD_API_URL": discord["api"],
        "DISCORD_GATEWAY_URL": discord["gateway"],
        "FAL_KEY": fal["key"], "FAL_QUEUE_URL": fal["queue"], "FAL_REST_URL": fal["rest"],
        "BFL_API_KEY": bfl["key"], "BFL_URL": bfl["url"],
        "MODELSLAB_API_KEY": modelslab["key"], "MODELSLAB_URL": modelslab["url"],
        "OPENAI_API_KEY": openai["key"], "OPENAI_URL": openai["url"], "LIMNER_PRICES": PRICES,
        "LIMNER_DAILY_CAP_USD": "1000", "LIMNER_USER_DAILY_CAP_USD": "1000", "LIMNER_OPEN_JOBS": "1000",
        "LIMNER_SERVER_OPEN_JOBS": "10000", "LIMNER_USER_RUNNING": "1000", "LIMNER_SERVER_RUNNING": "1000",
    }  # fmt: skip


@asynccontextmanager
async def open_world(folder: Path, *, books: Books | None = None, **settings: str) -> AsyncIterator[World]:
    """Give a world with its data in `folder`; the bot in it is not started, and is killed at the end."""
    await asyncio.to_thread(folder.mkdir, parents=True, exist_ok=True)
    timeout = aiohttp.ClientTimeout(total=3 * HANGS_AFTER_S)
    async with (
        running_discord(folder) as (_, discord),
        running_stand_ins(folder) as (_, vendors),
        aiohttp.ClientSession(timeout=timeout) as session,
    ):
        play = Play(discord["base"], discord["key"], session)
        state = await play.call("GET", "state")
        chosen = _settings(folder, discord, vendors, free_port()) | settings
        chosen["LIMNER_KEY_SERVERS"] = str(state["guilds"][0]["id"])
        world = World(
            folder,
            play,
            vendors["control"],
            chosen,
            books or books_of_file(folder / "data" / "limner.db"),
            {user["username"]: int(user["id"]) for user in state["users"] if not user.get("bot")},
        )
        try:
            yield world
        finally:
            await world.kill()
