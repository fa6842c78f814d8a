"""B5: an older database that comes back sends nothing that may have been sent since, and says so to those concerned."""

from dataclasses import replace
from pathlib import Path

import pytest
import sqlalchemy as sa

from db.dialects import life
from db.dialects.witness import DONE, set_mark
from db.engine import Connection
from db.jobs import attempts, deliveries, moves, workers
from db.tables.life_schema import database_life
from db.tables.schema import attempts as attempt_table
from db.tables.schema import deliveries as delivery_table
from db.tables.schema import jobs, requests
from db.tables.types import database_now_ms
from db.upkeep import restored
from db.upkeep.alerts import take_due
from db.upkeep.ledger_check import check_ledger
from services.alerts import AlertBook
from services.context import Context
from services.jobs import restoring
from services.jobs.courier import Rung, Sending, Sent
from services.jobs.known_after import known_after_s
from services.jobs.webhooks import receive_webhook
from tests.services.finished import ordered, soon_given_up
from tests.services.providers.stand_in import Order
from tests.services.studio import Studio, caller
from tests.waiting import until

CAPS = {"sketch": 2, "scripted": 2}


async def come_back(context: Context) -> restored.TakenUp:
    """Start over a database that is marked as a copy."""
    await context.database.write(life.mark_copy)
    return await restoring.take_up_if_restored(context)


async def claim(context: Context, *, is_sent: bool) -> moves.Claim:
    await context.database.write(workers.register, "then", is_only_worker=False)
    found = await context.database.write(moves.claim_submit, "then", CAPS)
    assert found is not None
    if is_sent:
        assert await context.database.write(attempts.mark_sent, found.attempt.id)
    return found


def count_of_states(conn: Connection) -> dict[str, int]:
    statement = sa.select(delivery_table.c.state, sa.func.count()).group_by(delivery_table.c.state)
    return {row[0]: row[1] for row in conn.execute(statement)}


async def until_parked(studio: Studio, count: int) -> None:
    found: dict[str, int] = {}
    while found.get("parked", 0) < count:
        found = await studio.context.database.read(count_of_states)


async def test_the_newest_database_is_taken_as_it_is(studio: Studio) -> None:
    await studio.order()
    for _ in range(3):
        assert (await restoring.take_up_if_restored(studio.context)).reason == ""
    async with studio.engine():
        await studio.until_delivered()

    assert studio.server.submits == 1
    assert (await restoring.take_up_if_restored(studio.context)).reason == ""


async def test_b5_what_stood_in_line_is_ended_for_nothing_and_its_owner_is_told_at_the_next_command(
    studio: Studio,
) -> None:
    paid, free = await studio.order(), await studio.portrait()
    taken = await come_back(studio.context)
    async with studio.engine():
        await until_parked(studio, 2)

    assert (taken.reason, taken.ended) == ("copy", 2)
    assert await studio.states(paid) + await studio.states(free) == ["failed", "failed"]
    assert studio.server.submits == 0
    assert studio.mailbox.delivered == []
    assert await studio.context.database.read(check_ledger) == []
    assert len(await studio.context.database.read(deliveries.find_parked, caller().origin.user_id, 9)) == 2


async def test_whoever_runs_the_bot_is_told_also_where_the_process_that_noticed_it_is_gone(
    studio: Studio,
) -> None:
    await studio.order()
    await come_back(studio.context)
    # Another process: what the first one kept in memory is lost.
    studio.context = replace(studio.context, alerts=AlertBook())
    (alert,) = await studio.context.database.write(take_due, 0)

    assert "is older than what came after it (it is a copy" in alert.message()
    assert "1 jobs in line were ended" in alert.message()
    await restoring.take_up_if_restored(studio.context)
    assert await studio.context.database.write(take_due, 0) == []


