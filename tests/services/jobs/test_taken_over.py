"""A worker that was only stopped wakes while another one takes over from it: nothing is sent twice, nothing is lost."""

import asyncio

import pytest
import sqlalchemy as sa

from db.engine import Connection
from db.jobs import attempts, job_queries, moves, queue_queries, workers
from db.jobs.moves import Claim
from db.tables.schema import workers as table
from db.upkeep import ledger_check
from services.jobs import engine, recovery
from services.models import JobState
from tests.services.finished import CAPS
from tests.services.jobs.test_recovery import claim_as_a_worker_that_dies
from tests.services.providers.stand_in import Fault, Stage
from tests.services.studio import Studio
from tests.waiting import HANGS_AFTER_S, STEP_S, until

GONE: moves.ErrorJson = {"code": "provider_refused", "fields": {}, "charged": False}
BUSY: moves.ErrorJson = {"code": "provider_busy", "fields": {}, "charged": False}


async def seen_by_another(studio: Studio) -> Claim:
    """Return what another worker sees of the one job of a worker that is taken for dead."""
    (seen,) = await studio.context.database.read(moves.abandoned_claims)
    return seen


async def claimed_next(studio: Studio) -> Claim:
    """Return the job in line in the hands of a second worker, its order about to leave."""
    database = studio.context.database
    await database.write(workers.register, "second", is_only_worker=False)
    claim = await database.write(moves.claim_submit, "second", CAPS)
    assert claim is not None
    assert await database.write(attempts.mark_sent, claim.attempt.id)
    return claim


async def test_an_order_that_leaves_while_it_is_taken_over_is_not_put_back_into_the_line(
    studio: Studio,
) -> None:
    accepted = await studio.order()
    slow = await claim_as_a_worker_that_dies(studio.context, is_sent=False)
    seen = await seen_by_another(studio)
    assert await studio.context.database.write(attempts.mark_sent, slow.attempt.id)
    await recovery.take_over(studio.context, seen)

    assert await studio.states(accepted) == ["submitting"]
    assert await studio.context.database.write(moves.keep_waiting, slow, {"remote_id": "order-1"}, 1000)


async def test_what_an_earlier_holder_makes_of_a_job_does_not_end_the_order_of_its_next_one(
    studio: Studio,
) -> None:
    accepted = await studio.order()
    slow = await claim_as_a_worker_that_dies(studio.context, is_sent=False)
    await recovery.recover(studio.context)
    second = await claimed_next(studio)
    database = studio.context.database
    assert not await database.write(
        moves.end_without_picture, slow, JobState.SUBMITTING, JobState.FAILED, GONE
    )

    assert await studio.states(accepted) == ["submitting"]
    assert await database.write(moves.keep_waiting, second, {"remote_id": "order-1"}, 1000)
    assert await database.read(ledger_check.check_ledger) == []


async def test_an_order_of_the_next_holder_is_not_in_doubt_for_what_was_seen_of_the_first_one(
    studio: Studio,
) -> None:
    await studio.order()
    slow = await claim_as_a_worker_that_dies(studio.context, is_sent=True)
    seen = await seen_by_another(studio)
    database = studio.context.database
    assert await database.write(moves.put_back, slow, 0, BUSY, is_counted=False)
    second = await claimed_next(studio)
    await recovery.take_over(studio.context, seen)

    # Else it would be nobody's, and in doubt, when its holder dies before it is sent.
    await database.write(workers.leave, "second")
    (left,) = await database.read(moves.abandoned_claims)
    assert left.attempt.id == second.attempt.id


async def test_an_order_that_certainly_did_not_leave_is_in_doubt_no_more(studio: Studio) -> None:
    accepted = await studio.order()
    slow = await claim_as_a_worker_that_dies(studio.context, is_sent=True)
    await recovery.take_over(studio.context, await seen_by_another(studio))
    database, request_id = studio.context.database, slow.job.request_id
    assert await database.read(queue_queries.doubtful_jobs, request_id) == set(accepted.job_ids)
    await database.write(moves.close_unsent, slow, is_counted=False)

    assert await studio.states(accepted) == ["queued"]
    assert await database.read(queue_queries.doubtful_jobs, request_id) == set()
    (running,) = await database.read(job_queries.list_running_requests, [request_id])
    assert running.progress == {}


def _age_heartbeat(conn: Connection) -> None:
    conn.execute(sa.update(table).values(beat_at_ms=0))


def _last_heartbeat(conn: Connection) -> int:
    return int(conn.execute(sa.select(table.c.beat_at_ms)).scalar_one())


def _has_closed_its_lane(studio: Studio) -> bool:
    with studio.context.fetch_lane.hand() as hand:
        return not hand.worker_id


async def until_beaten(studio: Studio) -> None:
    async with asyncio.timeout(HANGS_AFTER_S / 2):
        while await studio.context.database.read(_last_heartbeat) == 0:
            await asyncio.sleep(STEP_S)


async def test_a_worker_that_ends_its_paid_calls_is_not_taken_for_dead_meanwhile(
    studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine, "HEARTBEAT_S", STEP_S)
    studio.server.script(Stage.SUBMIT, Fault.ACCEPTED_THEN_MUTE)
    database = studio.context.database
    draining = engine.JobEngine(studio.context, studio.mailbox)
    await draining.start()
    await studio.order()
    await until(lambda: studio.server.paid_submits == 1)
    stopping = asyncio.create_task(draining.stop(HANGS_AFTER_S))
    await until(lambda: _has_closed_its_lane(studio))
    await database.write(_age_heartbeat)
    await until_beaten(studio)
    await draining.stop(0)
    await stopping
