"""ModelsLab's adapter apart from painting: webhooks, cancels, keys, and what it never says."""

import json
from collections.abc import Mapping
from typing import Any

import pytest

from services.errors import (
    ProviderBusy,
    ProviderError,
    ProviderRefusedKey,
    ProviderRejected,
)
from services.providers.base import CancelAnswer
from tests.services.providers.modelslab.bench import (
    Studio,
    open_studio,
    order,
    submit_waiting,
)


async def test_a_webhook_is_asked_for_and_is_a_hint_only(studio: Studio) -> None:
    address = "https://limner.example/hooks/modelslab/41.mac"
    await studio.provider.submit(order(webhook_url=address))
    assert (studio.sent()["webhook"], studio.sent()["track_id"]) == (address, 41)

    for body in (
        {"status": "success", "id": 7, "output": ["https://evil.example/a.png"]},
        {"status": "failed", "id": "7", "message": "no"},
    ):
        notice = await studio.provider.parse_webhook(json.dumps(body).encode(), {})
        assert (notice.remote_id, notice.result, notice.addresses) == ("7", None, None)


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'{"id": "../x"}', b'{"track_id": 4}'])
async def test_a_webhook_that_names_no_order_is_refused(studio: Studio, body: bytes) -> None:
    with pytest.raises(ProviderRejected) as caught:
        await studio.provider.parse_webhook(body, {})

    assert caught.value.code == "bad_webhook"


async def test_a_cancel_is_answered_without_a_call(slow: Studio) -> None:
    handle = await submit_waiting(slow)

    assert await slow.provider.cancel(handle) is CancelAnswer.NOT_SUPPORTED
    assert len(slow.calls()) == 1


async def test_a_good_key_is_found_good_with_a_free_call(studio: Studio) -> None:
    await studio.provider.check_key()

    assert [call["path"] for call in studio.calls()] == ["/modelslab/api/v6/processing/request_count"]
    assert studio.paid() == 0


async def test_an_enterprise_key_is_found_good_at_its_own_server() -> None:
    async with open_studio(key="ent-1234567890") as studio:
        studio.stand_ins.add_key("modelslab", "ent-1234567890")
        await studio.provider.check_key()

        assert studio.calls()[-1]["path"].endswith("/v1/enterprise/flux_headshot/system_details")
        assert studio.paid() == 0


async def test_a_wrong_key_is_refused() -> None:
    async with open_studio(key="some-wrong-key") as studio:
        with pytest.raises(ProviderRefusedKey):
            await studio.provider.check_key()
        with pytest.raises(ProviderRefusedKey) as caught:
            await studio.provider.submit(order())

    assert caught.value.code == "provider_refused_key"


async def test_a_key_that_fails_its_test_is_not_good_whatever_the_word_for_it(studio: Studio) -> None:
    failed = {"status": "failed", "message": "Invalid API key"}
    studio.answer(failed, failed)
    with pytest.raises(ProviderRefusedKey):
        await studio.provider.check_key()


@pytest.mark.parametrize(
    "answer",
    [
        {"body": {"status": "error", "message": "Internal server error"}, "status": 500},
        {"body": {"status": "error", "message": "Rate limit exceeded", "retry_after": 9}, "status": 429},
        {"body": "<html>", "status": 502},
    ],
)
async def test_whether_a_key_is_good_cannot_always_be_told(studio: Studio, answer: Mapping[str, Any]) -> None:
    studio.stand_ins.script("modelslab", [answer])
    with pytest.raises(ProviderBusy):
        await studio.provider.check_key()


async def test_nothing_that_is_raised_or_shown_holds_key_prompt_or_picture() -> None:
    key, prompt = "canary-key-0123456789", "canary prompt of somebody"
    async with open_studio(key=key) as studio:
        echo = {"status": "error", "message": f"Invalid API key {key}"}
        studio.answer(echo, echo, {"status": "processing"}, "<html>")
        asked = order(prompt=prompt)
        shown = [repr(studio.provider)]
        for _ in range(2):
            with pytest.raises(ProviderError) as caught:
                await studio.provider.submit(asked)
            shown += [repr(caught.value), caught.value.vendor_text, repr(caught.value.__cause__)]
        for _ in range(2):
            with pytest.raises(ProviderError) as caught:
                await studio.provider.submit(asked)
            shown += [str(caught.value), caught.value.vendor_text]

    assert not [text for text in shown if key in text or prompt in text]
