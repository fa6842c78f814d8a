"""A result that is finished when the test says so, and everything that Discord and its owner see of it."""

import asyncio
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from db.engine import Connection
from db.tables.schema import deliveries, rungs, users
from services.models import DeliveryState
from tests.cogs.house import House
from tests.faults.hurry import LIBRARYS_TRIES
from tests.faults.passing_time import make_due, make_orders_due, move_clock
from tests.services.studio import Studio
from tests.waiting import HANGS_AFTER_S, STEP_S, until

NEVER = 10_000
EXPIRED_S = 16 * 60
"""After so long a command cannot be answered any more."""
CHANNELS = ("portraits", "gallery", "lounge")


def allow_direct_messages(conn: Connection) -> None:
    conn.execute(sa.update(users).values(allows_direct_messages=True))


def _ended(conn: Connection) -> int:
    ended = (DeliveryState.DELIVERED, DeliveryState.PARKED)
    query = sa.select(sa.func.count()).select_from(deliveries).where(deliveries.c.state.in_(ended))
    return int(conn.execute(query).scalar_one())


def rungs_tried(conn: Connection) -> list[tuple[str, str | None]]:
    """Return every try of every delivery, oldest first: its rung and what became of it."""
    rows = conn.execute(sa.select(rungs.c.rung, rungs.c.outcome).order_by(rungs.c.id))
    return [(row[0], row[1]) for row in rows]


@dataclass
class Ladder:
    """A request by ada whose picture is not finished before `finish`."""

    house: House

    @property
    def studio(self) -> Studio:
        return self.house.studio

    async def ask(self, *, channel: str = "portraits", **options: object) -> dict[str, Any]:
        """Ask for a picture that takes as long as the test likes, and return what Discord heard first."""
        self.studio.server.polls_until_done = NEVER
        wanted = self.studio.server.paid_submits + 1
        options = {"prompt": "a baker", "model": "scripted/quick", **options}
        asked: dict[str, Any] = await self.house.act(
            "slash", user="ada", channel=channel, name="imagine", options=options
        )
        await until(lambda: self.studio.server.paid_submits >= wanted)
        return asked

    async def pass_time(self, seconds: int, *, for_discord_only: bool = False) -> None:
        """Let time pass for Discord, and for the bot's own rows unless its clock is to be the slower one."""
        await self.house.act("clock", advance_s=seconds)
        if not for_discord_only:
            await self.studio.context.database.write(move_clock, seconds * 1000)

    async def finish(self) -> None:
        """Let the picture be finished, and wait until the bot has brought it or kept it."""
        ended = await self.studio.context.database.read(_ended)
        self.studio.server.polls_until_done = 0
        async with asyncio.timeout(HANGS_AFTER_S):
            while await self.studio.context.database.read(_ended) == ended:
                await make_due(self.studio)
                await asyncio.sleep(STEP_S)

    async def rungs(self) -> list[tuple[str, str | None]]:
        """Return every try so far."""
        return await self.studio.context.database.read(rungs_tried)

    async def pictures(self, *channels: str) -> list[dict[str, Any]]:
        """Return the messages with a picture that ada sees in these channels, or in all and her direct messages."""
        places = channels or (*CHANNELS, "dm")
        found = [await self.house.messages(user="ada", channel=place) for place in places]
        return [message for each in found for message in each if message["attachments"]]

    async def requests(self, *ends: str) -> list[tuple[str, int]]:
        """Return method and status of what the bot sent to addresses with one of these in them."""
        seen = await self.house.requests_seen()
        return [
            (one["method"], one["status"]) for one in seen if any(end in str(one["path"]) for end in ends)
        ]

    async def say(self, count: int) -> None:
        """Let somebody else say so much where the picture was asked for."""
        for number in range(count):
            await self.house.act("say", user="ben", channel="portraits", content=f"message {number}")

    async def until_in_doubt(self, rung: str, kind: str, *, said_before: int) -> None:
        """Let what was asked for be finished long after, and every answer to its post be of this `kind`.

        After "accept_then_500" it stands there all the same; after plain ones ("500") nowhere.
        """
        await self.studio.context.database.write(allow_direct_messages)
        await self.pass_time(EXPIRED_S)
        await self.say(said_before)
        await self.house.act("chaos", kind=kind, count=LIBRARYS_TRIES, route="POST /channels/")
        self.studio.server.polls_until_done = 0
        async with asyncio.timeout(HANGS_AFTER_S):
            while (await self.rungs())[-1:] != [(rung, "uncertain")]:
                await make_orders_due(self.studio)
                await asyncio.sleep(STEP_S)
