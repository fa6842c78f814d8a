"""What the control interface can do with a webhook, seen by a receiver that checks fal's signatures."""

import base64
import hashlib
import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
from aiohttp import web
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from tests.playground.providers.fal_bench import Fal, Said
from tests.services.loopback import serve
from tests.waiting import until

ATTEMPT = "0199-attempt"


@dataclass
class Receiver:
    """Takes webhooks; `statuses` are its next answers, 200 when there are none."""

    base: str = ""
    came: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    statuses: list[int] = field(default_factory=list)

    async def take(self, request: web.Request) -> web.Response:
        self.came.append((dict(request.headers), await request.read()))
        return web.Response(status=self.statuses.pop(0) if self.statuses else 200)

    @property
    def url(self) -> str:
        return f"{self.base}/hooks/fal/{ATTEMPT}.mac"

    def told(self, index: int = 0) -> dict[str, Any]:
        told: dict[str, Any] = json.loads(self.came[index][1])
        return told


@asynccontextmanager
async def receiving() -> AsyncIterator[Receiver]:
    receiver = Receiver()
    async with serve(receiver.take) as base:
        receiver.base = base
        yield receiver


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    async with receiving() as one:
        yield one


async def keys_of(fal: Fal) -> list[Ed25519PublicKey]:
    said = await fal.ask("GET", f"{fal.rest}/.well-known/jwks.json", headers={})
    assert all(key["kty"] == "OKP" and key["crv"] == "Ed25519" for key in said.body["keys"])
    texts = [key["x"] for key in said.body["keys"]]
    raw = [base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)) for text in texts]
    return [Ed25519PublicKey.from_public_bytes(one) for one in raw]


def fits(key: Ed25519PublicKey, headers: dict[str, str], body: bytes) -> bool:
    """Say whether a signature is that key's. *Source:* fal.ai, webhooks."""
    names = ("Request-Id", "User-Id", "Timestamp")
    parts = [headers[f"X-Fal-Webhook-{name}"] for name in names] + [hashlib.sha256(body).hexdigest()]
    try:
        key.verify(bytes.fromhex(headers["X-Fal-Webhook-Signature"]), "\n".join(parts).encode())
    except InvalidSignature:
        return False
    return True


async def is_signed(fal: Fal, headers: dict[str, str], body: bytes) -> bool:
    return any(fits(key, headers, body) for key in await keys_of(fal))


async def sent(fal: Fal, receiver: Receiver, prompt: str = "a face") -> Said:
    """Order something and wait for its webhook."""
    given = {"prompt": prompt, "seed": 1, "image_size": "square"}
    submitted = await fal.submit(given, fal_webhook=receiver.url)
    await until(lambda: receiver.came)
    return submitted


async def test_a_webhook_says_the_result_and_is_signed(fal: Fal, receiver: Receiver) -> None:
    submitted = await sent(fal, receiver)
    headers, body = receiver.came[0]
    told = receiver.told()
    assert await is_signed(fal, headers, body)
    assert len(headers["X-Fal-Webhook-Signature"]) == 128
    assert abs(time.time() - int(headers["X-Fal-Webhook-Timestamp"])) < 300
    assert told["request_id"] == submitted.body["request_id"] == headers["X-Fal-Webhook-Request-Id"]
    assert (told["status"], told["error"]) == ("OK", None)
    assert told["payload"] == (await fal.result(submitted)).body


async def test_a_webhooks_body_is_spaced_as_python_does_it(fal: Fal, receiver: Receiver) -> None:
    await sent(fal, receiver)
    assert receiver.came[0][1].startswith(b'{"error": null, "gateway_request_id": "')


async def test_only_one_of_the_published_keys_signs_and_it_is_not_the_first(
    fal: Fal, receiver: Receiver
) -> None:
    await sent(fal, receiver)
    assert [fits(key, *receiver.came[0]) for key in await keys_of(fal)] == [False, True]


async def test_a_failure_comes_as_error_with_its_body(fal: Fal, receiver: Receiver) -> None:
    await sent(fal, receiver, "[moderated]")
    told = receiver.told()
    assert (told["status"], told["error"]) == ("ERROR", "Invalid status code: 422")
    assert told["payload"]["detail"][0]["type"] == "content_policy_violation"


async def test_an_unknown_path_comes_without_a_payload(fal: Fal, receiver: Receiver) -> None:
    submitted = await fal.submit({}, endpoint="fal-ai/flux/nothing", fal_webhook=receiver.url)
    await until(lambda: receiver.came)
    told = receiver.told()
    assert (submitted.status, told["status"], told["payload"]) == (200, "ERROR", None)
    assert told["error"] == "Invalid status code: 404"
    assert "not JSON serializable" in told["payload_error"]


