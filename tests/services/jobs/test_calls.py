"""Calls of providers at every moment: before the submit's answer, fifty times, as hints, late, and about failures."""

import asyncio
from dataclasses import replace

import pytest

from db.engine import Connection
from db.jobs import attempts, job_queries, jobs, moves
from db.jobs.moves import Claim
from services import history
from services.errors import NotFoundError, ProviderBusy, StorageError
from services.jobs import recovery
from services.jobs.webhooks import receive_webhook
from services.models import JobState, JsonValue
from tests.services.jobs.test_recovery import CAPS, claim_as_a_worker_that_dies
from tests.services.providers.stand_in import SAID, Fault, Order, Stage
from tests.services.studio import ADA, Studio
from tests.waiting import HANGS_AFTER_S, STEP_S, until

NEVER = 10_000
ON_SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


async def only_attempt(studio: Studio, job_id: int) -> attempts.AttemptRow:
    found = await studio.context.database.read(attempts.last_attempt, job_id)
    assert found is not None
    return found


async def job(studio: Studio, job_id: int) -> jobs.JobRow:
    found = await studio.context.database.read(jobs.read_job, job_id)
    assert found is not None
    return found


def called_from_outside(studio: Studio) -> None:
    """Give the service an address, so that its orders wait for calls and are hardly looked after."""
    studio.context = replace(studio.context, public_url="https://limner.example")


def _changes(conn: Connection) -> int:
    return int(conn.exec_driver_sql("SELECT total_changes()").scalar_one())


async def in_doubt(studio: Studio) -> Claim:
    """Return a job of which nothing is known but that its order may have left; the stand-in has it as order-1."""
    await studio.order()
    claim = await claim_as_a_worker_that_dies(studio.context, is_sent=True)
    studio.server.orders["order-1"] = Order("order-1", {"seed": 5})
    await recovery.recover(studio.context)
    return claim


async def given_up(studio: Studio) -> Claim:
    """Return a job whose outcome was given up; the stand-in has its order as order-1."""
    claim = await in_doubt(studio)
    await studio.context.database.write(
        moves.end_without_picture, claim, JobState.SUBMITTING, JobState.UNKNOWN
    )
    return claim


@ON_SQLITE
async def test_an_order_with_an_address_of_ours_is_finished_by_its_call(studio: Studio) -> None:
    called_from_outside(studio)
    async with studio.engine():
        accepted = await studio.order()
        await studio.until_states(accepted, "waiting")
        attempt = await only_attempt(studio, accepted.job_ids[0])
        await receive_webhook(studio.context, "scripted", attempt.id, *studio.server.webhook("order-1"))
        await studio.until_delivered()

    address = studio.server.orders["order-1"].body["webhook_url"]
    assert str(address).startswith(f"https://limner.example/hooks/scripted/{attempt.id}.")
    assert [path for method, path in studio.server.requests if method == "GET"] == ["/pictures/order-1"]


@ON_SQLITE
async def test_an_order_whose_call_never_comes_is_looked_after_all_the_same(studio: Studio) -> None:
    called_from_outside(studio)
    async with studio.engine():
        accepted = await studio.order()
        await studio.until_states(accepted, "waiting")
        held = await job(studio, accepted.job_ids[0])
        # As time would.
        await studio.context.database.write(jobs.set_job, held.id, JobState.WAITING, poll_at_ms=0)
        await studio.until_delivered()

    assert studio.server.requests.count(("GET", "/orders/order-1")) == 1


@ON_SQLITE
@pytest.mark.parametrize("kind", ["finished", "hint"])
async def test_a_call_before_the_answer_to_the_submit_is_taken_up(studio: Studio, kind: str) -> None:
    called_from_outside(studio)
    studio.server.may_answer.clear()
    async with studio.engine():
        accepted = await studio.order()
        await until(lambda: studio.server.paid_submits == 1)
        attempt = await only_attempt(studio, accepted.job_ids[0])
        call = studio.server.webhook("order-1") if kind == "finished" else studio.server.hint("order-1")
        await receive_webhook(studio.context, "scripted", attempt.id, *call)
        assert (await job(studio, accepted.job_ids[0])).state is not JobState.SUBMITTING
        studio.server.may_answer.set()
        await until(lambda: studio.server.requests.count(("POST", "/orders")) == 1)
        await until_answered(studio, accepted.job_ids[0])
        await studio.context.database.write(jobs.set_job, accepted.job_ids[0], JobState.WAITING, poll_at_ms=0)
        result = await studio.until_delivered()

    assert len(result.pictures) == 1
    assert studio.server.paid_submits == 1


