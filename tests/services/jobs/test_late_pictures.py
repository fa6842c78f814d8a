"""A picture that comes after its request had ended is shown by one message, whatever the result does meanwhile."""

import asyncio

from db.engine import Connection
from db.jobs import deliveries, jobs, late_pictures, moves
from db.jobs.moves import Claim
from services.jobs.courier import Rung, Sending, Sent
from services.jobs.webhooks import receive_webhook
from services.models import JobState
from tests.services.finished import finish_next
from tests.services.jobs.test_delivering import age_rungs, make_due, until_delivery_is
from tests.services.providers.stand_in import Order, picture_of
from tests.services.studio import CHANNEL, Studio, caller
from tests.waiting import HANGS_AFTER_S, STEP_S, until


def _give_up(conn: Connection) -> Claim:
    """Take the job in line, send it, and give it up: nothing was heard of it for as long as something could be."""
    claim = moves.claim_submit(conn, "dead", {"scripted": 9})
    assert claim is not None
    error: moves.ErrorJson = {"code": "outcome_unknown", "fields": {}, "charged": False}
    assert moves.end_without_picture(conn, claim, JobState.SUBMITTING, JobState.UNKNOWN, error)
    return claim


def _state_of(conn: Connection, job_id: int) -> JobState | None:
    job = jobs.read_job(conn, job_id)
    return None if job is None else job.state


async def _call_late(studio: Studio, claim: Claim) -> None:
    """Let the provider's word about the finished picture come."""
    call = studio.server.webhook("order-1")
    await receive_webhook(studio.context, "scripted", claim.attempt.id, *call)


async def _given_up(studio: Studio) -> Claim:
    await studio.order()
    studio.server.orders["order-1"] = Order("order-1", {"seed": 5})
    return await studio.context.database.write(_give_up)


async def test_a_result_that_is_still_on_its_way_shows_the_late_picture_and_nothing_else_does(
    studio: Studio,
) -> None:
    claim = await _given_up(studio)
    studio.mailbox.answers = [Sent(Sending.LATER, reason="429")] * 1_000
    async with studio.engine():
        await studio.until_delivered()
        await _call_late(studio, claim)
        async with asyncio.timeout(HANGS_AFTER_S):
            while await studio.context.database.read(_state_of, claim.job.id) is not JobState.STORED:
                await asyncio.sleep(STEP_S)
        studio.mailbox.answers.clear()
        await studio.context.database.write(make_due)
        studio.context.deliveries_bell.ring()
        await until_delivery_is(studio, "delivered")

    pictured = [rung for rung, result in studio.mailbox.delivered if result.pictures]
    assert pictured == [Rung.ORIGINAL]


async def test_a_late_picture_is_in_nobodys_hands_while_its_requests_result_is_on_its_way(
    studio: Studio,
) -> None:
    claim = await _given_up(studio)
    database = studio.context.database
    result = await database.write(deliveries.claim_delivery, "one")
    assert result is not None
    late = await database.write(
        late_pictures.put_late_on_its_way, claim.job.request_id, claim.job.id, "another"
    )
    assert late is None
    assert await database.write(deliveries.claim_delivery, "another") is None

    await database.write(deliveries.park, result)
    taken = await database.write(deliveries.claim_delivery, "another")
    assert taken is not None
    assert taken.job_id == claim.job.id


async def test_a_picture_that_comes_after_a_doubtful_message_is_not_taken_to_be_in_it(studio: Studio) -> None:
    accepted = await studio.order(caller(token_life_s=0), count=2)
    stored = await studio.context.store.put(picture_of(1))
    assert await studio.context.database.write(finish_next, stored.digest, stored.size_bytes)
    studio.server.orders["order-1"] = Order("order-1", {"seed": 5})
    claim = await studio.context.database.write(_give_up)
    studio.mailbox.answers = [Sent(Sending.UNCERTAIN, reason="cut")]
    studio.mailbox.found = Sent(Sending.SENT, CHANNEL, 4711)
    async with studio.engine():
        await studio.until_delivered()
        await _call_late(studio, claim)
        await studio.until_states(accepted, "stored", "stored")
        await studio.context.database.write(age_rungs)
        await studio.context.database.write(make_due)
        studio.context.deliveries_bell.ring()
        await until(lambda: claim.job.id in _shown(studio))

    assert await studio.message_of(4711) is not None
    assert sorted(_shown(studio)) == sorted(accepted.job_ids)


def _shown(studio: Studio) -> list[int]:
    return [picture.job_id for _, result in studio.mailbox.delivered for picture in result.pictures]
