"""Both books, and paid pictures that nearly got lost."""

import asyncio
import sqlite3
from dataclasses import replace

import pytest

from db.jobs import attempts, job_queries, jobs, moves, workers
from db.jobs.job_queries import Spending
from services.jobs import recovery
from services.jobs.courier import Rung
from services.jobs.webhooks import receive_webhook
from services.models import JobState
from services.providers.base import Finished, Picture
from services.providers.registry import ADAPTERS, SKETCH, OpenProvider, Workshop
from tests.services.finished import soon_given_up
from tests.services.providers.scripted import ScriptedProvider
from tests.services.providers.stand_in import COST_MICRO_USD, Fault, Order, Stage
from tests.services.studio import ADA, Studio
from tests.waiting import until

ON_SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


async def spending(studio: Studio) -> Spending:
    return await studio.context.database.read(job_queries.read_spending, ADA)


@ON_SQLITE
async def test_a_picture_costs_both_books_once(studio: Studio) -> None:
    async with studio.engine():
        await studio.order()
        await studio.until_delivered()

    spent = await spending(studio)
    assert (spent.user_micro_usd, spent.total_micro_usd) == (COST_MICRO_USD, COST_MICRO_USD)


@ON_SQLITE
async def test_a_failure_that_cost_nothing_is_free(studio: Studio) -> None:
    studio.server.script(Stage.STATUS, Fault.FAILED)
    async with studio.engine():
        await studio.order()
        await studio.until_delivered()

    spent = await spending(studio)
    assert (spent.user_micro_usd, spent.total_micro_usd) == (0, 0)


@ON_SQLITE
async def test_what_the_provider_charged_for_a_withheld_picture_stays_in_both_books(studio: Studio) -> None:
    studio.server.script(Stage.STATUS, Fault.MODERATED)
    async with studio.engine():
        accepted = await studio.order()
        await studio.until_delivered()

    spent = await spending(studio)
    assert await studio.states(accepted) == ["failed"]
    assert (spent.user_micro_usd, spent.total_micro_usd) == (COST_MICRO_USD, COST_MICRO_USD)


@ON_SQLITE
async def test_a_finished_picture_that_could_not_be_fetched_costs_the_operator_only(studio: Studio) -> None:
    studio.server.script(Stage.PICTURE, *[Fault.GARBAGE] * 3)
    async with studio.engine():
        await studio.order()
        await studio.until_delivered()

    spent = await spending(studio)
    assert (spent.user_micro_usd, spent.total_micro_usd) == (0, COST_MICRO_USD)


@ON_SQLITE
async def test_a_picture_that_comes_after_the_outcome_was_given_up_is_free_for_its_user(
    studio: Studio,
) -> None:
    studio.context = soon_given_up(studio.context)
    studio.server.script(Stage.SUBMIT, Fault.ACCEPTED_THEN_500)
    async with studio.engine():
        accepted = await studio.order()
        await studio.until_delivered()
        attempt = await studio.context.database.read(attempts.last_attempt, accepted.job_ids[0])
        assert attempt is not None
        await receive_webhook(studio.context, "scripted", attempt.id, *studio.server.webhook("order-1"))
        await studio.until_delivered(2)

    spent = await spending(studio)
    assert (spent.user_micro_usd, spent.total_micro_usd) == (0, COST_MICRO_USD)
    assert [rung for rung, _ in studio.mailbox.delivered] == [Rung.ORIGINAL, Rung.CHANNEL]


async def test_jobs_in_doubt_hold_up_nobody_else(studio: Studio) -> None:
    studio.server.script(Stage.SUBMIT, Fault.ACCEPTED_THEN_500, Fault.ACCEPTED_THEN_500)
    async with studio.engine():
        first = await studio.order(count=2)
        await until(lambda: studio.server.submits == 2)
        third = await studio.order()
        await studio.until_states(third, "stored")

    assert await studio.states(first) == ["submitting", "submitting"]


async def test_a_picture_that_became_ready_during_a_long_stop_is_fetched(studio: Studio) -> None:
    studio.server.polls_until_done = 10_000
    accepted = await studio.order()
    async with studio.engine():
        await studio.until_states(accepted, "waiting")
    studio.server.polls_until_done = 0
    studio.context = soon_given_up(studio.context)
    await asyncio.sleep(1.1)
    async with studio.engine():
        result = await studio.until_delivered()

    assert len(result.pictures) == 1


