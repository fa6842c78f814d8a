"""The key: tested for free, sent to fal alone, and shown nowhere."""

import aiohttp
import pytest
from aiohttp import web

from services.errors import (
    ProviderBusy,
    ProviderError,
    ProviderRefusedKey,
    ProviderRejected,
)
from services.providers.base import Failed, Handle, KeyReport
from services.providers.fal.adapter import FalProvider
from services.providers.fal.webhook_keys import WebhookKeys
from tests.services.loopback import serve
from tests.services.providers.fal.conftest import Shop
from tests.services.providers.fal.member import CATALOG, ORDER, provider_over
from tests.services.providers.scripted import PATIENT


async def test_the_key_is_sent_to_the_api_and_never_to_the_pictures(shop: Shop) -> None:
    await shop.picture_of(shop.order())

    seen = {
        (call["path"].split("/")[2], call["headers"].get("Authorization")) for call in shop.calls("/fal/")
    }
    assert seen == {("queue", f"Key {shop.stand_ins.desks['fal'].key}"), ("cdn", None)}


async def test_no_address_of_a_stranger_gets_the_key(session: aiohttp.ClientSession) -> None:
    seen: list[str] = []

    async def strange(request: web.Request) -> web.StreamResponse:
        seen.append(request.headers.get("Authorization", ""))
        return web.json_response({"status": "IN_QUEUE", "queue_position": 0})

    async with serve(strange) as url:
        rest, queue = "https://rest.fal.ai", "https://queue.fal.invalid"
        keys = WebhookKeys(session, rest)
        provider = FalProvider(
            session, queue, rest, "id:secret", catalog=CATALOG, webhook_keys=keys, timeouts=PATIENT
        )
        handle = Handle("id-1", {"status": f"{url}/s", "cancel": f"{url}/c"}, ORDER.model)
        with pytest.raises(ProviderBusy):
            await provider.poll(handle)
        with pytest.raises(ProviderBusy):
            await provider.cancel(handle)

    assert seen == []


async def test_a_line_break_at_the_end_of_a_key_does_no_harm(shop: Shop) -> None:
    key = f" {shop.stand_ins.desks['fal'].key}\n"

    assert await provider_over(shop.stand_ins, shop.session, key=key).check_key() == KeyReport()


async def test_a_good_key_is_known_for_free(shop: Shop) -> None:
    assert await shop.provider.check_key() == KeyReport()
    assert not any(call["paid"] for call in shop.stand_ins.calls("fal"))
    assert [call["path"] for call in shop.calls("/fal/")] == [
        "/fal/rest/storage/auth/token?storage_type=fal-cdn-v3"
    ]


@pytest.mark.parametrize("key", ["id:wrong", "no-colon", "schlüssel", ""])
async def test_a_bad_key_is_refused(shop: Shop, key: str) -> None:
    provider = FalProvider(
        shop.session,
        f"{shop.stand_ins.origin}/fal/queue",
        f"{shop.stand_ins.origin}/fal/rest",
        key,
        catalog=CATALOG,
        webhook_keys=WebhookKeys(shop.session, ""),
    )
    with pytest.raises(ProviderRefusedKey) as caught:
        await provider.check_key()
    assert not key or key not in str(caught.value)
    with pytest.raises(ProviderRefusedKey):
        await provider.submit(shop.order())


@pytest.mark.parametrize(
    "step", [{"status": 500, "body": {}}, {"status": 200, "body": "<html>"}, {"reset": True}]
)
async def test_a_key_that_cannot_be_tested_now_is_not_called_bad(shop: Shop, step: dict[str, object]) -> None:
    shop.script(step, "/storage/auth/token", "POST")
    with pytest.raises(ProviderBusy):
        await shop.provider.check_key()


async def test_no_error_holds_prompt_or_key(shop: Shop) -> None:
    key = shop.stand_ins.desks["fal"].key
    said = {"detail": f"I do not take 'a very private prompt' with {key}"}
    for status in (400, 401, 403, 404, 422, 429, 500, 503):
        shop.script({"status": status, "body": said}, "^/fal/queue/", "POST")
        with pytest.raises(ProviderError) as caught:
            await shop.provider.submit(shop.order(prompt="a very private prompt"))
        told = f"{caught.value!r} {caught.value} {dict(caught.value.fields)} {caught.value.vendor_text}"
        assert "private" not in told
        assert key not in told


async def test_a_key_of_a_form_that_nobody_knows_is_not_repeated_either(shop: Shop) -> None:
    key = "our-key:of-words"
    provider = provider_over(shop.stand_ins, shop.session, key=key)
    entry = {"loc": ["body", "image_url"], "msg": f"not for {key}", "type": "image_load_error"}
    said = {"status": 422, "body": {"detail": [entry]}}
    shop.script(said, "^/fal/queue/", "POST")
    with pytest.raises(ProviderRejected) as caught:
        await provider.submit(shop.order())
    shop.script({"status": 200, "body": {"status": "COMPLETED"}}, "/status")
    shop.script(said, "/requests/id-1$")
    outcome = await provider.poll(Handle("id-1", {}, ORDER.model))

    assert isinstance(outcome, Failed)
    for error in (caught.value, outcome.error):
        assert "not for" in error.vendor_text
        assert key not in f"{error!r} {error} {dict(error.fields)} {error.vendor_text}"


async def test_no_repr_shows_the_key(session: aiohttp.ClientSession) -> None:
    keys = WebhookKeys(session, "")
    provider = FalProvider(session, "", "", "id:secret", catalog=CATALOG, webhook_keys=keys)

    assert "secret" not in repr(provider)
