"""Each job speaks with its provider by the key of the account that pays for it."""

from dataclasses import replace

import pytest

from db.engine import Connection
from db.jobs import job_queries, moves, workers
from db.people import provider_keys
from services import cancellation, keys
from services.asks import Accepted
from services.keys import KeyOwner
from services.models import Account, Payer
from services.providers.registry import OpenProvider, Workshop
from tests.services.providers.scripted import ScriptedProvider
from tests.services.providers.stand_in import Fault, Stage
from tests.services.studio import ADA, BEN, SCRIPTED_KEY, Studio, caller
from tests.waiting import until

ADAS_KEY, BENS_KEY = "adas-own-scripted-key", "bens-own-scripted-key"

ON_SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


async def bring(studio: Studio, user_id: int, key: str) -> None:
    """Let somebody bring a key of their own; what the test of it asked the stand-in is forgotten."""
    await keys.add_key(studio.context, KeyOwner(Payer.USER, user_id), "scripted", key, added_by=user_id)
    studio.server.keys.clear()
    studio.server.requests.clear()


async def accounts_of(studio: Studio, accepted: Accepted) -> list[Payer]:
    rows = await studio.context.database.read(job_queries.picture_rows, list(accepted.job_ids))
    return [Payer(row["payer"]) for row in rows]


@ON_SQLITE
async def test_every_call_of_a_job_bears_the_key_of_its_account(studio: Studio) -> None:
    await bring(studio, ADA, ADAS_KEY)
    async with studio.engine():
        accepted = await studio.order()
        result = await studio.until_delivered()

    by_path = dict(zip((path for _, path in studio.server.requests), studio.server.keys, strict=True))
    assert by_path == {
        "/orders": ADAS_KEY,
        "/orders/order-1": ADAS_KEY,
        "/pictures/order-1": "",
    }
    assert await accounts_of(studio, accepted) == [Payer.USER]
    assert result.pictures[0].payer is Payer.USER
    assert result.pictures[0].provider_task == "order-1"


@ON_SQLITE
async def test_a_cancel_bears_the_key_of_its_account(studio: Studio) -> None:
    await bring(studio, ADA, ADAS_KEY)
    studio.server.polls_until_done = 10_000
    async with studio.engine():
        accepted = await studio.order()
        await studio.until_states(accepted, "waiting")
        await cancellation.cancel(studio.context, ADA, accepted.job_ids[0])
        await studio.until_states(accepted, "canceled")

    deleted = studio.server.requests.index(("DELETE", "/orders/order-1"))
    assert studio.server.keys[deleted] == ADAS_KEY


@ON_SQLITE
async def test_an_expired_address_is_renewed_with_the_key_of_its_account(studio: Studio) -> None:
    await bring(studio, ADA, ADAS_KEY)
    studio.server.script(Stage.PICTURE, Fault.GONE)
    async with studio.engine():
        await studio.order()
        await studio.until_delivered()

    assert set(studio.server.keys) == {ADAS_KEY, ""}


@ON_SQLITE
async def test_people_with_keys_of_their_own_wait_for_nobody_elses_orders(studio: Studio) -> None:
    studio.server.polls_until_done = 10_000
    await bring(studio, ADA, ADAS_KEY)
    await bring(studio, BEN, BENS_KEY)
    async with studio.engine():
        first = await studio.order(caller(ADA), count=3)
        second = await studio.order(caller(BEN), count=3)
        third = await studio.order(caller(3), count=3)
        for accepted in (first, second, third):
            await studio.until_states(accepted, "waiting", "waiting", "queued")

    submitted = [
        key
        for (method, _), key in zip(studio.server.requests, studio.server.keys, strict=True)
        if method == "POST"
    ]
    assert sorted(submitted) == sorted([ADAS_KEY, ADAS_KEY, BENS_KEY, BENS_KEY, SCRIPTED_KEY, SCRIPTED_KEY])


@ON_SQLITE
async def test_a_key_that_was_removed_pays_for_nothing_new(studio: Studio) -> None:
    await bring(studio, ADA, ADAS_KEY)
    accepted = await studio.order()
    await keys.remove_key(studio.context, KeyOwner(Payer.USER, ADA), "scripted")
    async with studio.engine():
        result = await studio.until_delivered()

    assert studio.server.submits == 0
    assert await studio.states(accepted) == ["failed"]
    assert [(failure.code, failure.payer) for failure in result.failures] == [("key_gone", Payer.USER)]


