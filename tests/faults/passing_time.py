"""Time that passes for the rows: what waits becomes due, as it would in seconds, minutes or hours.

Every wait of the service is a time in a row, by the database's clock. Moving all of them back is the same as letting
that much time pass, and needs nobody to wait.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import sqlalchemy as sa

from db.engine import Connection
from db.tables.schema import deliveries, jobs, metadata
from services.context import Context
from services.jobs import recovery
from services.models import DeliveryState, JobState
from tests.services.studio import Studio
from tests.waiting import HANGS_AFTER_S, STEP_S

SOON_S = 0.05


def move_clock(conn: Connection, forward_ms: int) -> None:
    """Put the database's clock forward (back, where negative) for everything that is written there.

    What is `n` ms ahead lies `n - forward_ms` ahead afterwards, in every table.
    """
    for table in metadata.sorted_tables:
        # An age is no moment; moments are the columns that bear a time of the database's clock.
        moments = [column for column in table.c if column.name.endswith(("_at_ms", "_until_ms", "before_ms"))]
        if moments:
            values = {column.name: column - forward_ms for column in moments}
            conn.execute(sa.update(table).values(values))


def _make_orders_due(conn: Connection) -> None:
    waiting = (JobState.QUEUED, JobState.FETCHING)
    conn.execute(sa.update(jobs).where(jobs.c.state.in_(waiting)).values(not_before_ms=0))
    conn.execute(sa.update(jobs).where(jobs.c.state == JobState.WAITING).values(poll_at_ms=0))


def _make_due(conn: Connection) -> None:
    _make_orders_due(conn)
    conn.execute(
        sa.update(deliveries).where(deliveries.c.state == DeliveryState.PENDING).values(not_before_ms=0)
    )


def _end_doubts(conn: Connection) -> None:
    doubtful = sa.and_(jobs.c.state == JobState.SUBMITTING, jobs.c.doubt_until_ms.is_not(None))
    conn.execute(sa.update(jobs).where(doubtful).values(doubt_until_ms=0))


def _ring(context: Context) -> None:
    for bell in (context.jobs_bell, context.fetches_bell, context.polls_bell, context.deliveries_bell):
        bell.ring()


async def make_due(studio: Studio) -> None:
    """Let everything that waits for its time be due now."""
    await studio.context.database.write(_make_due)
    _ring(studio.context)


async def make_orders_due(studio: Studio) -> None:
    """Let every order that waits for its time be due now, and no result that is on its way."""
    await studio.context.database.write(_make_orders_due)
    _ring(studio.context)


async def end_doubts(studio: Studio) -> None:
    """Let the time be over in which a word about an order in doubt could come."""
    await studio.context.database.write(_end_doubts)
    await recovery.recover(studio.context)


async def until_in_doubt(studio: Studio, job_id: int) -> None:
    """Wait until the service knows that it does not know whether a job's order was taken."""
    in_doubt = sa.select(sa.func.count()).where(jobs.c.id == job_id, jobs.c.doubt_until_ms.is_not(None))
    async with asyncio.timeout(HANGS_AFTER_S):
        while not await read(studio, in_doubt):
            await asyncio.sleep(STEP_S)


@asynccontextmanager
async def time_passes(studio: Studio) -> AsyncIterator[None]:
    """Let everything that waits be due again and again, for as long as the block runs."""

    async def pass_on() -> None:
        while True:
            await make_due(studio)
            await asyncio.sleep(SOON_S)

    passing = asyncio.create_task(pass_on())
    try:
        yield
    finally:
        passing.cancel()
        await asyncio.wait([passing])


async def read(studio: Studio, statement: sa.Select[int]) -> int:
    """Return the one number of a query."""

    def number(conn: Connection) -> int:
        return int(conn.scalar(statement) or 0)

    return await studio.context.database.read(number)
