"""A bot without a library, so that the local Discord's own ceiling shows: run like the bare bot, `python -m
benchmarks.fast_bot TOKEN API GATEWAY`.

`/hello` answers with one message; `/picture` acknowledges and posts a file.
"""

import asyncio
import json
import sys
from typing import Any, Final

import aiohttp

from benchmarks.wire import Wire

CONTENT: Final = b'{"type":4,"data":{"content":"hello"}}'
DEFER: Final = b'{"type":5}'
COMMANDS: Final = json.dumps(
    [{"name": name, "description": name, "type": 1} for name in ("hello", "picture")]
).encode()
BOUNDARY: Final = "limner"
FILE_BYTES: Final = 20_000
PICTURE: Final = (
    f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="payload_json"\r\n\r\n'
    f'{{"attachments":[{{"id":0,"filename":"a.bin"}}]}}\r\n--{BOUNDARY}\r\nContent-Disposition: form-data; '
    'name="files[0]"; filename="a.bin"\r\nContent-Type: application/octet-stream\r\n\r\n'
).encode() + b"\0" * FILE_BYTES + f"\r\n--{BOUNDARY}--\r\n".encode()  # fmt: skip


class FastBot:
    """Answers what it hears, each interaction in a task of its own."""

    def __init__(self, token: str, api_url: str) -> None:
        agent = "User-Agent: DiscordBot (https://limner.invalid, 1)"
        self._wire = Wire(api_url, (f"Authorization: Bot {token}", agent))
        self._token = token
        self._sequence: int | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    async def run(self, gateway_url: str) -> None:
        """Speak with the gateway until it hangs up."""
        async with (
            aiohttp.ClientSession() as session,
            session.ws_connect(f"{gateway_url}?v=10&encoding=json", max_msg_size=0) as socket,
        ):
            async for message in socket:
                await self._hear(socket, json.loads(message.data))

    async def _hear(self, socket: aiohttp.ClientWebSocketResponse, frame: dict[str, Any]) -> None:
        self._sequence = frame["s"] or self._sequence
        if frame["t"] == "INTERACTION_CREATE":
            self._start(self._answer(frame["d"]))
        elif frame["op"] == 10:
            self._start(self._beat(socket, frame["d"]["heartbeat_interval"] / 1000))
            about: dict[str, Any] = {"token": self._token, "intents": 1, "properties": {}}
            await socket.send_json({"op": 2, "d": about})
        elif frame["t"] == "READY":
            await self._register(frame["d"]["user"]["id"])

    def _start(self, work: Any) -> None:  # noqa: ANN401 - a coroutine, whose three type arguments say nothing here
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _register(self, application_id: str) -> None:
        status, body = await self._wire.send("PUT", f"/applications/{application_id}/commands", COMMANDS)
        if status != 200:
            raise RuntimeError(body.decode())
        print("ready", flush=True)

    async def _beat(self, socket: aiohttp.ClientWebSocketResponse, interval_s: float) -> None:
        while not socket.closed:
            await socket.send_json({"op": 1, "d": self._sequence})
            await asyncio.sleep(interval_s)

    async def _answer(self, interaction: dict[str, Any]) -> None:
        is_plain = interaction["data"]["name"] == "hello"
        callback = f"/interactions/{interaction['id']}/{interaction['token']}/callback"
        await self._wire.send("POST", callback, CONTENT if is_plain else DEFER)
        if not is_plain:
            original = f"/webhooks/{interaction['application_id']}/{interaction['token']}/messages/@original"
            await self._wire.send("PATCH", original, PICTURE, f"multipart/form-data; boundary={BOUNDARY}")


def main(token: str, api_url: str, gateway_url: str, *_picture: str) -> None:
    """Run the bot until the server hangs up."""
    asyncio.run(FastBot(token, api_url).run(gateway_url))


if __name__ == "__main__":
    main(*sys.argv[1:])
