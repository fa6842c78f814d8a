"""A client of BFL's stand-in that holds every answer to its published schema."""

import asyncio
from dataclasses import dataclass
from typing import Any

import aiohttp

from playground.providers.app import StandIns
from playground.providers.bfl import Bfl
from tests.playground.providers.bfl_schemas import check_answer
from tests.waiting import HANGS_AFTER_S, STEP_S

SMALL = {"prompt": "a face", "width": 256, "height": 256, "seed": 7}


@dataclass(frozen=True)
class Client:
    """Somebody who speaks the vendor's wire; every answer is held to its schema."""

    stand_ins: StandIns
    session: aiohttp.ClientSession

    @property
    def vendor(self) -> Bfl:
        vendor = self.stand_ins.vendors["bfl"]
        assert isinstance(vendor, Bfl)
        return vendor

    async def call(self, method: str, url: str, key: str | None = "", body: object = None) -> tuple[int, Any]:
        """Return status and JSON; `key` is the good one for "", none for None."""
        announced = self.stand_ins.announcement["bfl"]
        headers = {} if key is None else {"x-key": key or announced["key"]}
        address = url if url.startswith("http") else announced["url"] + url
        async with self.session.request(method, address, headers=headers, json=body) as answer:
            return answer.status, await answer.json()

    async def refusal(
        self, method: str, url: str, key: str | None = "", body: object = None
    ) -> tuple[int, Any]:
        """Return status and `detail` of an answer that must be a refusal."""
        status, answer = await self.call(method, url, key, body)
        check_answer("HTTPValidationError" if status == 422 else "HTTPException", answer)
        return status, answer["detail"]

    async def submit(self, model: str = "flux-pro-1.1", **body: object) -> dict[str, Any]:
        status, answer = await self.call("POST", f"/v1/{model}", body={**SMALL, **body})
        assert status == 200, answer
        has_polling = not body.get("webhook_url")
        check_answer("AsyncResponse" if has_polling else "AsyncWebhookResponse", answer)
        return dict(answer)

    async def look(self, url: str) -> dict[str, Any]:
        status, answer = await self.call("GET", url)
        assert status == 200
        check_answer("ResultResponse", answer)
        return dict(answer)

    async def end_of(self, accepted: dict[str, Any]) -> dict[str, Any]:
        url = accepted.get("polling_url") or f"/v1/get_result?id={accepted['id']}"
        async with asyncio.timeout(HANGS_AFTER_S):
            while (task := await self.look(url))["status"] == "Pending":
                await asyncio.sleep(STEP_S)
        return task

    async def picture(self, **body: object) -> tuple[int, bytes]:
        task = await self.end_of(await self.submit("flux-pro-1.1", **body))
        return await self.download(task["result"]["sample"])

    async def download(self, url: str, **headers: str) -> tuple[int, bytes]:
        async with self.session.get(url, headers=headers) as answer:
            return answer.status, await answer.read()
