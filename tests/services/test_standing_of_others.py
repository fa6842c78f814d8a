"""A service that is down for a worker is down for every process of the database; each context here is one of them."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from db.jobs import workers
from db.jobs.findings import list_findings
from db.tables.schema import workers as worker_rows
from db.tables.types import DAY_MS
from services.circuit import FAILURES_THAT_OPEN, TRIAL_EVERY_S, Call
from services.context import Context
from services.errors import ProviderBroken
from services.jobs import recovery
from services.jobs.noticing import tell_if_new
from services.offers import ModelUnavailable
from services.provider_status import Health, provider_statuses
from services.queueing import show_queue
from services.standing import GONE_FOR_S, Standing
from services.wakeups import Wakeups, look_again
from tests.services.studio import ADA, BEN, Studio, caller
from tests.services.test_wakeups import NEVER_S, another_process, open_line_of
from tests.waiting import until

ON_POSTGRESQL = [pytest.mark.postgres, pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)]

QUICK = "scripted/quick"


@dataclass
class Process:
    """A process with a clock of its own over the database that all of them have."""

    context: Context
    now_s: float = 1_000.0

    @property
    def standing(self) -> Standing:
        return self.context.standing

    async def fails(self) -> None:
        """Let every call of this worker fail until it takes the provider for down, and tell."""
        for _ in range(FAILURES_THAT_OPEN):
            self.standing.record("scripted", Call.SUBMIT, ProviderBroken("provider_unreachable"))
        await self.looks()

    async def is_answered(self) -> None:
        """Let the provider take an order of this worker's, and tell."""
        self.now_s += 1
        self.standing.record("scripted", Call.SUBMIT)
        await self.looks()

    async def looks(self) -> None:
        """Do what is done every few seconds."""
        await look_again(self.context)

    @property
    def says(self) -> str:
        """Return what a new request is told, "" where it is taken."""
        trouble = self.standing.trouble_of(self.context.catalog.find(QUICK))
        return "" if trouble is None else trouble.code


def process(studio: Studio) -> Process:
    made = Process(studio.context)
    made.context = replace(another_process(studio), standing=Standing(now_s=lambda: made.now_s))
    return made


def enter(conn: Connection, name: str) -> None:
    """Enter a worker that lives until it is said to be dead, however long a test takes."""
    workers.register(conn, name, is_only_worker=False)
    live_on(conn, name)


def live_on(conn: Connection, name: str) -> None:
    alive = sa.update(worker_rows).where(worker_rows.c.id == name)
    conn.execute(alive.values(beat_at_ms=worker_rows.c.beat_at_ms + DAY_MS))


async def worker(studio: Studio, name: str) -> Process:
    await studio.context.database.write(enter, name)
    made = process(studio)
    made.standing.worker_id = name
    return made


@asynccontextmanager
async def in_touch(*processes: Process) -> AsyncIterator[None]:
    """Keep processes in touch; none looks by itself, so that it knows only what it hears."""
    async with AsyncExitStack() as stack:
        for each in processes:
            context = each.context
            wakeups = Wakeups(
                context, has_engine=each.standing.worker_id != "", open_line=open_line_of(context), look_again_s=NEVER_S
            )  # fmt: skip
            wakeups.start()
            stack.push_async_callback(wakeups.stop)
            await until(lambda: wakeups.is_line_up and context.privacy.is_certain)  # noqa: B023 - awaited in this round
        yield


def let_die(conn: Connection, name: str) -> None:
    conn.execute(sa.update(worker_rows).where(worker_rows.c.id == name).values(beat_at_ms=0))


