"""What the next start makes of jobs that a killed process left: from their rows, and without paying twice."""

from dataclasses import replace

import pytest

from db.engine import Connection
from db.jobs import attempts, jobs, moves, polls, workers
from db.jobs.changes import After
from db.jobs.moves import Claim
from services.asks import Accepted
from services.context import Context
from services.errors import NotFoundError, ProviderRejected
from services.jobs import recovery
from services.jobs.webhook_address import is_webhook_mac, webhook_address
from services.jobs.webhooks import receive_webhook
from services.models import JobState
from tests.services.finished import soon_given_up
from tests.services.providers.stand_in import Fault, Order, Stage
from tests.services.studio import Studio
from tests.waiting import until

CAPS = {"sketch": 2, "scripted": 2}


async def claim_as_a_worker_that_dies(context: Context, *, is_sent: bool) -> Claim:
    await context.database.write(workers.register, "dead", is_only_worker=False)
    claim = await context.database.write(moves.claim_submit, "dead", CAPS)
    assert claim is not None
    if is_sent:
        assert await context.database.write(attempts.mark_sent, claim.attempt.id)
    await context.database.write(workers.leave, "dead")
    return claim


async def test_sends_a_job_that_was_claimed_but_certainly_not_sent(studio: Studio) -> None:
    accepted = await studio.order()
    await claim_as_a_worker_that_dies(studio.context, is_sent=False)
    async with studio.engine():
        await studio.until_delivered()

    assert studio.server.paid_submits == 1
    assert await studio.states(accepted) == ["stored"]


async def waits_for_five_minutes(studio: Studio) -> Accepted:
    """Leave a picture at its provider, finished, whose next look is far off."""
    studio.server.polls_until_done = 1_000_000
    async with studio.engine():
        accepted = await studio.order()
        await studio.until_states(accepted, "waiting")
    studio.server.polls_until_done = 0
    job_id, later = accepted.job_ids[0], After(300_000)
    assert await studio.context.database.write(jobs.set_job, job_id, JobState.WAITING, poll_at_ms=later)
    return accepted


def due(conn: Connection) -> list[int]:
    return [one.claim.job.id for one in polls.claim_due(conn, 30_000, 32, ())]


async def test_the_first_worker_looks_after_what_ended_while_nobody_listened(studio: Studio) -> None:
    accepted = await waits_for_five_minutes(studio)
    assert await studio.context.database.write(due) == []
    async with studio.engine():
        await studio.until_delivered()
    assert await studio.states(accepted) == ["stored"]


async def test_a_worker_beside_living_ones_leaves_looks_to_their_time(studio: Studio) -> None:
    accepted = await waits_for_five_minutes(studio)
    is_alone = studio.context.database.dialect == "sqlite"
    await studio.context.database.write(workers.register, "another", is_only_worker=False)
    await recovery.enter(studio.context, "second")
    assert await studio.context.database.write(due) == (list(accepted.job_ids) if is_alone else [])


async def test_never_sends_a_paid_job_that_may_have_left(studio: Studio) -> None:
    studio.context = soon_given_up(studio.context)
    accepted = await studio.order()
    await claim_as_a_worker_that_dies(studio.context, is_sent=True)
    async with studio.engine():
        result = await studio.until_delivered()

    assert studio.server.submits == 0
    assert await studio.states(accepted) == ["unknown"]
    assert result.failures[0].state == "unknown"


async def test_paints_a_free_picture_again_that_may_have_been_painted(studio: Studio) -> None:
    accepted = await studio.portrait()
    await claim_as_a_worker_that_dies(studio.context, is_sent=True)
    async with studio.engine():
        await studio.until_delivered()

    assert await studio.states(accepted) == ["stored"]


async def test_stops_painting_a_picture_that_killed_its_worker_three_times(studio: Studio) -> None:
    accepted = await studio.portrait()
    for _ in range(3):
        await claim_as_a_worker_that_dies(studio.context, is_sent=True)
        await recovery.recover(studio.context)

    assert await studio.states(accepted) == ["failed"]


async def test_leaves_the_jobs_of_a_living_worker_alone(studio: Studio) -> None:
    accepted = await studio.order()
    await studio.context.database.write(workers.register, "alive", is_only_worker=False)
    claim = await studio.context.database.write(moves.claim_submit, "alive", CAPS)
    await recovery.recover(studio.context)

    assert claim is not None
    assert await studio.states(accepted) == ["submitting"]


async def test_a_worker_that_was_taken_over_may_not_send_any_more(studio: Studio) -> None:
    await studio.order()
    slow = await claim_as_a_worker_that_dies(studio.context, is_sent=False)
    await recovery.recover(studio.context)
    await studio.context.database.write(workers.register, "second", is_only_worker=False)
    second = await studio.context.database.write(moves.claim_submit, "second", CAPS)

    assert second is not None
    assert not await studio.context.database.write(attempts.mark_sent, slow.attempt.id)
    assert await studio.context.database.write(attempts.mark_sent, second.attempt.id)
    assert not await studio.context.database.write(attempts.mark_sent, second.attempt.id)


