"""A call of the vendor names an order, and nothing of what else it says is believed."""

import json

import aiohttp
import pytest

from services.errors import ProviderRejected
from services.models import JsonValue
from services.providers.base import WebhookNotice
from services.providers.bfl.adapter import BflProvider
from services.providers.bfl.answers import LONGEST_ID
from tests.services.providers.bfl.models import CATALOG

SAMPLE = "https://delivery-eu1.bfl.ai/results/a/sample.jpeg?sig=b"


async def notice_of(body: bytes, headers: dict[str, str] | None = None) -> WebhookNotice:
    async with aiohttp.ClientSession() as session:
        provider = BflProvider(session, "https://api.bfl.ai", "key", CATALOG)
        return await provider.parse_webhook(body, headers or {})


@pytest.mark.parametrize(
    "call",
    [
        {"id": "task-1", "status": "Error", "error": "x", "message": "y", "timestamp": "z"},
        {"id": "task-1", "status": "Content Moderated"},
        {"id": "task-1"},
        {"task_id": "task-1", "status": "Ready"},
        {"id": "task-1", "task_id": "another"},
        {"id": "task-1", "status": "Ready", "result": {"sample": "https://example.com/a.jpeg"}},
        {"id": "task-1", "status": "Ready", "result": {"sample": 7}},
        {"id": "task-1", "status": "Ready", "result": "picture"},
        {"id": "task-1", "status": "Pending", "result": {"sample": SAMPLE}},
    ],
)
async def test_a_call_is_a_hint_to_ask_after_an_order(call: JsonValue) -> None:
    assert await notice_of(json.dumps(call).encode()) == WebhookNotice("task-1")


async def test_a_call_of_a_ready_picture_brings_its_address_along() -> None:
    call = {"id": "task-1", "status": "Ready", "result": {"sample": SAMPLE, "seed": 7}}

    assert await notice_of(json.dumps(call).encode()) == WebhookNotice("task-1", None, {"sample": SAMPLE})


@pytest.mark.parametrize("signature", ["sha256=00", "nonsense", ""])
async def test_a_signature_is_neither_needed_nor_looked_at(signature: str) -> None:
    notice = await notice_of(b'{"id": "task-1"}', {"x-bfl-signature": signature})

    assert notice.remote_id == "task-1"


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\xff",
        b"<html>",
        b"[]",
        b"{}",
        b'{"id": 7}',
        b'{"id": ""}',
        b'{"id": null, "task_id": ["a"]}',
        b"[" * 50_000,
        json.dumps({"id": "x" * (LONGEST_ID + 1)}).encode(),
        json.dumps({"id": "@everyone\nlook"}).encode(),
    ],
)
async def test_a_call_that_names_no_order_is_refused(body: bytes) -> None:
    with pytest.raises(ProviderRejected) as caught:
        await notice_of(body)

    assert caught.value.code == "bad_webhook"
