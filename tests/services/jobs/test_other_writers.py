"""One writer a message, when several workers look at the same requests; and what a worker that was stopped may send."""

import asyncio
from dataclasses import replace

import sqlalchemy as sa

from db.engine import Connection
from db.jobs import deliveries, progress_edits, workers
from db.jobs.progress_edits import LEASE_MS
from db.tables.schema import deliveries as delivery_table
from db.tables.schema import progress_edits as table
from db.tables.schema import requests
from services.asks import Accepted
from services.jobs import delivering, progress
from services.jobs.courier import Rung
from services.jobs.message_turns import MessageTurns
from services.jobs.progress import ProgressTicker
from tests.services.jobs.test_delivering import deliver_all, make_due, until_delivery_is
from tests.services.studio import Mailbox, Studio
from tests.waiting import until

ME, OTHER = "me", "other"


async def take(studio: Studio, worker_id: str, accepted: Accepted, pause_ms: int = 0) -> bool:
    pauses_ms = {accepted.request_id: pause_ms}
    return bool(await studio.context.database.write(progress_edits.take_edits, worker_id, pauses_ms))


async def end(studio: Studio, worker_id: str, accepted: Accepted, *, is_uncertain: bool = False) -> None:
    ids = [accepted.request_id]
    uncertain = ids if is_uncertain else []
    await studio.context.database.write(progress_edits.end_edits, worker_id, ids, uncertain)


def move_leases(conn: Connection, by_ms: int) -> None:
    """Let all leases end later, or earlier."""
    conn.execute(sa.update(table).values(until_ms=table.c.until_ms + by_ms))


def end_request(conn: Connection, request_id: int) -> None:
    conn.execute(sa.update(requests).where(requests.c.id == request_id).values(ended_at_ms=1))


async def test_one_worker_at_a_time_edits_a_message(studio: Studio) -> None:
    accepted = await studio.order()

    assert await take(studio, ME, accepted)
    assert not await take(studio, OTHER, accepted)
    assert not await take(studio, ME, accepted)
    await end(studio, ME, accepted)
    assert await take(studio, OTHER, accepted)


async def test_nobody_edits_a_message_again_before_its_pause_is_over(studio: Studio) -> None:
    accepted = await studio.order()
    assert await take(studio, ME, accepted, pause_ms=3_600_000)
    await end(studio, ME, accepted)

    assert not await take(studio, OTHER, accepted)


async def test_nobody_ends_the_edit_of_another(studio: Studio) -> None:
    accepted = await studio.order()
    assert await take(studio, ME, accepted)
    await end(studio, OTHER, accepted)

    assert not await take(studio, OTHER, accepted)


async def test_the_message_of_a_dead_worker_is_free_after_its_lease_and_its_edit_uncertain(
    studio: Studio,
) -> None:
    accepted = await studio.order()
    assert await take(studio, OTHER, accepted)
    await studio.context.database.write(move_leases, -LEASE_MS - 1)

    assert await take(studio, ME, accepted)
    edit = await studio.context.database.read(progress_edits.edit_in_the_way, accepted.request_id)
    assert edit is not None
    assert edit.is_uncertain


async def test_an_edit_that_may_still_arrive_makes_all_that_follow_it_uncertain(studio: Studio) -> None:
    accepted = await studio.order()
    assert await take(studio, ME, accepted)
    await end(studio, ME, accepted, is_uncertain=True)
    assert await take(studio, ME, accepted)
    await end(studio, ME, accepted)

    edit = await studio.context.database.read(progress_edits.edit_in_the_way, accepted.request_id)
    assert edit is not None
    assert edit.is_uncertain


async def test_no_edit_begins_once_the_request_has_ended(studio: Studio) -> None:
    first, second = await studio.order(), await studio.order()
    assert await take(studio, ME, first)
    await end(studio, ME, first)
    for accepted in (first, second):
        await studio.context.database.write(end_request, accepted.request_id)

        assert not await take(studio, ME, accepted)


async def test_edits_are_forgotten_some_time_after_their_requests_ended(studio: Studio) -> None:
    running, ended = await studio.order(), await studio.order()
    for accepted in (running, ended):
        await take(studio, ME, accepted)
    await studio.context.database.write(end_request, ended.request_id)

    assert await studio.context.database.write(progress_edits.forget_edits) == 1
    assert await studio.context.database.read(progress_edits.edit_in_the_way, running.request_id) is not None


