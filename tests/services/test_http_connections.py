"""What happens to a request on a connection that was kept alive and breaks, and at a host that cannot be one."""

from collections.abc import Callable, Mapping
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from yarl import URL

from services.crossing import Purpose
from services.errors import ProviderBroken, ProviderUnknown
from services.http import HttpRequest, fetch_bytes, open_session, send
from services.providers.places import Places
from tests.services.loopback import Handler, cut, serve

BODY = b"bytes of a picture" * 10_000
FEW_BYTES = b'{"prompt": "a face"}'


def breaking_once(seen: list[bytes]) -> Handler:
    """Answer "/warm"; of the other requests, note the bodies and break the first one's connection."""

    async def handler(request: web.Request) -> web.StreamResponse:
        if request.path == "/warm":
            return web.Response()
        seen.append(await request.read())
        if len(seen) == 1:
            cut(request)
        return web.json_response({"request_id": "1"})

    return handler


def form() -> aiohttp.FormData:
    fields = aiohttp.FormData()
    fields.add_field("image[]", BODY, filename="image-1.png", content_type="image/png")
    return fields


async def warm(session: aiohttp.ClientSession, url: str) -> None:
    """Leave a connection in the pool, for the next request to take."""
    await send(session, HttpRequest("GET", f"{url}/warm", Purpose.POLL))


@pytest.mark.parametrize(
    "made",
    [
        pytest.param(lambda: {"json": {"prompt": "a face"}}, id="JSON"),
        pytest.param(lambda: {"content": BODY}, id="bytes"),
        pytest.param(lambda: {"content": FEW_BYTES}, id="few bytes"),
        pytest.param(lambda: {"form": form()}, id="form"),
    ],
)
async def test_a_paid_call_is_not_repeated_when_its_connection_breaks(
    session: aiohttp.ClientSession, made: Callable[[], dict[str, Any]]
) -> None:
    seen: list[bytes] = []
    async with serve(breaking_once(seen)) as url:
        await warm(session, url)
        with pytest.raises(ProviderUnknown):
            await send(session, HttpRequest("POST", f"{url}/orders", Purpose.SUBMIT, **made()))

    assert len(seen) == 1


@pytest.mark.parametrize("body", [BODY, FEW_BYTES], ids=["long", "short"])
async def test_what_may_be_put_twice_arrives_whole_the_second_time(
    session: aiohttp.ClientSession, body: bytes
) -> None:
    seen: list[bytes] = []
    async with serve(breaking_once(seen)) as url:
        await warm(session, url)
        answer = await send(session, HttpRequest("PUT", f"{url}/upload", Purpose.POLL, content=body))

    assert answer.is_success
    assert seen == [body, body]


async def test_a_cookie_given_for_one_key_does_not_go_with_another() -> None:
    seen: list[Mapping[str, str]] = []

    async def handler(request: web.Request) -> web.StreamResponse:
        seen.append(dict(request.cookies))
        response = web.json_response({})
        response.set_cookie("session", request.headers["x-key"])
        return response

    # By name: aiohttp keeps no cookies of bare addresses anyway.
    async with serve(handler) as address, open_session([url := "http://localhost"]) as session:
        url += f":{URL(address).port}"
        for key in ("key-of-ada", "key-of-ben"):
            await send(session, HttpRequest("GET", url, Purpose.POLL, headers={"x-key": key}))

    assert seen == [{}, {}]


ODD_HOSTS: Mapping[str, str] = {
    "a label too long": f"https://{'a' * 64}.example.com/picture.png",
    "an empty label": "https://a..example.com/picture.png",
    "no name for it": "https://xn--a.example.com/picture.png",
    "a dot first": "https://.example.com/picture.png",
}


@pytest.mark.parametrize("url", ODD_HOSTS.values(), ids=ODD_HOSTS)
async def test_a_host_that_cannot_be_one_gives_no_picture(session: aiohttp.ClientSession, url: str) -> None:
    with pytest.raises(ProviderBroken):
        await fetch_bytes(session, url, lambda _: True)


@pytest.mark.parametrize("url", ODD_HOSTS.values(), ids=ODD_HOSTS)
def test_a_place_is_told_of_any_text(url: str) -> None:
    assert Places("https://queue.fal.run", ("example.com",)).allows(url) in {True, False}
