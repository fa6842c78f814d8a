"""The local Discord beside the bot: one a data folder, whatever happens to either."""

import asyncio
import os
import signal
from pathlib import Path

from tests.e2e.play import answer_of, gallery
from tests.e2e.service import play, running


async def test_a_local_discord_that_is_slow_is_waited_for_and_not_doubled(folder: Path) -> None:
    async with running(folder) as (limner, hands):
        before = limner.announcement
        await limner.kill()
        os.kill(int(before["pid"]), signal.SIGSTOP)
        starting = asyncio.create_task(limner.start())
        await asyncio.sleep(
            4
        )  # long enough for an impatient start to bring a second one; longer does no harm
        os.kill(int(before["pid"]), signal.SIGCONT)
        await starting
        painted = answer_of(await hands.slash("ada", "portrait"))

    assert limner.announcement == before
    assert len(gallery(painted)) == 1


async def test_a_local_discord_that_was_killed_is_replaced_with_what_was_said_in_it(folder: Path) -> None:
    async with running(folder) as (limner, hands):
        first = answer_of(await hands.slash("ada", "portrait"))
        assert await limner.stop() == 0
        await limner.start()
        before = limner.announcement
        await limner.kill()
        os.kill(int(before["pid"]), signal.SIGKILL)
        await limner.start()
        async with play(limner) as again:
            found = await again.messages("ada")

    assert limner.announcement["pid"] != before["pid"]
    assert [one["id"] for one in found] == [first["id"]]
