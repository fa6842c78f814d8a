"""Opening a world: a local Discord, the stand-ins, and the settings by which the bot finds them."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final

import aiohttp

from benchmarks.processes import running_discord, running_stand_ins
from tests.chaos.books import Books, books_of_file
from tests.chaos.processes import Starter
from tests.chaos.world import World
from tests.e2e.play import Play
from tests.ports import free_port
from tests.waiting import HANGS_AFTER_S

PRICES: Final = "bfl/flux-dev=0.03 modelslab/flux-headshot=0.02 openai/gpt-image-2.5-flare=0.04"


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
async def open_world(
    forks: Starter, folder: Path, *, books: Books | None = None, **settings: str
) -> AsyncIterator[World]:
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
            forks,
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