async def test_a_lost_webhook_never_comes_but_can_be_sent_later(fal: Fal, receiver: Receiver) -> None:
    fal.stand_ins.webhook("fal", ATTEMPT, "lose")
    submitted = await fal.submit(fal_webhook=receiver.url)
    assert (await fal.result(submitted)).status == 200
    assert (receiver.came, fal.stand_ins.webhooks.under_way) == ([], 0)
    assert fal.stand_ins.webhook("fal", submitted.body["request_id"], "send")
    await until(lambda: fal.stand_ins.webhooks.under_way == 0)
    assert len(receiver.came) == 1


async def test_a_webhook_is_repeated(fal: Fal, receiver: Receiver) -> None:
    fal.stand_ins.webhook("fal", ATTEMPT, "repeat", n=5)
    submitted = await sent(fal, receiver)
    await until(lambda: len(receiver.came) == 5)
    fal.stand_ins.webhook("fal", submitted.body["request_id"], "repeat", n=3)
    await until(lambda: len(receiver.came) == 8)
    assert len({body for _, body in receiver.came}) == 1


async def test_a_delayed_webhook_waits_while_others_come(fal: Fal, receiver: Receiver) -> None:
    fal.stand_ins.webhook("fal", ATTEMPT, "delay", delay_ms=3_600_000)
    delayed = await fal.submit(fal_webhook=receiver.url)
    assert (await fal.result(delayed)).status == 200
    prompt = await sent(fal, receiver)
    await until(lambda: fal.stand_ins.webhooks.under_way == 1)
    assert [receiver.told(index)["request_id"] for index in range(len(receiver.came))] == [
        prompt.body["request_id"]
    ]


async def test_a_delayed_webhook_comes_in_the_end(fal: Fal, receiver: Receiver) -> None:
    fal.stand_ins.webhook("fal", ATTEMPT, "delay", delay_ms=20)
    await sent(fal, receiver)
    assert receiver.told()["status"] == "OK"


@pytest.mark.parametrize("fault", ["forge", "other_key", "changed_body"])
async def test_a_forged_webhook_fits_no_key(fal: Fal, receiver: Receiver, fault: str) -> None:
    fal.stand_ins.webhook("fal", ATTEMPT, "forge", fault=fault)
    await sent(fal, receiver)
    assert not await is_signed(fal, *receiver.came[0])


async def test_a_stale_webhook_is_well_signed_and_too_old(fal: Fal, receiver: Receiver) -> None:
    fal.stand_ins.webhook("fal", ATTEMPT, "forge", fault="stale")
    await sent(fal, receiver)
    headers, body = receiver.came[0]
    assert await is_signed(fal, headers, body)
    assert time.time() - int(headers["X-Fal-Webhook-Timestamp"]) > 300


async def test_a_webhook_may_leave_its_payload_out(fal: Fal, receiver: Receiver) -> None:
    fal.stand_ins.webhook("fal", ATTEMPT, "send", fault="null_payload")
    await sent(fal, receiver)
    told = receiver.told()
    assert await is_signed(fal, *receiver.came[0])
    assert (told["status"], told["payload"]) == ("OK", None)
    assert told["payload_error"]


async def test_a_refused_webhook_is_tried_again_with_a_fresh_signature(fal: Fal, receiver: Receiver) -> None:
    receiver.statuses = [503]
    await sent(fal, receiver)
    await until(lambda: len(receiver.came) == 2)
    assert await is_signed(fal, *receiver.came[1])
    assert [one["status"] for one in fal.stand_ins.webhooks.deliveries] == [503, 200]


async def test_a_redirect_is_not_followed_and_not_tried_again(fal: Fal, receiver: Receiver) -> None:
    receiver.statuses = [302]
    await sent(fal, receiver)
    await until(lambda: fal.stand_ins.webhooks.under_way == 0)
    assert [one["status"] for one in fal.stand_ins.webhooks.deliveries] == [302]


async def test_every_webhook_of_a_vendor_can_be_lost_at_once(fal: Fal, receiver: Receiver) -> None:
    fal.stand_ins.webhook("fal", "*", "lose")
    for _ in range(2):
        await fal.result(await fal.submit(fal_webhook=receiver.url))
    assert fal.stand_ins.webhooks.under_way == len(fal.stand_ins.webhooks.deliveries) == 0
    await fal.stand_ins.reset()
    await sent(fal, receiver)
    assert len(receiver.came) == 1


async def test_after_a_rotation_the_old_key_is_published_no_more(fal: Fal, receiver: Receiver) -> None:
    before = await keys_of(fal)
    fal.stand_ins.rotate_keys("fal")
    await sent(fal, receiver)
    assert not any(fits(key, *receiver.came[0]) for key in before)
    assert await is_signed(fal, *receiver.came[0])


async def test_nobody_listening_is_noted_as_status_0(fal: Fal) -> None:
    await fal.submit(fal_webhook="http://127.0.0.1:1/hooks/fal/a.b")
    await until(lambda: fal.stand_ins.webhooks.deliveries)
    assert fal.stand_ins.webhooks.deliveries[0]["status"] == 0
