"""The gateway's socket from its handshake to its end; what is said on it: `gateway_talk`.

*Source:* Discord's "Gateway", "Connecting" and "Gateway URL Query String Params".
"""

import asyncio
from typing import TYPE_CHECKING

from aiohttp import WSMsgType, web

from playground.discord.gateway_socket import CloseError, Connection, UnspokenError, compression_of
from playground.discord.gateway_talk import Talk

if TYPE_CHECKING:
    from playground.discord.local import LocalDiscord

VERSIONS = {"9": 9, "10": 10}
# Above Discord's 4,096 bytes, so that the answer to a frame between the two is Discord's 4002 and not aiohttp's 1009.
READ_MAX_BYTES = 1024 * 1024
GOODBYE_S = 5.0


async def serve(local: "LocalDiscord", request: web.Request) -> web.WebSocketResponse:
    """Speak the gateway's protocol on one connection until it ends; 400 for an encoding that nobody here speaks."""
    try:
        compress = compression_of(request.query)
    except UnspokenError as error:
        raise web.HTTPBadRequest(text=f"{error}\n") from error
    socket = web.WebSocketResponse(max_msg_size=READ_MAX_BYTES, compress=False)
    await socket.prepare(request)
    connection = Connection(socket, request, compress, local.sessions.limits.backlog_bytes)
    pump = asyncio.create_task(connection.pump())
    version = VERSIONS.get(request.query.get("v", "10"))
    talk = Talk(local, connection, version or 10)
    goodbye: int | None = None
    try:
        if version is None:
            raise CloseError(4012)
        talk.hello()
        goodbye = await _listen(socket, talk)
    except CloseError as error:
        # What the client then answers ends nothing: aiohttp's answers every close with 1000.
        connection.close(error.code)
        await asyncio.wait([pump], timeout=GOODBYE_S)
    finally:
        talk.leave(goodbye)
        pump.cancel()
        await asyncio.wait([pump])
    return socket


async def _listen(socket: web.WebSocketResponse, talk: Talk) -> int | None:
    """Answer frames until the client goes, and return the code that it closed with."""
    while True:
        try:
            # aiohttp takes 0 for no limit at all
            message = await socket.receive(timeout=max(0.001, talk.patience_s()))
        except TimeoutError:
            talk.remind()
            continue
        if message.type is WSMsgType.TEXT:
            talk.hear(message.data)
        elif message.type is WSMsgType.BINARY:
            talk.hear(message.data.decode(errors="replace"))
        else:
            return message.data if message.type is WSMsgType.CLOSE else None
