"""The one way out: what every fault of the other side becomes, on a real socket."""

import asyncio
import socket
import traceback
from collections.abc import Iterator
from dataclasses import replace

import aiohttp
import pytest
from aiohttp import web

from services.crossing import Purpose
from services.errors import ProviderBroken, ProviderBusy, ProviderError, ProviderRefusedKey, ProviderUnknown
from services.http import Answer, HttpRequest, Timeouts, fetch_bytes, raise_for_status, send
from tests.services.faults import (
    SECRET,
    announced_huge,
    answering,
    bad_gzip,
    cut_in_the_body,
    drip,
    endless,
    gzip_bomb,
    mute,
    redirect_for_ever,
    reset,
)
from tests.services.loopback import Handler, serve
from tests.waiting import HANGS_AFTER_S

PATIENT = Timeouts(HANGS_AFTER_S, HANGS_AFTER_S, HANGS_AFTER_S, HANGS_AFTER_S)
LIMITS: dict[Handler, Timeouts] = {
    mute: replace(PATIENT, sock_read_s=0.3),
    drip: replace(PATIENT, total_s=1.5),
}
"""Of what only a time limit ends. Elsewhere there is none: a slow machine would pass for a slow vendor."""
UNANSWERED = {
    Purpose.SUBMIT: (ProviderUnknown, "provider_unknown"),
    Purpose.POLL: (ProviderBusy, "provider_unreachable"),
    Purpose.FETCH: (ProviderBroken, "provider_broken"),
}


def anywhere(_url: str) -> bool:
    """Allow every place, for tests that are not about places."""
    return True


EVERY_PURPOSE = pytest.mark.parametrize("purpose", list(Purpose))


def request_to(url: str, purpose: Purpose = Purpose.SUBMIT, timeouts: Timeouts = PATIENT) -> HttpRequest:
    return HttpRequest(
        "GET" if purpose is Purpose.FETCH else "POST",
        f"{url}/orders?token={SECRET}",
        purpose,
        headers={"Authorization": f"Key {SECRET}"},
        json={"key": SECRET} if purpose is not Purpose.FETCH else None,
        timeouts=timeouts,
        max_bytes=2_000_000,
    )


async def error_of(session: aiohttp.ClientSession, handler: Handler, request_kind: Purpose) -> ProviderError:
    """Return the error of one whole exchange with a server that answers by `handler`."""
    async with serve(handler) as url:
        request = request_to(url, request_kind, LIMITS.get(handler, PATIENT))
        with pytest.raises(ProviderError) as caught:
            raise_for_status(await send(session, request))
    return caught.value


@EVERY_PURPOSE
@pytest.mark.parametrize("handler", [mute, drip, reset, cut_in_the_body, bad_gzip])
async def test_a_request_that_may_have_arrived_fails_by_its_purpose(
    session: aiohttp.ClientSession, handler: Handler, purpose: Purpose
) -> None:
    error = await error_of(session, handler, purpose)

    assert (type(error), error.code) == UNANSWERED[purpose]


async def test_a_drip_ends_at_the_total_although_bytes_keep_coming(session: aiohttp.ClientSession) -> None:
    loop = asyncio.get_running_loop()
    started = loop.time()

    await error_of(session, drip, Purpose.POLL)

    # Its last byte would come after 100 s, and its silences are shorter than any limit.
    assert loop.time() - started >= 1.4


def closed_port() -> Iterator[str]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{free.getsockname()[1]}"


@pytest.mark.parametrize(
    ("purpose", "kind"),
    [(Purpose.SUBMIT, ProviderBroken), (Purpose.POLL, ProviderBusy), (Purpose.FETCH, ProviderBroken)],
)
@pytest.mark.parametrize("address", ["closed port", "unknown host", "no TLS there", "no address", "not http"])
async def test_a_request_that_never_left_proves_that_nothing_was_accepted(
    session: aiohttp.ClientSession, address: str, purpose: Purpose, kind: type[ProviderError]
) -> None:
    async with serve(answering(200)) as url:
        target = {
            "closed port": next(closed_port()),
            "unknown host": "http://nowhere.invalid",
            "no TLS there": url.replace("http:", "https:"),
            "no address": "http://",
            "not http": "gopher://127.0.0.1",
        }[address]
        with pytest.raises(kind) as caught:
            await send(session, request_to(target, purpose))

    assert caught.value.code == "provider_unreachable"