@pytest.mark.parametrize("is_sent", [True, False], ids=["sent when copied", "sent after it, perhaps"])
async def test_b5_an_attempt_that_was_open_is_in_doubt_and_its_webhook_still_brings_the_picture(
    studio: Studio, is_sent: bool
) -> None:
    accepted = await studio.order()
    before = await claim(studio.context, is_sent=is_sent)
    taken = await come_back(studio.context)
    studio.server.orders["order-1"] = Order("order-1", {"seed": 5})
    body, headers = studio.server.webhook("order-1")
    async with studio.engine():
        assert not await studio.context.database.write(attempts.mark_sent, before.attempt.id)
        assert await studio.states(accepted) == ["submitting"]
        await receive_webhook(studio.context, "scripted", before.attempt.id, body, headers)
        result = await studio.until_delivered()

    assert taken.in_doubt == 1
    assert len(result.pictures) == 1
    assert studio.server.submits == 0


async def test_an_attempt_of_which_no_word_comes_is_unknown_in_the_end(studio: Studio) -> None:
    studio.context = soon_given_up(studio.context)
    accepted = await studio.order()
    await claim(studio.context, is_sent=False)
    await come_back(studio.context)
    async with studio.engine():
        await studio.until_states(accepted, "unknown")

    assert studio.server.submits == 0
    assert await studio.context.database.read(check_ledger) == []


async def test_an_open_attempt_at_a_service_that_is_not_spoken_to_any_more_is_in_doubt(
    studio: Studio,
) -> None:
    accepted = await studio.order()
    await claim(studio.context, is_sent=True)
    gone = sa.update(jobs).values(provider="gone", model="gone/one")
    await studio.context.database.write(lambda conn: conn.execute(gone) and None)
    taken = await come_back(studio.context)

    assert (taken.ended, taken.in_doubt) == (0, 1)
    assert await studio.states(accepted) == ["submitting"]


def ends_of_doubt(conn: Connection) -> list[int]:
    return list(conn.execute(sa.select(jobs.c.doubt_until_ms)).scalars())


async def test_an_attempt_in_doubt_waits_for_as_long_as_its_model_may_take(studio: Studio) -> None:
    await studio.order()
    await claim(studio.context, is_sent=True)
    database = studio.context.database
    before_ms = await database.read(lambda conn: conn.execute(sa.select(database_now_ms())).scalar_one())
    await come_back(studio.context)

    (until_ms,) = await database.read(ends_of_doubt)
    assert until_ms >= before_ms + known_after_s(studio.context, "scripted/quick") * 1000


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_the_mark_of_a_restore_is_acted_upon_once(studio: Studio) -> None:
    set_mark(studio.folder / "limner.db", DONE)
    await studio.order()
    assert (await restoring.take_up_if_restored(studio.context)).ended == 1
    accepted = await studio.order()
    assert (await restoring.take_up_if_restored(studio.context)).reason == ""

    assert await studio.states(accepted) == ["queued"]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_each_start_writes_beside_the_database_how_many_orders_have_left(studio: Studio) -> None:
    witness = studio.context.database.witness
    assert witness is not None
    for _ in range(2):
        await studio.context.database.write(life.count_send)
    assert witness.look().sends == 0
    assert (await restoring.take_up_if_restored(studio.context)).reason == ""

    assert witness.look().sends == 2


async def test_a_free_picture_that_was_being_painted_is_ended_and_not_painted_again(studio: Studio) -> None:
    accepted = await studio.portrait()
    await claim(studio.context, is_sent=True)
    taken = await come_back(studio.context)

    assert (taken.ended, taken.in_doubt) == (1, 0)
    assert await studio.states(accepted) == ["failed"]


async def test_b5_an_order_that_waits_at_its_provider_is_asked_after_and_fetched(studio: Studio) -> None:
    studio.server.polls_until_done = 10_000
    accepted = await studio.order()
    async with studio.engine():
        await studio.until_states(accepted, "waiting")
    studio.server.polls_until_done = 0
    taken = await come_back(studio.context)
    async with studio.engine():
        result = await studio.until_delivered()

    assert taken.asked_after == 1
    assert len(result.pictures) == 1
    assert studio.server.submits == 1