async def test_two_workers_share_the_messages_and_meet_at_none(studio: Studio) -> None:
    for _ in range(6):
        await studio.order()
    mailboxes = (Mailbox(), Mailbox())
    tickers = [
        ProgressTicker(studio.context, mailbox, MessageTurns(), worker_id=name)
        for mailbox, name in zip(mailboxes, (ME, OTHER), strict=True)
    ]
    await asyncio.sleep(progress.TICK_S)
    await asyncio.gather(*(ticker.tick() for ticker in tickers))
    shown = [report.request_id for mailbox in mailboxes for report in mailbox.reports]

    assert sorted(shown) == sorted(set(shown))
    assert len(shown) == 6


async def test_an_edit_is_not_begun_after_the_process_was_stopped_for_long(studio: Studio) -> None:
    await studio.order()
    moments = iter([0.0, 0.0, 0.0, progress.BEGIN_WITHIN_S, 2 * progress.BEGIN_WITHIN_S])
    clock = lambda: next(moments, 100.0)  # noqa: E731 - a clock that jumps
    ticker = ProgressTicker(studio.context, studio.mailbox, MessageTurns(), clock, ME)
    await asyncio.sleep(progress.TICK_S)
    await ticker.tick()

    assert studio.mailbox.reports == []


async def test_a_result_waits_for_the_edit_that_another_worker_has_on_its_way(studio: Studio) -> None:
    accepted = await studio.portrait()
    await take(studio, OTHER, accepted, pause_ms=3_600_000)
    await studio.context.database.write(move_leases, 3_600_000)
    async with studio.engine():
        await until_delivery_is(studio, "trying")
        await asyncio.sleep(0.3)  # time enough to come too early
        early = list(studio.mailbox.delivered)
        await end(studio, OTHER, accepted)
        await until_delivery_is(studio, "delivered")

    assert early == []
    assert [rung for rung, _ in studio.mailbox.delivered] == [Rung.ORIGINAL]


async def test_a_result_is_sent_once_more_after_an_edit_of_another_worker_whose_fate_is_unknown(
    studio: Studio,
) -> None:
    accepted = await studio.portrait()
    await take(studio, OTHER, accepted, pause_ms=3_600_000)
    await end(studio, OTHER, accepted, is_uncertain=True)

    assert await deliver_all(studio, 2) == [Rung.ORIGINAL, Rung.ORIGINAL]


async def test_a_result_is_sent_once_more_after_an_edit_of_a_worker_that_died(studio: Studio) -> None:
    accepted = await studio.portrait()
    await take(studio, OTHER, accepted, pause_ms=3_600_000)
    await studio.context.database.write(move_leases, -LEASE_MS - 1)

    assert await deliver_all(studio, 2) == [Rung.ORIGINAL, Rung.ORIGINAL]


def release(conn: Connection) -> None:
    """Give every delivery to a worker of the test's."""
    conn.execute(sa.update(delivery_table).values(worker_id=OTHER))


async def begun_delivery(studio: Studio) -> delivering.Begun:
    """Return a delivery in our hands, of a picture that is finished."""
    accepted = await studio.portrait()
    async with studio.engine():
        await studio.until_states(accepted, "stored")
        await until(lambda: studio.mailbox.delivered)
        await until_delivery_is(studio, "delivered")
    studio.mailbox.delivered.clear()
    database = studio.context.database
    await database.write(
        lambda conn: conn.execute(sa.update(delivery_table).values(state="pending")) and None
    )
    await database.write(
        lambda conn: conn.execute(sa.update(delivery_table).values(message_id=None, channel_id=None)) and None
    )
    await database.write(make_due)
    await database.write(lambda conn: workers.register(conn, ME, is_only_worker=False))
    begun = await database.write(delivering.claim, ME)
    assert begun is not None
    return begun


async def test_a_worker_that_was_stopped_sends_no_result_that_another_has_taken_over(studio: Studio) -> None:
    begun = await begun_delivery(studio)
    await studio.context.database.write(release)
    stopped = replace(begun, begun_s=begun.begun_s - delivering.SURE_FOR_S)
    await delivering.deliver(studio.context, studio.mailbox, MessageTurns(), stopped)

    assert studio.mailbox.delivered == []


async def test_a_worker_that_was_stopped_sends_what_is_still_its_own(studio: Studio) -> None:
    begun = await begun_delivery(studio)
    stopped = replace(begun, begun_s=begun.begun_s - delivering.SURE_FOR_S)
    await delivering.deliver(studio.context, studio.mailbox, MessageTurns(), stopped)

    assert len(studio.mailbox.delivered) == 1
    assert not await studio.context.database.read(deliveries.is_held, begun.delivery)
