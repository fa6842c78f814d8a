"""`bot.py migrate`, each of its steps killed as often as asked, before each statement in turn."""

import asyncio
import itertools
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from db.migrations import REVISIONS
from tests.chaos.processes import Forks
from tests.chaos.shelves import Files, Shelf, open_databases
from tests.chaos.verdict import Verdict

KILLED: Final = -9


@dataclass(frozen=True, slots=True)
class Ground:
    """Where migrations run: on which databases, from which process, and what they say."""

    shelf: Shelf
    forks: Forks
    log: Path

    async def migrate(self, url: str, crash_at: str = "") -> int:
        """Run `bot.py migrate --database URL` and return its exit code."""
        return await self.forks.migrate(self.log, url, crash_at)


@dataclass(frozen=True, slots=True)
class Step:
    """One step, and a database before it; `wanted` is what a migration that nobody kills makes of that."""

    revision: str
    ground: Ground
    before: str
    wanted: object

    async def statements(self) -> int:
        """Return how many statements are the step's own; what comes after them belongs to the next step."""
        shelf = self.ground.shelf
        for number in itertools.count(1):
            url = await shelf.new(self.before)
            code = await self.ground.migrate(url, f"migrate.statement:{number}")
            reached = await shelf.revision(url)
            await shelf.drop(url)
            if code == 0 or (reached or "") >= self.revision:
                return number - 1
        raise AssertionError

    async def kill_at(self, number: int) -> list[str]:
        """Kill a migration before its n-th statement, migrate again, and return what is wrong."""
        shelf = self.ground.shelf
        url = await shelf.new(self.before)
        code = await self.ground.migrate(url, f"migrate.statement:{number}")
        again = await self.ground.migrate(url)
        is_whole = await shelf.contents(url) == self.wanted
        await shelf.drop(url)
        if (code, again, is_whole) == (KILLED, 0, True):
            return []
        return [f"{self.revision}, killed at statement {number}: {code}, then {again}; whole: {is_whole}"]


async def _steps(ground: Ground, first: str) -> AsyncIterator[Step]:
    """Give each step from one revision on, with a database before it."""
    for before, revision in zip((None, *REVISIONS), REVISIONS, strict=False):
        if revision < first:
            continue
        url = await ground.shelf.new()
        if before is not None:
            await ground.shelf.bring_to(url, before)
        whole = await ground.shelf.new(url)
        assert await ground.migrate(whole) == 0
        yield Step(revision, ground, url, await ground.shelf.contents(whole))


async def kill_steps(ground: Ground, count: int, *, first: str = REVISIONS[0]) -> Verdict:
    """Kill every step from one revision on `count` times, and return the verdict.

    Before each of its statements in turn, and before each at least once.
    """
    verdict = Verdict()
    async for step in _steps(ground, first):
        statements = await step.statements()
        for kill in range(max(count, statements)):
            verdict.violations += await step.kill_at(kill % statements + 1)
            verdict.kills += 1
    return verdict


async def run_migrations(forks: Forks, folder: Path, count: int) -> Verdict:
    """Kill every step on SQLite files."""
    await asyncio.to_thread(folder.mkdir, parents=True)
    return await kill_steps(Ground(Files(folder), forks, folder / "migrate.log"), count)


async def run_postgresql_migrations(forks: Forks, folder: Path, count: int) -> Verdict:
    """Kill every step on a PostgreSQL server, where each is one transaction."""
    await asyncio.to_thread(folder.mkdir, parents=True)
    async with open_databases() as databases:
        return await kill_steps(Ground(databases, forks, folder / "migrate.log"), count)