async def until_answered(studio: Studio, job_id: int) -> None:
    """Wait until the submit's answer was kept: it alone names the address to ask at."""
    async with asyncio.timeout(HANGS_AFTER_S):
        while not ((await only_attempt(studio, job_id)).handle or {}).get("addresses"):
            await asyncio.sleep(STEP_S)


async def tell_address(studio: Studio, claim: Claim) -> None:
    """Keep where the order can be asked after, as the submit's answer would have said."""
    handle: dict[str, JsonValue] = {
        "remote_id": "order-1",
        "addresses": {"status": f"{studio.server.url}/orders/order-1"},
    }
    attempt = await only_attempt(studio, claim.job.id)
    await studio.context.database.write(attempts.keep_handle, attempt, handle)


@ON_SQLITE
@pytest.mark.parametrize("kind", ["webhook", "hint", "failure"])
async def test_fifty_times_the_same_call_does_what_one_does(studio: Studio, kind: str) -> None:
    claim = await in_doubt(studio)
    call = getattr(studio.server, kind)("order-1")
    for _ in range(50):
        await receive_webhook(studio.context, "scripted", claim.attempt.id, *call)
    if kind == "hint":
        await tell_address(studio, claim)
    async with studio.engine():
        await studio.until_delivered()
        before = await studio.context.database.write(_changes)
        for _ in range(50):
            await receive_webhook(studio.context, "scripted", claim.attempt.id, *call)
        after = await studio.context.database.write(_changes)

    assert len(studio.mailbox.delivered) == 1
    assert after - before <= 10  # the engine's own heartbeat, and nothing of the calls
    assert studio.server.submits == 0


