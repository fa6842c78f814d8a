"""Rows P1 to P7: what goes wrong while an order is handed in. What may have been accepted is never sent again."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from email.utils import formatdate
from time import time

import pytest
import sqlalchemy as sa
from aiohttp import web

from cogs._errors import failure_sentence
from db.engine import Connection
from db.jobs import jobs
from db.jobs.changes import After
from db.tables.schema import attempts
from db.tables.schema import jobs as table
from services.asks import Accepted
from services.http import MAX_ANSWER_BYTES, Timeouts
from services.jobs.courier import FailedResult
from services.jobs.submitting import BUSY_MAX_S
from services.models import JobState
from services.providers.base import Handle
from tests.faults.passing_time import end_doubts, make_due, time_passes, until_in_doubt
from tests.faults.shop import STATUS, SUBMIT, UNSTARTED, Shop, Step
from tests.services.faults import drip, mute
from tests.services.loopback import nobody_at, serve
from tests.services.providers.scripted import IMPATIENT
from tests.services.studio import BEN, Studio, caller
from tests.waiting import STEP_S, until

ON_SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.mark.parametrize("refusals", [1, 2])
async def test_p1_a_submit_that_proves_that_nothing_was_accepted_is_sent_again(
    shop: Shop, refusals: int
) -> None:
    shop.script(SUBMIT, *[UNSTARTED] * refusals)
    result = await shop.painted()

    assert len(result.pictures) == 1
    assert (shop.submits, shop.paid) == (refusals + 1, 1)


async def test_p1_after_three_refusals_it_is_over_and_nothing_was_charged(shop: Shop) -> None:
    shop.script(SUBMIT, *[UNSTARTED] * 3)
    failed = await shop.failure()

    assert (failed.state, failed.is_charged) == ("failed", False)
    assert (shop.submits, shop.paid) == (3, 0)
    assert (await shop.spending()).total_micro_usd == 0


@pytest.mark.parametrize("status", [500, 502, 503, 504])
@pytest.mark.parametrize("is_accepted", [True, False], ids=["accepted", "not accepted"])
async def test_p1_any_other_failure_of_a_submit_is_never_sent_again(
    shop: Shop, status: int, is_accepted: bool
) -> None:
    shop.script(SUBMIT, {"status": status, "body": {"detail": "Oops"}, "after": is_accepted})
    shop.lose_calls()
    async with shop.studio.engine(), time_passes(shop.studio):
        accepted = await shop.order()
        await until_in_doubt(shop.studio, accepted.job_ids[0])
        await end_doubts(shop.studio)
        result = await shop.studio.until_delivered()
        await until(lambda: shop.paid == int(is_accepted))  # fal charges when it has painted

    assert [failure.state for failure in result.failures] == ["unknown"]
    assert shop.submits == 1
    assert (await shop.spending()).user_micro_usd == 0


async def test_p1_the_call_of_an_order_whose_answer_was_500_brings_its_picture(shop: Shop) -> None:
    shop.script(SUBMIT, {"status": 500, "body": {}, "after": True})
    result = await shop.painted()

    assert len(result.pictures) == 1
    assert (shop.submits, shop.paid) == (1, 1)


async def wait_of(studio: Studio, accepted: Accepted) -> float:
    """Return for how many seconds a job was put back after its last try, by the database's clock.

    A little more on a busy machine: the try is ended by one statement, and the job put back by the next.
    """

    def between_ms(conn: Connection) -> int | None:
        query = (
            sa.select(table.c.not_before_ms - attempts.c.closed_at_ms)
            .join(attempts, attempts.c.job_id == table.c.id)
            .where(table.c.id == accepted.job_ids[0], table.c.state == JobState.QUEUED)
        )
        return conn.execute(query).scalar()

    while (found := await studio.context.database.read(between_ms)) is None:
        await asyncio.sleep(STEP_S)
    return found / 1000


def _wait_on(conn: Connection, job_id: int) -> None:
    """Let a job wait an hour longer than it has to."""
    assert jobs.set_job(conn, job_id, JobState.QUEUED, not_before_ms=After(3_600_000))


@pytest.mark.parametrize(
    ("header", "least_s", "most_s"),
    [
        ("7", 7, 9),
        ("http date", 20, 91),
        ("", 5, 7),
        ("1000000000", BUSY_MAX_S, BUSY_MAX_S + 2),
        ("1e9", BUSY_MAX_S, BUSY_MAX_S + 2),
        ("-5", 1, 3),
        ("soon", 5, 7),
    ],
)
async def test_p2_a_busy_provider_is_asked_again_when_it_said_and_not_earlier(
    shop: Shop, header: str, least_s: float, most_s: float
) -> None:
    told = formatdate(time() + 90, usegmt=True) if header == "http date" else header
    headers = {"Retry-After": told} if told else {}
    shop.script(SUBMIT, {"status": 429, "body": {"detail": "busy"}, "headers": headers})
    async with shop.studio.engine():
        accepted = await shop.order()
        await until(lambda: shop.submits == 1)
        assert least_s <= await wait_of(shop.studio, accepted) <= most_s
        if least_s > 1:
            # On a slow machine the seconds would be over before the next picture is there.
            await shop.studio.context.database.write(_wait_on, accepted.job_ids[0])
            # The line goes on: had the order been due, it would have been claimed before this one.
            await shop.studio.portrait(caller(BEN), model="sketch")
            await shop.studio.until_delivered()
            assert shop.submits == 1
        await make_due(shop.studio)
        await until(lambda: any("baker" in str(one) for _, one in shop.studio.mailbox.delivered))

    assert (shop.submits, shop.paid) == (2, 1)


REFUSED_KEYS: dict[str, Step] = {
    "401": {"status": 401, "body": {"detail": "No user found for Key ID and Secret"}},
    "402": {"status": 402, "body": {"detail": "Payment required"}},
    "403": {"status": 403, "body": {"detail": "User is locked. Reason: Exhausted balance."}},
}


@pytest.mark.parametrize("refusal", REFUSED_KEYS.values(), ids=REFUSED_KEYS)
async def test_p3_a_refused_key_is_told_and_the_order_is_not_sent_again(shop: Shop, refusal: Step) -> None:
    shop.script(SUBMIT, refusal)
    failed = await shop.failure()

    assert re.search("key|account that pays", failure_sentence(failed))
    assert (shop.submits, shop.paid) == (1, 0)
    assert (await shop.spending()).total_micro_usd == 0


REFUSED_ORDERS: dict[str, Step] = {
    "a value": {
        "status": 422,
        "body": {
            "detail": [
                {
                    "loc": ["body", "num_inference_steps"],
                    "msg": "Input should be less than or equal to 12",
                    "type": "less_than_equal",
                    "ctx": {"le": 12},
                }
            ]
        },
    },
    "the words": {
        "status": 422,
        "body": {"detail": [{"loc": ["body", "prompt"], "msg": "no", "type": "content_policy_violation"}]},
    },
}


@pytest.mark.parametrize("refusal", REFUSED_ORDERS.values(), ids=REFUSED_ORDERS)
async def test_p4_a_refused_order_says_why_costs_nothing_and_is_not_sent_again(
    shop: Shop, refusal: Step
) -> None:
    shop.script(SUBMIT, refusal)
    failed = await shop.failure()

    assert failed.code in {"provider_bad_option", "provider_moderated_input"}
    assert told_why(failed)
    assert (shop.submits, shop.paid) == (1, 0)
    assert (await shop.spending()).total_micro_usd == 0


def told_why(failed: FailedResult) -> bool:
    sentence = failure_sentence(failed)
    return "num" in sentence or "moderation" in sentence


@asynccontextmanager
async def unreachable(kind: str) -> AsyncIterator[str]:
    """Give the address of a service that cannot be spoken to."""
    if kind == "no such name":
        yield "http://nobody.invalid"
        return

    async def never(_request: web.Request) -> web.StreamResponse:
        raise AssertionError("something arrived")

    async with serve(never) as url:
        if kind == "no TLS":
            yield url.replace("http:", "https:")
            return
    with nobody_at(url):
        yield url


@ON_SQLITE
@pytest.mark.parametrize("kind", ["connection refused", "no such name", "no TLS"])
async def test_p5_an_order_that_never_left_is_sent_again_and_painted_once(studio: Studio, kind: str) -> None:
    async with unreachable(kind) as url, studio.engine():
        studio.scripted._url = url
        accepted = await studio.order()
        assert await wait_of(studio, accepted) > 0
        assert studio.server.submits == 0
        studio.scripted._url = studio.server.url
        await make_due(studio)
        result = await studio.until_delivered()

    assert len(result.pictures) == 1
    assert studio.server.paid_submits == 1


def test_p6_no_call_stays_silent_for_longer_than_thirty_five_seconds() -> None:
    usual = Timeouts()

    assert usual.sock_read_s <= 35
    assert usual.connect_s <= 35
    assert MAX_ANSWER_BYTES <= 2 * 1024 * 1024


@ON_SQLITE
async def test_p6_a_service_that_never_answers_an_order_holds_it_up_for_its_time_and_no_longer(
    studio: Studio,
) -> None:
    async with serve(mute) as url, studio.engine():
        studio.scripted.timeouts = IMPATIENT
        studio.scripted._url = url
        accepted = await studio.order()
        await until_in_doubt(studio, accepted.job_ids[0])
        await end_doubts(studio)
        result = await studio.until_delivered()

    assert [failure.state for failure in result.failures] == ["unknown"]
    attempt = await studio.context.database.read(jobs.read_job, accepted.job_ids[0])
    assert attempt is not None
    assert attempt.submit_tries == 1


@ON_SQLITE
async def test_p7_an_answer_that_drips_ends_at_the_total_and_the_order_at_its_next_look(
    studio: Studio,
) -> None:
    studio.server.polls_until_done = 0
    async with serve(drip) as url:
        studio.scripted.timeouts = replace(studio.scripted.timeouts, total_s=1.0)
        handle = Handle("order-1", {"status": f"{url}/orders/order-1"})
        with pytest.raises(Exception, match="order-1") as caught:
            await studio.scripted.poll(handle)
    async with studio.engine(), time_passes(studio):
        await studio.order()
        result = await studio.until_delivered()

    assert caught.value.code == "provider_unreachable"  # type: ignore[attr-defined] # a ProviderBusy
    assert len(result.pictures) == 1


async def test_p7_a_look_that_drips_does_not_lose_its_order(shop: Shop) -> None:
    shop.lose_calls()
    shop.script(STATUS, {"after": True, "drip": {"bytes": 8, "every_ms": 20}})
    result = await shop.painted()

    assert len(result.pictures) == 1
    assert (shop.submits, shop.paid) == (1, 1)
