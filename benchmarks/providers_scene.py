"""What the rows of the image services share: the stand-ins and a service in processes of their own, and its books."""

import asyncio
import contextlib
import random
import socket
import sqlite3
import time
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import aiohttp

from benchmarks.processes import Process, running, running_stand_ins
from db.upkeep.clock_steps import LONGEST_WAIT_MS
from services.jobs.looking import next_look_s

GUILD: Final = 10
ENDPOINT: Final = "fal-ai/flux/dev"
MODEL: Final = "fal/flux-dev"
ORDERED_OVER_S: Final = 60.0
"""Waiting orders are as old as if they had come evenly over this time."""
STEP_S: Final = 0.05
GIVEN_UP_S: Final = 120.0


def free_port() -> int:
    """Return a port that nobody listens on, below those that systems give out by themselves (from 32768 on)."""
    while True:
        port = random.randint(10_000, 32_000)
        with contextlib.suppress(OSError), socket.create_server(("127.0.0.1", port)):
            return port


@dataclass(slots=True)
class StandIns:
    """The stand-ins' process, what it announced, and its control interface."""

    process: Process
    said: Mapping[str, Any]
    session: aiohttp.ClientSession

    async def post(self, name: str, **body: object) -> Any:  # noqa: ANN401 - any JSON value
        """Make one call of the control interface."""
        async with self.session.post(f"{self.said['control']}/{name}", json=body) as answer:
            answer.raise_for_status()
            return await answer.json()

    async def list_calls(self) -> list[dict[str, Any]]:
        """Return every request to fal, oldest first."""
        async with self.session.get(f"{self.said['control']}/calls?provider=fal") as answer:
            return list((await answer.json())["calls"])

    async def count_looks(self) -> int:
        """Return how often somebody asked after an order at fal."""
        return sum("/status" in call["path"] for call in await self.list_calls())

    async def list_webhooks(self) -> list[dict[str, Any]]:
        """Return every webhook of fal's that was sent, with its answer."""
        async with self.session.get(f"{self.said['control']}/webhooks?provider=fal") as answer:
            return list((await answer.json())["webhooks"])

    async def order(self, body: Mapping[str, Any], webhook: str, endpoint: str = ENDPOINT) -> str:
        """Order a picture as any customer does; return its request id."""
        fal = self.said["fal"]
        async with self.session.post(
            f"{fal['queue']}/{endpoint}",
            params={"fal_webhook": webhook},
            json=body,
            headers={"Authorization": f"Key {fal['key']}"},
        ) as answer:
            answer.raise_for_status()
            return str((await answer.json())["request_id"])

    async def until_painted(self, count: int) -> None:
        """Wait until so many orders were carried out and paid."""
        async with asyncio.timeout(GIVEN_UP_S):
            while sum(call["paid"] for call in await self.list_calls()) < count:  # noqa: ASYNC110 - another process
                await asyncio.sleep(10 * STEP_S)

    async def call_back(self, request_id: str) -> None:
        """Send the webhook of an order."""
        await self.post("webhook", provider="fal", request_id=request_id, action="send")

    async def call_back_all(self, request_ids: Sequence[str], rate_per_s: float) -> list[dict[str, Any]]:
        """Send the webhooks of these orders so many a second, on time; return how each was answered."""
        started_s = time.perf_counter()
        async with asyncio.TaskGroup() as sending:
            for place, request_id in enumerate(request_ids):
                await asyncio.sleep(max(started_s + place / rate_per_s - time.perf_counter(), 0))
                sending.create_task(self.call_back(request_id))
        return await self._answers(frozenset(request_ids))

    async def _answers(self, request_ids: Collection[str]) -> list[dict[str, Any]]:
        async with asyncio.timeout(GIVEN_UP_S):
            while True:
                answered = [each for each in await self.list_webhooks() if each["request_id"] in request_ids]
                if len({each["request_id"] for each in answered}) == len(request_ids):
                    return answered
                await asyncio.sleep(10 * STEP_S)


@asynccontextmanager
async def open_stand_ins(folder: Path) -> AsyncIterator[StandIns]:
    """Run the stand-ins while the block runs."""
    async with running_stand_ins(folder) as (process, said), aiohttp.ClientSession() as session:
        yield StandIns(process, said, session)


