"""The least that brings a picture from order to message: what Limner's whole way is measured beside.

It submits, waits for fal's webhook, fetches, makes a thumbnail and edits the message, 64 at a time, with no database:
what is under way when it dies is lost, and nobody checks who called. Run as `python -m benchmarks.whole_way_bare PORT
API APPLICATION_ID QUEUE KEY`; a line of JSON on its input, [[seed, token], ...], is answered by {"seconds"}.
"""

import asyncio
import io
import json
import sys
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Final

import aiohttp
from aiohttp import web
from PIL import Image

from benchmarks.providers_scene import ENDPOINT
from benchmarks.providers_service import lines_of_input

IN_FLIGHT: Final = 64
THUMBNAIL_PX: Final = 512
WAITING_S: Final = 60.0


def thumbnail(picture: bytes) -> bytes:
    """Return the picture as a WebP file of 512 px at most."""
    with Image.open(io.BytesIO(picture), formats=["JPEG", "PNG"]) as image:
        image.thumbnail((THUMBNAIL_PX, THUMBNAIL_PX))
        small = io.BytesIO()
        image.save(small, "WEBP")
    return small.getvalue()


@dataclass(slots=True)
class Bare:
    """The script, over one session."""

    session: aiohttp.ClientSession
    own_url: str
    api_url: str
    application_id: str
    queue_url: str
    key: str
    called: dict[str, asyncio.Future[str]] = field(default_factory=dict, init=False)

    async def take(self, request: web.Request) -> web.Response:
        """Take a webhook: the order's picture is finished."""
        told = await request.json()
        self.called[request.match_info["name"]].set_result(told["payload"]["images"][0]["url"])
        return web.json_response({})

    async def bring(self, seed: int, token: str) -> None:
        """Bring one picture. No two may have the same seed."""
        name = str(seed)
        self.called[name] = asyncio.get_running_loop().create_future()
        body: dict[str, Any] = {"prompt": "a lighthouse keeper", "seed": seed}
        async with self.session.post(
            f"{self.queue_url}/{ENDPOINT}",
            params={"fal_webhook": f"{self.own_url}/take/{name}"},
            json=body,
            headers={"Authorization": f"Key {self.key}"},
        ) as answer:
            answer.raise_for_status()
            await answer.read()
        async with asyncio.timeout(WAITING_S):
            url = await self.called[name]
        del self.called[name]
        async with self.session.get(url) as answer:
            picture = await answer.read()
        await asyncio.to_thread(thumbnail, picture)
        await self._post(token, picture)

    async def _post(self, token: str, picture: bytes) -> None:
        form = aiohttp.FormData()
        form.add_field("payload_json", json.dumps({"attachments": [{"id": 0, "filename": "picture.jpg"}]}))
        form.add_field("files[0]", picture, filename="picture.jpg", content_type="image/jpeg")
        url = f"{self.api_url}/webhooks/{self.application_id}/{token}/messages/@original"
        async with self.session.patch(url, data=form) as answer:
            answer.raise_for_status()
            await answer.read()

    async def bring_all(self, orders: Iterable[tuple[int, str]]) -> None:
        """Bring pictures, so many at a time."""
        left = iter(orders)

        async def bring_some() -> None:
            for seed, token in left:
                await self.bring(seed, token)

        async with asyncio.TaskGroup() as bringing:
            for _ in range(IN_FLIGHT):
                bringing.create_task(bring_some())


async def serve(port: int, *addresses: str) -> None:
    """Carry out commands until the input ends."""
    headers = {"User-Agent": "DiscordBot (https://limner.invalid, 1)"}
    async with aiohttp.ClientSession(headers=headers) as session:
        bare = Bare(session, f"http://127.0.0.1:{port}", *addresses)
        app = web.Application()
        app.router.add_post("/take/{name}", bare.take)
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", port, backlog=1024).start()
        print("ready", flush=True)
        lines = await lines_of_input()
        while line := await lines.readline():
            started_s = time.perf_counter()
            await bare.bring_all(json.loads(line))
            print(json.dumps({"seconds": time.perf_counter() - started_s}), flush=True)


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1]), *sys.argv[2:]))