async def test_a_pool_without_a_free_connection_proves_that_nothing_was_sent() -> None:
    arrived = asyncio.Event()

    async def hold(_request: web.Request) -> web.StreamResponse:
        arrived.set()
        return await mute(_request)

    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=1)) as session, serve(hold) as url:
        holding = asyncio.create_task(send(session, HttpRequest("GET", url, Purpose.POLL, timeouts=PATIENT)))
        await arrived.wait()
        with pytest.raises(ProviderBroken) as caught:
            await send(session, request_to(url, Purpose.SUBMIT, replace(PATIENT, connect_s=0.2)))
        holding.cancel()
        await asyncio.gather(holding, return_exceptions=True)

    assert caught.value.code == "provider_unreachable"


@pytest.mark.parametrize(
    ("status", "kind"),
    [(302, ProviderUnknown), (401, ProviderRefusedKey), (429, ProviderBusy), (500, ProviderUnknown)],
)
async def test_a_status_other_than_success_is_raised(
    session: aiohttp.ClientSession, status: int, kind: type[ProviderError]
) -> None:
    assert type(await error_of(session, answering(status), Purpose.SUBMIT)) is kind


@pytest.mark.parametrize(("header", "wait_s"), [("3", 3.0), ("0", 1.0), ("86400", 120.0), ("tomorrow", 5.0)])
async def test_busy_carries_the_wait_that_the_header_asks_for(
    session: aiohttp.ClientSession, header: str, wait_s: float
) -> None:
    error = await error_of(session, answering(429, Retry_After=header), Purpose.SUBMIT)

    assert isinstance(error, ProviderBusy)
    assert error.retry_after_s == wait_s


async def test_returns_the_whole_answer_of_a_refusal_for_the_adapter_to_read(
    session: aiohttp.ClientSession,
) -> None:
    async with serve(answering(422, '{"detail": "no faces"}', X_Request_Id="r1")) as url:
        answer = await send(session, request_to(url))

    assert (answer.status, answer.json_object()) == (422, {"detail": "no faces"})
    assert answer.headers["x-request-id"] == "r1"


@EVERY_PURPOSE
@pytest.mark.parametrize(
    "body",
    ["", "<html><h1>502</h1></html>", "[1]", '{"cost": NaN}', '{"half":', "[" * 100_000],
    ids=["empty", "HTML", "list", "NaN", "half", "deep"],
)
async def test_a_garbled_answer_fails_by_its_purpose(
    session: aiohttp.ClientSession, body: str, purpose: Purpose
) -> None:
    async with serve(answering(200, body)) as url:
        answer = await send(session, request_to(url, purpose))

    with pytest.raises(ProviderError) as caught:
        answer.json_object()
    assert (type(caught.value), caught.value.code) == UNANSWERED[purpose]


async def test_does_not_follow_the_redirect_of_a_submit(session: aiohttp.ClientSession) -> None:
    seen: list[str] = []

    async def redirect(request: web.Request) -> web.StreamResponse:
        seen.append(request.path)
        raise web.HTTPTemporaryRedirect("/elsewhere")

    error = await error_of(session, redirect, Purpose.SUBMIT)

    assert isinstance(error, ProviderUnknown)
    assert seen == ["/orders"]


async def test_fetches_a_picture_through_a_redirect(session: aiohttp.ClientSession) -> None:
    async def handler(request: web.Request) -> web.StreamResponse:
        if request.path == "/moved":
            raise web.HTTPFound("/picture")
        return web.Response(body=b"\xff\xd8picture")

    async with serve(handler) as url:
        assert await fetch_bytes(session, f"{url}/moved", anywhere) == b"\xff\xd8picture"


async def test_asks_for_no_picture_at_a_place_that_is_not_allowed(session: aiohttp.ClientSession) -> None:
    seen: list[str] = []

    async def handler(request: web.Request) -> web.StreamResponse:
        seen.append(request.path)
        return web.Response(body=b"picture")

    async with serve(handler) as url:
        with pytest.raises(ProviderBroken) as caught:
            await fetch_bytes(session, f"{url}/picture?sig={SECRET}", lambda _: False)

    assert (caught.value.code, seen) == ("result_elsewhere", [])
    assert SECRET not in str(caught.value)


async def test_follows_no_redirect_to_a_place_that_is_not_allowed(session: aiohttp.ClientSession) -> None:
    seen: list[str] = []

    async def handler(request: web.Request) -> web.StreamResponse:
        seen.append(request.path)
        raise web.HTTPFound("/allowed/2" if request.path == "/allowed/1" else "http://169.254.169.254/keys")

    async with serve(handler) as url:
        with pytest.raises(ProviderBroken) as caught:
            await fetch_bytes(session, f"{url}/allowed/1", lambda asked: asked.startswith(f"{url}/allowed/"))

    assert caught.value.code == "result_elsewhere"
    assert seen == ["/allowed/1", "/allowed/2"]


