"""The middlewares in front of every vendor: each request is recorded, and scripted faults strike."""

import asyncio
import socket
import struct
import time
from collections.abc import Awaitable, Callable

from aiohttp import web
from aiohttp.typedefs import Middleware

from playground.providers.calls import CALL, Call, Calls
from playground.providers.scripts import Scripts, Step

Handle = Callable[[web.Request], Awaitable[web.StreamResponse]]
ProviderOf = Callable[[web.Request], str | None]

_UNANSWERED = web.RequestKey("unanswered", bool)
_LOOK_S = 0.5
_SEND_BYTES = 64 * 1024


def recording(calls: Calls, provider_of: ProviderOf) -> Middleware:
    """Return the middleware that keeps every request of a vendor in `calls`."""

    @web.middleware
    async def record(request: web.Request, handler: Handle) -> web.StreamResponse:
        provider = provider_of(request)
        if provider is None:
            return await handler(request)
        call = Call(provider, request.method, request.path_qs, dict(request.headers), None, time.time())
        request[CALL] = call
        calls.add(call)
        response = await _answered(request, calls, handler)
        call.status = 0 if request.get(_UNANSWERED) else response.status
        return response

    return record


async def _answered(request: web.Request, calls: Calls, handler: Handle) -> web.StreamResponse:
    call = request[CALL]
    try:
        calls.note_body(call, await request.read(), request.content_type)
        return await handler(request)
    except web.HTTPException as error:
        call.status = error.status
        raise
    except Exception:
        call.status = 500
        raise


def striking(scripts: Scripts, provider_of: ProviderOf, over: Callable[[], asyncio.Event]) -> Middleware:
    """Return the middleware that lets scripted faults strike; `over` ends those that never answer."""

    @web.middleware
    async def strike(request: web.Request, handler: Handle) -> web.StreamResponse:
        provider = provider_of(request)
        if provider is None:
            return await handler(request)
        body = await request.read()
        step = scripts.step_for(provider, request.method, request.path_qs, body)
        return await handler(request) if step is None else await _played(request, step, handler, over())

    return strike


async def _played(
    request: web.Request, step: Step, handler: Handle, over: asyncio.Event
) -> web.StreamResponse:
    """Answer a request as a step wants it."""
    if step.is_after:
        answer = await _of_vendor(request, handler)
        ended = await _hindered(request, step, over)
    else:
        ended = await _hindered(request, step, over)
        answer = web.Response() if ended or step.answers else await _of_vendor(request, handler)
    if ended:
        request[_UNANSWERED] = True
        return answer
    if step.answers:
        answer = _own_answer(step)
    if step.drip is None and step.cut_after is None:
        return answer
    return await _spoilt(request, answer, step)


async def _of_vendor(request: web.Request, handler: Handle) -> web.StreamResponse:
    try:
        return await handler(request)
    except web.HTTPException as refusal:
        return refusal


async def _hindered(request: web.Request, step: Step, over: asyncio.Event) -> bool:
    """Wait, stay silent or reset the connection; say whether there is nothing left to answer."""
    if step.delay_s:
        await asyncio.sleep(step.delay_s)
    if step.is_silent:
        while not over.is_set() and not _is_gone(request):
            await _pause(over)
        _close(request)
    if step.resets:
        _reset(request)
    return step.is_silent or step.resets


async def _pause(over: asyncio.Event) -> None:
    try:
        await asyncio.wait_for(over.wait(), _LOOK_S)
    except TimeoutError:
        return


def _is_gone(request: web.Request) -> bool:
    return request.transport is None or request.transport.is_closing()


def _close(request: web.Request) -> None:
    if request.transport is not None:
        request.transport.close()


def _reset(request: web.Request) -> None:
    """End the connection with a RST: lingering for no time is what makes the kernel send one."""
    if request.transport is None:
        return
    connection = request.transport.get_extra_info("socket")
    if connection is not None:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    request.transport.abort()


def _own_answer(step: Step) -> web.Response:
    body = b" " * step.filler_bytes if step.filler_bytes else step.body or b""
    headers = {"Content-Type": step.content_type, **step.headers}
    return web.Response(status=step.status or 200, body=body, headers=headers)


async def _spoilt(request: web.Request, answer: web.StreamResponse, step: Step) -> web.StreamResponse:
    """Send an answer drop by drop, or only its beginning, with the length of the whole in its head."""
    if not isinstance(answer, web.Response) or not isinstance(answer.body, bytes):
        return answer
    whole = answer.body
    wanted = whole if step.cut_after is None else whole[: step.cut_after]
    sent = web.StreamResponse(status=answer.status, headers=answer.headers)
    sent.content_length = len(whole)
    await sent.prepare(request)
    piece = step.drip.piece_bytes if step.drip else _SEND_BYTES
    for start in range(0, len(wanted), piece):
        await sent.write(wanted[start : start + piece])
        if step.drip:
            await asyncio.sleep(step.drip.pause_s)
    if step.cut_after is not None and len(wanted) < len(whole):
        _close(request)
    return sent
