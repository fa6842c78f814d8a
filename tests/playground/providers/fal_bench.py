"""What the tests of fal's stand-in share: its addresses, its key, and orders that it takes."""

import asyncio
import base64
import io
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import aiohttp
from PIL import Image

from playground.providers.app import StandIns
from tests.waiting import HANGS_AFTER_S, STEP_S

DEV = "fal-ai/flux/dev"
ULTRA = "fal-ai/flux-pro/v1.1-ultra"
SMALL = {"width": 128, "height": 128}


@dataclass(frozen=True)
class Said:
    """An answer, read whole."""

    status: int
    headers: Mapping[str, str]
    body: Any


def picture(
    colour: tuple[int, int, int] = (30, 140, 60), size: tuple[int, int] = (64, 64), name: str = "PNG"
) -> bytes:
    file = io.BytesIO()
    Image.new("RGB", size, colour).save(file, name)
    return file.getvalue()


def data_uri(data: bytes, content_type: str = "image/png") -> str:
    return f"data:{content_type};base64,{base64.b64encode(data).decode()}"


@dataclass(frozen=True)
class Fal:
    """The stand-in, and somebody who speaks to it with the good key."""

    stand_ins: StandIns
    session: aiohttp.ClientSession

    @property
    def queue(self) -> str:
        return str(self.stand_ins.announcement["fal"]["queue"])

    @property
    def rest(self) -> str:
        return str(self.stand_ins.announcement["fal"]["rest"])

    @property
    def key(self) -> dict[str, str]:
        return {"Authorization": f"Key {self.stand_ins.desk('fal').key}"}

    async def ask(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        params: Mapping[str, str] | None = None,
        json: object = None,
        data: bytes | None = None,
    ) -> Said:
        """Send one request; `headers` replace the good key's."""
        sent = self.key if headers is None else headers
        body = {"json": json} if json is not None else {"data": data}
        async with self.session.request(method, url, headers=sent, params=params, **body) as answer:
            told = await (answer.json() if "json" in answer.content_type else answer.read())
            return Said(answer.status, answer.headers, told)

    async def submit(
        self,
        given: Mapping[str, Any] | None = None,
        *,
        endpoint: str = DEV,
        headers: Mapping[str, str] | None = None,
        **params: str,
    ) -> Said:
        """Send an order; without an input, a small one that is taken."""
        order = {"prompt": "a face", "seed": 7, "image_size": SMALL} if given is None else given
        sent = self.key | dict(headers or {})
        return await self.ask("POST", f"{self.queue}/{endpoint}", headers=sent, params=params, json=order)

    async def status(self, submitted: Said, **params: str) -> Said:
        return await self.ask("GET", submitted.body["status_url"], params=params)

    async def result(self, submitted: Said) -> Said:
        """Wait for the end of an order and return what its result's address answers."""
        async with asyncio.timeout(HANGS_AFTER_S):
            while (await self.status(submitted)).status == 202:
                await asyncio.sleep(STEP_S)
        return await self.ask("GET", submitted.body["response_url"])

    async def painted(self, given: Mapping[str, Any], endpoint: str = DEV) -> Said:
        """Order, wait and return the result."""
        return await self.result(await self.submit(given, endpoint=endpoint))

    async def fetched(self, url: str) -> bytes:
        """Return a picture, without a key."""
        said = await self.ask("GET", url, headers={})
        assert said.status == 200
        assert isinstance(said.body, bytes)
        return said.body
