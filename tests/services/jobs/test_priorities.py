"""Which requests are waited for, and which step aside; and that it is written, told, and ended."""

import pytest
import sqlalchemy as sa

from db import operator_jobs
from db.engine import Connection
from db.schema import jobs
from services.jobs import recovery
from services.jobs.priorities import AT_ONCE, IN_BULK, priority_of
from services.models import RequestKind
from tests.services.studio import Studio


@pytest.mark.parametrize("kind", RequestKind)
def test_one_picture_is_always_waited_for(kind: RequestKind) -> None:
    assert priority_of(kind, 1) == AT_ONCE


@pytest.mark.parametrize(
    ("kind", "pictures", "priority"),
    [
        (RequestKind.IMAGINE, 2, AT_ONCE),
        (RequestKind.PAIR, 2, AT_ONCE),
        (RequestKind.PAIR_WITH, 2, AT_ONCE),
        (RequestKind.SAME_SEED, 2, AT_ONCE),
        (RequestKind.IMAGINE, 3, IN_BULK),
        (RequestKind.PORTRAIT, 4, IN_BULK),
        (RequestKind.SCENE, 4, IN_BULK),
        (RequestKind.STORY, 2, IN_BULK),
        ("rerun", 4, IN_BULK),
    ],
)
def test_several_pictures_are_in_bulk(kind: str, pictures: int, priority: int) -> None:
    assert priority_of(kind, pictures) == priority


def _priorities(conn: Connection) -> list[int]:
    return list(conn.execute(sa.select(jobs.c.priority).order_by(jobs.c.id)).scalars())


def _were_accepted_long_ago(conn: Connection) -> None:
    conn.execute(sa.update(jobs).values(created_at_ms=jobs.c.created_at_ms - 600_000))


async def test_the_priority_is_written_with_every_picture_of_an_order(studio: Studio) -> None:
    await studio.order(count=4)
    await studio.order(count=2)

    assert await studio.context.database.read(_priorities) == [IN_BULK] * 4 + [AT_ONCE] * 2


async def test_the_next_round_of_recovery_ends_what_stepped_aside_for_long_enough(studio: Studio) -> None:
    await studio.order(count=3)
    await recovery.recover(studio.context)
    assert await studio.context.database.read(_priorities) == [IN_BULK] * 3
    await studio.context.database.write(_were_accepted_long_ago)
    await recovery.recover(studio.context)

    assert await studio.context.database.read(_priorities) == [AT_ONCE] * 3


async def test_what_the_operator_lets_go_on_steps_aside_no_more(studio: Studio) -> None:
    accepted = await studio.order(count=3)
    await studio.context.database.write(operator_jobs.hurry, accepted.job_ids[1])

    assert await studio.context.database.read(_priorities) == [IN_BULK, AT_ONCE, IN_BULK]
