"""The provider over its stand-in."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, replace
from itertools import count
from typing import Any

import aiohttp
import pytest

from playground.providers.app import StandIns, open_stand_ins
from playground.providers.bfl import Bfl
from services.http import fetch_bytes
from services.models import Parameters
from services.providers.base import Failed, Finished, Handle, PaintOrder, Waiting
from services.providers.bfl.adapter import BflProvider
from tests.services.providers.bfl.models import CATALOG
from tests.services.providers.contract import wait_for_end
from tests.services.providers.scripted import PATIENT
from tests.services.sessions import local_session

ORDER = PaintOrder("bfl/flux-pro-1.1", "flux-pro-1.1", "a face", 42, {"width": 256, "height": 256})


@dataclass(frozen=True)
class Shop:
    """The stand-ins, and the provider that speaks to them."""

    stand_ins: StandIns
    session: aiohttp.ClientSession
    provider: BflProvider

    def order(
        self,
        prompt: str = "a face",
        parameters: Parameters | None = None,
        **changes: Any,  # noqa: ANN401 - other fields of an order
    ) -> PaintOrder:
        taken = {**ORDER.parameters, **(parameters or {})}
        return replace(ORDER, prompt=prompt, parameters=taken, **changes)

    async def end_of(self, order: PaintOrder) -> Finished | Failed:
        return await self.wait_for((await self.provider.submit(order)).handle)

    async def wait_for(self, handle: Handle) -> Finished | Failed:
        return await wait_for_end(self.provider, Waiting(handle))

    async def picture_of(self, order: PaintOrder) -> bytes:
        outcome = await self.end_of(order)
        assert isinstance(outcome, Finished)
        return await self.fetch(outcome)

    async def fetch(self, finished: Finished) -> bytes:
        return await fetch_bytes(self.session, finished.picture.url or "", self.provider.may_fetch)

    def calls(self, part: str) -> list[Mapping[str, Any]]:
        """Return the requests whose path has `part`."""
        return [call for call in self.stand_ins.calls("bfl") if part in call["path"]]

    def paid(self) -> int:
        return sum(call["paid"] for call in self.stand_ins.calls("bfl"))

    @property
    def vendor(self) -> Bfl:
        vendor = self.stand_ins.vendors["bfl"]
        assert isinstance(vendor, Bfl)
        return vendor

    def turn(self, **switches: bool) -> None:
        assert set(switches) <= set(self.vendor.switches)
        self.vendor.switches.update(switches)


@pytest.fixture
async def shop() -> AsyncIterator[Shop]:
    async with open_stand_ins() as stand_ins, local_session() as session:
        announced = stand_ins.announcement["bfl"]
        # Its clock runs fast: an order unknown at its first look is lost.
        now_s = count(1_800_000_000, 1_000).__next__
        provider = BflProvider(session, announced["url"], announced["key"], CATALOG, PATIENT, now_s)
        yield Shop(stand_ins, session, provider)
