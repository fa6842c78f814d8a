"""A call of fal's: valid, forged, by another key, changed, stale, repeated; with a picture, an error, or nothing."""

import asyncio
import hashlib
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass

import aiohttp
import pytest
from aiohttp import web
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from playground.providers.fal_errors import Outcome
from playground.providers.fal_orders import webhook_body
from services.errors import ProviderBusy, ProviderRejected
from services.models import JsonValue
from services.providers.base import Failed, Finished, WebhookNotice
from services.providers.fal.webhook_keys import WebhookKeys
from services.providers.fal.webhooks import check_signature, read_notice
from tests.services.loopback import serve
from tests.services.providers.fal.conftest import Shop
from tests.services.providers.fal.test_webhook_keys import key_set
from tests.services.providers.playground_bench import open_inbox
from tests.services.providers.scripted import PATIENT

NOW_S = 1_800_000_000
ID = "764cabcf-b745-4b3e-ae38-1200304cf45b"
URL = "https://v3.fal.media/files/b/1.jpeg"
# The recorded form: Python's own spacing, and an error that is null.
BODY = (
    b'{"error": null, "gateway_request_id": "'
    + ID.encode()
    + b'", "payload": {"images": [{"url": "'
    + URL.encode()
    + b'"}], "seed": 42}, "request_id": "'
    + ID.encode()
    + b'", "status": "OK"}'
)


@dataclass
class Caller:
    """Somebody who signs calls as fal does; and the keys by which they are checked."""

    key: Ed25519PrivateKey
    keys: WebhookKeys

    def headers(self, body: bytes = BODY, at_s: int = NOW_S) -> dict[str, str]:
        given = {
            "x-fal-webhook-request-id": ID,
            "x-fal-webhook-user-id": "github|1",
            "x-fal-webhook-timestamp": str(at_s),
        }
        message = "\n".join([*given.values(), hashlib.sha256(body).hexdigest()])
        given["x-fal-webhook-signature"] = self.key.sign(message.encode()).hex()
        return given

    async def check(self, headers: dict[str, str], body: bytes = BODY, now_s: float = NOW_S) -> None:
        await check_signature(body, headers, self.keys, lambda: now_s)


@pytest.fixture
async def caller(session: aiohttp.ClientSession) -> AsyncIterator[Caller]:
    key = Ed25519PrivateKey.generate()

    async def answer(_request: web.Request) -> web.StreamResponse:
        return web.Response(body=key_set(Ed25519PrivateKey.generate(), key))

    async with serve(answer) as url:
        yield Caller(key, WebhookKeys(session, url, timeouts=PATIENT))


async def refused(caller: Caller, headers: dict[str, str], body: bytes = BODY, now_s: float = NOW_S) -> None:
    with pytest.raises(ProviderRejected) as caught:
        await caller.check(headers, body, now_s)
    assert caught.value.code == "bad_webhook"


async def test_a_signed_call_is_fals(caller: Caller) -> None:
    await caller.check(caller.headers())
    await caller.check({name.title(): value for name, value in caller.headers().items()})
    upper = caller.headers()["x-fal-webhook-signature"].upper()
    await caller.check(caller.headers() | {"x-fal-webhook-signature": upper})


async def test_a_body_that_was_written_again_does_not_fit(caller: Caller) -> None:
    again = json.dumps(json.loads(BODY), separators=(",", ":")).encode()

    await refused(caller, caller.headers(), again)
    await refused(caller, caller.headers(), BODY + b"\n")


@pytest.mark.parametrize("name", ["request-id", "user-id", "timestamp", "signature"])
async def test_a_call_without_one_of_its_headers_is_refused(caller: Caller, name: str) -> None:
    headers = caller.headers()
    del headers[f"x-fal-webhook-{name}"]

    await refused(caller, headers)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("request-id", "another"),
        ("user-id", "another"),
        ("timestamp", str(NOW_S + 1)),
        ("timestamp", f"{NOW_S}.0"),
        ("timestamp", f"-{NOW_S}"),
        ("timestamp", "١٨٠٠٠٠٠٠٠٠"),
        ("timestamp", "9" * 5000),
        ("signature", ""),
        ("signature", "00" * 64),
        ("signature", "zz" * 64),
        ("signature", "00" * 63),
        ("signature", f"{'00' * 64}, {'00' * 64}"),
    ],
)
async def test_a_call_with_a_changed_header_is_refused(caller: Caller, name: str, value: str) -> None:
    await refused(caller, caller.headers() | {f"x-fal-webhook-{name}": value})


async def test_a_call_by_another_key_is_refused(caller: Caller) -> None:
    await refused(caller, Caller(Ed25519PrivateKey.generate(), caller.keys).headers())


@pytest.mark.parametrize("away_s", [-300, 0, 300])
async def test_a_call_counts_within_five_minutes(caller: Caller, away_s: int) -> None:
    await caller.check(caller.headers(at_s=NOW_S + away_s))


