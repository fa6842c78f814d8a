"""How many jobs are in line, as this process last counted them: on both databases."""

import asyncio

from services import metrics
from services.line_length import COUNTED_FOR_S, LineLength
from tests.services.studio import Studio


def reads() -> int:
    return metrics.observations("limner_database_transaction_seconds", kind="read")


async def test_those_who_ask_at_the_same_moment_are_told_one_count(studio: Studio) -> None:
    await studio.order()
    line, before = LineLength(lambda: 0.0), reads()

    assert await asyncio.gather(*(line.count(studio.context.database) for _ in range(20))) == [1] * 20
    assert reads() == before + 1


async def test_what_is_accepted_is_added_until_the_next_count(studio: Studio) -> None:
    now_s = [0.0]
    line = LineLength(lambda: now_s[0])
    assert await line.count(studio.context.database) == 0

    line.add(3)
    assert await line.count(studio.context.database) == 3

    now_s[0] = COUNTED_FOR_S
    assert await line.count(studio.context.database) == 0
