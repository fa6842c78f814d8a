"""A picture is fetched while the call that named it is committed, and thrown away where the call moves nothing."""

import asyncio
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from functools import partial

import pytest

from db.engine import Connection
from db.jobs import attempts, jobs
from services.asks import Accepted
from services.errors import StorageError
from services.jobs import engine
from services.jobs.dispatcher import Dispatcher
from services.jobs.webhooks import receive_webhook
from services.models import JobState
from tests.services.providers.stand_in import Fault, Stage
from tests.services.studio import Studio
from tests.waiting import HANGS_AFTER_S, until

# One writer, which a test can hold.
pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@asynccontextmanager
async def commits_wait(studio: Studio) -> AsyncIterator[None]:
    """Let nothing be committed while the block runs."""
    is_held, may_go = threading.Event(), threading.Event()

    def hold(_conn: Connection) -> None:
        is_held.set()
        may_go.wait(HANGS_AFTER_S)

    holding = asyncio.create_task(studio.context.database.write(hold))
    await until(is_held.is_set)
    try:
        yield
    finally:
        may_go.set()
        await holding


@asynccontextmanager
async def called_from_outside(studio: Studio) -> AsyncIterator[None]:
    """Run an engine whose orders wait for calls and are hardly looked after."""
    studio.context = replace(studio.context, public_url="https://limner.example")
    async with studio.engine():
        yield


async def waiting_order(studio: Studio) -> Accepted:
    """Return a request whose order waits for its call."""
    accepted = await studio.order()
    await studio.until_states(accepted, "waiting")
    return accepted


async def call(studio: Studio, accepted: Accepted, order_id: str) -> None:
    attempt = await studio.context.database.read(attempts.last_attempt, accepted.job_ids[0])
    assert attempt is not None
    await receive_webhook(studio.context, "scripted", attempt.id, *studio.server.webhook(order_id))


def fetched(studio: Studio) -> list[str]:
    return [path.removeprefix("/pictures/") for _, path in studio.server.requests if "/pictures/" in path]


def written(studio: Studio) -> int:
    """Return how many pictures lie beside the others and have no name yet."""
    folder = studio.folder / "images" / "temporary"
    return len(list(folder.iterdir())) if folder.is_dir() else 0


def has_free_hand(studio: Studio) -> bool:
    with studio.context.fetch_lane.hand() as hand:
        return bool(hand.worker_id)


async def until_asked(studio: Studio) -> None:
    """Ask the stand-in something: what was sent to it before has come by then."""
    async with studio.context.session.get(f"{studio.server.url}/key") as answer:
        assert answer.ok


def refuse_fetching(conn: Connection) -> None:
    conn.exec_driver_sql(
        "CREATE TRIGGER refuse BEFORE UPDATE OF state ON jobs WHEN NEW.state = 'fetching' "
        "BEGIN SELECT RAISE(ABORT, 'not now'); END"
    )


def refuse_nothing(conn: Connection) -> None:
    conn.exec_driver_sql("DROP TRIGGER refuse")


async def test_a_picture_is_here_before_its_call_is_committed_and_is_fetched_once(studio: Studio) -> None:
    async with called_from_outside(studio):
        accepted = await waiting_order(studio)
        async with commits_wait(studio):
            calling = asyncio.create_task(call(studio, accepted, "order-1"))
            await until(lambda: written(studio) == 1)
            assert await studio.states(accepted) == ["waiting"]
            assert not calling.done()
        await calling
        result = await studio.until_delivered()

    assert fetched(studio) == ["order-1"]
    assert written(studio) == 0
    assert await studio.context.store.get(result.pictures[0].digest)


async def test_a_picture_that_was_being_fetched_when_the_commit_failed_is_thrown_away(studio: Studio) -> None:
    async with called_from_outside(studio):
        accepted = await waiting_order(studio)
        await studio.context.database.write(refuse_fetching)
        async with commits_wait(studio):
            calling = asyncio.create_task(call(studio, accepted, "order-1"))
            await until(lambda: written(studio) == 1)
        with pytest.raises(StorageError):
            await calling
        assert written(studio) == 0
        assert has_free_hand(studio)
        await studio.context.database.write(refuse_nothing)
        await call(studio, accepted, "order-1")
        await studio.until_delivered()

    assert studio.server.paid_submits == 1


async def test_a_fetch_that_never_ends_is_ended_when_the_commit_failed(studio: Studio) -> None:
    studio.server.script(Stage.PICTURE, Fault.MUTE)
    async with called_from_outside(studio):
        accepted = await waiting_order(studio)
        await studio.context.database.write(refuse_fetching)
        async with commits_wait(studio):
            calling = asyncio.create_task(call(studio, accepted, "order-1"))
            await until(lambda: fetched(studio) == ["order-1"])
        with pytest.raises(StorageError):
            await calling

        assert has_free_hand(studio)
        assert written(studio) == 0


async def test_a_call_that_is_a_repeat_fetches_nothing(studio: Studio) -> None:
    async with called_from_outside(studio):
        first = await waiting_order(studio)
        await call(studio, first, "order-1")
        await studio.until_delivered()
        second = await waiting_order(studio)
        async with commits_wait(studio):
            repeated = asyncio.create_task(call(studio, first, "order-1"))
            calling = asyncio.create_task(call(studio, second, "order-2"))
            await until(lambda: written(studio) == 1)
            await until_asked(studio)
        await asyncio.gather(repeated, calling)
        await studio.until_delivered(2)

    assert fetched(studio) == ["order-1", "order-2"]


async def test_no_more_pictures_are_fetched_early_than_there_are_hands(
    studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine, "FETCH_HANDS", 1)
    # A loop that looks by itself would stand behind the held commit with the only hand.
    monkeypatch.setattr(engine, "Dispatcher", partial(Dispatcher, idle_poll_s=HANGS_AFTER_S))
    async with called_from_outside(studio):
        first, second = await waiting_order(studio), await waiting_order(studio)
        async with commits_wait(studio):
            calls = [asyncio.create_task(call(studio, first, "order-1"))]
            await until(lambda: written(studio) == 1)
            calls.append(asyncio.create_task(call(studio, second, "order-2")))
            await until_asked(studio)
            await until_asked(studio)
            assert fetched(studio) == ["order-1"]
        await asyncio.gather(*calls)
        await studio.until_delivered(2)

    assert fetched(studio) == ["order-1", "order-2"]


async def test_the_early_fetch_of_a_job_that_was_canceled_is_ended(studio: Studio) -> None:
    async with called_from_outside(studio):
        accepted = await waiting_order(studio)
        job_id = accepted.job_ids[0]
        await studio.context.database.write(
            lambda conn: jobs.move_job(conn, job_id, JobState.WAITING, JobState.CANCELED)
        )
        async with commits_wait(studio):
            calling = asyncio.create_task(call(studio, accepted, "order-1"))
            await until(lambda: written(studio) == 1)
        await calling
        assert has_free_hand(studio)

    assert await studio.states(accepted) == ["canceled"]
    assert written(studio) == 0


async def test_an_early_fetch_that_fails_is_a_try_like_any_other(studio: Studio) -> None:
    studio.server.script(Stage.PICTURE, Fault.TRUNCATED)
    async with called_from_outside(studio):
        accepted = await waiting_order(studio)
        await call(studio, accepted, "order-1")
        result = await studio.until_delivered()

    assert len(result.pictures) == 1
    assert fetched(studio) == ["order-1", "order-1"]
    assert written(studio) == 0
