"""The bot and its services against a local Discord, in one process; people act through `/play/`."""

import asyncio
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import aiohttp

from cogs._client import LimnerBot, log_in, point_at
from cogs._courier import DiscordCourier
from playground.discord.local import LocalDiscord
from services import history
from services.context import Context
from services.jobs.courier import PictureResult
from services.jobs.engine import JobEngine
from tests.services.studio import Studio
from tests.waiting import HANGS_AFTER_S, until

Json = dict[str, Any]


@dataclass
class House:
    """A running bot, its services, the local Discord, and the people in it."""

    bot: LimnerBot
    studio: Studio
    local: LocalDiscord
    session: aiohttp.ClientSession

    async def act(self, path: str, **body: object) -> Any:  # noqa: ANN401 - JSON
        """Do what a person's Discord would do; returns what it shows."""
        about = self.local.announcement()
        url, headers = f"{about['base']}/play/{path}", {"X-Playground-Key": about["key"]}
        async with self.session.post(url, json=body, headers=headers) as response:
            assert response.status in (200, 204), await response.text()
            return None if response.status == 204 else await response.json()

    async def slash(
        self, name: str, /, *, user: str = "ada", channel: str = "portraits", **options: object
    ) -> Json:
        """Type a command and wait until the answer is final."""
        answer: Json = await self.act(
            "slash?wait=done", user=user, channel=channel, name=name, options=options
        )
        return answer

    async def first_answer(self, name: str, **options: object) -> Json:
        """Type a command and return what Discord hears first: enough where that is all there is to say."""
        answer: Json = await self.act("slash", user="ada", channel="portraits", name=name, options=options)
        return answer

    async def click(self, message: Json, custom_id: str, *, user: str = "ada", **more: object) -> Json:
        """Press a button or choose in a select, and wait until the answer is final."""
        answer: Json = await self.act(
            "click?wait=done", user=user, message_id=message["id"], custom_id=custom_id, **more
        )
        return answer

    async def told(self, message: Json, custom_id: str, text: str, *, user: str = "ada") -> Json:
        """Press a button, wait until an answer or a follow-up has `text`, and return that message."""
        pressed = await self.act("click", user=user, message_id=message["id"], custom_id=custom_id)
        about = {"interaction_id": pressed["interaction_id"], "until": {"text": text}}
        answer: Json = await self.act("wait", **about, timeout_s=HANGS_AFTER_S)
        return answer

    async def messages(self, *, user: str = "ada", channel: str = "portraits") -> list[Json]:
        """Return what a person sees in a channel, oldest first."""
        about = self.local.announcement()
        url = f"{about['base']}/play/messages"
        headers = {"X-Playground-Key": about["key"]}
        params = {"user": user, "channel": channel, "limit": "100"}
        async with self.session.get(url, params=params, headers=headers) as response:
            found: list[Json] = (await response.json())["messages"]
            return found

    async def until_messages(
        self, count: int, *, user: str = "ada", channel: str = "portraits"
    ) -> list[Json]:
        """Wait until a person sees so many messages, the last one finished."""
        async with asyncio.timeout(HANGS_AFTER_S):
            while True:
                found = await self.messages(user=user, channel=channel)
                if len(found) >= count and not found[-1].get("flags", 0) & 128:
                    return found
                await asyncio.sleep(0.05)

    async def until_painted(self) -> Json:
        """Wait until the last message that a person sees has a picture, and return it: it told of progress before."""
        async with asyncio.timeout(HANGS_AFTER_S):
            while not (found := await self.messages()) or not found[-1]["attachments"]:
                await asyncio.sleep(0.05)
        return found[-1]

    async def until_said(self, text: str, *, user: str = "ada", channel: str = "portraits") -> None:
        """Wait until the last message that a person sees has `text`."""
        async with asyncio.timeout(HANGS_AFTER_S):
            while text not in said((await self.messages(user=user, channel=channel))[-1]):
                await asyncio.sleep(0.05)

    async def until_anything_said(self, text: str, *, user: str = "ada", channel: str = "portraits") -> None:
        """Wait until any message that a person sees has `text`; later ones may come meanwhile."""
        async with asyncio.timeout(HANGS_AFTER_S):
            while not any(text in said(each) for each in await self.messages(user=user, channel=channel)):
                await asyncio.sleep(0.05)

    async def until_remembered(self, message: Json, count: int = 1) -> list[PictureResult]:
        """Wait until the bot has written down that a message shows so many pictures: people see it a moment before."""
        async with asyncio.timeout(HANGS_AFTER_S):
            while True:
                found = await history.find_pictures_of_message(self.studio.context, int(message["id"]))
                if len(found) == count:
                    return list(found)
                await asyncio.sleep(0.05)

    async def requests_seen(self) -> list[Json]:
        """Return the requests that the bot has made, oldest first."""
        entries, _ = await self.local.transcript.read(0, 100_000)
        return [entry for entry in entries if entry.get("kind") == "request"]


@asynccontextmanager
async def connected(context: Context, local: LocalDiscord) -> AsyncIterator[LimnerBot]:
    """Run a bot and a job engine at the local Discord's plain addresses for as long as the block runs."""
    about = local.announcement()
    point_at(about["api"], about["gateway"])
    async with running(context, about["token"]) as bot:
        yield bot


@asynccontextmanager
async def running(
    context: Context, token: str, connector: aiohttp.BaseConnector | None = None
) -> AsyncIterator[LimnerBot]:
    """Run a bot and a job engine for as long as the block runs."""
    bot = LimnerBot(context, guild_ready_timeout_s=0.05, connector=connector)
    await log_in(bot, token)
    gateway = asyncio.create_task(bot.connect())
    engine = JobEngine(context, DiscordCourier(bot, context))
    await engine.start()
    try:
        async with asyncio.timeout(HANGS_AFTER_S):
            await bot.wait_until_ready()
            # It is ready 0.05 s after the last server that came; on a slow machine the next one comes later.
            await until(lambda: not any(guild.unavailable for guild in bot.guilds))
        yield bot
    finally:
        await engine.stop(HANGS_AFTER_S)
        await bot.close()
        await asyncio.wait([gateway], timeout=HANGS_AFTER_S)


def parts(message: Mapping[str, Any] | None) -> Iterator[Json]:
    """Yield the components of a message, at any depth."""
    for component in (message or {}).get("components") or ():
        yield component
        yield from parts(component)


def said(message: Mapping[str, Any] | None) -> str:
    """Return the texts of a message."""
    return "\n".join(part["content"] for part in parts(message) if part["type"] == 10)


def seed_in(message: Mapping[str, Any] | None, which: str = "image seed") -> str:
    """Return a seed that a result names, as its digits."""
    return said(message).split(f"{which} `")[1].split("`")[0]


def ids(message: Mapping[str, Any] | None) -> list[str]:
    """Return the custom ids of a message."""
    return [part["custom_id"] for part in parts(message) if "custom_id" in part]


def button(message: Mapping[str, Any], verb: str) -> str:
    """Return the id of the button that does `verb`."""
    return next(one for one in ids(message) if one.split(":")[2] == verb)