async def test_a_call_that_could_not_be_kept_is_taken_up_when_it_comes_again(
    studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    claim = await in_doubt(studio)
    call = studio.server.webhook("order-1")

    keep_outcome = moves.keep_outcome

    def full(conn: Connection, claim: Claim, outcome: dict[str, JsonValue], worker_id: str) -> None:
        assert keep_outcome(conn, claim, outcome, worker_id) is not None
        raise StorageError("disk_full")

    with monkeypatch.context() as patch:
        patch.setattr(moves, "keep_outcome", full)
        with pytest.raises(StorageError):
            await receive_webhook(studio.context, "scripted", claim.attempt.id, *call)
    assert (await job(studio, claim.job.id)).state is JobState.SUBMITTING
    assert (await only_attempt(studio, claim.job.id)).outcome is None
    await receive_webhook(studio.context, "scripted", claim.attempt.id, *call)

    assert (await job(studio, claim.job.id)).state is JobState.FETCHING


async def test_a_hint_makes_a_waiting_order_due_at_once(studio: Studio) -> None:
    called_from_outside(studio)
    async with studio.engine():
        accepted = await studio.order()
        await studio.until_states(accepted, "waiting")
        attempt = await only_attempt(studio, accepted.job_ids[0])
        assert ("GET", "/orders/order-1") not in studio.server.requests
        await receive_webhook(studio.context, "scripted", attempt.id, *studio.server.hint("order-1"))
        result = await studio.until_delivered()

    assert len(result.pictures) == 1
    handle = attempt.handle or {}
    assert handle["has_webhook"] is True


async def test_a_hint_keeps_what_the_submit_was_answered(studio: Studio) -> None:
    called_from_outside(studio)
    studio.server.polls_until_done = NEVER
    async with studio.engine():
        accepted = await studio.order()
        await studio.until_states(accepted, "waiting")
        attempt = await only_attempt(studio, accepted.job_ids[0])
        studio.server.orders["order-77"] = Order("order-77", {})
        await receive_webhook(studio.context, "scripted", attempt.id, *studio.server.hint("order-77"))
        after = await only_attempt(studio, accepted.job_ids[0])

    assert after.handle == attempt.handle


async def test_a_failure_that_is_called_out_ends_the_job_with_its_cost(studio: Studio) -> None:
    called_from_outside(studio)
    async with studio.engine():
        accepted = await studio.order()
        await studio.until_states(accepted, "waiting")
        attempt = await only_attempt(studio, accepted.job_ids[0])
        await receive_webhook(studio.context, "scripted", attempt.id, *studio.server.failure("order-1"))
        result = await studio.until_delivered()

    assert [(one.code, one.has_details) for one in result.failures] == [("provider_broken", True)]
    stored = await studio.context.database.read(job_queries.picture_rows, list(accepted.job_ids))
    assert SAID not in repr(stored)


@ON_SQLITE
async def test_a_failure_of_an_earlier_attempt_says_nothing_of_the_newest_one(studio: Studio) -> None:
    studio.server.polls_until_done = NEVER
    studio.server.script(Stage.SUBMIT, Fault.REFUSED)
    async with studio.engine():
        accepted = await studio.order()
        await studio.until_states(accepted, "waiting")
        newest = await only_attempt(studio, accepted.job_ids[0])
        studio.server.orders["order-9"] = Order("order-9", {})
        await receive_webhook(studio.context, "scripted", newest.id - 1, *studio.server.failure("order-9"))

        assert await studio.states(accepted) == ["waiting"]


@ON_SQLITE
async def test_a_hint_about_an_earlier_attempt_does_not_give_up_the_order_that_is_being_sent(
    studio: Studio,
) -> None:
    await studio.order()
    database = studio.context.database
    first = await database.write(moves.claim_submit, "one", CAPS)
    assert first is not None
    busy: moves.ErrorJson = {"code": "provider_busy", "fields": {}, "charged": False}
    assert await database.write(moves.put_back, first, 0, busy, is_counted=False)
    second = await database.write(moves.claim_submit, "one", CAPS)
    assert second is not None
    assert await database.write(attempts.mark_sent, second.attempt.id)
    studio.server.orders["order-1"] = Order("order-1", {})
    await receive_webhook(studio.context, "scripted", first.attempt.id, *studio.server.hint("order-1"))

    assert (await job(studio, second.job.id)).state is JobState.SUBMITTING
    assert await database.write(moves.keep_waiting, second, {"remote_id": "order-2"}, 1000)


async def test_a_late_hint_about_an_order_that_was_given_up_asks_its_provider_before_it_answers(
    studio: Studio,
) -> None:
    claim = await given_up(studio)
    await tell_address(studio, claim)
    await receive_webhook(studio.context, "scripted", claim.attempt.id, *studio.server.hint("order-1"))
    assert (await job(studio, claim.job.id)).state is JobState.FETCHING
    async with studio.engine():
        await until(lambda: any(result.pictures for _, result in studio.mailbox.delivered))

    assert studio.server.submits == 0


@ON_SQLITE
async def test_a_late_hint_about_an_order_that_still_runs_changes_nothing(studio: Studio) -> None:
    claim = await given_up(studio)
    await tell_address(studio, claim)
    studio.server.script(Stage.STATUS, Fault.RUNNING)
    await receive_webhook(studio.context, "scripted", claim.attempt.id, *studio.server.hint("order-1"))

    assert (await job(studio, claim.job.id)).state is JobState.UNKNOWN
    assert studio.server.requests == [("GET", "/orders/order-1")]


async def test_a_late_hint_whose_provider_cannot_be_asked_is_to_come_again(studio: Studio) -> None:
    claim = await given_up(studio)
    await tell_address(studio, claim)
    studio.server.script(Stage.STATUS, Fault.ERROR_500)
    with pytest.raises(ProviderBusy):
        await receive_webhook(studio.context, "scripted", claim.attempt.id, *studio.server.hint("order-1"))

    assert (await job(studio, claim.job.id)).state is JobState.UNKNOWN


@ON_SQLITE
async def test_a_failure_of_an_order_that_was_given_up_frees_the_operators_book(studio: Studio) -> None:
    claim = await given_up(studio)
    before = await studio.context.database.read(job_queries.read_spending, ADA)
    await receive_webhook(studio.context, "scripted", claim.attempt.id, *studio.server.failure("order-1"))
    after = await studio.context.database.read(job_queries.read_spending, ADA)

    assert (before.total_micro_usd, after.total_micro_usd) == (40_000, 0)
    assert (await job(studio, claim.job.id)).state is JobState.UNKNOWN


@ON_SQLITE
async def test_a_repeated_call_does_not_bring_back_what_was_deleted(studio: Studio) -> None:
    called_from_outside(studio)
    async with studio.engine():
        accepted = await studio.order()
        await studio.until_states(accepted, "waiting")
        attempt = await only_attempt(studio, accepted.job_ids[0])
        call = studio.server.webhook("order-1")
        await receive_webhook(studio.context, "scripted", attempt.id, *call)
        result = await studio.until_delivered()
        await history.delete_picture(studio.context, ADA, result.pictures[0].job_id)
        await receive_webhook(studio.context, "scripted", attempt.id, *call)
    kept = await only_attempt(studio, accepted.job_ids[0])

    assert (kept.handle, kept.outcome) == (None, None)


@ON_SQLITE
async def test_a_call_for_an_attempt_of_another_provider_finds_nothing(studio: Studio) -> None:
    accepted = await studio.portrait()
    claim = await claim_as_a_worker_that_dies(studio.context, is_sent=True)
    studio.server.orders["order-1"] = Order("order-1", {})
    assert claim.job.id == accepted.job_ids[0]
    with pytest.raises(NotFoundError):
        await receive_webhook(studio.context, "scripted", claim.attempt.id, *studio.server.webhook("order-1"))