@pytest.mark.parametrize("away_s", [-301, 301])
async def test_a_call_of_another_time_is_refused_without_asking_for_keys(
    session: aiohttp.ClientSession, away_s: int
) -> None:
    unreachable = WebhookKeys(session, "http://127.0.0.1:1", timeouts=PATIENT)
    stale = Caller(Ed25519PrivateKey.generate(), unreachable)

    await refused(stale, stale.headers(at_s=NOW_S + away_s))


async def test_a_call_cannot_be_judged_while_the_keys_cannot_be_had(session: aiohttp.ClientSession) -> None:
    caller = Caller(
        Ed25519PrivateKey.generate(), WebhookKeys(session, "http://127.0.0.1:1", timeouts=PATIENT)
    )
    with pytest.raises(ProviderBusy):
        await caller.check(caller.headers())


def notice(**changes: JsonValue) -> WebhookNotice:
    told = {name: value for name, value in (json.loads(BODY) | changes).items() if value is not ...}
    return read_notice(json.dumps(told).encode())


def test_a_call_with_a_picture_finishes_its_order() -> None:
    found = read_notice(BODY)

    assert found.remote_id == ID
    assert isinstance(found.result, Finished)
    assert (found.result.picture.url, found.result.seed) == (URL, 42)


def test_a_flagged_picture_is_withheld() -> None:
    found = notice(payload={"images": [{"url": URL}], "has_nsfw_concepts": [True]})

    assert isinstance(found.result, Failed)
    assert found.result.error.charged


@pytest.mark.parametrize(
    "changes",
    [
        {"status": "ERROR", "error": "Invalid status code: 422", "payload": {"detail": []}},
        {
            "status": "ERROR",
            "error": "Invalid status code: 404",
            "payload": None,
            "payload_error": "not JSON",
        },
        {"payload": None, "payload_error": "Response payload is not JSON serializable."},
        {"payload": {}},
        {"payload": {"images": []}},
        {"payload": "text"},
        {"status": "A_WORD_OF_TOMORROW"},
        {"status": None},
    ],
)
def test_every_other_call_is_a_hint_that_a_poll_follows(changes: dict[str, JsonValue]) -> None:
    assert notice(**changes) == WebhookNotice(ID)


def test_the_order_keeps_its_id_when_fal_tried_again() -> None:
    assert notice(gateway_request_id="another").remote_id == ID
    assert notice(request_id=None).remote_id == ID


@pytest.mark.parametrize("value", [None, "", 7, "a/../b", "x" * 300])
def test_a_call_that_names_no_order_is_refused(value: JsonValue) -> None:
    with pytest.raises(ProviderRejected) as caught:
        notice(request_id=value, gateway_request_id=value)
    assert caught.value.code == "bad_webhook"


@pytest.mark.parametrize("body", [b"", b"[]", b"null", b"\xff", b"<html>"])
def test_a_call_that_is_no_object_is_refused(body: bytes) -> None:
    with pytest.raises(ProviderRejected):
        read_notice(body)


def test_the_stand_in_writes_its_calls_as_fal_does() -> None:
    output = {"images": [{"url": URL}], "seed": 42}

    assert webhook_body(ID, Outcome(200, output)) == BODY


async def test_fifty_calls_about_one_order_all_say_the_same(shop: Shop) -> None:
    async with open_inbox() as inbox:
        shop.stand_ins.webhook("fal", "*", "repeat", n=50)
        handle = await shop.submit(shop.order(webhook_url=inbox.url))
        await inbox.call_of(handle)
        notices = await asyncio.gather(*[shop.provider.parse_webhook(*call) for call in inbox.calls])

    assert notices
    assert all(each == notices[0] for each in notices)
    assert isinstance(notices[0].result, Finished)
    assert len(shop.calls("jwks.json")) == 1


@pytest.mark.parametrize("fault", ["forge", "other_key", "stale", "changed_body"])
async def test_the_stand_ins_forged_calls_are_refused(shop: Shop, fault: str) -> None:
    async with open_inbox() as inbox:
        shop.stand_ins.webhook("fal", "*", "forge", fault=fault)
        handle = await shop.submit(shop.order(webhook_url=inbox.url))
        body, headers = await inbox.call_of(handle)
    with pytest.raises(ProviderRejected) as caught:
        await shop.provider.parse_webhook(body, headers)

    assert caught.value.code == "bad_webhook"


async def test_a_call_whose_output_could_not_be_sent_leads_to_the_result(shop: Shop) -> None:
    async with open_inbox() as inbox:
        shop.stand_ins.webhook("fal", "*", "forge", fault="null_payload")
        handle = await shop.submit(shop.order(webhook_url=inbox.url))
        found = await shop.provider.parse_webhook(*await inbox.call_of(handle))

    assert found == WebhookNotice(handle.remote_id)
    assert isinstance(await shop.wait_for(handle), Finished)


async def test_a_call_about_a_refused_order_leads_to_its_refusal(shop: Shop) -> None:
    async with open_inbox() as inbox:
        handle = await shop.submit(shop.order(prompt="a [moderated] face", webhook_url=inbox.url))
        found = await shop.provider.parse_webhook(*await inbox.call_of(handle))
    outcome = await shop.wait_for(handle)

    assert found.result is None
    assert isinstance(outcome, Failed)
    assert outcome.error.code == "provider_moderated_input"
