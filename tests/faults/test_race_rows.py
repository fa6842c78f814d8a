"""Rows R1 and R2: two workers on one database, and a person who presses twenty times."""

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import sqlalchemy as sa

from cogs._double_clicks import WINDOW_S, DoubleClicks
from db.engine import Connection
from db.tables.schema import attempts, jobs, requests
from services.jobs.acceptance import Commission, accept
from services.models import AttemptState, JobState, OriginKind
from tests.cogs.house import House, button, ids, said
from tests.faults.passing_time import read
from tests.faults.room import make_room
from tests.services.finished import recipe_of
from tests.services.studio import Studio, caller
from tests.waiting import HANGS_AFTER_S, STEP_S

ON_SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
ON_POSTGRESQL = pytest.mark.parametrize(
    "database_url", [pytest.param("postgresql", marks=pytest.mark.postgres)], indirect=True
)
ROOT = Path(__file__).resolve().parents[2]
JOBS = 2_000
PROCESSES = 2


@asynccontextmanager
async def claimers(studio: Studio, database_url: str, folder: Path) -> AsyncIterator[None]:
    """Run processes with an engine each for as long as the block runs."""
    running = []
    for number in range(PROCESSES):
        place = folder / f"claimer-{number}"
        place.mkdir()
        arguments = (database_url, studio.server.url, str(place))
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "tests.faults.claimer", *arguments, cwd=ROOT, stdin=subprocess.PIPE
        )
        running.append(process)
    try:
        yield
    finally:
        for process in running:
            assert process.stdin is not None
            process.stdin.close()
        codes = [await process.wait() for process in running]
    assert codes == [0] * PROCESSES


def sent_attempts_a_job(conn: Connection) -> set[int]:
    """Return how often jobs were sent. A process that was held up after its mark sends nothing and begins anew."""
    counted = sa.select(sa.func.count(attempts.c.id)).where(attempts.c.state != AttemptState.NOT_SENT)
    return set(conn.execute(counted.group_by(attempts.c.job_id)).scalars())


@ON_POSTGRESQL
async def test_r1_two_processes_submit_two_thousand_jobs_once_each(
    studio: Studio, database_url: str, tmp_path: Path
) -> None:
    make_room(studio)
    studio.server.polls_until_done = 10**6
    open_states = (JobState.QUEUED, JobState.SUBMITTING)
    not_sent = sa.select(sa.func.count(jobs.c.id)).where(jobs.c.state.in_(open_states))
    first = await studio.order(caller(4710, kind=OriginKind.REACTION, token=None))
    commission = Commission(await recipe_of(studio, first))
    await accept(
        studio.context,
        caller(4711, kind=OriginKind.REACTION, token=None),
        "imagine",
        [commission] * (JOBS - 1),
    )
    async with claimers(studio, database_url, tmp_path):
        while await read(studio, not_sent):
            await asyncio.sleep(0.2)

    assert (studio.server.submits, studio.server.paid_submits) == (JOBS, JOBS)
    assert await studio.context.database.read(sent_attempts_a_job) == {1}


@ON_SQLITE
async def test_r2_the_same_interaction_twenty_times_is_one_job(studio: Studio) -> None:
    who = caller()
    accepted = await asyncio.gather(*(studio.order(who) for _ in range(20)))
    async with studio.engine():
        await studio.until_delivered()

    assert len({one.request_id for one in accepted}) == 1
    assert sum(one.is_new for one in accepted) == 1
    assert studio.server.paid_submits == 1


async def requests_once_there_are(house: House, count: int) -> int:
    """Return how many requests there are once there are so many: a press is answered before it is accepted."""
    async with asyncio.timeout(HANGS_AFTER_S):
        while (found := await read(house.studio, sa.select(sa.func.count()).select_from(requests))) < count:
            await asyncio.sleep(STEP_S)
    return int(found)


@ON_SQLITE
async def test_r2_a_select_that_is_chosen_in_twenty_times_paints_each_picture_once(house: House) -> None:
    house.bot.double_clicks = DoubleClicks(lambda: 0.0)
    message = (await house.slash("pair", model="sketch"))["message"]
    question = (await house.click(message, button(message, "new")))["message"]
    [select] = ids(question)
    first = int(button(message, "new").rpartition(":")[2])
    values = [str(first), str(first + 1)]
    before = await read(house.studio, sa.select(sa.func.count()).select_from(requests))
    about = {"user": "ada", "message_id": question["id"], "custom_id": select, "wait": 3}
    pressed = [await house.act("click", **about, values=[value]) for value in values * 10]
    after = await requests_once_there_are(house, before + 2)

    assert after - before == 2
    assert "twice within a second" in said(pressed[-1]["message"])


@ON_SQLITE
@pytest.mark.parametrize("verb", ["same", "new", "pair"])
async def test_r2_twenty_presses_in_a_moment_paint_once(house: House, verb: str) -> None:
    now_s = 0.0
    house.bot.double_clicks = DoubleClicks(lambda: now_s)
    message = (await house.slash("portrait", model="sketch"))["message"]
    before = await read(house.studio, sa.select(sa.func.count()).select_from(requests))
    pressed = [
        await house.act(
            "click", user="ada", message_id=message["id"], custom_id=button(message, verb), wait=3
        )
        for _ in range(20)
    ]
    after = await requests_once_there_are(house, before + 1)

    assert after - before == 1
    assert [one["callback"] is not None for one in pressed] == [True] * 20
    assert "twice within a second" in said(pressed[-1]["message"])
    now_s += WINDOW_S + 0.1
    await house.click(message, button(message, verb))
    assert await read(house.studio, sa.select(sa.func.count()).select_from(requests)) == after + 1
