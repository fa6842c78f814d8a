"""A running web edge with receivers that write down what they got, and a raw client beside it."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import aiohttp

from services.web.app import EdgeParts, WebEdge
from services.web.health import Probes
from services.web.hooks import HookCall, HookDoor
from tests.waiting import HANGS_AFTER_S

MAC = "a_valid-mac"
NEVER_S = 600.0
"""A deadline that no test waits for: what ends before it was ended by something else."""


@dataclass
class Surroundings:
    """What the edge under test finds: health, and the receiver's answer to a webhook."""

    is_gateway_up: bool = True
    database: Callable[[], bool] = lambda: True
    calls: list[HookCall] = field(default_factory=list)
    error: Exception | None = None
    edge: WebEdge | None = None

    @property
    def base(self) -> str:
        assert self.edge is not None
        return f"http://127.0.0.1:{self.edge.port}"

    async def probe_database(self) -> bool:
        return self.database()

    async def receive(self, call: HookCall) -> None:
        if self.error is not None:
            raise self.error
        self.calls.append(call)


def is_ours(provider: str, attempt_id: int, mac: str) -> bool:
    return (provider, attempt_id, mac) == ("fal", 42, MAC)


@asynccontextmanager
async def open_edge(
    surroundings: Surroundings,
    *,
    public_url: str | None = None,
    header_deadline_s: float = NEVER_S,
    body_deadline_s: float = NEVER_S,
) -> AsyncIterator[aiohttp.ClientSession]:
    """Give an HTTP client whose base address is the running edge."""
    probes = Probes(gateway=lambda: surroundings.is_gateway_up, database=surroundings.probe_database)
    door = HookDoor(is_ours, surroundings.receive, body_deadline_s)
    surroundings.edge = WebEdge(EdgeParts(probes, door, public_url, header_deadline_s))
    await surroundings.edge.start("127.0.0.1", 0)
    try:
        async with aiohttp.ClientSession(surroundings.base) as session:
            yield session
    finally:
        await surroundings.edge.stop()


async def speak_raw(surroundings: Surroundings, data: bytes) -> bytes:
    """Send `data` as it is and return everything until the server closes. Raises TimeoutError when it does not."""
    assert surroundings.edge is not None
    reader, writer = await asyncio.open_connection("127.0.0.1", surroundings.edge.port)
    try:
        writer.write(data)
        async with asyncio.timeout(HANGS_AFTER_S):
            return await reader.read()
    finally:
        writer.close()
        await writer.wait_closed()
