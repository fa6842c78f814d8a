"""`bot.py migrate`, killed before each of its statements in turn."""

import asyncio
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Final

import sqlalchemy as sa
from alembic import command
from sqlalchemy.pool import StaticPool

from db.migrations import REVISIONS
from db.migrations.steps import OURS, alembic_config
from db.sqlite import connect_file
from tests.chaos.processes import spawn
from tests.chaos.verdict import Verdict

KILLED: Final = -9


def make_old(file: Path, revision: str) -> None:
    """Make a database of an earlier revision, with a person and a server in it."""
    with closing(connect_file(file)) as driver:
        engine = sa.create_engine("sqlite://", creator=lambda: driver, poolclass=StaticPool)
        with engine.connect() as connection:
            command.upgrade(alembic_config(OURS, connection), revision)
        driver.execute("INSERT INTO guilds (id, first_seen_at_ms) VALUES (1, 1)")


def contents(file: Path) -> list[str]:
    """Return everything in a database as statements, the schema included."""
    with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as opened:
        assert opened.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert opened.execute("PRAGMA foreign_key_check").fetchone() is None
        return list(opened.iterdump())


async def _migrate(folder: Path, crash_at: str = "") -> int:
    settings = {"LIMNER_DATA": str(folder)}
    return await (await spawn(folder / "bot.log", settings, "migrate", crash_at=crash_at)).process.wait()


async def _kill_at_each(folder: Path, old: Path) -> tuple[int, list[str]]:
    """Kill a migration at each of its statements; return how many there are, and what went wrong."""
    whole = folder / "whole"
    whole.mkdir()
    shutil.copy(old, whole / "limner.db")
    assert await _migrate(whole) == 0
    wanted, number = contents(whole / "limner.db"), 0
    wrong: list[str] = []
    while True:
        number += 1
        data = folder / str(number)
        data.mkdir()
        shutil.copy(old, data / "limner.db")
        code = await _migrate(data, f"migrate.statement:{number}")
        if code == 0:
            return number - 1, wrong
        again = await _migrate(data)
        if code != KILLED or again != 0 or contents(data / "limner.db") != wanted:
            wrong.append(f"migration of {old.name}, killed at statement {number}: {code}, then {again}")
        shutil.rmtree(data)


async def run_migrations(folder: Path, *, revision: str = REVISIONS[0]) -> tuple[int, Verdict]:
    """Kill the way from a revision to the newest at each of its statements; return how often, and the verdict.

    From the first revision on, the way passes every later migration.
    """
    await asyncio.to_thread(folder.mkdir, parents=True)
    await asyncio.to_thread(make_old, folder / "old.db", revision)
    kills, wrong = await _kill_at_each(folder, folder / "old.db")
    return kills, Verdict(violations=wrong)
