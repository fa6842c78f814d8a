"""Calls of a provider over real HTTP, down to the rows: each is answered 200 only when its effect is committed."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from urllib.parse import urlsplit

import aiohttp
import pytest

from db.engine import Connection
from db.jobs import jobs, moves
from db.jobs.moves import Claim
from services.asks import Accepted
from services.errors import StorageError
from services.models import JobState, JsonValue
from services.settings import Settings
from services.web.app import WebEdge
from services.web.edge import open_web_edge
from tests.services.studio import Studio

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@asynccontextmanager
async def called(studio: Studio) -> AsyncIterator[WebEdge]:
    """Open the edge of a service that its providers can call; no port is known before it listens."""
    studio.context = replace(studio.context, public_url="http://127.0.0.1")
    settings = Settings(_env_file=None, LIMNER_PORT=0, public_url="http://127.0.0.1")
    edge = await open_web_edge(studio.context, settings)
    try:
        yield edge
    finally:
        await edge.stop()


async def waiting(studio: Studio) -> Accepted:
    async with studio.engine():
        accepted = await studio.order()
        await studio.until_states(accepted, "waiting")
    return accepted


async def call(
    studio: Studio, edge: WebEdge, body: bytes, headers: dict[str, str], *, change: str = ""
) -> int:
    """Call the address that the order named, at the port where the edge listens; return the status."""
    path = urlsplit(str(studio.server.orders["order-1"].body["webhook_url"])).path + change
    url = f"http://127.0.0.1:{edge.port}{path}"
    async with aiohttp.ClientSession() as session, session.post(url, data=body, headers=headers) as answer:
        return answer.status


async def state_of(studio: Studio, accepted: Accepted) -> JobState:
    row = await studio.context.database.read(jobs.read_job, accepted.job_ids[0])
    assert row is not None
    return row.state


async def test_a_call_is_answered_when_the_job_has_moved(studio: Studio) -> None:
    async with called(studio) as edge:
        accepted = await waiting(studio)
        assert await call(studio, edge, *studio.server.webhook("order-1")) == 200
        assert await state_of(studio, accepted) is JobState.FETCHING


@pytest.mark.parametrize(
    ("change", "headers", "status"),
    [("", {}, 401), ("x", None, 404)],
    ids=["no signature", "another address"],
)
async def test_a_forged_call_moves_nothing(
    studio: Studio, change: str, headers: dict[str, str] | None, status: int
) -> None:
    async with called(studio) as edge:
        accepted = await waiting(studio)
        body, signed = studio.server.webhook("order-1")
        given = signed if headers is None else headers

        assert await call(studio, edge, body, given, change=change) == status
        assert await state_of(studio, accepted) is JobState.WAITING


async def test_what_cannot_be_kept_is_answered_503_and_taken_at_the_next_call(
    studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep_outcome = moves.keep_outcome

    def full(conn: Connection, claim: Claim, outcome: dict[str, JsonValue], worker_id: str) -> None:
        assert keep_outcome(conn, claim, outcome, worker_id) is not None
        raise StorageError("disk_full")

    async with called(studio) as edge:
        accepted = await waiting(studio)
        with monkeypatch.context() as patch:
            patch.setattr(moves, "keep_outcome", full)
            assert await call(studio, edge, *studio.server.webhook("order-1")) == 503
        assert await state_of(studio, accepted) is JobState.WAITING

        assert await call(studio, edge, *studio.server.webhook("order-1")) == 200
        assert await state_of(studio, accepted) is JobState.FETCHING


async def test_fifty_equal_calls_at_once_are_all_answered_and_bring_one_picture(studio: Studio) -> None:
    async with called(studio) as edge:
        await waiting(studio)
        body, headers = studio.server.webhook("order-1")
        async with studio.engine():
            statuses = await asyncio.gather(*(call(studio, edge, body, headers) for _ in range(50)))
            result = await studio.until_delivered()

    assert set(statuses) == {200}
    assert len(result.pictures) == 1
    assert studio.server.requests.count(("GET", "/pictures/order-1")) == 1
    assert len(studio.mailbox.delivered) == 1
