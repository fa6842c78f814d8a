"""Limner itself on a stage, without its workers: whatever it accepts stays accepted, and is never painted.

One picture is painted before, so that there is something to show and to edit.
"""

import asyncio
import shutil
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

import discord

from cogs._client import LimnerBot
from db.engine import open_database
from tests.playground.simcord.actions import Click, Complete, Slash, Step, Submit
from tests.playground.simcord.normalise import normalised
from tests.playground.simcord.stage import Scene, Stage, play
from tests.services.studio import Studio, caller, open_studio

OpenStage = Callable[[discord.Client], AbstractAsyncContextManager[Stage]]
NO_SUCH_CODE = "00000000"


def script(code: str, job_id: int) -> tuple[Step, ...]:
    """Return what people do with Limner once it has painted a picture with that code."""
    return (
        Step("help", Slash("help")),
        Step("models", Slash("models")),
        Step("nothing to cancel", Slash("cancel")),
        Step("no such code", Slash("show", {"code": NO_SUCH_CODE, "private": True})),
        Step("no code at all", Slash("show", {"code": "!!", "private": True})),
        Step("a feature completed", Complete("portrait", "features", "hair")),
        Step("an unknown feature", Slash("portrait", {"features": "nonsense=1"})),
        Step("a seed above the range", Slash("portrait", {"seed": 1 << 40})),
        Step("too many at once", Slash("portrait", {"count": 99})),
        Step("a picture shown", Slash("show", {"code": code})),
        Step("its form", Click(f"v1:job:edit:{job_id}")),
        Step("its form sent", Submit({"seed": "7"})),
        Step("a portrait accepted", Slash("portrait", {"seed": 1, "prompt_seed": 2})),
        Step("a portrait accepted in a DM", Slash("portrait", {"seed": 1, "prompt_seed": 2}, place="dm")),
        Step("all of it cancelled", Slash("cancel")),
        Step("no such code, told in public", Slash("show", {"code": NO_SUCH_CODE})),
    )


@asynccontextmanager
async def _studio(folder: Path, template: Path) -> AsyncIterator[Studio]:
    await asyncio.to_thread(folder.mkdir)
    await asyncio.to_thread(shutil.copy, template, folder / "limner.db")
    database = await open_database(f"sqlite:///{folder / 'limner.db'}", data_folder=None)
    async with open_studio(database, folder) as studio:
        yield studio
    await database.close()


async def limner_scenes(open_stage: OpenStage, folder: Path, template: Path) -> list[Scene]:
    """Return the transcript of Limner's script; `template` is a database with the schema."""
    async with _studio(folder, template) as studio:
        bot = LimnerBot(studio.context, guild_ready_timeout_s=0.05)
        async with open_stage(bot) as stage:
            ids = {name: int(key) for key, name in stage.names.items()}
            ada = caller(ids["ada"], guild_id=ids["atelier"], channel_id=ids["portraits"])
            accepted = await studio.portrait(ada, seed=5, prompt_seed=6)
            async with studio.engine():
                painted = (await studio.until_delivered()).pictures[0]
            scenes = await play(stage, script(painted.code, accepted.job_ids[0]))
            return normalised(scenes, stage.names | {painted.code: "code"})
