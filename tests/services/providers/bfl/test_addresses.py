"""Where the key goes and where pictures may lie."""

from dataclasses import replace

import aiohttp
import pytest
from aiohttp import web

from services.providers.base import Finished, Handle, PaintOrder, Running
from services.providers.bfl.adapter import BflProvider
from tests.services.loopback import serve
from tests.services.providers.bfl.conftest import Shop
from tests.services.providers.bfl.models import CATALOG
from tests.services.providers.scripted import PATIENT

ORDER = PaintOrder("bfl/flux-dev", "flux-dev", "a face", 42)


async def provider_at(url: str) -> BflProvider:
    """Return a provider that is only asked about addresses."""
    async with aiohttp.ClientSession() as session:
        return BflProvider(session, url, "key", CATALOG)


@pytest.mark.parametrize(
    ("url", "may_ask", "may_fetch"),
    [
        ("https://api.bfl.ai/v1/get_result", True, True),
        ("https://api.eu1.bfl.ai/v1/get_result?id=a", True, True),
        ("https://API.US4.BFL.AI/v1/get_result", True, True),
        ("https://delivery-us1.bfl.ai/results/a/sample.jpeg?sig=b", False, True),
        ("https://bfldeliveryprod.blob.core.windows.net/results/a.jpeg", False, True),
        ("https://other.blob.core.windows.net/results/a.jpeg", False, False),
        ("https://api.windows.net/results/a.jpeg", False, False),
        ("http://api.bfl.ai/v1/get_result", False, False),
        ("https://api.bfl.ai.example.com/v1/get_result", False, False),
        ("https://api.notbfl.ai/v1/get_result", False, False),
        ("https://user:word@api.bfl.ai/v1/get_result", False, False),
        ("https://api.bfl.ai@example.com/", False, False),
        ("http://127.0.0.1/v1/get_result", False, False),
        ("file:///etc/passwd", False, False),
        ("https://[api.bfl.ai", False, False),
        ("", False, False),
    ],
)
async def test_the_vendors_own_hosts_are_believed(url: str, may_ask: bool, may_fetch: bool) -> None:
    provider = await provider_at("https://api.bfl.ai")

    assert (provider._may_ask(url), provider.may_fetch(url)) == (may_ask, may_fetch)


@pytest.mark.parametrize(
    ("url", "may_ask"),
    [
        ("http://127.0.0.1:9999/v1/get_result", True),
        ("https://127.0.0.1:9999/v1/get_result", False),
        ("http://localhost:9999/v1/get_result", False),
        ("https://api.eu1.bfl.ai/v1/get_result", True),
    ],
)
async def test_the_host_of_the_setting_is_believed_at_any_port(url: str, may_ask: bool) -> None:
    provider = await provider_at("http://127.0.0.1:8400/bfl")

    assert (provider._may_ask(url), provider.may_fetch(url)) == (may_ask, may_ask)


@pytest.mark.parametrize("has_id", [True, False])
async def test_the_id_is_added_to_a_polling_address_only_where_it_lacks_one(has_id: bool) -> None:
    asked: list[str] = []

    async def answer(request: web.Request) -> web.Response:
        asked.append(request.path_qs)
        return web.json_response({"id": "task-1", "status": "Pending"})

    async with serve(answer) as url, aiohttp.ClientSession() as session:
        given = f"{url}/v1/get_result?node=7" + ("&id=task-1" if has_id else "")
        await BflProvider(session, url, "key", CATALOG, PATIENT).poll(Handle("task-1", {"polling": given}))

    assert asked == ["/v1/get_result?node=7&id=task-1"]


async def test_the_key_never_follows_a_polling_address_elsewhere() -> None:
    seen: dict[str, list[str | None]] = {"ours": [], "elsewhere": []}

    async def elsewhere(request: web.Request) -> web.Response:
        seen["elsewhere"].append(request.headers.get("x-key"))
        return web.json_response({"id": "task-1", "status": "Pending"})

    async with serve(elsewhere) as other, aiohttp.ClientSession() as session:
        foreign = other.replace("127.0.0.1", "localhost")

        async def ours(request: web.Request) -> web.Response:
            seen["ours"].append(request.path)
            return web.json_response(
                {"id": "task-1", "status": "Pending", "polling_url": f"{foreign}/v1/get_result"}
            )

        async with serve(ours) as url:
            provider = BflProvider(session, url, "key", CATALOG, PATIENT)
            await provider.poll((await provider.submit(ORDER)).handle)

    assert seen == {"ours": ["/v1/flux-dev", "/v1/get_result"], "elsewhere": []}


async def test_the_key_never_follows_a_redirect() -> None:
    keys: list[str | None] = []

    async def elsewhere(request: web.Request) -> web.Response:
        keys.append(request.headers.get("x-key"))
        return web.json_response({"id": "task-1", "status": "Pending"})

    async with serve(elsewhere) as other, aiohttp.ClientSession() as session:

        async def ours(_request: web.Request) -> web.Response:
            return web.Response(status=307, headers={"Location": f"{other}/v1/get_result"})

        async with serve(ours) as url:
            provider = BflProvider(session, url, "key", CATALOG, PATIENT)
            for call in (provider.submit(ORDER), provider.poll(Handle("task-1", {})), provider.check_key()):
                with pytest.raises(Exception, match="status 307"):
                    await call

    assert keys == []


async def test_a_strangers_sample_is_not_fetched_where_the_order_is_not_known() -> None:
    async def unknown(_request: web.Request) -> web.Response:
        return web.json_response({"id": "task-1", "status": "Task not found"})

    async with serve(unknown) as url, aiohttp.ClientSession() as session:
        provider = BflProvider(session, url, "key", CATALOG, PATIENT)
        stranger = Handle("task-1", {"sample": "https://delivery.example.com/a.jpeg"})
        ours = Handle("task-1", {"sample": f"{url}/results/a.jpeg"})

        assert isinstance(await provider.poll(stranger), Running)
        assert isinstance(await provider.poll(ours), Finished)


async def test_a_sample_from_a_webhook_is_not_used_where_the_vendor_says_otherwise(shop: Shop) -> None:
    handle = (await shop.provider.submit(shop.order())).handle
    forged = {**handle.addresses, "sample": f"{shop.provider.url}/results/forged.jpeg"}
    outcome = await shop.wait_for(replace(handle, addresses=forged))

    assert isinstance(outcome, Finished)
    assert "forged" not in (outcome.picture.url or "")