@ON_SQLITE
async def test_a_key_that_was_removed_still_fetches_what_it_has_paid(studio: Studio) -> None:
    studio.server.polls_until_done = 10_000
    await bring(studio, ADA, ADAS_KEY)
    async with studio.engine():
        accepted = await studio.order()
        await studio.until_states(accepted, "waiting")
        await keys.remove_key(studio.context, KeyOwner(Payer.USER, ADA), "scripted")
        studio.server.polls_until_done = 0
        result = await studio.until_delivered()

    assert len(result.pictures) == 1
    assert (await studio.context.database.read(provider_keys.list_keys)) == []


def _lose_all_keys(conn: Connection) -> None:
    conn.exec_driver_sql("DELETE FROM provider_keys")


@ON_SQLITE
async def test_a_waiting_job_whose_key_is_gone_for_good_ends_and_says_that_it_may_have_cost_something(
    studio: Studio,
) -> None:
    studio.server.polls_until_done = 10_000
    await bring(studio, ADA, ADAS_KEY)
    async with studio.engine():
        accepted = await studio.order()
        await studio.until_states(accepted, "waiting")
    await studio.context.database.write(_lose_all_keys)
    await studio.context.accounts.reload(studio.context.database)
    async with studio.engine():
        result = await studio.until_delivered()

    assert [(failure.code, failure.state) for failure in result.failures] == [
        ("key_gone_meanwhile", "unknown")
    ]


@ON_SQLITE
async def test_a_finished_picture_is_fetched_though_the_key_is_gone(studio: Studio) -> None:
    await bring(studio, ADA, ADAS_KEY)
    studio.server.script(Stage.PICTURE, Fault.MUTE)
    async with studio.engine(stop_s=0):
        await studio.order()
        await until(lambda: ("GET", "/pictures/order-1") in studio.server.requests)
    await studio.context.database.write(_lose_all_keys)
    await studio.context.accounts.reload(studio.context.database)
    async with studio.engine():
        result = await studio.until_delivered()

    assert len(result.pictures) == 1


@ON_SQLITE
async def test_what_somebody_pays_with_an_own_key_is_in_nobody_elses_book(studio: Studio) -> None:
    await bring(studio, ADA, ADAS_KEY)
    async with studio.engine():
        await studio.order(count=2)
        await studio.until_delivered()
    spent = await studio.context.database.read(job_queries.read_spending, ADA)

    assert (spent.user_micro_usd, spent.total_micro_usd) == (0, 0)
    await studio.order(caller(BEN))
    spent = await studio.context.database.read(job_queries.read_spending, BEN)
    assert (spent.user_micro_usd, spent.total_micro_usd) == (40_000, 40_000)


@ON_SQLITE
async def test_jobs_of_one_account_share_one_opened_provider(studio: Studio) -> None:
    opened: list[str] = []

    def make(workshop: Workshop) -> OpenProvider:
        def open_(key: str) -> ScriptedProvider:
            opened.append(key)
            return ScriptedProvider(workshop.session, studio.server.url, key=key)

        return open_

    registry = studio.context.registry.changed(adapters={"scripted": make})
    studio.context = replace(studio.context, registry=registry)
    await bring(studio, ADA, ADAS_KEY)
    async with studio.engine():
        await studio.order(count=3)
        await studio.until_delivered()

    assert opened.count(ADAS_KEY) == 1


def _claims(conn: Connection, worker: str) -> list[Account]:
    found = []
    while (claim := moves.claim_submit(conn, worker, {"scripted": 2})) is not None:
        found.append(claim.job.account)
    return found


async def test_room_is_counted_for_each_account_at_a_provider(studio: Studio) -> None:
    await bring(studio, ADA, ADAS_KEY)
    await studio.order(caller(ADA), count=4)
    await studio.order(caller(BEN), count=4)
    await studio.context.database.write(workers.register, "hand", is_only_worker=False)
    found = await studio.context.database.write(_claims, "hand")

    assert sorted(account.payer for account in found) == [Payer.OPERATOR] * 2 + [Payer.USER] * 2
