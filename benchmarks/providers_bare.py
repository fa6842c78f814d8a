"""What Limner is measured beside, in bare aiohttp: it takes webhooks, edits messages, and asks after orders.

Run as `python -m benchmarks.providers_bare PORT API TOKEN [FOLDER]`.

    POST /take                    answers at once
    POST /edit/CHANNEL/MESSAGE    fetches the picture that the webhook names, edits the message with it, then answers
    POST /keep/CHANNEL/MESSAGE    does the same, with a commit before it, and the picture's file and another commit
                                  before the edit: all of them in FOLDER
    POST /poll {key, addresses}   asks after every address from then on, as often as Limner does
"""

import asyncio
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import aiohttp
from aiohttp import web

from services.jobs.looking import next_look_s

if TYPE_CHECKING:
    from benchmarks.durable_steps import DurableSteps

Waiting = list[tuple[str, float, float]]
"""Address, age in seconds, and when it is due first."""


class Bare:
    """The four handlers, over one session."""

    def __init__(
        self, session: aiohttp.ClientSession, api_url: str, token: str, steps: "DurableSteps | None"
    ) -> None:
        self._session = session
        self._steps = steps
        self._api_url = api_url
        self._headers = {
            "Authorization": f"Bot {token}",
            "User-Agent": "DiscordBot (https://limner.invalid, 1)",
        }
        self._tasks: list[asyncio.Task[None]] = []

    async def take(self, request: web.Request) -> web.Response:
        """Read the body and answer."""
        await request.read()
        return web.json_response({"status": "ok"})

    async def edit(self, request: web.Request) -> web.Response:
        """Fetch the picture and edit the message."""
        await self._patch(request, await self._fetch(await request.json()))
        return web.json_response({"status": "ok"})

    async def keep(self, request: web.Request) -> web.Response:
        """Fetch the picture, keep it safe from a power cut, and edit the message."""
        steps, name, told = self._steps, request.match_info["message"], await request.json()
        if steps is None:
            raise web.HTTPNotFound
        await asyncio.to_thread(steps.commit, name, "called")
        picture = await self._fetch(told)
        await asyncio.to_thread(steps.keep, name, picture)
        await asyncio.to_thread(steps.commit, name, "stored")
        await self._patch(request, picture)
        return web.json_response({"status": "ok"})

    async def _fetch(self, told: dict[str, Any]) -> bytes:
        async with self._session.get(told["payload"]["images"][0]["url"]) as answer:
            return await answer.read()

    async def _patch(self, request: web.Request, picture: bytes) -> None:
        form = aiohttp.FormData()
        form.add_field("payload_json", json.dumps({"attachments": [{"id": 0, "filename": "picture.jpg"}]}))
        form.add_field("files[0]", picture, filename="picture.jpg", content_type="image/jpeg")
        path = "channels/{channel}/messages/{message}".format_map(request.match_info)
        async with self._session.patch(f"{self._api_url}/{path}", data=form, headers=self._headers) as answer:
            answer.raise_for_status()
            await answer.read()

    async def poll(self, request: web.Request) -> web.Response:
        """Begin to ask."""
        told = await request.json()
        headers = {"Authorization": f"Key {told['key']}"}
        self._tasks = [
            asyncio.create_task(self._ask(address, age_s, due_s, headers))
            for address, age_s, due_s in told["waiting"]
        ]
        return web.json_response({})

    async def _ask(self, address: str, age_s: float, due_s: float, headers: dict[str, str]) -> None:
        wait_s = due_s
        while True:
            await asyncio.sleep(wait_s)
            age_s += wait_s
            async with self._session.get(f"{address}?logs=1", headers=headers) as answer:
                await answer.json()
            wait_s = next_look_s(age_s, has_webhook=False)


def _steps_in(folder: str) -> "DurableSteps":
    # Only then: the library that decodes is memory, and another row measures this process's.
    from benchmarks.durable_steps import DurableSteps  # noqa: PLC0415

    return DurableSteps(Path(folder))


async def serve(port: int, api_url: str, token: str, folder: str = "") -> None:
    """Serve until killed."""
    async with aiohttp.ClientSession() as session:
        bare = Bare(session, api_url, token, _steps_in(folder) if folder else None)
        app = web.Application()
        app.router.add_post("/take", bare.take)
        app.router.add_post("/edit/{channel}/{message}", bare.edit)
        app.router.add_post("/keep/{channel}/{message}", bare.keep)
        app.router.add_post("/poll", bare.poll)
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", port, backlog=1024).start()
        print("ready", flush=True)
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1]), *sys.argv[2:]))
