"""The adapter over its stand-in, for the tests of fal."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import aiohttp
import pytest

from playground.providers.app import StandIns, open_stand_ins
from services.http import fetch_bytes
from services.models import Parameters
from services.providers.base import Failed, Finished, Handle, PaintOrder, Waiting
from services.providers.fal.adapter import FalProvider
from tests.services.providers.contract import wait_for_end
from tests.services.providers.fal.member import CATALOG, ORDER, provider_over
from tests.services.sessions import local_session


@dataclass(frozen=True)
class Shop:
    """The stand-ins, and the adapter that speaks to them."""

    stand_ins: StandIns
    session: aiohttp.ClientSession
    provider: FalProvider

    def order(
        self,
        model: str = ORDER.model,
        prompt: str = "a face",
        parameters: Parameters = ORDER.parameters,
        **changes: Any,  # noqa: ANN401 - other fields of an order
    ) -> PaintOrder:
        """Return an order for a model of the catalogue."""
        endpoint = CATALOG.by_id[model].endpoint
        order = replace(ORDER, model=model, endpoint=endpoint, prompt=prompt, parameters=parameters)
        return replace(order, **changes)

    async def submit(self, order: PaintOrder) -> Handle:
        """Return the handle of an order, as it comes back from storage."""
        return Handle.from_json((await self.provider.submit(order)).handle.to_json())

    async def end_of(self, order: PaintOrder) -> Finished | Failed:
        return await self.wait_for(await self.submit(order))

    async def wait_for(self, handle: Handle) -> Finished | Failed:
        return await wait_for_end(self.provider, Waiting(handle))

    async def picture_of(self, order: PaintOrder) -> bytes:
        outcome = await self.end_of(order)
        assert isinstance(outcome, Finished), outcome
        return await self.fetch(outcome)

    async def fetch(self, finished: Finished) -> bytes:
        return await fetch_bytes(self.session, finished.picture.url or "", self.provider.may_fetch)

    def calls(self, part: str, method: str = "") -> list[Mapping[str, Any]]:
        """Return the requests whose path has `part`."""
        listed = self.stand_ins.calls("fal")
        return [call for call in listed if part in call["path"] and method in ("", call["method"])]

    def submits(self) -> list[Mapping[str, Any]]:
        """Return the requests that handed in an order."""
        return self.calls("/fal/queue/", "POST")

    def script(self, step: Mapping[str, Any], path_regex: str, method: str = "GET") -> None:
        """Let the next request of that path be answered by a step."""
        self.stand_ins.script("fal", [step], {"method": method, "path_regex": path_regex})


@pytest.fixture
async def shop() -> AsyncIterator[Shop]:
    """The adapter before a stand-in that paints at once."""
    async with open_stand_ins() as stand_ins, local_session() as session:
        yield Shop(stand_ins, session, provider_over(stand_ins, session))
