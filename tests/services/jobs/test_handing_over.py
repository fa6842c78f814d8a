"""Work that goes from hand to hand in one transaction, and processes that die in between."""

from collections.abc import Callable

import pytest

from db.engine import Connection
from db.jobs import calls, deliveries, job_queries, jobs, moves, polls, workers
from db.pictures.images import ImageRow
from services.jobs import delivering, polling
from services.jobs.courier import Sending, Sent
from services.models import JobState, JsonValue
from tests.services.providers.stand_in import picture_of
from tests.services.studio import Studio

NEVER = 10_000
ON_SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


async def waiting_job(studio: Studio) -> int:
    """Return a job whose order is at its provider, with no engine that would look after it."""
    studio.server.polls_until_done = NEVER
    async with studio.engine():
        accepted = await studio.order()
        await studio.until_states(accepted, "waiting")
    studio.server.polls_until_done = 0
    return accepted.job_ids[0]


async def claim_of(studio: Studio, job_id: int) -> moves.Claim:
    claim = await studio.context.database.read(moves.read_claim, job_id)
    assert claim is not None
    return claim


def outcome(studio: Studio) -> dict[str, JsonValue]:
    return {"url": f"{studio.server.url}/pictures/order-1", "notes": []}


async def as_a_dead_worker(studio: Studio, function: Callable[[Connection], object]) -> object:
    """Run a transaction for a worker that is dead when it ends."""
    await studio.context.database.write(workers.register, "dead", is_only_worker=False)
    result = await studio.context.database.write(function)
    await studio.context.database.write(workers.leave, "dead")
    return result


async def test_a_picture_that_was_handed_to_a_worker_that_died_is_fetched_by_another(studio: Studio) -> None:
    job_id = await waiting_job(studio)
    claim = await claim_of(studio, job_id)
    handed = await as_a_dead_worker(
        studio, lambda conn: moves.keep_outcome(conn, claim, outcome(studio), "dead")
    )
    assert isinstance(handed, moves.Claim)
    assert (handed.job.state, handed.job.fetch_tries) == (JobState.FETCHING, 1)
    async with studio.engine():
        result = await studio.until_delivered()

    assert [picture.job_id for picture in result.pictures] == [job_id]
    assert studio.server.paid_submits == 1


async def test_a_call_that_was_handed_to_a_worker_that_died_is_not_lost(studio: Studio) -> None:
    job_id = await waiting_job(studio)
    claim = await claim_of(studio, job_id)
    handle: dict[str, JsonValue] = {"remote_id": "order-1", "addresses": {}}
    await as_a_dead_worker(
        studio,
        lambda conn: calls.finished(
            conn, claim.attempt.id, "scripted", handle, outcome(studio), worker_id="dead"
        ),
    )
    async with studio.engine():
        await studio.until_delivered()

    assert studio.server.paid_submits == 1


async def test_a_result_that_was_begun_by_a_worker_that_died_is_delivered(studio: Studio) -> None:
    job_id = await waiting_job(studio)
    claim = await claim_of(studio, job_id)
    to_fetch = await studio.context.database.write(moves.keep_outcome, claim, outcome(studio), "dead")
    assert to_fetch is not None
    stored = await studio.context.store.put(picture_of(5))
    image = ImageRow(job_id, claim.job.user_id, stored.digest, "png", 96, 96, stored.size_bytes)

    def keep(conn: Connection) -> delivering.Begun:
        kept = moves.keep_picture(
            conn, to_fetch, JobState.FETCHING, image, cost_micro_usd=None, worker_id="dead"
        )
        assert kept.delivery is not None
        return delivering.begin(conn, kept.delivery)

    begun = await as_a_dead_worker(studio, keep)
    assert isinstance(begun, delivering.Begun)
    assert begun.step is not None
    async with studio.engine():
        result = await studio.until_delivered()

    assert [picture.job_id for picture in result.pictures] == [job_id]
    assert len(studio.mailbox.delivered) == 1


async def test_a_worker_that_was_taken_over_cannot_store_what_it_fetched(studio: Studio) -> None:
    job_id = await waiting_job(studio)
    claim = await claim_of(studio, job_id)
    first = await studio.context.database.write(moves.keep_outcome, claim, outcome(studio), "dead")
    assert first is not None
    await studio.context.database.write(moves.postpone_fetch, first, 0)
    second = await studio.context.database.write(moves.claim_fetch, "other")
    image = ImageRow(job_id, claim.job.user_id, "0" * 64, "png", 96, 96, 100)
    kept = await studio.context.database.write(
        moves.keep_picture, first, JobState.FETCHING, image, cost_micro_usd=None
    )

    assert second is not None
    assert second.job.fence > first.job.fence
    assert not kept.has_moved


