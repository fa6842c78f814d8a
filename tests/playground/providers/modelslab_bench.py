"""What the tests of ModelsLab's stand-in share: a running one, a face, and an order that it takes."""

import base64
import io
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import aiohttp
from PIL import Image

from playground.providers.app import StandIns, open_stand_ins

GENERATE = "v6/image_editing/flux_headshot"
ENTERPRISE = "v1/enterprise/flux_headshot/make_gen"
CLIENTS = "v1/enterprise/image_editing/flux_headshot"


def face_png(colour: tuple[int, int, int] = (200, 150, 120), size: tuple[int, int] = (64, 96)) -> bytes:
    file = io.BytesIO()
    Image.new("RGB", size, colour).save(file, "PNG")
    return file.getvalue()


@dataclass(frozen=True)
class Lab:
    """The stand-in, and somebody who speaks to it."""

    stand_ins: StandIns
    session: aiohttp.ClientSession

    @property
    def url(self) -> str:
        return f"{self.stand_ins.origin}/modelslab"

    @property
    def key(self) -> str:
        return self.stand_ins.desks["modelslab"].key

    def order(self, **changes: object) -> dict[str, Any]:
        """Return an order that is taken, with fields changed; `...` leaves one out."""
        face = base64.b64encode(face_png()).decode()
        order: dict[str, Any] = {
            "key": self.key,
            "prompt": "a face",
            "face_image": face,
            "base64": True,
            "seed": 7,
        }
        return {name: value for name, value in (order | changes).items() if value is not ...}

    async def post(self, path: str, body: object) -> tuple[int, dict[str, Any]]:
        async with self.session.post(f"{self.url}/api/{path}", json=body) as answer:
            return answer.status, await answer.json()

    async def get(self, address: str) -> tuple[int, bytes]:
        async with self.session.get(address) as answer:
            return answer.status, await answer.read()

    def paid(self) -> int:
        return sum(call["paid"] for call in self.stand_ins.calls("modelslab"))


@asynccontextmanager
async def open_lab(pace_s: float = 0.0) -> AsyncIterator[Lab]:
    async with open_stand_ins(pace_s=pace_s) as stand_ins, aiohttp.ClientSession() as session:
        yield Lab(stand_ins, session)


def size_of(data: bytes) -> tuple[int, int]:
    with Image.open(io.BytesIO(data), formats=["PNG"]) as image:
        image.load()
        return image.size
