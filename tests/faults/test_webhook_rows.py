"""Rows W1 to W8: what goes wrong with the calls of a provider, over real HTTP and with real signatures."""

import asyncio
import base64
import hashlib
import hmac
import io
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import aiohttp
import pytest

from db.engine import Connection
from db.jobs import polls
from db.tables.schema import metadata
from playground.providers.fal_signing import Signer
from services.asks import Accepted
from services.jobs.webhooks import receive_webhook
from services.providers.fal.webhooks import TOLERANCE_S
from tests.faults.passing_time import end_doubts, make_due, move_clock, time_passes, until_in_doubt
from tests.faults.room import make_room
from tests.faults.shop import KEYS, SUBMIT, Shop, open_door
from tests.services.studio import Studio, caller
from tests.waiting import until

ON_SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
MANY = 100


@ON_SQLITE
async def test_w1_a_hundred_lost_calls_lose_no_picture(studio: Studio) -> None:
    make_room(studio)
    async with studio.engine():
        for number in range(MANY // 4):
            await studio.order(caller(1_000 + number), count=4)
        await until(lambda: studio.server.paid_submits == MANY)
        async with time_passes(studio):
            await studio.until_delivered(MANY // 4)

    assert sum(len(result.pictures) for _, result in studio.mailbox.delivered) == MANY
    assert studio.server.submits == MANY
    assert len(studio.mailbox.delivered) == MANY // 4


@ON_SQLITE
async def test_w1_a_job_whose_look_was_lost_is_looked_after_within_thirty_seconds(studio: Studio) -> None:
    make_room(studio)
    async with studio.engine():
        accepted = await studio.order()
        await studio.until_states(accepted, "waiting")
    await make_due(studio)
    [due] = await studio.context.database.write(polls.sweep, [], 30_000, 32, [])
    again = await studio.context.database.write(polls.sweep, [], 30_000, 32, [])
    await studio.context.database.write(move_clock, 30_000)
    [taken_again] = await studio.context.database.write(polls.sweep, [], 30_000, 32, [])

    assert again == []
    assert taken_again.claim.job.id == due.claim.job.id


async def post(url: str, body: bytes | io.BytesIO, headers: Mapping[str, str]) -> int:
    """Make one call and return its status."""
    async with aiohttp.ClientSession() as session, session.post(url, data=body, headers=headers) as answer:
        return answer.status


@ON_SQLITE
async def test_w2_a_thousand_equal_calls_fifty_at_once_have_one_effect(studio: Studio) -> None:
    async with open_door(studio.context) as edge:
        studio.context = replace(studio.context, public_url=f"http://127.0.0.1:{edge.port}")
        async with studio.engine():
            accepted = await studio.order()
            await studio.until_states(accepted, "waiting")
            url = str(studio.server.orders["order-1"].body["webhook_url"])
            body, headers = studio.server.webhook("order-1")
            statuses: set[int] = set()
            # Each over a connection of its own: one that idles while others are answered may be closed by the door.
            connector = aiohttp.TCPConnector(force_close=True)
            async with aiohttp.ClientSession(connector=connector) as session:

                async def call() -> None:
                    async with session.post(url, data=body, headers=headers) as answer:
                        statuses.add(answer.status)

                for _ in range(20):
                    await asyncio.gather(*(call() for _ in range(50)))
            await studio.until_delivered()

    assert statuses == {200}
    assert studio.server.requests.count(("GET", "/pictures/order-1")) == 1
    assert (len(studio.mailbox.delivered), studio.server.paid_submits) == (1, 1)


@ON_SQLITE
async def test_w3_a_hundred_calls_before_the_answer_to_their_order_are_all_taken_up(studio: Studio) -> None:
    make_room(studio)
    at_once = 20
    async with studio.engine():
        for taken in range(0, MANY, at_once):
            studio.server.may_answer.clear()
            for number in range(at_once // 4):
                await studio.order(caller(1_000 + taken + number), count=4)
            await until(lambda wanted=taken + at_once: studio.server.paid_submits == wanted)  # type: ignore[misc] # bound
            for number in range(taken + 1, taken + at_once + 1):
                order = studio.server.orders[f"order-{number}"]
                attempt_id = int(str(order.body["webhook_url"]).rpartition("/")[2].partition(".")[0])
                call = studio.server.webhook(order.order_id)
                await receive_webhook(studio.context, "scripted", attempt_id, *call)
            studio.server.may_answer.set()
            await studio.until_delivered((taken + at_once) // 4)

    assert sum(len(result.pictures) for _, result in studio.mailbox.delivered) == MANY
    assert (studio.server.submits, studio.server.paid_submits) == (MANY, MANY)
    assert not [path for method, path in studio.server.requests if method == "GET" and "/orders/" in path]


@dataclass(frozen=True)
class Call:
    """A call that fal could have made."""

    body: bytes
    headers: dict[str, str]

    def but(self, **headers: str) -> "Call":
        changed = {f"X-Fal-Webhook-{name.replace('_', '-').title()}": text for name, text in headers.items()}
        return replace(self, headers={**self.headers, **changed})


async def waiting_for_its_call(shop: Shop) -> tuple[Accepted, Call]:
    """Order, and return the call that fal would make about the finished picture, well signed."""
    shop.lose_calls()
    async with shop.studio.engine():
        accepted = await shop.order()
        await shop.studio.until_states(accepted, "waiting")
        await until(lambda: shop.stand_ins.webhooks._orders)
    return accepted, signed_now(shop)


def signed_now(shop: Shop, at_s: float | None = None, signer: Signer | None = None) -> Call:
    """Return the call about the last order, signed at a time of one's own choice."""
    [order] = {order.order_id: order for order in shop.stand_ins.webhooks._orders.values()}.values()
    by = signer or shop.stand_ins.vendors["fal"]._signer  # type: ignore[attr-defined] # fal's own
    return Call(order.body, dict(by.headers(order.order_id, order.body, at_s or time.time(), "")))


def everything(conn: Connection) -> dict[str, list[object]]:
    """Return every row of every table but what a living process writes by itself."""
    return {
        table.name: [tuple(row) for row in conn.execute(table.select())]
        for table in metadata.sorted_tables
        if table.name != "workers"
    }


def by_the_public_key(shop: Shop, call: Call) -> Call:
    """Return the call with a MAC in place of the signature, made with what is published as fal's key."""
    signer: Signer = shop.stand_ins.vendors["fal"]._signer  # type: ignore[attr-defined] # fal's own
    public = base64.urlsafe_b64decode(signer.jwks()["keys"][1]["x"] + "=")
    mac = hmac.new(public, call.body, hashlib.sha512).hexdigest()
    return call.but(signature=mac)


FORGERIES: dict[str, Callable[[Shop, Call], Call]] = {
    "no signature": lambda _, call: Call(call.body, {}),
    "a bad signature": lambda _, call: call.but(signature="00" * 64),
    "another key": lambda shop, _: signed_now(shop, signer=Signer()),
    "another algorithm": by_the_public_key,
    "a changed body": lambda _, call: Call(call.body.replace(b'"OK"', b'"KO"') + b" ", call.headers),
    "another person's order": lambda _, call: call.but(request_id="764cabcf-b745-4b3e-ae38-1200304cf45b"),
    "another time": lambda _, call: call.but(timestamp=str(int(call.headers["X-Fal-Webhook-Timestamp"]) - 7)),
    "a doubled header": lambda _, call: call.but(
        signature=f"{call.headers['X-Fal-Webhook-Signature']}, {'00' * 64}"
    ),
}


async def test_w4_two_hundred_forged_calls_are_refused_and_change_no_row(shop: Shop) -> None:
    accepted, call = await waiting_for_its_call(shop)
    database, url = shop.studio.context.database, shop.hook_url()
    before = await database.read(everything)
    calls = [forge(shop, call) for forge in FORGERIES.values()] * 25
    statuses = [await post(url, forged.body, forged.headers) for forged in calls]

    assert len(statuses) == 200
    assert set(statuses) == {401}
    assert await database.read(everything) == before
    assert await post(url, call.body, call.headers) == 200
    assert await shop.studio.states(accepted) == ["fetching"]


@pytest.mark.parametrize("away_s", [-TOLERANCE_S - 5, 2 * TOLERANCE_S], ids=["old", "of the future"])
async def test_w5_a_call_of_another_time_is_refused_and_changes_no_row(shop: Shop, away_s: int) -> None:
    accepted, _ = await waiting_for_its_call(shop)
    before = await shop.studio.context.database.read(everything)
    call = signed_now(shop, time.time() + away_s)

    assert await post(shop.hook_url(), call.body, call.headers) == 401
    assert await shop.studio.context.database.read(everything) == before
    assert await shop.studio.states(accepted) == ["waiting"]


async def test_w5_the_same_call_signed_again_later_has_no_second_effect(shop: Shop) -> None:
    _, call = await waiting_for_its_call(shop)
    url = shop.hook_url()
    async with shop.studio.engine():
        assert await post(url, call.body, call.headers) == 200
        await shop.studio.until_delivered()
    before = await shop.studio.context.database.read(everything)
    later = signed_now(shop, time.time() + 60)

    assert later.headers != call.headers
    assert await post(url, later.body, later.headers) == 200
    assert await shop.studio.context.database.read(everything) == before


async def test_w6_a_call_three_hours_late_brings_the_picture_free(shop: Shop) -> None:
    shop.script(SUBMIT, {"after": True, "reset": True})
    shop.lose_calls()
    async with shop.studio.engine():
        accepted = await shop.order()
        await until(lambda: shop.paid == 1)
        await until_in_doubt(shop.studio, accepted.job_ids[0])
        await shop.studio.context.database.write(move_clock, 3 * 3600 * 1000)
        await end_doubts(shop.studio)
        await shop.studio.until_states(accepted, "unknown")
        given_back = await shop.spending()
        call = signed_now(shop)
        assert await post(shop.hook_url(), call.body, call.headers) == 200
        result = await shop.studio.until_delivered()
    after = await shop.spending()

    assert [picture.job_id for picture in result.pictures] == list(accepted.job_ids)
    assert (given_back.user_micro_usd, after.user_micro_usd) == (0, 0)
    assert (shop.submits, shop.paid) == (1, 1)


KEYS_IN_TROUBLE = {
    "down": {"status": 500, "body": {}},
    "a page": {"status": 200, "body": "<html></html>"},
    "no keys": {"status": 200, "body": {"keys": []}},
    "huge": {"filler_bytes": 60 * 1024 * 1024},
}


@pytest.mark.parametrize("step", KEYS_IN_TROUBLE.values(), ids=KEYS_IN_TROUBLE)
async def test_w7_while_the_keys_cannot_be_had_the_sender_comes_again_and_looks_bring_the_picture(
    shop: Shop, step: dict[str, object]
) -> None:
    shop.script(KEYS, step)
    accepted, call = await waiting_for_its_call(shop)
    statuses = [await post(shop.hook_url(), call.body, call.headers) for _ in range(5)]
    assert await shop.studio.states(accepted) == ["waiting"]
    async with shop.studio.engine(), time_passes(shop.studio):
        result = await shop.studio.until_delivered()

    assert set(statuses) == {503}
    assert len(shop.calls(KEYS)) == 1  # once a minute
    assert (len(result.pictures), shop.paid) == (1, 1)


async def test_w7_a_rotated_key_loses_no_picture(shop: Shop) -> None:
    await shop.painted()
    shop.stand_ins.rotate_keys("fal")
    result = await shop.painted()

    assert len(result.pictures) == 1
    assert len(shop.calls(KEYS)) == 1


def deep_json(call: Call) -> bytes:
    return call.body[:-1] + b', "deep": ' + b"[" * 100_000 + b"]" * 100_000 + b"}"


async def test_w8_deep_json_that_is_well_signed_is_answered_and_harms_nothing(shop: Shop) -> None:
    accepted, call = await waiting_for_its_call(shop)
    signer: Signer = shop.stand_ins.vendors["fal"]._signer  # type: ignore[attr-defined] # fal's own
    body = deep_json(call)
    headers = dict(signer.headers(call.headers["X-Fal-Webhook-Request-Id"], body, time.time(), ""))

    assert await post(shop.hook_url(), body, headers) in {200, 400, 401}
    assert await post(shop.hook_url(), call.body, call.headers) == 200
    assert await shop.studio.states(accepted) == ["fetching"]


async def test_w8_five_megabytes_are_refused_and_the_next_call_is_taken(shop: Shop) -> None:
    accepted, call = await waiting_for_its_call(shop)

    assert await post(shop.hook_url(), io.BytesIO(bytes(5 * 1024 * 1024)), call.headers) == 413
    assert await post(shop.hook_url(), call.body, call.headers) == 200
    assert await shop.studio.states(accepted) == ["fetching"]