@ON_SQLITE
async def test_a_result_passes_no_line_while_hands_are_free(
    studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    claimed: list[object] = []
    claim_delivery = deliveries.claim_delivery

    def noting(conn: Connection, worker_id: str) -> deliveries.DeliveryRow | None:
        found = claim_delivery(conn, worker_id)
        claimed.extend([found] if found else [])
        return found

    monkeypatch.setattr(deliveries, "claim_delivery", noting)
    async with studio.engine():
        await studio.order()
        await studio.until_delivered()

    assert claimed == []


@ON_SQLITE
async def test_a_result_whose_first_try_failed_goes_through_the_line(studio: Studio) -> None:
    studio.mailbox.answers.append(Sent(Sending.REFUSED, reason="gone"))
    async with studio.engine():
        await studio.order()
        await studio.until_delivered(2)

    assert [rung for rung, _ in studio.mailbox.delivered] == ["original", "channel"]


async def due(studio: Studio, job_id: int) -> None:
    await studio.context.database.write(jobs.set_job, job_id, JobState.WAITING, poll_at_ms=0)


async def leased(studio: Studio, *but: int) -> list[polls.DuePoll]:
    return await studio.context.database.write(polls.sweep, (), polling.POLL_LEASE_MS, 32, but)


async def test_a_look_that_a_dead_worker_took_is_due_again_after_its_lease(studio: Studio) -> None:
    job_id = await waiting_job(studio)
    await due(studio, job_id)
    first = await leased(studio)
    again = await leased(studio)
    await due(studio, job_id)  # as time would
    after = await leased(studio)

    assert [[one.claim.job.id for one in found] for found in (first, again, after)] == [
        [job_id],
        [],
        [job_id],
    ]


async def test_jobs_that_are_being_looked_after_are_not_taken_twice(studio: Studio) -> None:
    job_id = await waiting_job(studio)
    await due(studio, job_id)

    assert await leased(studio, job_id) == []
    assert len(await leased(studio)) == 1


async def test_many_looks_are_kept_in_one_transaction(studio: Studio) -> None:
    job_id = await waiting_job(studio)
    await due(studio, job_id)
    (taken,) = await leased(studio)
    look = polls.Look(job_id, taken.leased_until_ms, 60_000, {"fraction": 0.5})
    await studio.context.database.write(polls.sweep, [look], polling.POLL_LEASE_MS, 32, ())
    silent = polls.Look(job_id, taken.leased_until_ms, 60_000)
    await studio.context.database.write(polls.sweep, [silent], polling.POLL_LEASE_MS, 32, ())

    assert await progress_of(studio, job_id) == {"fraction": 0.5}
    assert await leased(studio) == []


async def test_a_call_during_a_look_is_not_forgotten_by_what_the_look_has_seen(studio: Studio) -> None:
    job_id = await waiting_job(studio)
    await due(studio, job_id)
    (taken,) = await leased(studio)
    await due(studio, job_id)  # a hint, while the provider is being asked
    look = polls.Look(job_id, taken.leased_until_ms, 60_000, {"fraction": 0.5})
    found = await studio.context.database.write(polls.sweep, [look], polling.POLL_LEASE_MS, 32, ())

    assert [one.claim.job.id for one in found] == [job_id]
    assert await progress_of(studio, job_id) == {"fraction": 0.5}


async def test_a_look_at_a_job_that_has_ended_meanwhile_changes_nothing(studio: Studio) -> None:
    job_id = await waiting_job(studio)
    await due(studio, job_id)
    (taken,) = await leased(studio)
    claim = await claim_of(studio, job_id)
    await studio.context.database.write(moves.end_without_picture, claim, JobState.WAITING, JobState.CANCELED)
    look = polls.Look(job_id, taken.leased_until_ms, 0, {"fraction": 0.5})
    await studio.context.database.write(polls.sweep, [look], polling.POLL_LEASE_MS, 32, ())

    assert await progress_of(studio, job_id) != {"fraction": 0.5}


async def progress_of(studio: Studio, job_id: int) -> dict[str, JsonValue]:
    request_id = (await claim_of(studio, job_id)).job.request_id
    (running,) = await studio.context.database.read(job_queries.list_running_requests, [request_id])
    return running.progress