@ON_SQLITE
async def test_the_providers_answer_is_kept_though_the_database_was_locked_meanwhile(
    studio: Studio, caplog: pytest.LogCaptureFixture
) -> None:
    accepted = await studio.order()
    studio.server.may_answer.clear()
    async with studio.engine():
        await until(lambda: studio.server.paid_submits == 1)
        blocker = sqlite3.connect(studio.folder / "limner.db", isolation_level=None)
        blocker.execute("BEGIN IMMEDIATE")
        studio.server.may_answer.set()
        await until(lambda: "is written again" in caplog.text)
        blocker.execute("ROLLBACK")
        blocker.close()
        await studio.until_states(accepted, "stored")

    assert studio.server.paid_submits == 1


async def two_attempts(studio: Studio) -> tuple[int, int]:
    """Let the provider say that it took nothing, though it had, and take the job at the second try."""
    studio.server.polls_until_done = 10_000
    studio.server.script(Stage.SUBMIT, Fault.REFUSED)
    accepted = await studio.order()
    async with studio.engine():
        await studio.until_states(accepted, "waiting")
    last = await studio.context.database.read(attempts.last_attempt, accepted.job_ids[0])
    assert last is not None
    return last.id - 1, accepted.job_ids[0]


@ON_SQLITE
async def test_a_call_for_an_earlier_attempt_brings_its_picture(studio: Studio) -> None:
    first_attempt, job_id = await two_attempts(studio)
    studio.server.orders["order-9"] = Order("order-9", {"seed": 5})
    await receive_webhook(studio.context, "scripted", first_attempt, *studio.server.webhook("order-9"))
    async with studio.engine():
        result = await studio.until_delivered()

    assert [picture.job_id for picture in result.pictures] == [job_id]


class GenerousProvider(ScriptedProvider):
    """Says of every picture that it was painted with a seed that no other provider would take."""

    async def poll(self, handle):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN201 - as the one that it extends
        answer = await super().poll(handle)
        return replace(answer, seed=2**40) if isinstance(answer, Finished) else answer


@ON_SQLITE
async def test_a_seed_out_of_range_in_the_vendors_answer_does_not_spoil_the_recipe(studio: Studio) -> None:
    server = studio.server

    def make(workshop: Workshop) -> OpenProvider:
        return lambda key: GenerousProvider(workshop.session, server.url, key=key)

    studio.context = replace(
        studio.context, registry=studio.context.registry.changed(adapters={"scripted": make})
    )
    async with studio.engine():
        await studio.order(seed=7)
        result = await studio.until_delivered()

    assert result.pictures[0].recipe.image_seed == 7


class HastyProvider(ScriptedProvider):
    """Answers a submit with the picture at once, at an address that is gone already."""

    async def submit(self, order):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN201 - as the one that it extends
        waiting = await super().submit(order)
        return Finished(Picture(url=f"{self._url}/pictures/nobody"), handle=waiting.handle)


@ON_SQLITE
async def test_a_picture_that_came_with_the_answer_is_asked_for_again_when_its_address_is_gone(
    studio: Studio,
) -> None:
    server = studio.server

    def make(workshop: Workshop) -> OpenProvider:
        return lambda key: HastyProvider(workshop.session, server.url, key=key)

    studio.context = replace(
        studio.context, registry=studio.context.registry.changed(adapters={"scripted": make})
    )
    async with studio.engine():
        await studio.order(seed=7)
        result = await studio.until_delivered()

    assert [picture.provider_task for picture in result.pictures] == ["order-1"]
    assert server.paid_submits == 1


@ON_SQLITE
async def test_recovery_goes_on_past_a_job_whose_provider_is_gone(studio: Studio) -> None:
    lost, found = await studio.order(), await studio.portrait()
    await studio.context.database.write(workers.register, "dead", is_only_worker=False)
    for provider in ("scripted", "sketch"):
        claim = await studio.context.database.write(moves.claim_submit, "dead", {provider: 1})
        assert claim is not None
        assert await studio.context.database.write(attempts.mark_sent, claim.attempt.id)
    await studio.context.database.write(workers.leave, "dead")
    only_sketch = studio.context.registry.changed(adapters={SKETCH: ADAPTERS[SKETCH]})
    context = replace(studio.context, registry=only_sketch)
    await recovery.recover(context)

    assert await studio.states(found) == ["queued"]
    assert await studio.states(lost) == ["submitting"]
    held = await studio.context.database.read(jobs.read_jobs, list(lost.job_ids))
    assert held[0].state is JobState.SUBMITTING