@pytest.mark.parametrize("location", ["", "http://[", None])
async def test_a_picture_that_is_redirected_to_nowhere_is_broken(
    session: aiohttp.ClientSession, location: str | None
) -> None:
    async def handler(_request: web.Request) -> web.StreamResponse:
        headers = {} if location is None else {"Location": location}
        return web.Response(status=302, headers=headers)

    async with serve(handler) as url:
        with pytest.raises(ProviderBroken):
            await fetch_bytes(session, url, anywhere)


async def test_gives_up_on_a_picture_that_is_redirected_for_ever(session: aiohttp.ClientSession) -> None:
    async with serve(redirect_for_ever) as url:
        with pytest.raises(ProviderBroken):
            await fetch_bytes(session, url, anywhere)


async def test_refuses_an_empty_picture(session: aiohttp.ClientSession) -> None:
    async with serve(answering(200, "")) as url:
        with pytest.raises(ProviderBroken) as caught:
            await fetch_bytes(session, url, anywhere)

    assert caught.value.code == "result_empty"


@pytest.mark.parametrize("handler", [endless, announced_huge, gzip_bomb])
async def test_stops_reading_a_picture_at_the_cap(session: aiohttp.ClientSession, handler: Handler) -> None:
    async with serve(handler) as url:
        with pytest.raises(ProviderBroken) as caught:
            await fetch_bytes(session, url, anywhere, max_bytes=100_000)

    assert (caught.value.code, caught.value.fields["max_bytes"]) == ("result_too_large", 100_000)


@pytest.mark.parametrize("handler", [endless, gzip_bomb])
async def test_an_enormous_answer_to_a_submit_may_have_been_paid_for(
    session: aiohttp.ClientSession, handler: Handler
) -> None:
    assert isinstance(await error_of(session, handler, Purpose.SUBMIT), ProviderUnknown)


async def test_takes_a_body_of_exactly_the_cap(session: aiohttp.ClientSession) -> None:
    async with serve(answering(200, "x" * 1000)) as url:
        assert len(await fetch_bytes(session, url, anywhere, max_bytes=1000)) == 1000


@pytest.mark.parametrize("value", ["key\nX-Evil: 1", "key\r\n", "schlüssel", "\x00"])
async def test_refuses_a_key_that_a_header_cannot_carry_before_anything_is_sent(
    session: aiohttp.ClientSession, value: str
) -> None:
    with pytest.raises(ProviderRefusedKey) as caught:
        await send(session, HttpRequest("GET", next(closed_port()), Purpose.SUBMIT, headers={"x-key": value}))

    assert value not in str(caught.value)


@EVERY_PURPOSE
@pytest.mark.parametrize(
    "handler", [mute, reset, cut_in_the_body, redirect_for_ever, answering(401), bad_gzip]
)
async def test_no_error_holds_a_secret(
    session: aiohttp.ClientSession, handler: Handler, purpose: Purpose
) -> None:
    error = await error_of(session, handler, purpose)

    told = "".join(traceback.format_exception(error)) + "".join(repr(each) for each in chain_of(error))
    assert SECRET not in told
    assert "127.0.0.1" in told


@pytest.mark.parametrize("url", [f"http://user:{SECRET}@", f"gopher://x/{SECRET[:0]}?q={SECRET}"])
async def test_no_error_about_an_address_holds_a_secret(session: aiohttp.ClientSession, url: str) -> None:
    with pytest.raises(ProviderError) as caught:
        await send(session, HttpRequest("GET", url, Purpose.SUBMIT))

    told = "".join(traceback.format_exception(caught.value)) + "".join(map(repr, chain_of(caught.value)))
    assert SECRET not in told


def test_values_that_hold_keys_do_not_show_them() -> None:
    request = request_to("http://127.0.0.1:1")
    answer = Answer(200, {}, SECRET.encode(), HttpRequest("GET", "http://127.0.0.1", Purpose.POLL))

    assert SECRET not in str(request)
    assert SECRET not in repr(answer)


async def test_keeps_the_foreign_error_as_the_cause(session: aiohttp.ClientSession) -> None:
    with pytest.raises(ProviderBroken) as caught:
        await send(session, request_to(next(closed_port())))

    assert isinstance(caught.value.__cause__, aiohttp.ClientConnectorError)


def chain_of(error: BaseException) -> Iterator[BaseException]:
    """Yield the error and everything that hangs on it as cause or context."""
    waiting: list[BaseException | None] = [error]
    while waiting:
        if (found := waiting.pop()) is not None:
            yield found
            waiting += [found.__cause__, found.__context__]
