"""The rows of the engine in miniature, and what it stands beside."""

from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from benchmarks import engine, engine_bare
from db.dialects.place import find_place

_STEPS = sa.text("SELECT count(*), min(steps), max(steps) FROM bare_jobs")


async def test_each_bare_job_is_committed_nine_times(empty_database_url: str) -> None:
    async with engine_bare.open_jobs(empty_database_url) as jobs:
        for count in (3, 70):  # fewer than are in the works at once, and more
            await engine_bare.run(jobs, count)
    looked_at = create_async_engine(find_place(empty_database_url).url, poolclass=NullPool)
    async with looked_at.connect() as connection:
        assert (await connection.execute(_STEPS)).one() == (73, 9, 9)
    await looked_at.dispose()


async def test_the_engine_stands_beside_the_bare_commits(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in {"JOBS": 5, "FIRST_JOBS": 1, "IDLE_ORDERS": 2, "ROUNDS": 1}.items():
        monkeypatch.setattr(engine, name, value)
    _, _, beside = await engine.speed("SQLite", "< 15", tmp_path / "engine")
    assert beside.value > 0
    assert beside.ratio is not None
    assert beside.ratio > 0
