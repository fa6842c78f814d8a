"""Letting a line go takes agreement: a process that reaches no provider may be the one whose network is broken."""

from dataclasses import dataclass, replace

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from db.tables.schema import provider_answers
from db.upkeep.provider_answers import answered_within, put_answers
from services.alerts import AlertBook
from services.circuit import FAILURES_THAT_OPEN, Call
from services.context import Context
from services.errors import ProviderBroken, ProviderRejected
from services.jobs import recovery
from services.jobs.down import DOWN_AT_MOST_S
from services.standing import TELL_EVERY_S, Standing
from tests.services.studio import Studio

DOWN_AT_MOST_MS = int(DOWN_AT_MOST_S * 1000)


@dataclass
class Worker:
    """A process with a clock and a standing of its own, over the database that all of them have."""

    context: Context
    now_s: float = 1_000.0

    def fails(self) -> None:
        """Let every call of this process fail."""
        for _ in range(FAILURES_THAT_OPEN):
            self.context.standing.record("scripted", Call.SUBMIT, ProviderBroken("provider_unreachable"))

    def is_answered(self, error: Exception | None = None) -> None:
        """Let the provider answer this process."""
        self.context.standing.record("scripted", Call.POLL, error)

    async def recover(self) -> list[str]:
        """Do what is done every few seconds; return the kinds of alerts that were raised."""
        await recovery.recover(self.context)
        return [alert.kind for alert in self.context.alerts.take()]


def worker_of(studio: Studio) -> Worker:
    worker = Worker(studio.context)
    standing = Standing(now_s=lambda: worker.now_s)
    worker.context = replace(studio.context, standing=standing, alerts=AlertBook())
    return worker


def make_older(conn: Connection, milliseconds: int) -> None:
    older = provider_answers.c.answered_at_ms - milliseconds
    conn.execute(sa.update(provider_answers).values(answered_at_ms=older))


@pytest.mark.parametrize(
    "answer", [None, ProviderRejected("provider_moderated_input", "no")], ids=["a picture", "a refusal"]
)
async def test_a_process_that_alone_reaches_nobody_lets_nothing_go_and_says_so_once(
    studio: Studio, answer: Exception | None
) -> None:
    accepted = await studio.order()
    broken, whole = worker_of(studio), worker_of(studio)
    broken.fails()
    broken.now_s += DOWN_AT_MOST_S + 1
    whole.is_answered(answer)
    assert await whole.recover() == []

    assert await broken.recover() == ["circuit_open_here"]
    assert await broken.recover() == []
    assert await studio.states(accepted) == ["queued"]


async def test_what_no_process_has_reached_for_ten_minutes_is_let_go(studio: Studio) -> None:
    accepted = await studio.order()
    first, second = worker_of(studio), worker_of(studio)
    second.is_answered()
    await second.recover()
    first.fails()
    first.now_s += DOWN_AT_MOST_S + 1
    await studio.context.database.write(make_older, DOWN_AT_MOST_MS)
    await first.recover()

    assert await studio.states(accepted) == ["failed"]


async def test_the_last_answer_before_a_provider_went_down_holds_nothing_up(studio: Studio) -> None:
    accepted = await studio.order()
    alone = worker_of(studio)
    alone.is_answered()
    alone.fails()
    alone.now_s += DOWN_AT_MOST_S + 1
    # Only told now, as of ten minutes ago.
    await alone.recover()

    assert await studio.states(accepted) == ["failed"]


async def test_answers_are_told_once_in_a_minute_and_only_new_ones(studio: Studio) -> None:
    worker = worker_of(studio)
    worker.is_answered()
    assert set(worker.context.standing.answers_to_tell()) == {"scripted"}
    worker.now_s += TELL_EVERY_S - 1
    worker.is_answered()
    assert worker.context.standing.answers_to_tell() == {}
    worker.now_s += 5
    assert worker.context.standing.answers_to_tell() == {"scripted": 5.0}
    worker.now_s += TELL_EVERY_S * 2
    assert worker.context.standing.answers_to_tell() == {}


async def test_an_older_answer_changes_nothing_and_one_that_lies_ahead_is_put_right(studio: Studio) -> None:
    database = studio.context.database
    await database.write(put_answers, {"scripted": 0})
    await database.write(put_answers, {"scripted": DOWN_AT_MOST_MS * 2})
    assert await database.read(answered_within, DOWN_AT_MOST_MS) == {"scripted"}
    # As a clock that was put back by a day leaves it.
    await database.write(make_older, -86_400_000)
    assert await database.read(answered_within, DOWN_AT_MOST_MS) == frozenset()
    await database.write(put_answers, {"scripted": 0})
    assert await database.read(answered_within, DOWN_AT_MOST_MS) == {"scripted"}
