"""One run of a client's script against a fresh local Discord, some of whose fields are taken away."""

import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

from playground.discord.app import build
from playground.discord.local import LocalDiscord
from tests.discord_specs.schemas import Json
from tests.discord_specs.transcript import entries_of
from tests.playground.clients import discordpy_script, disnake_script
from tests.playground.mutation.fields import Mutant
from tests.playground.mutation.saboteur import listening, sabotaged

SCRIPTS: Mapping[str, Callable[..., Awaitable[list[str]]]] = {
    "discord.py": discordpy_script.run_script,
    "disnake": disnake_script.run_script,
}


@asynccontextmanager
async def _discord_in(folder: Path) -> AsyncIterator[Json]:
    """Run a local Discord and give its announcement; at its end it waits for nobody who still waits for a bot."""
    local = LocalDiscord(folder, is_kept=False)
    async with listening(build(local)) as port:
        local.listen_on(port)
        await local.start()
        try:
            yield local.announcement()
        finally:
            await local.stop()


async def complaints(library: str, mutants: Collection[Mutant]) -> list[str]:
    """Return what a library complains of when it gets none of these fields."""
    with tempfile.TemporaryDirectory() as folder:
        async with _discord_in(Path(folder)) as whole, sabotaged(whole, mutants) as about:
            return await SCRIPTS[library](about)


async def recorded(library: str) -> list[Json]:
    """Return the transcript of a library's run. Raises AssertionError where it complains though nothing is missing."""
    with tempfile.TemporaryDirectory() as folder:
        async with _discord_in(Path(folder)) as whole, sabotaged(whole, ()) as about:
            found = await SCRIPTS[library](about)
        assert not found, f"{library} complains of what is whole: {found}"
        return list(entries_of(Path(folder)))
