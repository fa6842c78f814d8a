"""Rows C1 and C2: the clock is stepped under a running service; and quarters of an hour that nobody waits for.

All times of the service stand in rows, by the database's clock. To put that clock forward is to take so much from
every one of them, on SQLite and on PostgreSQL alike. What waits within the process goes by a clock that only goes
forward, which no step touches.
"""

import ast
from pathlib import Path

import pytest
import sqlalchemy as sa

from db.engine import Connection
from db.jobs import moves, workers
from db.tables.schema import jobs
from db.tables.types import database_now_ms
from db.upkeep import clock_steps
from services.jobs import recovery
from tests.faults.passing_time import move_clock, time_passes
from tests.services.jobs.test_recovery import CAPS, claim_as_a_worker_that_dies
from tests.services.studio import BEN, Studio, caller
from tests.waiting import until

ROOT = Path(__file__).resolve().parents[2]
NEVER = 10_000
MINUTE_MS = 60_000
STEPS = {
    "ten minutes forward": 10 * MINUTE_MS,
    "ten minutes back": -10 * MINUTE_MS,
    "an hour back": -60 * MINUTE_MS,
    "a leap second": -1_000,
}


@pytest.mark.parametrize("step_ms", STEPS.values(), ids=STEPS)
async def test_c1_a_step_of_the_clock_under_a_running_service_loses_nothing_and_pays_once(
    studio: Studio, step_ms: int
) -> None:
    studio.server.polls_until_done = NEVER
    async with studio.engine():
        waiting = await studio.order(count=2)
        in_line = await studio.order()
        await until(lambda: studio.server.paid_submits == 2)
        await studio.until_states(waiting, "waiting", "waiting")
        await studio.context.database.write(move_clock, step_ms)
        studio.server.polls_until_done = 0
        later = await studio.portrait(caller(BEN), model="sketch")
        async with time_passes(studio):
            await studio.until_delivered(3)

    for accepted in (waiting, in_line, later):
        assert set(await studio.states(accepted)) == {"stored"}
    assert (studio.server.submits, studio.server.paid_submits) == (3, 3)
    assert len(studio.mailbox.delivered) == 3


def _longest_doubt_ms(conn: Connection) -> int:
    return int(conn.execute(sa.select(sa.func.max(jobs.c.doubt_until_ms) - database_now_ms())).scalar_one())


async def test_c1_after_a_week_back_an_order_in_doubt_is_not_in_doubt_for_that_week(studio: Studio) -> None:
    await studio.order()
    await claim_as_a_worker_that_dies(studio.context, is_sent=True)
    await recovery.recover(studio.context)
    await studio.context.database.write(move_clock, -7 * 24 * 60 * MINUTE_MS)
    assert await studio.context.database.read(_longest_doubt_ms) > clock_steps.LONGEST_DOUBT_MS
    await recovery.recover(studio.context)

    assert await studio.context.database.read(_longest_doubt_ms) <= clock_steps.LONGEST_DOUBT_MS


async def test_c1_after_an_hour_back_nothing_waits_for_that_hour(studio: Studio) -> None:
    accepted = await studio.order()
    await studio.context.database.write(move_clock, -60 * MINUTE_MS)
    async with studio.engine():
        result = await studio.until_delivered()

    assert [picture.job_id for picture in result.pictures] == list(accepted.job_ids)


async def test_c1_after_an_hour_back_a_dead_worker_is_not_alive_for_that_hour(studio: Studio) -> None:
    accepted = await studio.order()
    await studio.context.database.write(workers.register, "dead", is_only_worker=False)
    assert await studio.context.database.write(moves.claim_submit, "dead", CAPS) is not None
    await studio.context.database.write(move_clock, -60 * MINUTE_MS)
    await recovery.recover(studio.context)
    assert await studio.states(accepted) == ["submitting"]
    await studio.context.database.write(move_clock, workers.LEASE_MS + 1_000)
    await recovery.recover(studio.context)

    assert await studio.states(accepted) == ["queued"]


async def test_c1_after_a_step_forward_a_living_worker_is_not_taken_over_by_itself(studio: Studio) -> None:
    studio.server.may_answer.clear()
    async with studio.engine() as engine:
        accepted = await studio.order()
        await until(lambda: studio.server.paid_submits == 1)
        await studio.context.database.write(move_clock, 10 * MINUTE_MS)
        await engine._recover()
        assert await studio.states(accepted) == ["submitting"]
        studio.server.may_answer.set()
        await studio.until_delivered()

    assert (studio.server.submits, await studio.states(accepted)) == (1, ["stored"])


def _calls(tree: ast.AST) -> set[str]:
    found = (node.func for node in ast.walk(tree) if isinstance(node, ast.Call))
    return {ast.unparse(each) for each in found}


def test_c1_the_job_engine_reads_the_clock_that_can_be_stepped_only_for_the_age_of_a_token() -> None:
    reads = {
        file.name
        for file in (ROOT / "services" / "jobs").glob("*.py")
        if "time.time" in _calls(ast.parse(file.read_text("utf-8")))
    }

    # A token's end is a moment of Discord's own clock; a wrong guess is refused, and the next way is taken.
    assert reads == {"delivering.py"}