async def test_a_result_that_may_have_been_shown_is_looked_for_before_it_is_shown(studio: Studio) -> None:
    await ordered(studio)
    await come_back(studio.context)
    studio.mailbox.found = Sent(Sending.SENT, 20, 4711)
    async with studio.engine():
        await until(lambda: studio.mailbox.looked)
        while (await studio.context.database.read(count_of_states)).get("delivered", 0) == 0:
            pass

    assert studio.mailbox.delivered == []
    assert await studio.message_of(4711) is not None


async def test_a_result_that_was_never_shown_goes_to_the_channel_and_not_over_the_first_answer(
    studio: Studio,
) -> None:
    await ordered(studio)
    await come_back(studio.context)
    async with studio.engine():
        await studio.until_delivered()

    assert [rung for rung, _ in studio.mailbox.delivered] == [Rung.CHANNEL]
    assert len(studio.mailbox.looked) == 2, "in the channel, and in the direct messages"


async def test_what_is_asked_for_afterwards_is_painted_and_shown_as_ever(studio: Studio) -> None:
    await come_back(studio.context)
    await studio.order()
    async with studio.engine():
        await studio.until_delivered()

    assert [rung for rung, _ in studio.mailbox.delivered] == [Rung.ORIGINAL]
    assert studio.mailbox.looked == []


async def test_ids_that_were_given_out_since_the_copy_are_not_given_out_again(studio: Studio) -> None:
    before = await studio.order()
    claimed = await claim(studio.context, is_sent=True)
    await come_back(studio.context)
    after = await studio.order()
    again = await claim_next(studio.context)

    assert after.job_ids[0] >= before.job_ids[0] + life.LEAP
    assert after.request_id >= before.request_id + life.LEAP
    assert again.attempt.id >= claimed.attempt.id + life.LEAP


async def claim_next(context: Context) -> moves.Claim:
    found = await context.database.write(moves.claim_submit, "then", CAPS)
    assert found is not None
    return found


async def test_nothing_that_opens_a_first_answer_outlives_a_restore(studio: Studio) -> None:
    await studio.order()
    await come_back(studio.context)
    tokens = sa.select(sa.func.count(requests.c.sealed_token))

    assert await studio.context.database.read(lambda conn: conn.execute(tokens).scalar()) == 0


async def test_a_start_over_the_same_database_takes_nothing_up_twice(studio: Studio) -> None:
    await come_back(studio.context)
    accepted = await studio.order()
    assert (await restoring.take_up_if_restored(studio.context)).reason == ""
    assert await studio.states(accepted) == ["queued"]


@pytest.mark.parametrize(
    "database_url", [pytest.param("postgresql", marks=pytest.mark.postgres)], indirect=True
)
async def test_tables_that_were_made_anew_are_a_restore_on_postgresql(studio: Studio) -> None:
    await restoring.take_up_if_restored(studio.context)
    accepted = await studio.order()

    def make_anew(conn: Connection) -> None:
        rows = [dict(row) for row in conn.execute(sa.select(database_life)).mappings()]
        database_life.drop(conn)
        database_life.create(conn)
        conn.execute(sa.insert(database_life), rows)

    await studio.context.database.write(make_anew)
    assert (await restoring.take_up_if_restored(studio.context)).reason == "moved"
    assert await studio.states(accepted) == ["failed"]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_a_file_that_has_lost_its_last_commits_is_an_older_one(studio: Studio) -> None:
    await restoring.take_up_if_restored(studio.context)
    accepted = await studio.order()
    assert studio.context.database.witness is not None
    studio.context.database.witness.note_sends(1)
    assert (await restoring.take_up_if_restored(studio.context)).reason == "older"
    assert await studio.states(accepted) == ["failed"]
    assert (await restoring.take_up_if_restored(studio.context)).reason == ""


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_the_count_beside_the_file_is_never_behind_what_has_left(
    studio: Studio, tmp_path: Path
) -> None:
    await restoring.take_up_if_restored(studio.context)
    await studio.order()
    async with studio.engine():
        await studio.until_delivered()
    marked = await studio.context.database.read(
        lambda conn: conn.execute(sa.select(sa.func.count(attempt_table.c.sent_at_ms))).scalar()
    )

    assert marked == 1
    assert int((tmp_path / "limner.db.sends").read_text("ascii")) == 1