class TestOverPostgresql:
    pytestmark = ON_POSTGRESQL

    async def test_p14_what_a_worker_finds_down_is_refused_at_the_gateway_at_once(
        self, studio: Studio
    ) -> None:
        gateway, paints = process(studio), await worker(studio, "a")
        accepted = await studio.order()
        await paints.fails()
        await gateway.looks()
        studio.context = gateway.context

        with pytest.raises(ModelUnavailable) as caught:
            await studio.order(caller(BEN))
        assert caught.value.code == "provider_down"
        assert await show_queue(gateway.context, BEN) == []
        (waits,) = await show_queue(gateway.context, ADA)
        assert waits.entries[0].job_id == accepted.job_ids[0]
        assert waits.entries[0].reason is not None
        assert waits.entries[0].reason.name == "down"
        status = {each.name: each for each in await provider_statuses(gateway.context, caller())}
        assert status["scripted"].health is Health.DOWN
        assert status["scripted"].trial_in_s > 0

    async def test_nobody_has_to_look_to_learn_that_it_is_down_and_that_it_answers_again(
        self, studio: Studio
    ) -> None:
        gateway, paints = process(studio), await worker(studio, "a")
        async with in_touch(gateway, paints):
            for _ in range(FAILURES_THAT_OPEN):
                paints.standing.record("scripted", Call.SUBMIT, ProviderBroken("provider_unreachable"))
            tell_if_new(paints.context)
            await until(lambda: gateway.says == "provider_down")
            paints.standing.record("scripted", Call.SUBMIT)
            tell_if_new(paints.context)
            await until(lambda: gateway.says == "")

            assert not gateway.standing.is_down("scripted")

    async def test_a_model_that_is_gone_for_a_worker_is_gone_for_the_gateway(self, studio: Studio) -> None:
        gateway, paints = process(studio), await worker(studio, "a")
        paints.standing.mark_gone(QUICK)
        await paints.looks()
        await gateway.looks()

        assert gateway.says == "model_gone"
        assert not gateway.standing.is_down("scripted")

    async def test_whoever_asks_when_a_trial_is_due_is_the_trial_at_the_gateway_too(
        self, studio: Studio
    ) -> None:
        gateway, paints = process(studio), await worker(studio, "a")
        await paints.fails()
        await gateway.looks()
        gateway.now_s += TRIAL_EVERY_S
        assert gateway.says == ""
        assert gateway.standing.is_down("scripted")

        paints.now_s += TRIAL_EVERY_S
        paints.standing.begin_submit("scripted", 1)
        await paints.looks()
        await gateway.looks()
        assert gateway.says == "provider_down"

    async def test_two_workers_disagree_and_whoever_is_answered_is_believed(self, studio: Studio) -> None:
        gateway, broken, whole = process(studio), await worker(studio, "a"), await worker(studio, "b")
        await broken.fails()
        await whole.looks()
        # It has not been answered since, so it knows no better; but nobody keeps it from trying.
        assert whole.says == "provider_down"
        assert whole.standing.sendable({"scripted": 2}) == {"scripted": 2}
        await whole.is_answered()
        for each in (gateway, broken):
            await each.looks()

        assert [each.says for each in (gateway, whole, broken)] == ["", "", "provider_down"]
        assert broken.standing.sendable({"scripted": 2}) == {}

    async def test_once_the_one_that_was_answered_fails_too_it_is_down(self, studio: Studio) -> None:
        gateway, broken, whole = process(studio), await worker(studio, "a"), await worker(studio, "b")
        await broken.fails()
        await whole.looks()
        await whole.is_answered()
        await whole.fails()
        await gateway.looks()
        assert gateway.says == "provider_down"

        await whole.is_answered()
        await gateway.looks()
        assert gateway.says == ""

    async def test_an_answer_from_before_it_went_down_again_is_no_word_for_it(self, studio: Studio) -> None:
        gateway, first, second = process(studio), await worker(studio, "a"), await worker(studio, "b")
        await first.fails()
        await second.looks()
        await second.is_answered()
        await first.is_answered()
        second.now_s += 3600
        await second.looks()  # it is agreed that it answers
        await first.fails()
        await second.looks()
        await gateway.looks()

        assert gateway.says == "provider_down"

    @pytest.mark.parametrize("end", [workers.leave, let_die], ids=["stopped", "killed"])
    async def test_what_a_worker_found_ends_with_it(self, studio: Studio, end: object) -> None:
        assert callable(end)
        gateway, paints = process(studio), await worker(studio, "a")
        await paints.fails()
        await studio.context.database.write(end, "a")
        await gateway.looks()

        assert gateway.says == ""
        assert not gateway.standing.is_down("scripted")

    async def test_it_is_written_when_it_changes_and_not_for_every_call(self, studio: Studio) -> None:
        paints = await worker(studio, "a")
        database = studio.context.database
        paints.standing.record("scripted", Call.SUBMIT)
        assert not await paints.standing.tell(database)
        await paints.fails()
        before = await database.read(list_findings, "")
        for _ in range(3):
            paints.standing.record("scripted", Call.POLL, ProviderBroken("provider_unreachable"))
            assert not await paints.standing.tell(database)

        assert [each.stamp for each in await database.read(list_findings, "")] == [
            each.stamp for each in before
        ]

    async def test_a_line_of_orders_for_a_model_that_is_gone_is_told_once_in_half_an_hour(
        self, studio: Studio
    ) -> None:
        gateway, paints = process(studio), await worker(studio, "a")
        paints.standing.mark_gone(QUICK)
        await paints.looks()
        for _ in range(3):
            paints.now_s += GONE_FOR_S / 8
            paints.standing.mark_gone(QUICK)
            assert not paints.standing.has_news()
        paints.now_s += GONE_FOR_S / 8
        paints.standing.mark_gone(QUICK)
        assert paints.standing.has_news()
        await paints.looks()
        await gateway.looks()
        gateway.now_s += GONE_FOR_S * 3 / 4

        assert gateway.says == "model_gone"

    async def test_what_cannot_be_told_is_told_later(self, studio: Studio) -> None:
        gateway, paints = process(studio), await worker(studio, "a")
        database = studio.context.database
        await database.write(workers.leave, "a")
        await paints.fails()
        assert paints.standing.has_news()
        await database.write(enter, "a")
        await paints.looks()
        await gateway.looks()

        assert gateway.says == "provider_down"

    async def test_a_worker_that_enters_anew_tells_anew_what_it_finds(self, studio: Studio) -> None:
        gateway, paints = process(studio), await worker(studio, "a")
        paints.standing.mark_gone(QUICK)
        await paints.fails()
        database = studio.context.database
        await database.write(workers.leave, "a")
        await gateway.looks()
        assert gateway.says == ""
        await recovery.enter(paints.context, "a")
        await database.write(live_on, "a")
        await paints.looks()
        await gateway.looks()

        assert gateway.says == "model_gone"
        assert gateway.standing.is_down("scripted")

    async def test_an_engine_tells_as_the_worker_that_it_is_and_takes_it_back_with_its_end(
        self, studio: Studio
    ) -> None:
        gateway = process(studio)
        async with studio.engine() as engine:
            assert studio.context.standing.worker_id == engine.worker_id
            studio.context.standing.mark_gone(QUICK)
            await look_again(studio.context)
            await gateway.looks()
            assert gateway.says == "model_gone"
        await look_again(studio.context)
        await gateway.looks()

        assert gateway.says == ""


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_one_process_alone_has_nobody_to_tell(studio: Studio) -> None:
    async with studio.engine():
        studio.context.standing.mark_gone(QUICK)
        await look_again(studio.context)

        assert not studio.context.standing.has_news()
    assert await studio.context.database.read(list_findings, "") == []