def settings_for(stand_ins: StandIns, port: int, *, has_webhooks: bool) -> dict[str, str]:
    """Return the environment of a service beside the stand-ins, without caps that would be in the way."""
    fal = stand_ins.said["fal"]
    settings = {
        "LIMNER_PORT": str(port), "FAL_QUEUE_URL": fal["queue"], "FAL_REST_URL": fal["rest"], "FAL_KEY": fal["key"],
        "LIMNER_DAILY_CAP_USD": "1000", "LIMNER_USER_DAILY_CAP_USD": "1000", "LIMNER_OPEN_JOBS": "1000",
        "LIMNER_SERVER_OPEN_JOBS": "100000", "LIMNER_USER_RUNNING": "1000", "LIMNER_SERVER_RUNNING": "10000",
        "LOG_LEVEL": "WARNING",
    }  # fmt: skip
    return settings | ({"PUBLIC_URL": f"http://127.0.0.1:{port}"} if has_webhooks else {})


@dataclass(slots=True)
class Service:
    """A service without Discord in a process of its own, and the file of its database."""

    process: Process
    database: Path

    async def order(self, count: int) -> None:
        """Order so many pictures, and wait until it is done."""
        self.process.tell(str(count))
        await self.process.line_with("ordered")

    def count(self, state: str) -> int:
        """Return how many jobs are in a state."""
        with closing(self._connect()) as books:
            return int(books.execute("SELECT count(*) FROM jobs WHERE state = ?", (state,)).fetchone()[0])

    async def until(self, state: str, count: int) -> None:
        """Wait until so many jobs are in a state."""
        async with asyncio.timeout(GIVEN_UP_S):
            while self.count(state) < count:  # noqa: ASYNC110 - another process
                await asyncio.sleep(STEP_S)

    def waiting(self) -> list[tuple[str, str]]:
        """Return request id and status address of every waiting order."""
        with closing(self._connect()) as books:
            return list(
                books.execute(
                    "SELECT a.remote_id, json_extract(a.handle, '$.addresses.status') FROM attempts a"
                    " JOIN jobs j ON j.id = a.job_id WHERE j.state = 'waiting' ORDER BY j.id"
                )
            )

    def make_older(self, *, has_webhooks: bool) -> None:
        """Let waiting orders be as old as if they had come evenly over a minute, each between two looks."""
        with closing(self._connect()) as books:
            ids = [row[0] for row in books.execute("SELECT id FROM jobs WHERE state = 'waiting' ORDER BY id")]
            for place, job_id in enumerate(ids):
                share = place / len(ids)
                age_ms = int(share * ORDERED_OVER_S * 1000)
                wait_s = next_look_s(age_ms / 1000, has_webhook=has_webhooks)
                # A sequence without a pattern: ages and waits must not go together.
                due_ms = int(wait_s * 1000 * (place * 0.618 % 1))
                books.execute(
                    "UPDATE attempts SET sent_at_ms = sent_at_ms - ? WHERE job_id = ?", (age_ms, job_id)
                )
                books.execute(
                    "UPDATE jobs SET poll_at_ms = ? WHERE id = ?", (int(time.time() * 1000) + due_ms, job_id)
                )
            books.commit()

    def put_off_looks(self) -> None:
        """Let nobody look after waiting orders any more: only webhooks bring them home."""
        with closing(self._connect()) as books:
            # Further ahead than any wait is long it would be taken for left by a clock that was put back.
            put_off = f"poll_at_ms + {LONGEST_WAIT_MS // 2}"
            books.execute(f"UPDATE jobs SET poll_at_ms = {put_off} WHERE state = 'waiting'")  # noqa: S608 - a number
            books.commit()

    def _connect(self) -> sqlite3.Connection:
        return sqlite3.connect(self.database, timeout=GIVEN_UP_S)


async def share_of_core(process: Process, seconds: float) -> float:
    """Return how many percent of a core a process uses over the next seconds."""
    before_s, started_s = process.processor_s(), time.perf_counter()
    await asyncio.sleep(seconds)
    return 100 * (process.processor_s() - before_s) / (time.perf_counter() - started_s)


@asynccontextmanager
async def open_service(folder: Path, stand_ins: StandIns, *, has_webhooks: bool) -> AsyncIterator[Service]:
    """Run a service beside the stand-ins that has painted once: everything that it needs is loaded."""
    await asyncio.to_thread(folder.mkdir)
    settings = settings_for(stand_ins, free_port(), has_webhooks=has_webhooks)
    settings |= {"LIMNER_DATA": str(folder), "LIMNER_KEY_SERVERS": str(GUILD)}
    log = folder / "service.log"
    async with running("-m", "benchmarks.providers_service", log=log, **settings) as process:
        await process.line_with("ready")
        service = Service(process, folder / "limner.db")
        await service.order(1)
        await service.until("stored", 1)
        yield service
