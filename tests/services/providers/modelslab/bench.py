"""What the tests of ModelsLab's adapter share: the adapter before its stand-in, and an order."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import aiohttp

from playground.providers.app import StandIns, open_stand_ins
from services.http import Timeouts, fetch_bytes
from services.images.pixels import PixelWork
from services.images.whole import unwrapped
from services.models import Parameters
from services.providers.base import Failed, Finished, Handle, PaintOrder, Reference, Running, Waiting
from services.providers.modelslab.adapter import ModelsLabProvider
from tests.playground.providers.modelslab_bench import face_png
from tests.services.sessions import local_session
from tests.waiting import HANGS_AFTER_S

ORDINARY = "modelslab/flux-headshot"
ENTERPRISE = "modelslab/flux-headshot-enterprise"
ENDPOINTS = {ORDINARY: "v6/image_editing/flux_headshot", ENTERPRISE: "v1/enterprise/flux_headshot/make_gen"}
PARAMETERS: Parameters = {"width": 512, "height": 768, "num_inference_steps": 21, "guidance_scale": 7.5}
FACE = Reference(face_png(), "image/png", 64, 96)
PATIENT = Timeouts(HANGS_AFTER_S, HANGS_AFTER_S, HANGS_AFTER_S, HANGS_AFTER_S)


@dataclass
class Clock:
    """Seconds that stand still until a test moves them."""

    now_s: float = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now_s


@dataclass
class Studio:
    """The adapter, the stand-in behind it and the clock that it looks at."""

    provider: ModelsLabProvider
    stand_ins: StandIns
    session: aiohttp.ClientSession
    clock: Clock = field(default_factory=Clock)

    @property
    def key(self) -> str:
        return self.stand_ins.desks["modelslab"].key

    def answer(self, *bodies: object, path: str = "", **step: object) -> None:
        """Let the next requests (of that path) be answered by these bodies and not by the vendor."""
        self.stand_ins.script("modelslab", [{"body": body, **step} for body in bodies], {"path_regex": path})

    def calls(self) -> list[dict[str, Any]]:
        return self.stand_ins.calls("modelslab")

    def sent(self) -> dict[str, Any]:
        """Return the body of the newest request."""
        body: dict[str, Any] = self.calls()[-1]["body"]
        return body

    def paid(self) -> int:
        return sum(call["paid"] for call in self.calls())

    async def bytes_of(self, finished: object) -> bytes:
        assert isinstance(finished, Finished)
        picture = finished.picture
        if picture.data is not None:
            return picture.data
        assert picture.url is not None
        return unwrapped(await fetch_bytes(self.session, picture.url, self.provider.may_fetch))

    async def finish(self, **changes: object) -> Finished:
        """Return an order's finished picture."""
        answer = await self.provider.submit(order(**changes))
        end = answer if isinstance(answer, Finished) else await wait_for_end(self, answer.handle)
        assert isinstance(end, Finished)
        return end


def order(**changes: object) -> PaintOrder:
    """Return an order for the ordinary door, with fields changed."""
    given: dict[str, Any] = {
        "model": ORDINARY,
        "prompt": "a face",
        "image_seed": 42,
        "parameters": PARAMETERS,
        "references": (FACE,),
    }
    given |= changes
    return PaintOrder(endpoint=ENDPOINTS[given["model"]], **given)


@asynccontextmanager
async def open_studio(
    pace_s: float = 0.0, *, key: str = "", timeouts: Timeouts = PATIENT
) -> AsyncIterator[Studio]:
    async with open_stand_ins(pace_s=pace_s) as stand_ins, local_session() as session:
        clock = Clock()
        provider = ModelsLabProvider(
            session,
            f"{stand_ins.origin}/modelslab",
            key or stand_ins.desks["modelslab"].key,
            endpoints=ENDPOINTS,
            pixels=PixelWork(),
            now_s=clock,
            submit_timeouts=timeouts,
            call_timeouts=timeouts,
        )
        yield Studio(provider, stand_ins, session, clock)


async def submit_waiting(studio: Studio, **changes: object) -> Handle:
    """Return the handle of an order, as it comes back from storage."""
    answer = await studio.provider.submit(order(**changes))
    assert isinstance(answer, Waiting)
    return Handle.from_json(answer.handle.to_json())


async def wait_for_end(studio: Studio, handle: Handle) -> Finished | Failed:
    """Poll until an order has ended."""
    async with asyncio.timeout(HANGS_AFTER_S):
        while isinstance(result := await studio.provider.poll(handle), Running):
            pass
    return result