async def test_goes_on_polling_what_a_killed_worker_had_submitted(studio: Studio) -> None:
    studio.server.polls_until_done = 10_000
    accepted = await studio.order()
    async with studio.engine():
        await studio.until_states(accepted, "waiting")
    studio.server.polls_until_done = 0
    async with studio.engine():
        await studio.until_delivered()

    assert (studio.server.submits, await studio.states(accepted)) == (1, ["stored"])


async def test_fetches_again_what_a_killed_worker_was_fetching(studio: Studio) -> None:
    accepted = await studio.order()
    studio.server.script(Stage.PICTURE, Fault.MUTE)
    async with studio.engine(stop_s=0):
        await until(lambda: ("GET", "/pictures/order-1") in studio.server.requests)
    async with studio.engine():
        await studio.until_delivered()

    assert (studio.server.paid_submits, await studio.states(accepted)) == (1, ["stored"])


async def test_ends_what_stood_in_line_for_six_hours(studio: Studio) -> None:
    accepted = await studio.order()
    await studio.context.database.write(jobs.set_job, accepted.job_ids[0], JobState.QUEUED, created_at_ms=0)
    await recovery.recover(studio.context)

    assert await studio.states(accepted) == ["failed"]


def with_public_address(studio: Studio) -> Studio:
    studio.context = replace(studio.context, public_url="https://limner.example")
    return studio


async def sent_and_killed(studio: Studio) -> tuple[Claim, bytes, dict[str, str]]:
    """A paid order of which nothing is known but that it may have left; its webhook comes later."""
    await studio.order()
    claim = await claim_as_a_worker_that_dies(studio.context, is_sent=True)
    order_id = "order-1"
    studio.server.orders[order_id] = Order(order_id, {"seed": 5})
    body, headers = studio.server.webhook(order_id)
    return claim, body, headers


async def test_a_webhook_adopts_a_job_whose_answer_was_lost(studio: Studio) -> None:
    claim, body, headers = await sent_and_killed(studio)
    await recovery.recover(studio.context)
    await receive_webhook(studio.context, "scripted", claim.attempt.id, body, headers)
    async with studio.engine():
        result = await studio.until_delivered()

    assert len(result.pictures) == 1
    assert studio.server.submits == 0


async def test_a_webhook_that_comes_after_the_outcome_was_given_up_delivers_its_picture_all_the_same(
    studio: Studio,
) -> None:
    studio.context = soon_given_up(studio.context)
    claim, body, headers = await sent_and_killed(studio)
    async with studio.engine():
        first = await studio.until_delivered()
        await receive_webhook(studio.context, "scripted", claim.attempt.id, body, headers)
        second = await studio.until_delivered(2)

    assert [failure.state for failure in first.failures] == ["unknown"]
    assert [picture.job_id for picture in second.pictures] == [claim.job.id]


async def test_a_webhook_that_comes_twice_changes_nothing(studio: Studio) -> None:
    claim, body, headers = await sent_and_killed(studio)
    await recovery.recover(studio.context)
    async with studio.engine():
        for _ in range(5):
            await receive_webhook(studio.context, "scripted", claim.attempt.id, body, headers)
        await studio.until_delivered()
        await receive_webhook(studio.context, "scripted", claim.attempt.id, body, headers)

    assert len(studio.mailbox.delivered) == 1


async def test_a_forged_webhook_changes_nothing(studio: Studio) -> None:
    claim, body, headers = await sent_and_killed(studio)
    for forged_body, forged_headers in (
        (body, {"X-Scripted-Signature": "no"}),
        (body.replace(b"done", b"gone"), headers),
        (body, {}),
    ):
        with pytest.raises(ProviderRejected):
            await receive_webhook(studio.context, "scripted", claim.attempt.id, forged_body, forged_headers)
    with pytest.raises(ProviderRejected):
        await receive_webhook(studio.context, "sketch", claim.attempt.id, body, headers)
    for provider, attempt_id in (("scripted", 4711), ("nobody", claim.attempt.id)):
        with pytest.raises(NotFoundError):
            await receive_webhook(studio.context, provider, attempt_id, body, headers)
    held = await studio.context.database.read(jobs.read_job, claim.job.id)
    assert held is not None
    assert held.state is JobState.SUBMITTING


def test_a_webhook_address_fits_its_own_attempt_only(studio: Studio) -> None:
    context = with_public_address(studio).context
    address = webhook_address(context, "scripted", 7)

    assert address is not None
    mac = address.rpartition(".")[2]
    assert address.startswith("https://limner.example/hooks/scripted/7.")
    assert is_webhook_mac(context, "scripted", 7, mac)
    assert not is_webhook_mac(context, "scripted", 8, mac)
    assert not is_webhook_mac(context, "fal", 7, mac)
